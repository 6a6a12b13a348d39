"""Artifacts of one clip, written as rows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from multicam_server.domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioEvents,
    AudioSemanticTimeline,
    Beats,
    Subjects,
    VisualMeta,
)
from multicam_server.domain.focus import (
    AutomationProperty,
    Focus,
    FocusOptions,
    FocusRequest,
    Interpolation,
)

# (time_ms, track_id, label, x, y, width, height)
Row = tuple[float, str, str, float, float, float, float]


def seen(
    rows: Sequence[Row],
    *,
    frames_ms: Sequence[float] | None = None,
    cuts_ms: Sequence[float] = (),
    primary: dict[float, tuple[float, float]] | None = None,
    duration_ms: float = 0.0,
    confidence: float = 0.9,
    order: Sequence[int] | None = None,
) -> VisualMeta:
    """A visual artifact whose frames are `frames_ms`, by default those of the rows."""
    times = sorted({row[0] for row in rows}) if frames_ms is None else list(frames_ms)
    index = {time: number for number, time in enumerate(times)}
    primary = primary or {}
    centres = [primary.get(time, (np.nan, np.nan)) for time in times]
    rows = [rows[i] for i in order] if order is not None else rows
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 7
    return VisualMeta(
        artifact_id="vis_1",
        duration_ms=duration_ms,
        frame_sample_interval_ms=0.0,
        timestamp_ms=np.array(times, dtype=np.float64),
        primary_subject_center_x=np.array([c[0] for c in centres]),
        primary_subject_center_y=np.array([c[1] for c in centres]),
        motion_score=np.full(len(times), np.nan),
        shot_boundary=np.array([time in cuts_ms for time in times], dtype=np.bool_),
        subjects=Subjects(
            frame=np.array([index[time] for time in columns[0]], dtype=np.int64),
            track_id=tuple(columns[1]),
            label=tuple(columns[2]),
            confidence=np.full(len(rows), confidence),
            bbox_x=np.array(columns[3], dtype=np.float64),
            bbox_y=np.array(columns[4], dtype=np.float64),
            bbox_width=np.array(columns[5], dtype=np.float64),
            bbox_height=np.array(columns[6], dtype=np.float64),
        ),
    )


def heard(turns: Sequence[tuple[float, float, str]], *, duration_ms: float = 0.0) -> Any:
    """An audio artifact of speech (start_ms, end_ms, speaker_id)."""
    unknown = np.full(len(turns), np.nan)
    none, no_index = np.zeros(0), np.zeros(0, dtype=np.int64)
    return AudioSemanticTimeline(
        artifact_id="aud_1",
        duration_ms=duration_ms,
        events=AudioEvents(
            kind=np.full(len(turns), int(AudioEventKind.SPEECH), dtype=np.int64),
            start_ms=np.array([t[0] for t in turns], dtype=np.float64),
            end_ms=np.array([t[1] for t in turns], dtype=np.float64),
            speaker_id=tuple(t[2] for t in turns),
            loudness_lufs=unknown,
            confidence=unknown,
            transcription=("",) * len(turns),
        ),
        beats=Beats(none, no_index, no_index, no_index),
    )


def asked(
    visual: VisualMeta | None,
    audio: AudioSemanticTimeline | None = None,
    *,
    in_ms: float = 0.0,
    out_ms: float | None = None,
    ratio: str = "9:16",
    size: tuple[int, int] = (1920, 1080),
    options: FocusOptions | None = None,
) -> FocusRequest:
    """A request for one clip of asset a_1."""
    return FocusRequest(
        clip_id="clip_1",
        asset_id="a_1",
        in_ms=in_ms,
        out_ms=out_ms,
        target_aspect_ratio=ratio,
        source_width=size[0],
        source_height=size[1],
        artifacts=Artifacts(audio_semantic_timeline=audio, visual_meta=visual),
        options=options or FocusOptions(),
    )


def shares(interpolation: Interpolation, p: float) -> float:
    """The contract's interpolation."""
    return {
        Interpolation.STEP: 0.0,
        Interpolation.LINEAR: p,
        Interpolation.EASE_IN: p * p,
        Interpolation.EASE_OUT: 1.0 - (1.0 - p) ** 2,
        Interpolation.EASE_IN_OUT: 3.0 * p * p - 2.0 * p**3,
    }[interpolation]


def played(focus: Focus, which: AutomationProperty, times_ms: Any) -> np.ndarray:
    """What an editor shows at these times, evaluated keyframe by keyframe."""
    (keys,) = [a.keyframes for a in focus.automations if a.property == which]
    starts = np.array([k.time_ms for k in keys])
    values = []
    for time in times_ms:
        index = max(0, int(np.searchsorted(starts, time, side="right")) - 1)
        key = keys[index]
        if time <= key.time_ms or index == len(keys) - 1:
            values.append(key.value)
            continue
        following = keys[index + 1]
        p = (time - key.time_ms) / (following.time_ms - key.time_ms)
        values.append(key.value + shares(key.interpolation, p) * (following.value - key.value))
    return np.array(values)


def strolled(
    seed: int,
    *,
    seconds: float = 30,
    step_ms: float = 100.0,
    axis: int = 0,
    speed: float = 0.15,
) -> list[Row]:
    """Rows of a face: minimum-jerk ways between random places, with rests, along one axis."""
    rng = np.random.default_rng(seed)
    place = 0.5
    places: list[float] = []
    while len(places) < seconds * 1e3 / step_ms:
        goal = rng.uniform(0.15, 0.85)
        count = max(4, int(abs(goal - place) / speed * 1e3 / step_ms))
        p = np.arange(1, count + 1) / count
        places += [place] * int(rng.uniform(0.5, 3.0) * 1e3 / step_ms)
        places += (place + (goal - place) * (10 * p**3 - 15 * p**4 + 6 * p**5)).tolist()
        place = goal
    centres = [(v, 0.4) if axis == 0 else (0.5, v) for v in places[: int(seconds * 1e3 / step_ms)]]
    return [
        (i * step_ms, "p", "face", x - 0.035, y - 0.06, 0.07, 0.12)
        for i, (x, y) in enumerate(centres)
    ]


@pytest.fixture
def visual_meta() -> Callable[..., VisualMeta]:
    return seen


@pytest.fixture
def timeline() -> Callable[..., Any]:
    return heard


@pytest.fixture
def request_for() -> Callable[..., FocusRequest]:
    return asked


@pytest.fixture
def play() -> Callable[..., np.ndarray]:
    return played


@pytest.fixture(scope="module")
def factories() -> tuple[Callable[..., Any], ...]:
    """The factories for hypothesis, which wants no function-scoped fixtures."""
    return seen, asked, played


@pytest.fixture(scope="module")
def stroll() -> Callable[..., list[Row]]:
    return strolled
