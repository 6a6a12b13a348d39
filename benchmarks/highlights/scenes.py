"""Sessions whose importance is known, and what noisy detectors would tell of them.

A session is a row of sentences with a latent importance each. The importance has a
part that drifts from subject to subject, a part of each sentence's own, and rare
peaks. Detectors see it only indirectly: people speak up, cameras find them, somebody
laughs, a number is named. Every camera has its own level, clock, jitter and misses.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from multicam_server.domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioEvents,
    AudioSemanticTimeline,
    Beats,
    Subjects,
    VisualMeta,
)
from multicam_server.domain.media import CameraRole, Clock
from multicam_server.domain.session import SessionTrack

Random = np.random.Generator

PLAIN = (
    "so we went on with it.",
    "that is how it was in the house.",
    "and they came back to us for a while.",
    "we have talked of it with the others.",
    "it was not that far from the road.",
)
STRONG = (
    "that was the best day of it all!",
    "nobody had ever seen this, it was incredible.",
    "this is the most important part of the story.",
    "we lost 42 boats in three hours.",
    "they paid two million for it, half of it in cash!",
)
QUESTION = ("and what was it that you saw?", "how did you do that in the end?")


@dataclass(frozen=True)
class Style:
    """What kind of session this is, and how good its detectors are."""

    name: str
    cameras: int = 3
    minutes: float = 12.0
    audio: bool = True
    visual: bool = True
    measured: bool = False
    """The audio timeline is measured: no speakers, no words, no laughter."""
    jitter_ms: float = 50.0
    missed: float = 0.05
    split: float = 0.03
    loudness_noise_lu: float = 1.0
    loudness_gain_lu: float = 12.0
    cue_rate: float = 0.7
    words: bool = True


STYLES = (
    Style("interview, two cameras", cameras=2),
    Style("panel, four cameras", cameras=4, minutes=20.0),
    Style("one camera", cameras=1, minutes=8.0),
    Style("noisy detectors", cameras=2, jitter_ms=90.0, missed=0.15, split=0.1,
          loudness_noise_lu=2.5),
    Style("no words", cameras=2, words=False),
    Style("no pictures", cameras=2, visual=False),
    Style("measured from sound", cameras=2, measured=True, words=False),
    Style("pictures only", cameras=2, audio=False),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Scene:
    """A session's truth, and its tracks as the service gets them.

    `start_ms`, `end_ms` and `importance` have one element per true sentence, in
    session time.
    """

    style: Style
    start_ms: np.ndarray
    end_ms: np.ndarray
    importance: np.ndarray
    tracks: tuple[SessionTrack, ...]


def make_scene(style: Style, seed: int) -> Scene:
    """The scene of this style and seed, always the same."""
    random = np.random.default_rng([seed, *style.name.encode()])
    end_of_session = style.minutes * 60_000.0
    starts, ends, speakers, questions = _talk(random, end_of_session)
    importance = _importance(random, len(starts), questions)
    laughs = np.where(random.random(len(starts)) < 0.35 * importance, 1.0, 0.0)
    on_screen = _on_screen(random, style.cameras, speakers, importance)
    words = _words(random, style, importance, questions)
    levels = {name: random.normal(-24.0, 3.0) for name in range(4)}
    loudness = np.array([levels[speaker] for speaker in speakers])
    loudness = loudness + style.loudness_gain_lu * (importance - 0.35)
    tracks = []
    for camera in range(style.cameras):
        offset = 0.0 if camera == 0 else float(random.uniform(-8_000.0, 8_000.0))
        clock = Clock(offset, float(random.normal(0.0, 15.0)) if camera else 0.0)
        first = max(0.0, offset)
        duration = float(clock.to_asset_ms(end_of_session)) - max(0.0, -offset) * 0.0
        audio = (
            _heard(random, style, clock, duration, starts, ends, speakers, loudness, words,
                   importance, laughs)
            if style.audio
            else None
        )  # fmt: skip
        visual = (
            _seen(random, clock, duration, starts, ends, on_screen[camera], importance)
            if style.visual
            else None
        )
        assert first >= 0.0
        tracks.append(
            SessionTrack(
                asset_id=f"cam_{camera}",
                role=CameraRole.PRIMARY if camera == 0 else CameraRole.SECONDARY,
                offset_ms=clock.offset_ms,
                drift_ppm=clock.drift_ppm,
                duration_ms=duration,
                artifacts=Artifacts(audio_semantic_timeline=audio, visual_meta=visual),
            )
        )
    return Scene(style, starts, ends, importance, tuple(tracks))


def _talk(random: Random, until_ms: float) -> tuple[np.ndarray, np.ndarray, list[int], np.ndarray]:
    """Sentences with pauses, in turns of one to six, some of them questions."""
    starts: list[float] = []
    ends: list[float] = []
    speakers: list[int] = []
    questions: list[bool] = []
    at, speaker, left = 800.0, 0, int(random.integers(1, 7))
    while True:
        length = float(np.clip(random.lognormal(np.log(3_600.0), 0.45), 900.0, 11_000.0))
        if at + length > until_ms - 500.0:
            break
        left -= 1
        starts.append(at)
        ends.append(at + length)
        speakers.append(speaker)
        questions.append(left == 0 and bool(random.random() < 0.3))
        pause = float(np.clip(random.lognormal(np.log(480.0), 0.5), 180.0, 2_500.0))
        if left == 0:
            pause += float(random.exponential(700.0))
            speaker = (speaker + int(random.integers(1, 4))) % 4
            left = int(random.integers(1, 7))
            if random.random() < 0.06:
                pause += float(random.uniform(4_000.0, 15_000.0))
        at += length + pause
    return np.array(starts), np.array(ends), speakers, np.array(questions)


def _importance(random: Random, count: int, questions: np.ndarray) -> np.ndarray:
    """Importance of each sentence, 0 to 1: skewed, mostly low, correlated with neighbours."""
    drift = np.zeros(count)
    own = random.normal(0.0, 1.0, count)
    for index in range(count):
        step = random.normal(0.0, 1.0)
        drift[index] = step if index == 0 else 0.7 * drift[index - 1] + 0.71 * step
    after = np.concatenate([[False], questions[:-1]])
    latent = 0.65 * drift + 0.65 * own + 0.4 * after - 0.9
    return 1.0 / (1.0 + np.exp(-1.6 * latent))


def _words(
    random: Random, style: Style, importance: np.ndarray, questions: np.ndarray
) -> list[str]:
    """What is said: words of weight are likelier in what is important."""
    said = []
    for value, question in zip(importance.tolist(), questions.tolist(), strict=True):
        pick = int(random.integers(0, 5))
        strong = random.random() < style.cue_rate * value + 0.03
        text = QUESTION[pick % 2] if question else (STRONG if strong else PLAIN)[pick]
        said.append(text if style.words else "")
    return said


def _on_screen(
    random: Random, cameras: int, speakers: list[int], importance: np.ndarray
) -> np.ndarray:
    """How large each camera shows the speaker of each sentence; 0 is not at all."""
    size = np.zeros((cameras, len(speakers)))
    for camera in range(cameras):
        for index, speaker in enumerate(speakers):
            framed = cameras == 1 or speaker % cameras == camera or random.random() < 0.2
            size[camera, index] = random.uniform(0.25, 0.6) if framed else 0.0
    return size * (0.8 + 0.4 * importance)


def _heard(
    random: Random,
    style: Style,
    clock: Clock,
    duration_ms: float,
    starts: np.ndarray,
    ends: np.ndarray,
    speakers: list[int],
    loudness: np.ndarray,
    words: list[str],
    importance: np.ndarray,
    laughs: np.ndarray,
) -> AudioSemanticTimeline:
    """What one camera's detector tells of the sound."""
    gain = random.normal(0.0, 6.0)
    events: list[dict[str, Any]] = []

    def add(kind: AudioEventKind, start: float, end: float, **more: Any) -> None:
        begin, stop = clock.to_asset_ms(start), clock.to_asset_ms(end)
        if stop > 0.0 and begin < duration_ms and stop > begin:
            events.append({"kind": kind, "start": begin, "end": stop, **more})

    for index in range(len(starts)):
        if random.random() < style.missed:
            continue
        start = starts[index] + random.normal(0.0, style.jitter_ms)
        end = ends[index] + random.normal(0.0, style.jitter_ms)
        about = {
            "speaker": "" if style.measured else f"s{speakers[index]}",
            "loudness": loudness[index] + gain + random.normal(0.0, style.loudness_noise_lu),
            "confidence": float(
                np.clip(0.62 + 0.33 * importance[index] + random.normal(0.0, 0.06), 0.3, 1.0)
            ),
            "text": words[index],
        }
        if random.random() < style.split and end - start > 2_500.0:
            middle = start + random.uniform(0.35, 0.65) * (end - start)
            half = len(words[index]) // 2
            add(AudioEventKind.SPEECH, start, middle - 40.0,
                **(about | {"text": words[index][:half]}))  # fmt: skip
            add(AudioEventKind.SPEECH, middle + 40.0, end,
                **(about | {"text": words[index][half:]}))  # fmt: skip
        else:
            add(AudioEventKind.SPEECH, start, end, **about)
        if laughs[index] and not style.measured and random.random() > style.missed:
            add(AudioEventKind.OTHER, end + 100.0, end + 1_100.0, confidence=0.8)
    for _ in range(int(duration_ms / 60_000.0)):
        if not style.measured:
            at = random.uniform(0.0, duration_ms)
            add(AudioEventKind.OTHER, at, at + 500.0, confidence=random.uniform(0.3, 0.7))
    return AudioSemanticTimeline(
        artifact_id="" if style.measured else "audio",
        duration_ms=duration_ms,
        events=AudioEvents(
            kind=np.array([event["kind"] for event in events], dtype=np.int64),
            start_ms=np.array([event["start"] for event in events]),
            end_ms=np.array([event["end"] for event in events]),
            speaker_id=tuple(event.get("speaker", "") for event in events),
            loudness_lufs=np.array([event.get("loudness", np.nan) for event in events]),
            confidence=np.array([event["confidence"] for event in events]),
            transcription=tuple(event.get("text", "") for event in events),
        ),
        beats=Beats(*(np.zeros(0, dtype=kind) for kind in (np.float64, *[np.int64] * 3))),
        from_audio=style.measured,
    )


