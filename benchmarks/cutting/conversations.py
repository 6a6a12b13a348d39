"""Conversations with known truth, and what noisy detectors would say of them.

A conversation is people who speak words with pauses, interrupt, murmur along and
fall silent. A set is cameras that frame one, all or none of them, each with its
own microphone, clock, start and end. `detect` gives the artifacts that detectors
would deliver: bleed, missed and false speech, edges off by 80 ms, speaker ids
that are permuted, wrong or absent.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

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

STEP_MS = 10.0

LETTERS = (1.0, 0.6, 1.4, 0.8, 1.25, 1.6, 0.7)
"""Words are written longer or shorter than they are spoken, by these factors in turn."""


@dataclass(frozen=True)
class Word:
    speaker: int
    start_ms: float
    end_ms: float
    text: str


@dataclass(frozen=True)
class Talk:
    """`phrases` are runs of words of one speaker without an audible pause."""

    duration_ms: float
    people: int
    words: tuple[Word, ...]
    phrases: tuple[tuple[int, float, float, bool], ...]
    floor: tuple[tuple[int, float, float], ...]

    def speaking(self) -> np.ndarray:
        """Who speaks, shape (people, steps of 10 ms); pauses within words only are filled."""
        flags = np.zeros((self.people, int(self.duration_ms / STEP_MS)), dtype=bool)
        for speaker, start, end, _ in self.phrases:
            flags[speaker, int(start / STEP_MS) : int(np.ceil(end / STEP_MS))] = True
        return flags

    def in_word(self) -> np.ndarray:
        flags = np.zeros(int(self.duration_ms / STEP_MS), dtype=bool)
        for word in self.words:
            flags[int(word.start_ms / STEP_MS) : int(np.ceil(word.end_ms / STEP_MS))] = True
        return flags

    def holder(self) -> np.ndarray:
        """Who has the floor at each step, -1 before anybody has."""
        held = np.full(int(self.duration_ms / STEP_MS), -1)
        for speaker, start, end in self.floor:
            held[int(start / STEP_MS) : int(end / STEP_MS)] = speaker
        return held


@dataclass(frozen=True)
class CameraPlan:
    asset_id: str
    role: CameraRole
    frames: tuple[int, ...]
    gain_db: float
    clock: Clock
    duration_ms: float


@dataclass(frozen=True)
class Noise:
    """How detectors err; names say what share or how much."""

    edge_ms: float = 80.0
    missed: float = 0.04
    false_per_minute: float = 1.0
    wrong_id: float = 0.06
    permuted_ids: bool = True
    absent_ids: bool = False
    bleed_db: float = 9.0
    level_db: float = 1.5
    heard_over_db: float = -22.0
    subject_ids: bool = True
    visual: bool = True
    transcription: bool = False
    isolated: bool = False
    levels: bool = True
    merged_ms: float = 0.0


CLEAN = Noise(
    edge_ms=0.0, missed=0.0, false_per_minute=0.0, wrong_id=0.0, permuted_ids=False, level_db=0.0
)


def talk(seed: int, *, minutes: float = 5.0, people: int = 2) -> Talk:
    """A conversation of turns, back-channels, collisions, cross-talk and silences."""
    rng = np.random.default_rng(seed)
    end, now = minutes * 60e3, float(rng.uniform(500, 2500))
    script = _Script([], [])
    floor: list[tuple[int, float, float]] = []
    speaker = int(rng.integers(people))
    while now < end - 3_000:
        start = now
        length = float(np.clip(rng.lognormal(np.log(7_000), 0.9), 900, 45_000))
        now = _speak(rng, script, speaker, now, min(now + length, end - 2_000))
        floor.append((speaker, start, now))
        if people > 1:
            _murmur(rng, script, people, (speaker, start, now))
        following = int(rng.choice([p for p in range(people) if p != speaker])) if people > 1 else 0
        fate = rng.random()
        if people > 1 and fate < 0.06 and now - start > 6_000:
            overlap = float(rng.uniform(2_200, 4_500))
            _speak(rng, script, following, now - overlap, now)
        elif people > 1 and fate < 0.22:
            now -= float(rng.uniform(50, 300))
        elif fate < 0.27:
            now += float(rng.uniform(4_000, 9_000))
        else:
            now += float(np.clip(rng.lognormal(np.log(450), 0.6), 120, 2_500))
        speaker = following
    starts = [0.0, *(start for _, start, _ in floor[1:])]
    held = tuple(
        (who, first, last)
        for (who, _, _), first, last in zip(floor, starts, [*starts[1:], end], strict=True)
    )
    phrases = tuple(sorted(script.phrases, key=lambda phrase: phrase[1:3]))
    return Talk(end, people, tuple(script.words), phrases, held)


@dataclass(frozen=True)
class _Script:
    words: list[Word]
    phrases: list[tuple[int, float, float, bool]]


def _speak(
    rng: np.random.Generator, script: _Script, speaker: int, start: float, until: float
) -> float:
    """Phrases of words from start to about until; returns the end."""
    now = start
    while True:
        first = now
        for _ in range(int(rng.integers(2, 11))):
            length = float(np.clip(rng.gamma(5.0, 62.0), 90, 900))
            text = "w" * max(1, int(length / 70 * LETTERS[len(script.words) % len(LETTERS)]))
            script.words.append(Word(speaker, now, now + length, text))
            now += length
            if now > until:
                break
            now += float(rng.uniform(0, 60))
        now = script.words[-1].end_ms
        script.phrases.append((speaker, first, now, False))
        if now >= until:
            return now
        now += float(np.clip(rng.lognormal(np.log(380), 0.55), 150, 1_800))


def _murmur(
    rng: np.random.Generator, script: _Script, people: int, turn: tuple[int, float, float]
) -> None:
    """Back-channels of the listeners during a turn."""
    speaker, start, end = turn
    now = start + float(rng.exponential(9_000)) + 1_500
    while now < end - 2_000:
        listener = int(rng.choice([p for p in range(people) if p != speaker]))
        length = float(rng.uniform(220, 600))
        script.words.append(Word(listener, now, now + length, "mhm"))
        script.phrases.append((listener, now, now + length, True))
        now += length + float(rng.exponential(12_000)) + 2_000


def layout(seed: int, spoken: Talk, *, cameras: int | None = None, late: bool = True):
    """A close camera per person, a wide one, sometimes a second wide or a detail."""
    rng = np.random.default_rng(seed + 1)
    plans = []
    kinds: list[tuple[CameraRole, tuple[int, ...]]] = [
        (CameraRole.PRIMARY if p == 0 else CameraRole.SECONDARY, (p,)) for p in range(spoken.people)
    ]
    kinds.append((CameraRole.WIDE, tuple(range(spoken.people))))
    kinds.append((CameraRole.DETAIL, ()) if rng.random() < 0.5 else (CameraRole.SECONDARY, (0,)))
    for number, (role, frames) in enumerate(kinds[: cameras or len(kinds)]):
        offset = 0.0 if number == 0 else float(rng.uniform(-8_000, 0))
        lost = 0.0
        if late and number > 0 and rng.random() < 0.5:
            offset = float(rng.uniform(2_000, 25_000))
        if late and number > 0 and rng.random() < 0.4:
            lost = float(rng.uniform(2_000, 30_000))
        clock = Clock(offset, 0.0 if number == 0 else float(rng.uniform(-40, 40)))
        length = float(clock.to_asset_ms(spoken.duration_ms - lost))
        plans.append(
            CameraPlan(f"cam{number}", role, frames, float(rng.uniform(-8, 8)), clock, length)
        )
    return plans


def detect(seed: int, spoken: Talk, plans, noise: Noise) -> tuple[SessionTrack, ...]:
    """The tracks with the artifacts that noisy detectors deliver."""
    rng = np.random.default_rng(seed + 2)
    return tuple(_track(rng, spoken, plan, noise) for plan in plans)


def _track(rng, spoken: Talk, plan: CameraPlan, noise: Noise) -> SessionTrack:
    names = [f"spk_{p}" for p in range(spoken.people)]
    local = [str(n) for n in rng.permutation(names)] if noise.permuted_ids else names
    rows = []
    for speaker, start, end in _segments(spoken, noise.merged_ms):
        near = speaker in plan.frames
        level = -23.0 + plan.gain_db + (0.0 if near and len(plan.frames) == 1 else -noise.bleed_db)
        if len(plan.frames) != 1:
            level += 0.4 * noise.bleed_db
        level += float(rng.normal(0, 1)) * noise.level_db
        miss = noise.missed if level > -23.0 + noise.heard_over_db else 0.5
        if rng.random() < miss or (noise.isolated and plan.frames != (speaker,)):
            continue
        name = str(rng.choice(names)) if rng.random() < noise.wrong_id else local[speaker]
        jitter = np.clip(rng.normal(0, noise.edge_ms / 2, 2), -noise.edge_ms, noise.edge_ms)
        first, last = start + jitter[0], end + jitter[1]
        if last - first < 60:
            continue
        text = _text(spoken, speaker, start, end) if noise.transcription else ""
        rows.append(
            (
                first,
                last,
                "" if noise.absent_ids else name,
                level,
                float(np.clip(rng.normal(0.85, 0.1), 0.3, 1.0)),
                text,
            )
        )
    for _ in range(rng.poisson(noise.false_per_minute * spoken.duration_ms / 60e3)):
        first = float(rng.uniform(0, spoken.duration_ms - 1_500))
        rows.append(
            (
                first,
                first + float(rng.uniform(150, 900)),
                "" if noise.absent_ids else str(rng.choice(names)),
                -36.0 + plan.gain_db + float(rng.normal(0, 3)),
                float(rng.uniform(0.3, 0.6)),
                "",
            )
        )
    rows = [(plan.clock.to_asset_ms(a), plan.clock.to_asset_ms(b), *rest) for a, b, *rest in rows]
    rows = [row for row in rows if row[1] > 0 and row[0] < plan.duration_ms]
    events = AudioEvents(
        kind=np.full(len(rows), AudioEventKind.SPEECH, dtype=np.int64),
        start_ms=np.array([r[0] for r in rows], dtype=np.float64),
        end_ms=np.array([r[1] for r in rows], dtype=np.float64),
        speaker_id=tuple(r[2] for r in rows),
        loudness_lufs=np.array([r[3] if noise.levels else np.nan for r in rows], dtype=np.float64),
        confidence=np.array([r[4] for r in rows], dtype=np.float64),
        transcription=tuple(r[5] for r in rows),
    )
    empty = np.empty(0, dtype=np.int64)
    return SessionTrack(
        asset_id=plan.asset_id,
        role=plan.role,
        offset_ms=plan.clock.offset_ms,
        drift_ppm=plan.clock.drift_ppm,
        duration_ms=plan.duration_ms,
        subject_ids=tuple(names[p] for p in plan.frames) if noise.subject_ids else (),
        artifacts=Artifacts(
            audio_semantic_timeline=AudioSemanticTimeline(
                f"a_{plan.asset_id}",
                plan.duration_ms,
                events,
                Beats(np.empty(0), empty, empty, empty),
            ),
            visual_meta=_visual(rng, plan) if noise.visual else None,
        ),
    )


def _segments(spoken: Talk, merged_ms: float) -> list[tuple[int, float, float]]:
    """What a detector takes for one event: phrases whose pauses are shorter than this."""
    segments: list[tuple[int, float, float]] = []
    last: dict[int, int] = {}
    for speaker, start, end, _ in spoken.phrases:
        before = last.get(speaker)
        if merged_ms and before is not None and start - segments[before][2] < merged_ms:
            segments[before] = (speaker, segments[before][1], end)
        else:
            last[speaker] = len(segments)
            segments.append((speaker, start, end))
    return segments


def _text(spoken: Talk, speaker: int, start_ms: float, end_ms: float) -> str:
    """The words of a segment; a long pause ends a sentence, a short one has a comma."""
    words = [
        word
        for word in spoken.words
        if word.speaker == speaker and word.start_ms >= start_ms - 1 and word.end_ms <= end_ms + 1
    ]
    pauses = [after.start_ms - before.end_ms for before, after in pairwise(words)]
    marks = ["." if pause > 300.0 else "," if pause > 100.0 else "" for pause in pauses]
    return " ".join(word.text + mark for word, mark in zip(words, [*marks, "."], strict=False))


def _visual(rng, plan: CameraPlan, interval_ms: float = 500.0) -> VisualMeta:
    time = np.arange(0.0, plan.duration_ms, interval_ms)
    size = 0.28 if len(plan.frames) == 1 else 0.1
    frame = np.repeat(np.arange(len(time)), len(plan.frames))
    who = np.tile(np.arange(len(plan.frames)), len(time))
    seen = rng.random(len(frame)) > 0.05
    frame, who = frame[seen], who[seen]
    count = len(frame)
    return VisualMeta(
        artifact_id=f"v_{plan.asset_id}",
        duration_ms=plan.duration_ms,
        frame_sample_interval_ms=interval_ms,
        timestamp_ms=time,
        primary_subject_center_x=np.full(len(time), np.nan),
        primary_subject_center_y=np.full(len(time), np.nan),
        motion_score=np.clip(rng.normal(0.2, 0.1, len(time)), 0, 1),
        shot_boundary=np.zeros(len(time), dtype=bool),
        subjects=Subjects(
            frame=frame.astype(np.int64),
            track_id=tuple(f"face_{w}" for w in who),
            label=("face",) * count,
            confidence=np.clip(rng.normal(0.9, 0.05, count), 0, 1),
            bbox_x=0.3 + 0.2 * who + rng.normal(0, 0.01, count),
            bbox_y=np.full(count, 0.25),
            bbox_width=np.full(count, size),
            bbox_height=np.full(count, size * 1.4),
        ),
    )


def with_truth(tracks: tuple[SessionTrack, ...], spoken: Talk, plans):
    """The same cameras with artifacts that tell the truth."""
    true = detect(0, spoken, plans, CLEAN)
    return tuple(
        replace(track, artifacts=truth.artifacts, subject_ids=truth.subject_ids)
        for track, truth in zip(tracks, true, strict=True)
    )
