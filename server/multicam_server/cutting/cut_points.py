"""Where the programme may be cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..domain.artifacts import Indices
from ..domain.media import Floats, FrameRate
from ..domain.session import SessionTrack
from .cameras import TOUCH_MS, Camera, recording_at
from .locks import Lock
from .span import Span

FREE_STEP_MS = 40.0
"""Grid of the cuts without a frame rate: nobody sees a cut land half a step off."""

MIN_STEP_MS = 30.0
"""At high frame rates every second (third, ...) frame is enough of a choice."""

THIN_STEPS = 6
"""Where cuts are poor (amid speech) only every sixth point is kept, for the case
that the bounds leave nothing better."""

POOR = -0.5
"""Cut quality under which points are thinned out."""

OFF_FRAME = -1
"""Stands for the index of a point that lies on no frame."""

Quality = Callable[[Floats], Floats]


@dataclass(frozen=True, eq=False)
class CutPoints:
    """`n` instants in order. `frame` is the frame's index from the start, or -1."""

    time_ms: Floats
    frame: Indices


def place_cut_points(
    span: Span,
    *,
    frame_rate: FrameRate | None,
    locks: Sequence[Lock],
    cameras: Sequence[Camera],
    tracks: Sequence[SessionTrack],
    quality: Quality,
) -> CutPoints:
    """All instants that a cut may fall on.

    On frames counted from the start where a rate is given, else on a fine grid;
    denser where cutting is good. Locked shots bring their own edges, to the
    millisecond, and leave no point inside. A recording's edge is a point where no
    frame would do: where one recording takes over from another within a frame.
    """
    time, frame = _grid(span, frame_rate)
    kept = _thin(time, quality(time), _edges(tracks))
    time, frame = time[kept], frame[kept]
    if frame_rate is None:
        handovers = _edges([tracks[i] for c in cameras if len(c.tracks) > 1 for i in c.tracks])
        inside = (handovers > span.start_ms + TOUCH_MS) & (handovers < span.end_ms - TOUCH_MS)
        time, frame = _insert(time, frame, handovers[inside])
    for lock in locks:
        outside = (time < lock.start_ms - TOUCH_MS) | (time > lock.end_ms + TOUCH_MS)
        time, frame = time[outside], frame[outside]
        time, frame = _insert(time, frame, np.array([lock.start_ms, lock.end_ms]))
    held = np.any(recording_at(cameras, tracks, time) >= 0, axis=0)
    if not np.all(held):
        edges = _edges(tracks)
        step = np.searchsorted(time, edges, "right") - 1
        inside = (step >= 0) & (step < len(held))
        lost = edges[inside][~held[step[inside]]]
        time, frame = _insert(time, frame, lost[~np.isin(lost, time)])
    return CutPoints(time, frame)


def frame_time_ms(frame: int, rate: FrameRate) -> Fraction:
    """Exact time of a frame from the start of the sequence in milliseconds."""
    return frame * 1000 / rate.fraction


def _grid(span: Span, rate: FrameRate | None) -> tuple[Floats, Indices]:
    length = span.end_ms - span.start_ms
    if rate is None:
        steps = int(np.ceil(length / FREE_STEP_MS - TOUCH_MS))
        time = span.start_ms + np.minimum(np.arange(steps + 1) * FREE_STEP_MS, length)
        return time, np.full(steps + 1, OFF_FRAME, dtype=np.int64)
    exact = (Fraction(span.end_ms) - Fraction(span.start_ms) + Fraction(TOUCH_MS)) / 1000
    frames = int(exact * rate.fraction)
    stride = max(1, round(MIN_STEP_MS * 1e-3 * float(rate.fraction)))
    frame = np.union1d(np.arange(0, frames + 1, stride), [frames]).astype(np.int64)
    time = span.start_ms + frame * (1000.0 * rate.denominator / rate.numerator)
    return np.asarray(time, dtype=np.float64), frame


def _thin(time: Floats, quality: Floats, edges: Floats) -> Indices:
    """Indices of the points to keep: good ones, some of the others, and the ends."""
    kept = (quality > POOR) | (np.arange(len(time)) % THIN_STEPS == 0)
    kept[[0, -1]] = True
    beside = np.searchsorted(time, edges)
    for near in (beside - 1, beside):
        kept[near[(near >= 0) & (near < len(time))]] = True
    return np.flatnonzero(kept)


def _edges(tracks: Sequence[SessionTrack]) -> Floats:
    edges = [edge for track in tracks for edge in (track.start_ms, track.end_ms)]
    return np.unique(np.array(edges, dtype=np.float64))


def _insert(time: Floats, frame: Indices, extra: Floats) -> tuple[Floats, Indices]:
    merged = np.r_[time, extra]
    order = np.argsort(merged, kind="stable")
    labels = np.r_[frame, np.full(len(extra), OFF_FRAME, dtype=np.int64)]
    fresh = np.r_[True, np.diff(merged[order]) > 0.0]
    return merged[order][fresh], labels[order][fresh]
