"""Renders the interview: two MP4 files, what detectors would deliver for them, and the truth.

    python -m examples.two_camera_interview.make_media --out build/demo

writes media/<tenant>/camera_a.mp4 and camera_b.mp4 (H.264 and AAC),
artifacts/camera_a.json and camera_b.json (multicam.v1.Artifacts) and truth.json.
"""

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message

from .detectors import artifacts
from .interview import CAMERAS, SESSION_ID, TENANT_ID, Camera, sentences
from .picture import FRAMES_PER_S, HEIGHT, WIDTH, frames
from .sound import SAMPLE_RATE_HZ, Samples, recorded

AUDIO_BITS_PER_S = 96_000


def make_media(out: Path) -> None:
    """Writes everything that the demo needs into `out`."""
    (out / "media" / TENANT_ID).mkdir(parents=True, exist_ok=True)
    (out / "artifacts").mkdir(exist_ok=True)
    with ProcessPoolExecutor(len(CAMERAS), get_context("spawn")) as pool:
        list(pool.map(partial(make_recording, out), CAMERAS))
    (out / "truth.json").write_text(json.dumps(truth(), indent=2) + "\n", "utf-8")


def make_recording(out: Path, camera: Camera) -> None:
    """Writes one camera's file and its artifacts."""
    sound = recorded(camera)
    finished = out / "media" / TENANT_ID / f"{camera.asset_id}.mp4"
    # A file that a running service may be reading is replaced whole or not at all.
    growing = finished.with_name(f".{os.getpid()}-{finished.name}")
    write_mp4(growing, camera, sound)
    growing.replace(finished)
    write_json(out / "artifacts" / f"{camera.asset_id}.json", artifacts(camera, sound))


def write_json(path: Path, message: Message) -> None:
    """A message as JSON: the contract's field names, fields without presence always there."""
    text = MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    path.write_text(text + "\n", "utf-8")


def write_mp4(path: Path, camera: Camera, sound: Samples) -> None:
    """H.264 and AAC, both from 0 of the camera's clock."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=FRAMES_PER_S, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout="mono")
        audio.bit_rate = AUDIO_BITS_PER_S

        written = 0
        for index, picture in enumerate(frames(camera)):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, FRAMES_PER_S)
            container.mux(video.encode(frame))
            until = min((index + 1) * SAMPLE_RATE_HZ // FRAMES_PER_S, len(sound))
            container.mux(audio.encode(audio_frame(sound, written, until)))
            written = until
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def audio_frame(sound: Samples, start: int, end: int) -> av.AudioFrame:
    """A stretch of sound, at its time."""
    frame = av.AudioFrame.from_ndarray(
        sound[None, start:end].astype(np.float32), format="fltp", layout="mono"
    )
    frame.sample_rate = SAMPLE_RATE_HZ
    frame.pts, frame.time_base = start, Fraction(1, SAMPLE_RATE_HZ)
    return frame


def truth() -> dict[str, object]:
    """What is true, in the contract's words: placements, and who spoke when."""
    return {
        "session_id": SESSION_ID,
        "base_asset_id": CAMERAS[0].asset_id,
        "tracks": [
            {
                "asset_id": camera.asset_id,
                "offset_ms": camera.offset_s * 1000.0,
                "drift_ppm": camera.drift_ppm,
                "frames_speaker": camera.frames_speaker,
            }
            for camera in CAMERAS
        ],
        "speech": [
            {
                "speaker": sentence.speaker,
                "start_ms": round(sentence.start_s * 1000.0, 3),
                "end_ms": round(sentence.end_s * 1000.0, 3),
                "text": sentence.text,
            }
            for sentence in sentences()
        ],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Render the two-camera interview.")
    parser.add_argument("--out", type=Path, default=Path("build/demo"))
    make_media(parser.parse_args().out)
