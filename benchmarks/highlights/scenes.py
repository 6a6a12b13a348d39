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
LAUGH_MS = 1_200.0
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
class Talk:
    """What really happens: columns with one element per sentence, in session time.

    `until_ms` is the end of the laugh that follows, or the sentence's own end.
    """

    start_ms: np.ndarray
    end_ms: np.ndarray
    until_ms: np.ndarray
    speaker: list[int]
    question: np.ndarray
    importance: np.ndarray
    loudness_lufs: np.ndarray
    words: list[str]


@dataclass(frozen=True, eq=False)
class Scene:
    """A session's truth, and its tracks as the service gets them."""

    style: Style
    talk: Talk
    tracks: tuple[SessionTrack, ...]


def make_scene(style: Style, seed: int) -> Scene:
    """The scene of this style and seed, always the same."""
    random = np.random.default_rng([seed, *style.name.encode()])
    end_of_session = style.minutes * 60_000.0
    talk = _talk(random, style, end_of_session)
    on_screen = _on_screen(random, style.cameras, talk)
    tracks = []
    for camera in range(style.cameras):
        offset = 0.0 if camera == 0 else float(random.uniform(-8_000.0, 8_000.0))
        clock = Clock(offset, float(random.normal(0.0, 15.0)) if camera else 0.0)
        duration = float(clock.to_asset_ms(end_of_session))
        recorded = _Recorded(random, style, clock, duration, talk)
        tracks.append(
            SessionTrack(
                asset_id=f"cam_{camera}",
                role=CameraRole.PRIMARY if camera == 0 else CameraRole.SECONDARY,
                offset_ms=clock.offset_ms,
                drift_ppm=clock.drift_ppm,
                duration_ms=duration,
                artifacts=Artifacts(
                    audio_semantic_timeline=_heard(recorded) if style.audio else None,
                    visual_meta=_seen(recorded, on_screen[camera]) if style.visual else None,
                ),
            )
        )
    return Scene(style, talk, tuple(tracks))


def _talk(random: Random, style: Style, end_of_session_ms: float) -> Talk:
    """Sentences with pauses, in turns of one to six, some of them questions, some laughed at."""
    count = int(end_of_session_ms / 2_000.0)
    speaker, left = 0, int(random.integers(1, 7))
    speakers: list[int] = []
    last_of_turn = np.zeros(count, dtype=np.bool_)
    for index in range(count):
        speakers.append(speaker)
        left -= 1
        if left == 0:
            last_of_turn[index] = True
            speaker = (speaker + int(random.integers(1, 4))) % 4
            left = int(random.integers(1, 7))
    question = last_of_turn & (random.random(count) < 0.3)
    importance = _importance(random, count, question)
    laugh = ~question & (random.random(count) < 0.35 * importance)
    length = np.clip(random.lognormal(np.log(3_600.0), 0.45, count), 900.0, 11_000.0)
    pause = np.clip(random.lognormal(np.log(480.0), 0.5, count), 180.0, 2_500.0)
    pause += np.where(last_of_turn, random.exponential(700.0, count), 0.0)
    pause += np.where(
        last_of_turn & (random.random(count) < 0.06), random.uniform(4e3, 15e3, count), 0.0
    )
    pause += np.where(laugh, LAUGH_MS, 0.0)
    start = 800.0 + np.concatenate([[0.0], np.cumsum(length + pause)[:-1]])
    end = start + length
    until = end + np.where(laugh, LAUGH_MS, 0.0)
    kept = int(np.searchsorted(until, end_of_session_ms - 500.0))
    levels = random.normal(-24.0, 3.0, 4)
    loudness = levels[speakers] + style.loudness_gain_lu * (importance - 0.35)
    return Talk(
        start_ms=start[:kept],
        end_ms=end[:kept],
        until_ms=until[:kept],
        speaker=speakers[:kept],
        question=question[:kept],
        importance=importance[:kept],
        loudness_lufs=loudness[:kept],
        words=_words(random, style, importance, question)[:kept],
    )


def _importance(random: Random, count: int, questions: np.ndarray) -> np.ndarray:
    """Importance of each sentence, 0 to 1: skewed, mostly low, correlated with neighbours.

    A question is as important as its answer: nobody wants the one without the other.
    """
    drift = np.zeros(count)
    own = random.normal(0.0, 1.0, count)
    for index in range(count):
        step = random.normal(0.0, 1.0)
        drift[index] = step if index == 0 else 0.7 * drift[index - 1] + 0.71 * step
    after = np.concatenate([[False], questions[:-1]])
    latent = 0.65 * drift + 0.65 * own + 0.4 * after - 0.9
    importance: np.ndarray = 1.0 / (1.0 + np.exp(-1.6 * latent))
    for index in np.flatnonzero(questions[:-1])[::-1].tolist():
        importance[index] = importance[index + 1]
    return importance


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


