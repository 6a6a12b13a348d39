"""Keyframes of the three properties from the paths of all takes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..domain.focus import Automation, AutomationProperty, Interpolation, Keyframe
from ..domain.media import Floats
from .polyline import FRAME_S, MOST_CHORDS, Polyline
from .window import Limits, Window

LEAST_GAP_S = 2e-3
"""Keyframes are at least so far apart: whole milliseconds, to which an editor may round
their times, rise too. No frame of film is that short. A window that moves when its
take ends stands still for this long before the cut, so that the keyframe before the
cut is a STEP."""

SAME_TIME_S = 1e-6
"""Times closer than this differ by rounding only."""

AT_EDGE = 1e-5
"""A window nearer to the source's edge than this fraction of the source is at the edge."""

NO_CHANGE = 1e-9
"""Speeds, in source widths per second, that are equal but for rounding."""


@dataclass(frozen=True)
class Pose:
    """The window at one time, in source fractions, and how x and y go on from there."""

    time_ms: float
    x: float
    y: float
    scale: float
    onward: tuple[Interpolation, Interpolation]

    @property
    def values(self) -> tuple[float, float, float]:
        """What the three properties show."""
        return self.x, self.y, self.scale

    @property
    def rests(self) -> bool:
        """Whether nothing moves until the next keyframe."""
        return self.onward == (Interpolation.STEP, Interpolation.STEP)


@dataclass(frozen=True)
class _Knot:
    """A time of a take, the centre there in source widths, and how x and y go on."""

    time_s: float
    centre: tuple[float, float]
    onward: tuple[Interpolation, Interpolation]

    @property
    def rests(self) -> bool:
        """Whether nothing moves until the next knot."""
        return self.onward == (Interpolation.STEP, Interpolation.STEP)


def poses_of_take(
    line: Polyline,
    window: Window,
    limits: Limits,
    *,
    scale: float,
    start_ms: float,
    end_ms: float,
    last: bool,
) -> list[Pose]:
    """The keyframes of one take, from its start; `last` when no other take follows."""
    knots = _ended(_knots(line, limits), line.time_s[-1], last=last)
    least, greatest = window.centre_range(scale)
    poses = []
    for knot in knots:
        fractions = (knot.centre[0], knot.centre[1] * window.source_aspect)
        x, y = (
            _within(value, *bounds)
            for value, *bounds in zip(fractions, least, greatest, strict=True)
        )
        poses.append(Pose(min(knot.time_s * 1e3, end_ms), x, y, scale, knot.onward))
    first = poses[0]
    return [Pose(start_ms, first.x, first.y, scale, first.onward), *poses[1:]]


def automations(poses: Sequence[Pose]) -> tuple[Automation, ...]:
    """The three properties at the same times, without keyframes that change nothing."""
    kept: list[Pose] = []
    for pose in poses:
        if kept and pose.time_ms - kept[-1].time_ms < (LEAST_GAP_S - SAME_TIME_S) * 1e3:
            # A take too short to be seen: the next one begins in its place.
            kept[-1] = replace(pose, time_ms=kept[-1].time_ms)
            continue
        repeats = kept and kept[-1].values == pose.values and kept[-1].rests and pose.rests
        if not repeats:
            kept.append(pose)
    step = Interpolation.STEP
    return (
        Automation(
            AutomationProperty.CROP_X, tuple(Keyframe(p.time_ms, p.x, p.onward[0]) for p in kept)
        ),
        Automation(
            AutomationProperty.CROP_Y, tuple(Keyframe(p.time_ms, p.y, p.onward[1]) for p in kept)
        ),
        Automation(
            AutomationProperty.SCALE, tuple(Keyframe(p.time_ms, p.scale, step) for p in kept)
        ),
    )


def _within(value: float, least: float, greatest: float) -> float:
    """The value inside its bounds, exactly at a bound that it all but touches."""
    if value < least + AT_EDGE:
        return least
    return greatest if value > greatest - AT_EDGE else value


def _knots(line: Polyline, limits: Limits) -> list[_Knot]:
    """Where pieces begin and bends begin, turn and end."""
    speed = line.straight_way / np.maximum(np.diff(line.time_s), SAME_TIME_S)[:, None]
    knots = [_knot(line.time_s[0], line.centre[0], _along(line, 0, speed[0]))]
    for corner in range(1, len(speed)):
        for knot in _bend(line, corner, speed[corner - 1], speed[corner], limits):
            if knot.time_s - knots[-1].time_s < LEAST_GAP_S:
                knots[-1] = _Knot(knots[-1].time_s, knots[-1].centre, knot.onward)
            else:
                knots.append(knot)
    end = len(line.time_s) - 1
    knots.append(_knot(line.time_s[end], line.centre[end], [Interpolation.STEP] * 2))
    return knots


