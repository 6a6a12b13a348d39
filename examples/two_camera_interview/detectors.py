"""What detectors of other services would deliver for the two recordings.

Made from the known truth with the small errors of good detectors, in each
asset's own time, as `multicam.v1.Artifacts`.
"""

import numpy as np
from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from multicam.v1 import artifacts_pb2
from numpy.typing import NDArray

from .interview import Camera, Sentence, head, sentences
from .sound import SAMPLE_RATE_HZ, Samples

EDGE_ERROR_MS = 15.0
BOX_ERROR = 0.004
FRAME_INTERVAL_MS = 500.0
# Shorter silences are pauses within the conversation.
SHORTEST_SILENCE_S = 0.6


def artifacts(camera: Camera, sound: Samples) -> artifacts_pb2.Artifacts:
    """Both artifacts of one recording."""
    random = np.random.default_rng([20, camera.noise_seed])
    return artifacts_pb2.Artifacts(
        audio_semantic_timeline=audio_semantic_timeline(camera, sound, random),
        visual_meta=visual_meta(camera, random),
    )


def audio_semantic_timeline(
    camera: Camera, sound: Samples, random: np.random.Generator
) -> artifacts_pb2.AudioSemanticTimeline:
    """Speech with speakers, loudness and words; the silences between."""
    timeline = artifacts_pb2.AudioSemanticTimeline(
        artifact_id=f"{camera.asset_id}-audio", duration_ms=camera.duration_s * 1000.0
    )
    weighted = k_weighted(sound)
    heard = [sentence for sentence in sentences() if is_within(camera, sentence)]
    for sentence in heard:
        start, end = (
            camera.own_ms(s * 1000.0) + random.normal(0.0, EDGE_ERROR_MS)
            for s in (sentence.start_s, sentence.end_s)
        )
        timeline.events.add(
            kind=artifacts_pb2.AUDIO_EVENT_KIND_SPEECH,
            start_ms=round(start, 1),
            end_ms=round(end, 1),
            speaker_id=sentence.speaker,
            loudness_lufs=round(loudness_lufs(weighted, start, end), 1),
            confidence=round(random.uniform(0.9, 0.99), 3),
            transcription=sentence.text,
        )
    add_silences(timeline.events, camera.duration_s * 1000.0)
    return timeline


def is_within(camera: Camera, sentence: Sentence) -> bool:
    """Whether the camera was recording during the whole sentence."""
    return camera.own_ms(sentence.start_s * 1000.0) >= 0.0 and (
        camera.own_ms(sentence.end_s * 1000.0) <= camera.duration_s * 1000.0
    )


def add_silences(
    events: RepeatedCompositeFieldContainer[artifacts_pb2.AudioEvent], duration_ms: float
) -> None:
    """A SILENCE event for every long gap between the speech events."""
    spoken = sorted((event.start_ms, event.end_ms) for event in events)
    quiet_from = 0.0
    for start, end in [*spoken, (duration_ms, duration_ms)]:
        if start - quiet_from >= SHORTEST_SILENCE_S * 1000.0:
            events.add(
                kind=artifacts_pb2.AUDIO_EVENT_KIND_SILENCE,
                start_ms=quiet_from,
                end_ms=start,
                confidence=0.95,
            )
        quiet_from = max(quiet_from, end)


def k_weighted(sound: Samples) -> Samples:
    """The sound with the K-weighting of ITU-R BS.1770; of its phase, which no level needs, none."""
    z = np.exp(-1j * np.linspace(0.0, np.pi, len(sound) // 2 + 1))
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1.0 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high_pass = (1.0 - 2.0 * z + z**2) / (1.0 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    return np.fft.irfft(np.fft.rfft(sound) * np.abs(shelf * high_pass), len(sound))


def loudness_lufs(weighted: Samples, start_ms: float, end_ms: float) -> float:
    """Loudness of a stretch of K-weighted sound (BS.1770, one channel, ungated)."""
    first, last = (int(ms * SAMPLE_RATE_HZ / 1000.0) for ms in (start_ms, end_ms))
    return float(-0.691 + 10.0 * np.log10(np.mean(weighted[max(first, 0) : last] ** 2)))


def visual_meta(camera: Camera, random: np.random.Generator) -> artifacts_pb2.VisualMeta:
    """The face in the picture every 500 ms, and how much it moves."""
    meta = artifacts_pb2.VisualMeta(
        artifact_id=f"{camera.asset_id}-visual",
        duration_ms=camera.duration_s * 1000.0,
        frame_sample_interval_ms=FRAME_INTERVAL_MS,
    )
    own_s = np.arange(0.0, camera.duration_s, FRAME_INTERVAL_MS / 1000.0)
    for own, moment in zip(own_s, camera.session_s(own_s), strict=True):
        x, y, width, height = face_box(camera, moment) + random.normal(0.0, BOX_ERROR, 4)
        frame = meta.frames.add(
            timestamp_ms=own * 1000.0,
            primary_subject_center_x=round(x + width / 2.0, 4),
            primary_subject_center_y=round(y + height / 2.0, 4),
            motion_score=round(motion(camera, moment), 3),
        )
        frame.subjects.add(
            track_id=camera.frames_speaker,
            label="face",
            confidence=round(random.uniform(0.92, 0.99), 3),
            bbox_x=round(x, 4),
            bbox_y=round(y, 4),
            bbox_width=round(width, 4),
            bbox_height=round(height, 4),
        )
    return meta


def face_box(camera: Camera, session_s: float) -> NDArray[np.float64]:
    """Left, top, width and height of the face, as fractions of the frame."""
    at = head(camera.frames_speaker, session_s)
    left, top = at.center_x - at.width / 2.0, at.center_y - at.height / 2.0
    return np.array([left, top, at.width, at.height])


def motion(camera: Camera, session_s: float) -> float:
    """How much the head moves, 0 (still) to 1 (its own width per second)."""
    before, after = (head(camera.frames_speaker, session_s + step) for step in (-0.1, 0.1))
    return min(abs(after.center_x - before.center_x) / 0.2 / before.width, 1.0)