def _on_screen(random: Random, cameras: int, talk: Talk) -> np.ndarray:
    """How large each camera shows the speaker of each sentence; 0 is not at all."""
    size = np.zeros((cameras, len(talk.speaker)))
    for camera in range(cameras):
        for index, speaker in enumerate(talk.speaker):
            framed = cameras == 1 or speaker % cameras == camera or random.random() < 0.2
            size[camera, index] = random.uniform(0.25, 0.6) if framed else 0.0
    return size * (0.8 + 0.4 * talk.importance)


@dataclass(frozen=True, eq=False)
class _Recorded:
    """One camera's recording, as its detectors get it."""

    random: Random
    style: Style
    clock: Clock
    duration_ms: float
    talk: Talk


def _heard(recorded: _Recorded) -> AudioSemanticTimeline:
    """What one camera's detector tells of the sound."""
    random, style, talk = recorded.random, recorded.style, recorded.talk
    gain = random.normal(0.0, 6.0)
    events: list[dict[str, Any]] = []

    def add(kind: AudioEventKind, start: float, end: float, **more: Any) -> None:
        begin, stop = (recorded.clock.to_asset_ms(time) for time in (start, end))
        if stop > 0.0 and begin < recorded.duration_ms and stop > begin:
            events.append({"kind": kind, "start": begin, "end": stop, **more})

    for index in range(len(talk.start_ms)):
        if random.random() < style.missed:
            continue
        start = talk.start_ms[index] + random.normal(0.0, style.jitter_ms)
        end = talk.end_ms[index] + random.normal(0.0, style.jitter_ms)
        about = {
            "speaker": "" if style.measured else f"s{talk.speaker[index]}",
            "loudness": talk.loudness_lufs[index]
            + gain
            + random.normal(0.0, style.loudness_noise_lu),
            "confidence": float(
                np.clip(0.62 + 0.33 * talk.importance[index] + random.normal(0.0, 0.06), 0.3, 1.0)
            ),
            "text": talk.words[index],
        }
        if random.random() < style.split and end - start > 2_500.0:
            middle = start + random.uniform(0.35, 0.65) * (end - start)
            half = len(talk.words[index]) // 2
            add(AudioEventKind.SPEECH, start, middle - 40.0,
                **(about | {"text": talk.words[index][:half]}))  # fmt: skip
            add(AudioEventKind.SPEECH, middle + 40.0, end,
                **(about | {"text": talk.words[index][half:]}))  # fmt: skip
        else:
            add(AudioEventKind.SPEECH, start, end, **about)
        if talk.until_ms[index] > talk.end_ms[index] and not style.measured:
            add(AudioEventKind.OTHER, end + 50.0, talk.until_ms[index], confidence=0.8)
    for _ in range(int(recorded.duration_ms / 60_000.0)):
        if not style.measured:
            at = random.uniform(0.0, recorded.duration_ms)
            add(AudioEventKind.OTHER, at, at + 500.0, confidence=random.uniform(0.3, 0.7))
    return AudioSemanticTimeline(
        artifact_id="" if style.measured else "audio",
        duration_ms=recorded.duration_ms,
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


def _seen(recorded: _Recorded, size: np.ndarray, interval_ms: float = 500.0) -> VisualMeta:
    """What one camera's detector tells of the picture."""
    random, talk = recorded.random, recorded.talk
    times = np.arange(0.0, recorded.duration_ms, interval_ms)
    session = recorded.clock.to_session_ms(times)
    at = np.searchsorted(talk.start_ms, session, side="right") - 1
    at = np.clip(at, 0, len(talk.start_ms) - 1)
    speaking = (session >= talk.start_ms[at]) & (session <= talk.until_ms[at])
    height = np.where(speaking, size[at], size[at] * 0.9)
    visible = (height > 0.0) & (random.random(len(times)) > 0.1)
    motion = np.clip(
        0.2
        + 0.3 * np.where(speaking, talk.importance[at], 0.1)
        + random.normal(0.0, 0.12, len(times)),
        0.0,
        1.0,
    )
    frame = np.flatnonzero(visible)
    tall = np.clip(height[frame] + random.normal(0.0, 0.03, len(frame)), 0.05, 1.0)
    kinds = (("person", 1.0), ("face", 0.3))
    return VisualMeta(
        artifact_id="visual",
        duration_ms=recorded.duration_ms,
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
