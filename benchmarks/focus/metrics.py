"""How good a window's path is, judged against the truth at 30 frames per second."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from multicam_server.domain.focus import Automation, AutomationProperty, Focus, Interpolation
from multicam_server.focus.window import Window

from .clips import FPS, Clip, Floats

RESTING = 0.004
"""Speed, source widths per second, below which a window counts as resting."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A path per frame: centre (n, 2) and scale (n,); `keyframes` is None for none.

    At `cuts_ms` the window itself cuts: motion is judged between them.
    """

    centre: Floats
    scale: Floats
    keyframes: int | None
    cuts_ms: tuple[float, ...] = ()
    crossings: int = 0


@dataclass(frozen=True)
class Score:
    """One path on one clip; shares in percent of time."""

    centre_inside: float
    face_inside: float
    jerk_rms: float
    reversals_per_minute: float
    overshoot: float
    crossings: int
    outside_source: int
    keyframes_per_minute: float
    greatest_speed: float
    greatest_acceleration: float


def value_at(automation: Automation, time_ms: Floats) -> Floats:
    """What an editor shows, by the contract's interpolations."""
    starts = np.array([key.time_ms for key in automation.keyframes])
    values = np.array([key.value for key in automation.keyframes])
    kinds = np.array([int(key.interpolation) for key in automation.keyframes])
    index = np.maximum(np.searchsorted(starts, time_ms, side="right") - 1, 0)
    following = np.minimum(index + 1, len(starts) - 1)
    span = np.where(following > index, starts[following] - starts[index], 1.0)
    p = np.clip((time_ms - starts[index]) / span, 0.0, 1.0)
    done = np.select(
        [
            kinds[index] == Interpolation.LINEAR,
            kinds[index] == Interpolation.EASE_IN,
            kinds[index] == Interpolation.EASE_OUT,
            kinds[index] == Interpolation.EASE_IN_OUT,
        ],
        [p, p * p, 1.0 - (1.0 - p) ** 2, 3.0 * p * p - 2.0 * p**3],
        0.0,
    )
    shown: Floats = values[index] + done * (values[following] - values[index])
    return shown


def shown_by(focus: Focus, clip: Clip) -> Shown:
    """The reply's path per frame."""
    by_kind = {automation.property: automation for automation in focus.automations}
    x, y, scale = (
        value_at(by_kind[kind], clip.frame_ms)
        for kind in (AutomationProperty.CROP_X, AutomationProperty.CROP_Y, AutomationProperty.SCALE)
    )
    keys = by_kind[AutomationProperty.CROP_X].keyframes
    return Shown(
        np.column_stack((x, y)),
        scale,
        len(keys),
        cuts_ms=_cuts(focus),
        crossings=_crossings(focus, clip.cuts_ms),
    )


def _cuts(focus: Focus) -> tuple[float, ...]:
    """When a STEP ends in another value."""
    return tuple(
        sorted(
            {
                after.time_ms
                for automation in focus.automations
                for before, after in pairwise(automation.keyframes)
                if before.interpolation == Interpolation.STEP and before.value != after.value
            }
        )
    )


def _crossings(focus: Focus, cuts_ms: tuple[float, ...]) -> int:
    """Boundaries over which any property is interpolated."""
    count = 0
    for cut in cuts_ms:
        for automation in focus.automations:
            for before, after in pairwise(automation.keyframes):
                moves = before.interpolation != Interpolation.STEP and before.value != after.value
                count += moves and before.time_ms < cut <= after.time_ms
    return count


