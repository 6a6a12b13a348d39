"""Clips with known truth: where people are, who speaks, and what a detector reports of it."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from multicam_server.domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioEvents,
    AudioSemanticTimeline,
    Beats,
    Subjects,
    VisualMeta,
)
from multicam_server.domain.focus import FocusRequest

Floats = npt.NDArray[np.float64]

FPS = 30
"""Truth is known, and windows are judged, at film's usual rate."""

DETECTION_MS = 100.0
BACK_CHANNEL_S = 1.0
"""A shorter turn ("mm-hm") does not count as a change of speaker."""

SOURCE = (1920, 1080)


@dataclass(frozen=True)
class Detector:
    """How well faces are found; lengths are fractions of the frame."""

    centre_error: float = 0.004
    size_error: float = 0.03
    miss: float = 0.03
    false: float = 0.0
    bursts_per_minute: float = 0.0
    id_changes_per_minute: float = 0.0


@dataclass(frozen=True, eq=False)
class Clip:
    """A request and the truth: `face` (n, 4) is whom the window should show at each frame."""

    kind: str
    seed: int
    request: FocusRequest
    frame_ms: Floats
    face: Floats
    cuts_ms: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Person:
    """One person's face over all frames: centre (n, 2), size (2,), when in view (n,)."""

    name: str
    centre: Floats
    size: tuple[float, float]
    visible: npt.NDArray[np.bool_]

    @property
    def face(self) -> Floats:
        half = 0.5 * np.array(self.size)
        return np.clip(np.hstack((self.centre - half, self.centre + half)), 0.0, 1.0)


def sway(rng: np.random.Generator, frames: int, amount: float) -> Floats:
    """A head that is never quite still: two slow sines per axis; shape (frames, 2)."""
    time = np.arange(frames) / FPS
    moved = np.zeros((frames, 2))
    for axis in range(2):
        for _ in range(2):
            period, phase = rng.uniform(3, 9), rng.uniform(0, 2 * np.pi)
            moved[:, axis] += 0.5 * amount * np.sin(2 * np.pi * time / period + phase)
    return moved


def walk(
    rng: np.random.Generator,
    frames: int,
    *,
    speed: tuple[float, float],
    pause_s: tuple[float, float],
    span: tuple[float, float] = (0.1, 0.9),
) -> Floats:
    """From place to place and resting there: minimum-jerk ways; shape (frames,).

    `speed` is the mean speed of a way in fractions of the frame per second; its
    peak is 1.875 times that.
    """
    place = rng.uniform(*span)
    parts: list[Floats] = []
    total = 0
    while total < frames:
        rest = int(rng.uniform(*pause_s) * FPS)
        goal = rng.uniform(*span)
        count = max(10, int(abs(goal - place) / rng.uniform(*speed) * FPS))
        p = np.arange(1, count + 1) / count
        parts += [np.full(rest, place), place + (goal - place) * (10 * p**3 - 15 * p**4 + 6 * p**5)]
        total += rest + count
        place = goal
    return np.concatenate(parts)[:frames]


def detections(
    rng: np.random.Generator, people: list[Person], frames: int, detector: Detector
) -> list[tuple[float, str, float, float, float, float]]:
    """What the detector reports: (time_ms, track_id, x, y, width, height)."""
    rows = []
    seconds = frames / FPS
    for person in people:
        lost = np.zeros(frames, dtype=bool)
        for _ in range(rng.poisson(detector.bursts_per_minute * seconds / 60)):
            start = rng.integers(0, frames)
            lost[start : start + int(rng.uniform(0.5, 3.5) * FPS)] = True
        changes = np.sort(
            rng.uniform(
                0, seconds * 1e3, rng.poisson(detector.id_changes_per_minute * seconds / 60)
            )
        )
        for time in np.arange(0.0, seconds * 1e3, DETECTION_MS):
            frame = min(frames - 1, round(time * FPS / 1e3))
            if lost[frame] or not person.visible[frame] or rng.random() < detector.miss:
                continue
            width, height = np.array(person.size) * rng.normal(1.0, detector.size_error, 2)
            x, y = person.centre[frame] + rng.normal(0.0, detector.centre_error, 2)
            generation = int(np.searchsorted(changes, time))
            name = f"{person.name}.{generation}" if generation else person.name
            rows.append((time, name, x - width / 2, y - height / 2, width, height))
    for time in np.arange(0.0, seconds * 1e3, DETECTION_MS):
        if rng.random() < detector.false:
            side = rng.uniform(0.05, 0.12)
            rows.append((time, f"ghost{time:.0f}", *rng.uniform(0, 0.9, 2), side, side * 1.5))
    return rows


