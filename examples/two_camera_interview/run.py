"""The whole pipeline on the interview's files: align, cut, highlight, reframe.

    python -m examples.two_camera_interview.run --out build/demo

Renders the media, starts a service, asks it through `multicam.Client`, writes
every reply as JSON and prints what was found beside what is true. Ends with 1
if the second camera was placed a millisecond or more off.
"""

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.json_format import Parse
from multicam import Client
from multicam.v1 import (
    align_pb2,
    artifacts_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    media_pb2,
    sequence_pb2,
    session_pb2,
)

from . import report
from .crop import TARGET_SHAPE
from .interview import CAMERA_A, CAMERAS, ENV, SESSION_ID, TENANT_ID
from .make_media import make_media, write_json
from .picture import FRAMES_PER_S, HEIGHT, WIDTH
from .service import running_server

HIGHLIGHTS_MS = 20_000.0
WORST_OFFSET_ERROR_MS = 1.0


def main(out: Path) -> int:
    """Renders, asks, tells; the exit code."""
    requests, results = out / "requests", out / "results"
    for old in (requests, results, out / "cache"):
        shutil.rmtree(old, ignore_errors=True)
    report.step(f"rendering two cameras into {out}/media")
    make_media(out)
    requests.mkdir()
    results.mkdir()

    report.step("starting multicam-server")
    with (
        running_server(out / "media", out / "cache", out / "server.log") as target,
        Client(target, tenant_id=TENANT_ID, env=ENV) as client,
    ):
        asked = align_request()
        write_json(requests / "align.json", asked)
        placed = client.align(asked)
        write_json(results / "align.json", placed)
        error_ms = report.alignment(placed)

        tracks = list(session_tracks(out, placed))
        cut_request = auto_cut_pb2.AutoCutRequest(
            session_id=SESSION_ID,
            tracks=tracks,
            pacing=auto_cut_pb2.PACING_MEDIUM,
            frame_rate=media_pb2.FrameRate(numerator=FRAMES_PER_S, denominator=1),
        )
        write_json(requests / "auto_cut.json", cut_request)
        programme = client.auto_cut(cut_request)
        write_json(results / "auto_cut.json", programme)
        report.programme(programme)

        best_request = highlights_pb2.HighlightsRequest(
            session_id=SESSION_ID, tracks=tracks, target_duration_ms=HIGHLIGHTS_MS
        )
        write_json(requests / "highlights.json", best_request)
        best = client.highlights(best_request)
        write_json(results / "highlights.json", best)
        report.highlights(best)

        reframed = []
        for index, clip in enumerate(report.pictures(best.sequence)):
            reframe = focus_request(out, f"highlights-{index}", clip)
            write_json(requests / f"focus-{index}.json", reframe)
            path = client.focus(reframe)
            write_json(results / f"focus-{index}.json", path)
            reframed.append((clip, path))
        report.focus(reframed)

    report.step(f"\nrequests and replies: {requests} and {results}")
    return 0 if error_ms is not None and error_ms < WORST_OFFSET_ERROR_MS else 1


def align_request() -> align_pb2.AlignRequest:
    """Both files as the server finds them below its media root."""
    request = align_pb2.AlignRequest(session_id=SESSION_ID, base_asset_id=CAMERA_A.asset_id)
    for camera in CAMERAS:
        request.tracks.add(asset=asset(camera.asset_id), role=camera.role)
    return request


def asset(asset_id: str) -> media_pb2.Asset:
    """A recording by its path in the tenant's folder."""
    return media_pb2.Asset(asset_id=asset_id, uri=f"{asset_id}.mp4")


def session_tracks(
    out: Path, placed: align_pb2.AlignResponse
) -> Iterator[session_pb2.SessionTrack]:
    """The tracks that were placed, with what the detectors found in them."""
    found = {track.asset_id: track for track in placed.tracks if usable(track)}
    for camera in CAMERAS:
        if camera.asset_id in found:
            yield session_pb2.SessionTrack(
                asset_id=camera.asset_id,
                role=camera.role,
                offset_ms=found[camera.asset_id].offset_ms,
                drift_ppm=found[camera.asset_id].drift_ppm,
                duration_ms=camera.duration_s * 1000.0,
                subject_ids=[camera.frames_speaker],
                artifacts=detected(out, camera.asset_id),
            )


def usable(track: align_pb2.AlignedTrack) -> bool:
    """Whether a placement may be used without a person's look."""
    return track.status in {align_pb2.ALIGN_STATUS_BASE, align_pb2.ALIGN_STATUS_ALIGNED}


def detected(out: Path, asset_id: str) -> artifacts_pb2.Artifacts:
    """The artifacts of one recording, as they were delivered."""
    text = (out / "artifacts" / f"{asset_id}.json").read_text("utf-8")
    return Parse(text, artifacts_pb2.Artifacts())


def focus_request(
    out: Path, clip_id: str, clip: sequence_pb2.SequenceClip
) -> focus_pb2.FocusRequest:
    """One clip to be reframed for a phone held upright."""
    return focus_pb2.FocusRequest(
        clip_id=clip_id,
        asset_id=clip.asset_id,
        in_ms=clip.in_ms,
        out_ms=clip.out_ms,
        target_aspect_ratio=f"{TARGET_SHAPE[0]}:{TARGET_SHAPE[1]}",
        source_width=WIDTH,
        source_height=HEIGHT,
        artifacts=detected(out, clip.asset_id),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run the pipeline on the two-camera interview.")
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    sys.exit(main(parser.parse_args().out))
