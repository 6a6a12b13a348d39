"""The L1-optimal path of the window through the corridors of all takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.media import Floats
from .corridor import STEP_MS as CORRIDOR_STEP_MS
from .corridor import Corridor
from .program import Course, shortest
from .window import Limits

STEP_MS = 200.0
"""Time step of the plan: a glide lasts three steps and more."""

AXIS_SHARES = (0.9, 0.43)
"""Shares of a limit for x and y when the window moves along both: the sum of their
squares is 1, and pans are wider than tilts."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The path at the plan's steps: times (n,) in seconds, centres (n, 2) in source widths."""

    time_s: Floats
    centre: Floats


def plan_takes(corridors: Sequence[Corridor], limits: Limits) -> list[Plan]:
    """The path of each take: least L1 norm of its derivatives and of bad framing.

    The takes are independent; what cannot rest all the time goes into one linear
    program per axis.
    """
    plans = [_empty(corridor) for corridor in corridors]
    for axis, share in enumerate(axis_shares(corridors)):
        moving = []
        for corridor, plan in zip(corridors, plans, strict=True):
            if corridor.least[axis] == corridor.greatest[axis]:
                plan.centre[:, axis] = corridor.least[axis]
                continue
            course = pooled(corridor, plan.time_s, axis)
            rest = _resting_place(course)
            if rest is None:
                moving.append((plan, course))
            else:
                plan.centre[:, axis] = rest
        if moving:
            paths = shortest([course for _, course in moving], limits, share)
            for (plan, _), path in zip(moving, paths, strict=True):
                plan.centre[:, axis] = path
    return plans


def axis_shares(corridors: Sequence[Corridor]) -> tuple[float, float]:
    """The shares of the limits for x and y: all, unless the window may move along both."""
    movable = [np.any([c.greatest[axis] > c.least[axis] for c in corridors]) for axis in range(2)]
    return AXIS_SHARES if all(movable) else (1.0, 1.0)


def _empty(corridor: Corridor) -> Plan:
    """The plan's steps over a take, an even number: the first pass sees every second place."""
    steps = -(-(len(corridor.time_ms) - 1) // round(STEP_MS / CORRIDOR_STEP_MS))
    steps += steps % 2
    start, end = corridor.time_ms[0] * 1e-3, corridor.time_ms[-1] * 1e-3
    return Plan(np.linspace(start, end, steps + 1), np.zeros((steps + 1, 2)))


def pooled(corridor: Corridor, time_s: Floats, axis: int) -> Course:
    """The corridor at the plan's steps: the narrowest within half a step around each."""
    step_s = float(time_s[1] - time_s[0])
    position = (corridor.time_ms * 1e-3 - time_s[0]) / step_s
    low = np.full(len(time_s), -np.inf)
    high = np.full(len(time_s), np.inf)
    for nearest in (np.floor(position + 0.499), np.ceil(position - 0.499)):
        index = np.minimum(np.maximum(nearest.astype(np.int64), 0), len(time_s) - 1)
        np.maximum.at(low, index, corridor.low[:, axis])
        np.minimum.at(high, index, corridor.high[:, axis])
    middle = 0.5 * (low + high)
    target = np.interp(time_s, corridor.time_ms * 1e-3, corridor.target[:, axis])
    return Course(
        step_s,
        np.minimum(low, middle),
        np.maximum(high, middle),
        target,
        float(corridor.comfort[axis]),
        float(corridor.least[axis]),
        float(corridor.greatest[axis]),
    )


def _resting_place(course: Course) -> float | None:
    """Where the window can rest all the time, well framed; None when it must move."""
    low = float(
        np.max(np.maximum(course.low, np.minimum(course.target - course.comfort, course.high)))
    )
    high = float(
        np.min(np.minimum(course.high, np.maximum(course.target + course.comfort, course.low)))
    )
    if low > high:
        return None
    return float(np.clip(np.median(course.target), low, high))
