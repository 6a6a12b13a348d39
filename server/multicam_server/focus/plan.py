"""The L1-optimal path of the window through the corridors of all takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from ..domain.artifacts import Indices
from ..domain.media import Floats
from .corridor import STEP_MS as CORRIDOR_STEP_MS
from .corridor import Corridor
from .l1 import Rows, minimise
from .window import Limits

STEP_MS = 200.0
"""Time step of the plan: a glide lasts three steps and more."""

SPEED_PRICE, ACCELERATION_PRICE, JERK_PRICE = 1.0, 0.15, 0.02
"""Prices of a source width per second, per second squared and cubed, for a second.

Rest is dearest to leave, as in Grundmann et al. 2011; beside theirs (1 : 0.003 :
0.01 in these units) acceleration costs more, which gives few, long glides."""

FRAMING_PRICE = 1.0
"""Price of a subject one source width beyond the comfortable framing for a second."""

CENTRING_PRICE = 0.01
"""The same for not having it at its very best place: decides between equals."""

CORRIDOR_PRICE = 300.0
"""Price of leaving the corridor: a hard limit as long as it can be kept at all."""

LIMIT_PRICE = 3_000.0
"""Price of breaking a speed or acceleration limit: dearer than losing the subject."""

SOURCE_PRICE = 30_000.0
"""Price of a window that reaches out of the source: what comes out of the plan is
clipped to the source, and a clipped path would break the limits."""

SLOW, GENTLE = 0.05, 0.3
"""Speed and acceleration, in source widths and seconds, at which a second pass leaves
the prices as they are: what is smaller becomes dearer and what is larger cheaper, so
that creeping becomes rest and a glide (reweighted L1: Candes, Wakin, Boyd 2008)."""

LEAST_FACTOR = 0.1
"""Least share of its first price that a derivative keeps in the second pass."""

ROUGH_GAP, ROUGH_STEPS = 1e-2, 20
"""Relative gap and steps of the first pass, of which only the prices are used."""

AXIS_SHARES = (0.9, 0.43)
"""Shares of a limit for x and y when the window moves along both: the sum of their
squares is 1, and pans are wider than tilts."""

ACCELERATION_RESERVE = 0.8
"""Share of the acceleration limit that the plan uses; keyframes need some of it."""


@dataclass(frozen=True, eq=False)
class Plan:
    """The path at the plan's steps: times (n,) in seconds, centres (n, 2) in source widths."""

    time_s: Floats
    centre: Floats


@dataclass(frozen=True, eq=False)
class Course:
    """One axis of one take at the plan's steps, arrays of shape (n,)."""

    step_s: float
    low: Floats
    high: Floats
    target: Floats
    comfort: float
    least: float
    greatest: float


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
            paths = _shortest([course for _, course in moving], limits, share)
            for (plan, _), path in zip(moving, paths, strict=True):
                plan.centre[:, axis] = path
    return plans


def axis_shares(corridors: Sequence[Corridor]) -> tuple[float, float]:
    """The shares of the limits for x and y: all, unless the window may move along both."""
    movable = [np.any([c.greatest[axis] > c.least[axis] for c in corridors]) for axis in range(2)]
    return AXIS_SHARES if all(movable) else (1.0, 1.0)


def _empty(corridor: Corridor) -> Plan:
    """The plan's steps over a take."""
    steps = -(-(len(corridor.time_ms) - 1) // round(STEP_MS / CORRIDOR_STEP_MS))
    start, end = corridor.time_ms[0] * 1e-3, corridor.time_ms[-1] * 1e-3
    return Plan(np.linspace(start, end, max(1, steps) + 1), np.zeros((max(1, steps) + 1, 2)))


def pooled(corridor: Corridor, time_s: Floats, axis: int) -> Course:
    """The corridor at the plan's steps: the narrowest within half a step around each."""
    step_s = float(time_s[1] - time_s[0])
    position = (corridor.time_ms * 1e-3 - time_s[0]) / step_s
    low = np.full(len(time_s), -np.inf)
    high = np.full(len(time_s), np.inf)
    for nearest in (np.floor(position + 0.499), np.ceil(position - 0.499)):
        index = np.clip(nearest.astype(np.int64), 0, len(time_s) - 1)
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


def _shortest(courses: Sequence[Course], limits: Limits, share: float) -> list[Floats]:
    """The cheapest path of each course, all in one program without ties between them."""
    sizes = [len(course.low) for course in courses]
    take = np.repeat(np.arange(len(courses), dtype=np.int64), sizes)
    step_s = np.repeat([course.step_s for course in courses], sizes)
    low, high, target = (
        np.concatenate([getattr(course, name) for course in courses])
        for name in ("low", "high", "target")
    )
    comfort, least, greatest = (
        np.repeat([getattr(course, name) for course in courses], sizes)
        for name in ("comfort", "least", "greatest")
    )
    place = Rows.of(
        np.ones((1, len(low))),
        (greatest, 0.0, SOURCE_PRICE * step_s),
        (least, SOURCE_PRICE * step_s, 0.0),
        (high, 0.0, CORRIDOR_PRICE * step_s),
        (low, CORRIDOR_PRICE * step_s, 0.0),
        (target + comfort, 0.0, FRAMING_PRICE * step_s),
        (target - comfort, FRAMING_PRICE * step_s, 0.0),
        (target, CENTRING_PRICE * step_s, CENTRING_PRICE * step_s),
    )
    speed = _derivative_rows(1, SPEED_PRICE, take, step_s, share * limits.velocity)
    most = share * ACCELERATION_RESERVE * limits.acceleration
    acceleration = _derivative_rows(2, ACCELERATION_PRICE, take, step_s, most)
    jerk = _derivative_rows(3, JERK_PRICE, take, step_s, None)
    start = np.clip(target, low, high)
    rough = minimise(
        [place, speed, acceleration, jerk], start, relative_gap=ROUGH_GAP, max_steps=ROUGH_STEPS
    )
    speed = _reweighted(speed, rough, SLOW)
    acceleration = _reweighted(acceleration, rough, GENTLE)
    path = minimise([place, speed, acceleration, jerk], rough)
    return np.split(path, np.cumsum(sizes)[:-1])


def _reweighted(rows: Rows, path: Floats, small: float) -> Rows:
    """A derivative priced again by a first path: dearer where it is small, cheaper where large."""
    factor = LEAST_FACTOR + 2.0 * small / (np.abs(rows.value(path)) + small)
    below, above = rows.below.copy(), rows.above.copy()
    below[0] *= factor
    above[0] *= factor
    return Rows(rows.coefficients, rows.knee, below, above, rows.first)


def _derivative_rows(
    order: int, price: float, take: Indices, step_s: Floats, limit: float | None
) -> Rows:
    """The price of a derivative, and its limit; rows across two takes see nothing."""
    count = max(0, len(take) - order)
    within = (take[order:] == take[:count]) / step_s[:count] ** order
    signs = [(-1.0) ** (order - place) * comb(order, place) for place in range(order + 1)]
    paid, dear = price * step_s[:count], LIMIT_PRICE * step_s[:count]
    costs: list[tuple[float, Floats | float, Floats | float]] = [(0.0, paid, paid)]
    if limit is not None:
        costs += [(limit, 0.0, dear), (-limit, dear, 0.0)]
    return Rows.of(np.array(signs)[:, None] * within, *costs)