def _ended(knots: list[_Knot], end_s: float, *, last: bool) -> list[_Knot]:
    """The knots of a take up to its end: a rest needs none there, a motion stops before a cut."""
    *before, end = knots
    stop_s = float(end_s) - (0.0 if last else LEAST_GAP_S)
    latest_s = float(end_s) - LEAST_GAP_S
    kept = [knot for knot in before if knot.time_s <= latest_s] or before[:1]
    if len(kept) == len(before) and kept[-1].rests:
        return kept
    if stop_s - kept[-1].time_s < LEAST_GAP_S:
        return [*kept[:-1], replace(kept[-1], onward=end.onward)]
    return [*kept, replace(end, time_s=stop_s)]


def _knot(time_s: float, centre: Floats, onward: Sequence[Interpolation]) -> _Knot:
    return _Knot(float(time_s), (float(centre[0]), float(centre[1])), (onward[0], onward[1]))


def _along(line: Polyline, piece: int, speed: Floats) -> list[Interpolation]:
    """How each axis goes along a piece of a speed (2,)."""
    if not line.eased[piece]:
        return [_straight(v) for v in speed.tolist()]
    moves = line.centre[piece + 1] != line.centre[piece]
    return [Interpolation.EASE_IN_OUT if move else Interpolation.STEP for move in moves.tolist()]


def _straight(speed: float) -> Interpolation:
    """How an axis goes along a straight piece."""
    return Interpolation.STEP if speed == 0.0 else Interpolation.LINEAR


def _bend(
    line: Polyline, corner: int, before: Floats, after: Floats, limits: Limits
) -> list[_Knot]:
    """The knots of one corner, the last of which begins the piece after it."""
    time_s, centre, half = line.time_s[corner], line.centre[corner], line.half_s[corner]
    change = after - before
    onward = _along(line, corner, after)
    one_frame = limits.acceleration * FRAME_S
    size = float(np.hypot(change[0], change[1]))
    if size <= one_frame or half < SAME_TIME_S:
        return [_knot(time_s, centre, onward)]
    start, end = centre - before * half, centre + after * half
    shapes = [_shape(u, v) for u, v in zip(before, after, strict=True)]
    if None not in shapes:
        return [
            _knot(time_s - half, start, [shape for shape in shapes if shape is not None]),
            _knot(time_s + half, end, onward),
        ]
    chords = _turn(before, after)
    eases = [[Interpolation.LINEAR] * 2] * (len(chords) - 1)
    if len(chords) == 3:
        reverses = before * after < -NO_CHANGE
        eases = [
            [kind if reverse else _straight(v) for reverse, v in zip(reverses, after, strict=True)]
            for kind in (Interpolation.EASE_OUT, Interpolation.EASE_IN)
        ]
    else:
        count = int(min(np.ceil(size / one_frame), MOST_CHORDS))
        chords = np.linspace(0.0, 1.0, count + 1)
        eases = [[Interpolation.LINEAR] * 2] * count
    knots = []
    for share, kinds in zip(chords[:-1], eases, strict=True):
        # The speed changes evenly: the way is a parabola of the time since the start.
        passed = 2.0 * half * share
        place = start + before * passed + change * passed**2 / (4.0 * half)
        knots.append(_knot(time_s - half + passed, place, kinds))
    return [*knots, _knot(time_s + half, end, onward)]


def _shape(before: float, after: float) -> Interpolation | None:
    """The one interpolation of an even change of speed; None when there is none."""
    if abs(after - before) < NO_CHANGE:
        return _straight(after)
    if before == 0.0:
        return Interpolation.EASE_IN
    if after == 0.0:
        return Interpolation.EASE_OUT
    return None


def _turn(before: Floats, after: Floats) -> Floats:
    """Shares of a bend's time (start, vertex, end) when it is a turn that two eases show.

    Empty when an axis changes its speed otherwise, or two turn at different times.
    """
    vertices = []
    for u, v in zip(before.tolist(), after.tolist(), strict=True):
        if abs(u - v) < NO_CHANGE:
            continue
        if u * v >= 0.0:
            return np.zeros(0)
        vertices.append(u / (u - v))
    if max(vertices) - min(vertices) > SAME_TIME_S:
        return np.zeros(0)
    return np.array([0.0, vertices[0], 1.0])
