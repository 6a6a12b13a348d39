"""What a whole AutoCut call costs: python benchmarks/cutting/whole_call.py.

The request's bytes are parsed, read, validated, cut, written and serialised in this
process, as the service does it, without the network. The session is an hour with
four cameras, each with speech events, and pictures of two subjects every 500 ms.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from conversations import Noise, detect, layout, talk
from multicam.v1 import artifacts_pb2, auto_cut_pb2, session_pb2
from multicam_server import jobs, validation, wire
from multicam_server.domain.artifacts import AudioSemanticTimeline, VisualMeta
from multicam_server.domain.cutting import Pacing
from multicam_server.domain.media import Asset
from multicam_server.domain.session import SessionTrack

SUBJECTS = 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for pacing in (Pacing.FAST, Pacing.MEDIUM, Pacing.SLOW):
        content = request_bytes(options.minutes, pacing)
        rounds = [steps(content) for _ in range(options.rounds)]
        best = {step: min(taken[step] for taken in rounds) for step in rounds[0]}
        whole = sorted(sum(taken.values()) for taken in rounds)
        print(
            f"{options.minutes:g} min, {pacing.name}, {len(content) / 1e6:.1f} MB: "
            f"{whole[0]:.2f} s (median {whole[len(whole) // 2]:.2f} s): "
            + ", ".join(f"{step} {taken:.3f}" for step, taken in best.items()),
            flush=True,
        )


def steps(content: bytes) -> dict[str, float]:
    """Seconds of processor time of each step of one call."""
    taken: dict[str, float] = {}

    def timed(step: str, run: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = run()
        taken[step] = time.process_time() - started
        return result

    message = timed("parse", lambda: auto_cut_pb2.AutoCutRequest.FromString(content))
    asked = timed("read", lambda: wire.read_auto_cut(message))
    timed("validate", lambda: validation.check_auto_cut(asked))
    cut = timed("cut", lambda: jobs.auto_cut(asked, _no_media))
    reply = timed("write", lambda: wire.write_auto_cut(cut))
    timed("serialise", reply.SerializeToString)
    return taken


def _no_media(asset: Asset) -> Path:
    raise AssertionError(f"{asset.asset_id} has all artifacts: its media is not opened")


def request_bytes(minutes: float, pacing: Pacing) -> bytes:
    """A serialised request for a session of so many minutes with four cameras."""
    spoken = talk(1, minutes=minutes, people=2)
    tracks = detect(1, spoken, layout(1, spoken), Noise())
    message = auto_cut_pb2.AutoCutRequest(
        session_id="whole call",
        pacing=auto_cut_pb2.Pacing.Name(pacing),
        tracks=[_write_track(track) for track in tracks],
    )
    return message.SerializeToString()


def _write_track(track: SessionTrack) -> session_pb2.SessionTrack:
    timeline, visual = track.artifacts.audio_semantic_timeline, track.artifacts.visual_meta
    assert timeline is not None
    assert visual is not None
    return session_pb2.SessionTrack(
        asset_id=track.asset_id,
        role=int(track.role),
        offset_ms=track.offset_ms,
        drift_ppm=track.drift_ppm,
        duration_ms=track.duration_ms,
        subject_ids=track.subject_ids,
        artifacts=artifacts_pb2.Artifacts(
            audio_semantic_timeline=_write_timeline(timeline), visual_meta=_write_visual(visual)
        ),
    )


def _write_timeline(timeline: AudioSemanticTimeline) -> artifacts_pb2.AudioSemanticTimeline:
    events = timeline.events
    return artifacts_pb2.AudioSemanticTimeline(
        artifact_id=timeline.artifact_id,
        duration_ms=timeline.duration_ms,
        events=[
            artifacts_pb2.AudioEvent(
                kind=int(events.kind[i]),
                start_ms=events.start_ms[i],
                end_ms=events.end_ms[i],
                speaker_id=events.speaker_id[i],
                loudness_lufs=events.loudness_lufs[i],
                confidence=events.confidence[i],
                transcription=events.transcription[i],
            )
            for i in range(len(events))
        ],
    )


def _write_visual(visual: VisualMeta) -> artifacts_pb2.VisualMeta:
    rng = np.random.default_rng(0)
    frames = []
    for time_ms, motion in zip(visual.timestamp_ms, visual.motion_score, strict=True):
        subjects = [
            artifacts_pb2.Subject(
                track_id=f"face_{who}",
                label="face",
                confidence=float(rng.uniform(0.8, 1.0)),
                bbox_x=0.2 + 0.4 * who,
                bbox_y=0.25,
                bbox_width=float(rng.uniform(0.1, 0.25)),
                bbox_height=float(rng.uniform(0.15, 0.35)),
            )
            for who in range(SUBJECTS)
        ]
        frames.append(
            artifacts_pb2.VisualFrame(
                timestamp_ms=time_ms,
                motion_score=motion,
                primary_subject_center_x=0.4,
                primary_subject_center_y=0.45,
                subjects=subjects,
            )
        )
    return artifacts_pb2.VisualMeta(
        artifact_id=visual.artifact_id,
        duration_ms=visual.duration_ms,
        frame_sample_interval_ms=visual.frame_sample_interval_ms,
        frames=frames,
    )


if __name__ == "__main__":
    main()