def score(shown: Shown, clip: Clip, window: Window) -> Score:
    """All measures of one path."""
    half = 0.5 * np.array(window.size(1.0)) / shown.scale[:, None]
    # A billionth more on each side: a face at the picture's very edge is inside.
    low, high = shown.centre - half - 1e-9, shown.centre + half + 1e-9
    middle = 0.5 * (clip.face[:, :2] + clip.face[:, 2:])
    centre_in = np.all((middle >= low) & (middle <= high), axis=1)
    face_in = np.all((clip.face[:, :2] >= low) & (clip.face[:, 2:] <= high), axis=1)
    # Vertical ways in source widths too, so that all speeds compare.
    path = shown.centre * np.array([1.0, 1.0 / window.source_aspect])
    parts = np.split(path, np.searchsorted(clip.frame_ms, shown.cuts_ms))
    minutes = len(path) / FPS / 60
    jerks = np.concatenate([np.diff(part, 3, axis=0) for part in parts if len(part) > 3]) * FPS**3
    runs = [_runs(part[:, axis]) for part in parts for axis in range(2)]
    speeds = [np.abs(np.diff(part, axis=0)).max() for part in parts if len(part) > 1]
    bends = [np.abs(np.diff(part, 2, axis=0)).max() for part in parts if len(part) > 2]
    way = sum(run.way for run in runs)
    return Score(
        centre_inside=100.0 * float(np.mean(centre_in)),
        face_inside=100.0 * float(np.mean(face_in)),
        jerk_rms=float(np.sqrt(np.mean(np.sum(jerks**2, axis=1)))),
        reversals_per_minute=sum(run.reversals for run in runs) / minutes,
        overshoot=100.0 * sum(run.beyond for run in runs) / way if way else 0.0,
        crossings=shown.crossings,
        outside_source=int(np.count_nonzero(np.any((low < -3e-9) | (high > 1 + 3e-9), axis=1))),
        keyframes_per_minute=(shown.keyframes or 0) / minutes,
        greatest_speed=float(max(speeds)) * FPS,
        greatest_acceleration=float(max(bends)) * FPS**2,
    )


@dataclass(frozen=True)
class _Runs:
    """Motion along one axis: total way, way gone too far and back, quick turns."""

    way: float
    beyond: float
    reversals: int


QUICK_TURN_S = 0.5
"""A turn counts as a reversal when the window rests for less than this between the
two directions: longer, and it reads as two moves."""


def _runs(position: Floats) -> _Runs:
    """The motion of one axis of one take."""
    step = np.diff(position)
    sign = np.where(np.abs(step) * FPS > RESTING, np.sign(step), 0.0)
    moving = np.flatnonzero(sign)
    if not len(moving):
        return _Runs(0.0, 0.0, 0)
    turned = sign[moving[1:]] != sign[moving[:-1]]
    quick = np.diff(moving) <= QUICK_TURN_S * FPS
    beyond = 0.0
    # A move is what lies between two rests; beyond its ends, it has overshot.
    for run in np.split(moving, np.flatnonzero(np.diff(moving) > 1) + 1):
        travelled = position[run[0] : run[-1] + 2]
        ends = sorted((travelled[0], travelled[-1]))
        short = 0.25 * np.ptp(travelled)
        over = max(ends[0] - travelled.min(), travelled.max() - ends[1])
        beyond += over if over < short else 0.0
    return _Runs(float(np.sum(np.abs(step))), beyond, int(np.count_nonzero(turned & quick)))


def fewest_turns(clip: Clip, window: Window) -> float:
    """Changes of horizontal direction per minute that no path with the face inside can do without.

    Rests between the two directions do not matter here, as they do for a reversal.
    Greedy: keep the direction as long as any monotone path stays inside.
    """
    half = 0.5 * window.width
    edges = [0.0, *clip.cuts_ms, float(clip.frame_ms[-1]) + 1.0]
    count = 0
    for start, end in pairwise(edges):
        shot = (clip.frame_ms >= start) & (clip.frame_ms < end)
        # While somebody speaks elsewhere the window cuts, which is no reversal.
        jumps = np.flatnonzero(np.abs(np.diff(clip.face[shot, 0])) > JUMP) + 1
        for face in np.split(clip.face[shot], jumps):
            low = np.clip(face[:, 2] - half, half, 1.0 - half)
            high = np.clip(face[:, 0] + half, half, 1.0 - half)
            count += min(_turns(low, high, rising=True), _turns(low, high, rising=False))
    return count / (len(clip.frame_ms) / FPS / 60.0)


JUMP = 0.05
"""A step of the followed face, in source widths per frame, that is a change of person."""


def _turns(low: Floats, high: Floats, *, rising: bool) -> int:
    """The fewest changes of direction of a path between bounds that begins in one direction."""
    turns = 0
    least, greatest = low[0], high[0]
    for bottom, top in zip(low.tolist(), high.tolist(), strict=True):
        reached = (max(least, bottom), top) if rising else (bottom, min(greatest, top))
        if reached[0] > reached[1]:
            turns, rising = turns + 1, not rising
            reached = (max(least, bottom), top) if rising else (bottom, min(greatest, top))
        least, greatest = reached
    return turns