def artifacts(
    rows: list[tuple[float, str, float, float, float, float]],
    cuts_ms: tuple[float, ...],
    seconds: float,
    speech: list[tuple[float, float, str]] | None,
) -> Artifacts:
    """The detector's rows and the speech as the artifacts of one asset."""
    times = np.arange(0.0, seconds * 1e3, DETECTION_MS)
    columns = list(zip(*rows, strict=True))
    x, y, width, height = (np.array(column) for column in columns[2:])
    count = len(times)
    boundary = np.zeros(count, dtype=np.bool_)
    boundary[np.round(np.array(cuts_ms) / DETECTION_MS).astype(int)] = True
    visual = VisualMeta(
        "visual",
        seconds * 1e3,
        DETECTION_MS,
        times,
        np.full(count, np.nan),
        np.full(count, np.nan),
        np.full(count, np.nan),
        boundary,
        Subjects(
            np.round(np.array(columns[0]) / DETECTION_MS).astype(np.int64),
            tuple(columns[1]),
            ("face",) * len(rows),
            np.full(len(rows), 0.9),
            x,
            y,
            width,
            height,
        ),
    )
    if speech is None:
        return Artifacts(visual_meta=visual)
    none, no_index = np.zeros(0), np.zeros(0, np.int64)
    events = AudioEvents(
        np.full(len(speech), int(AudioEventKind.SPEECH), np.int64),
        np.array([s[0] for s in speech]),
        np.array([s[1] for s in speech]),
        tuple(s[2] for s in speech),
        np.full(len(speech), np.nan),
        np.full(len(speech), np.nan),
        ("",) * len(speech),
    )
    beats = Beats(none, no_index, no_index, no_index)
    return Artifacts(AudioSemanticTimeline("audio", seconds * 1e3, events, beats), visual)


def finished(
    kind: str,
    seed: int,
    found: Artifacts,
    face: Floats,
    *,
    cuts_ms: tuple[float, ...] = (),
    ratio: str = "9:16",
) -> Clip:
    """The clip with its request."""
    frames = len(face)
    request = FocusRequest(
        clip_id=f"{kind}-{seed}",
        asset_id=kind,
        out_ms=frames / FPS * 1e3,
        target_aspect_ratio=ratio,
        source_width=SOURCE[0],
        source_height=SOURCE[1],
        artifacts=found,
    )
    return Clip(kind, seed, request, np.arange(frames) * 1e3 / FPS, face, cuts_ms)


def one_person(
    kind: str,
    seed: int,
    seconds: float,
    horizontal: Callable[[np.random.Generator, int], Floats],
    *,
    detector: Detector | None = None,
    size: tuple[float, float] | None = None,
) -> Clip:
    """A clip of one person who is always in view."""
    rng = np.random.default_rng([seed, *kind.encode()])
    frames = int(seconds * FPS)
    width = rng.uniform(0.05, 0.1)
    centre = np.column_stack((horizontal(rng, frames), np.full(frames, rng.uniform(0.3, 0.45))))
    centre += sway(rng, frames, 0.012)
    person = Person("p", centre, size or (width, 2.2 * width), np.ones(frames, bool))
    rows = detections(rng, [person], frames, detector or Detector())
    return finished(kind, seed, artifacts(rows, (), seconds, None), person.face)


def still(seed: int, seconds: float) -> Clip:
    """A talking head that shifts in the chair now and then."""
    return one_person("still", seed, seconds, lambda rng, n: np.full(n, rng.uniform(0.2, 0.8)))


def walking(seed: int, seconds: float) -> Clip:
    """A presenter who walks about."""
    return one_person(
        "walking",
        seed,
        seconds,
        lambda rng, n: walk(rng, n, speed=(0.06, 0.15), pause_s=(1.0, 5.0)),
    )


def fast(seed: int, seconds: float) -> Clip:
    """A player who hardly ever rests; peak speed at the default limit."""
    return one_person(
        "fast", seed, seconds, lambda rng, n: walk(rng, n, speed=(0.15, 0.27), pause_s=(0.0, 1.0))
    )


def bursts(seed: int, seconds: float) -> Clip:
    """A walking presenter whom the detector loses, renames and confuses with ghosts."""
    return one_person(
        "bursts",
        seed,
        seconds,
        lambda rng, n: walk(rng, n, speed=(0.05, 0.1), pause_s=(2.0, 6.0)),
        detector=Detector(miss=0.1, false=0.05, bursts_per_minute=4.0, id_changes_per_minute=4.0),
    )


