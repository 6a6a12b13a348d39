"""The checks' own material: sound as waveforms, and a conversation as detectors tell it.

Everything is made from fixed seeds: each run sends the same bytes.
"""

import random
from collections.abc import Iterable
from functools import cache

from ..v1.artifacts_pb2 import (
    AUDIO_EVENT_KIND_SPEECH,
    Artifacts,
    AudioEvent,
    AudioSemanticTimeline,
    Subject,
    VisualFrame,
    VisualMeta,
)
from ..v1.media_pb2 import CAMERA_ROLE_PRIMARY, CAMERA_ROLE_SECONDARY, Asset, Waveform
from ..v1.session_pb2 import SessionTrack

RATE_HZ = 8_000
LATER_MS = 1_237.0
"""By how much recording `b` of `recordings` starts later than `a`; a whole number of samples."""

SOUND_S = 12
SESSION_MS = 40_000.0
CAMERAS = ("cam_a", "cam_b", "cam_c")
SPEAKERS = ("ann", "ben")
FRAME_INTERVAL_MS = 1_000.0


@cache
def room(seed: int) -> tuple[float, ...]:
    """Sound with the rhythm of speech: bursts of noise between pauses, -1 to 1."""
    chance = random.Random(seed)
    samples: list[float] = []
    while len(samples) < SOUND_S * RATE_HZ:
        loudness = chance.uniform(0.03, 0.25)
        samples += [chance.gauss(0.0, loudness) for _ in range(chance.randrange(800, 3_000))]
        samples += [chance.gauss(0.0, 0.001) for _ in range(chance.randrange(400, 2_000))]
    return tuple(max(-1.0, min(1.0, sample)) for sample in samples[: SOUND_S * RATE_HZ])


def asset(asset_id: str, samples: tuple[float, ...]) -> Asset:
    """A recording whose sound travels in the request."""
    return Asset(asset_id=asset_id, waveform=Waveform(sample_rate_hz=RATE_HZ, samples=samples))


def recordings() -> tuple[Asset, Asset]:
    """Two recordings of one room; `b` starts `LATER_MS` later than `a`."""
    samples = room(1)
    return asset("a", samples), asset("b", samples[round(LATER_MS * RATE_HZ / 1e3) :])


def stranger() -> Asset:
    """A recording of another room."""
    return asset("stranger", room(2))


def short_file() -> bytes:
    """A second of sound as a file."""
    return wav(room(1)[:RATE_HZ])


def wav(samples: Iterable[float]) -> bytes:
    """A WAV file, 16-bit mono (RIFF, Microsoft 1991)."""
    data = b"".join(round(s * 32_767).to_bytes(2, "little", signed=True) for s in samples)
    form = b"".join(
        number.to_bytes(size, "little")
        for number, size in ((1, 2), (1, 2), (RATE_HZ, 4), (2 * RATE_HZ, 4), (2, 2), (16, 2))
    )
    chunks = b"WAVEfmt " + len(form).to_bytes(4, "little") + form
    chunks += b"data" + len(data).to_bytes(4, "little") + data
    return b"RIFF" + len(chunks).to_bytes(4, "little") + chunks


def session(start_later_ms: float = 500.0) -> tuple[SessionTrack, ...]:
    """Three placed cameras of a conversation of 40 s; the second starts later.

    `cam_a` frames ann, `cam_b` ben, `cam_c` both; each hears both, its own
    person louder.
    """
    offsets_ms = dict(zip(CAMERAS, (0.0, start_later_ms, 0.0), strict=True))
    framed = dict(zip(CAMERAS, (SPEAKERS[:1], SPEAKERS[1:], SPEAKERS), strict=True))
    return tuple(
        SessionTrack(
            asset_id=camera,
            role=CAMERA_ROLE_PRIMARY if camera == CAMERAS[0] else CAMERA_ROLE_SECONDARY,
            offset_ms=offsets_ms[camera],
            duration_ms=SESSION_MS - offsets_ms[camera],
            subject_ids=framed[camera],
            artifacts=artifacts(camera, framed[camera], offsets_ms[camera]),
        )
        for camera in CAMERAS
    )


def artifacts(camera: str, framed: tuple[str, ...], offset_ms: float = 0.0) -> Artifacts:
    """What detectors say of a camera that frames these people and starts `offset_ms` later."""
    return Artifacts(
        audio_semantic_timeline=_heard(camera, framed, offset_ms),
        visual_meta=_seen(camera, framed, SESSION_MS - offset_ms),
    )


def _turns() -> list[tuple[float, float, str]]:
    """Start, end and speaker of each turn, in session time."""
    chance = random.Random(3)
    turns, now_ms, turn = [], 400.0, 0
    while now_ms < SESSION_MS - 4_000.0:
        length_ms = chance.uniform(1_500.0, 3_800.0)
        turns.append((now_ms, now_ms + length_ms, SPEAKERS[turn // 2 % 2]))
        now_ms += length_ms + chance.uniform(250.0, 700.0)
        turn += 1
    return turns


def _heard(camera: str, framed: tuple[str, ...], offset_ms: float) -> AudioSemanticTimeline:
    return AudioSemanticTimeline(
        artifact_id=f"{camera}-audio",
        duration_ms=SESSION_MS - offset_ms,
        events=[
            AudioEvent(
                kind=AUDIO_EVENT_KIND_SPEECH,
                start_ms=start_ms - offset_ms,
                end_ms=end_ms - offset_ms,
                speaker_id=speaker,
                loudness_lufs=-20.0 if speaker in framed else -30.0,
                confidence=0.9,
            )
            for start_ms, end_ms, speaker in _turns()
            if start_ms >= offset_ms
        ],
    )


def _seen(camera: str, framed: tuple[str, ...], duration_ms: float) -> VisualMeta:
    """Faces that hold still, side by side."""
    return VisualMeta(
        artifact_id=f"{camera}-visual",
        duration_ms=duration_ms,
        frame_sample_interval_ms=FRAME_INTERVAL_MS,
        frames=[
            VisualFrame(
                timestamp_ms=index * FRAME_INTERVAL_MS,
                subjects=[
                    Subject(
                        track_id=person,
                        label="face",
                        confidence=0.95,
                        bbox_x=0.2 + 0.4 * place,
                        bbox_y=0.2,
                        bbox_width=0.15,
                        bbox_height=0.3,
                    )
                    for place, person in enumerate(framed)
                ],
                motion_score=0.1,
            )
            for index in range(int(duration_ms // FRAME_INTERVAL_MS))
        ],
    )