def _seen(
    random: Random,
    clock: Clock,
    duration_ms: float,
    starts: np.ndarray,
    ends: np.ndarray,
    size: np.ndarray,
    importance: np.ndarray,
    interval_ms: float = 500.0,
) -> VisualMeta:
    """What one camera's detector tells of the picture."""
    times = np.arange(0.0, duration_ms, interval_ms)
    session = clock.to_session_ms(times)
    at = np.clip(np.searchsorted(starts, session, side="right") - 1, 0, len(starts) - 1)
    speaking = (session >= starts[at]) & (session <= ends[at])
    height = np.where(speaking, size[at], size[at] * 0.9)
    visible = (height > 0.0) & (random.random(len(times)) > 0.1)
    motion = np.clip(
        0.2 + 0.3 * np.where(speaking, importance[at], 0.1) + random.normal(0.0, 0.12, len(times)),
        0.0,
        1.0,
    )
    frame = np.flatnonzero(visible)
    tall = np.clip(height[frame] + random.normal(0.0, 0.03, len(frame)), 0.05, 1.0)
    kinds = (("person", 1.0), ("face", 0.3))
    return VisualMeta(
        artifact_id="visual",
        duration_ms=duration_ms,
        frame_sample_interval_ms=interval_ms,
        timestamp_ms=times,
        primary_subject_center_x=np.where(visible, 0.5, np.nan),
        primary_subject_center_y=np.where(visible, 0.45, np.nan),
        motion_score=motion,
        shot_boundary=np.zeros(len(times), dtype=np.bool_),
        subjects=Subjects(
            frame=np.concatenate([frame for _ in kinds]),
            track_id=tuple("p" for _ in kinds for _ in frame),
            label=tuple(label for label, _ in kinds for _ in frame),
            confidence=np.full(len(frame) * len(kinds), 0.8),
            bbox_x=np.full(len(frame) * len(kinds), 0.4),
            bbox_y=np.concatenate([0.45 - 0.5 * share * tall for _, share in kinds]),
            bbox_width=np.full(len(frame) * len(kinds), 0.2),
            bbox_height=np.concatenate([share * tall for _, share in kinds]),
        ),
    )