def edge(seed: int, seconds: float) -> Clip:
    """Somebody who comes and goes at the picture's edge."""
    return one_person(
        "edge",
        seed,
        seconds,
        lambda rng, n: walk(rng, n, speed=(0.04, 0.1), pause_s=(1.0, 4.0), span=(0.78, 1.0)),
    )


def small(seed: int, seconds: float) -> Clip:
    """A small figure far away, strolling."""
    return one_person(
        "small",
        seed,
        seconds,
        lambda rng, n: walk(rng, n, speed=(0.02, 0.06), pause_s=(3.0, 8.0), span=(0.3, 0.7)),
        size=(0.025, 0.05),
    )


def shots(seed: int, seconds: float) -> Clip:
    """A cut film: another place every few seconds."""
    rng = np.random.default_rng([seed, *b"shots"])
    frames = int(seconds * FPS)
    cuts_ms: list[float] = []
    while (cuts_ms[-1] if cuts_ms else 0.0) < seconds * 1e3 - 8000.0:
        step = float(np.round(rng.uniform(1500.0, 8000.0) / DETECTION_MS) * DETECTION_MS)
        cuts_ms.append((cuts_ms[-1] if cuts_ms else 0.0) + step)
    frame_ms = np.arange(frames) * 1e3 / FPS
    shot = np.searchsorted(cuts_ms, frame_ms, side="right")
    people, face = [], np.zeros((frames, 4))
    for number in range(len(cuts_ms) + 1):
        x = walk(rng, frames, speed=(0.03, 0.12), pause_s=(1.0, 4.0), span=(0.15, 0.85))
        centre = np.column_stack((x, np.full(frames, rng.uniform(0.3, 0.45))))
        centre += sway(rng, frames, 0.01)
        width = rng.uniform(0.05, 0.1)
        people.append(Person(f"p{number}", centre, (width, 2.2 * width), shot == number))
        face[shot == number] = people[-1].face[shot == number]
    rows = detections(rng, people, frames, Detector())
    found = artifacts(rows, tuple(cuts_ms), seconds, None)
    return finished("shots", seed, found, face, cuts_ms=tuple(cuts_ms))


def turns(seed: int, seconds: float) -> Clip:
    """Two people who talk in turns; who speaks moves more, the listener says "mm-hm"."""
    rng = np.random.default_rng([seed, *b"turns"])
    frames = int(seconds * FPS)
    apart = rng.uniform(0.12, 0.55)
    left = rng.uniform(0.15, 0.85 - apart)
    change_s = [0.0]
    while change_s[-1] < seconds - 4.0:
        change_s.append(change_s[-1] + rng.uniform(2.0, 12.0))
    change_s[-1] = seconds
    speaker = (np.searchsorted(change_s, np.arange(frames) / FPS, side="right") - 1) % 2
    speech = []
    for number, (start, end) in enumerate(pairwise(change_s)):
        speech.append((start * 1e3, (end - 0.2) * 1e3, f"voice{number % 2}"))
        if end - start > 5.0:
            moment = rng.uniform(start + 1.0, end - 2.0)
            length = rng.uniform(0.3, 0.8) * BACK_CHANNEL_S
            speech.append((moment * 1e3, (moment + length) * 1e3, f"voice{1 - number % 2}"))
    people = []
    for number, x in enumerate((left, left + apart)):
        centre = np.column_stack((np.full(frames, x), np.full(frames, rng.uniform(0.35, 0.42))))
        lively = np.where(speaker == number, 1.0, 0.35)[:, None]
        nods = np.sin(2 * np.pi * np.arange(frames) / FPS * rng.uniform(0.8, 1.4))[:, None]
        centre += sway(rng, frames, 0.008) + lively * nods * np.array([0.003, 0.008])
        people.append(Person(f"p{number}", centre, (0.07, 0.154), np.ones(frames, bool)))
    face = np.where((speaker == 0)[:, None], people[0].face, people[1].face)
    rows = detections(rng, people, frames, Detector(centre_error=0.003))
    return finished("turns", seed, artifacts(rows, (), seconds, speech), face)


KINDS: dict[str, Callable[[int, float], Clip]] = {
    "still": still,
    "walking": walking,
    "fast": fast,
    "turns": turns,
    "bursts": bursts,
    "shots": shots,
    "edge": edge,
    "small": small,
}
