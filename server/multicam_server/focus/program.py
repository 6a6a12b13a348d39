"""The cheapest path along one axis through bounds that change over time, of all takes at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .l1 import Rows, Walls, minimise
from .window import Limits

SPEED_PRICE, ACCELERATION_PRICE, JERK_PRICE = 1.0, 0.05, 0.005
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

ACCELERATION_RESERVE = 0.8
"""Share of the acceleration limit that the plan uses; keyframes need some of it."""

GAP_PER_S = 6e-4
"""Gap between the cost of a path and the least, per second, that nobody sees: what moving
by a twenty-fifth of the source's width in a minute costs."""

FRAMING_STRIDE = 2
"""The framing, which changes slowly, is judged at every second place."""

CORRIDOR_REACH = 0.06
"""Distance, in source widths, of the first pass from a bound of the corridor up to which
the second pass sees the bound from its beginning."""

CORRIDOR_ERROR = 1e-3
"""By how much, in source widths, the path may break a bound that it did not see: a tenth
of the corridor's margin at 9:16."""

LIMIT_REACH = 0.5
"""The same distance for limits of speed and acceleration, share of the limit."""


@dataclass(frozen=True, eq=False)
class Course:
    """One axis of one take at the plan's n - 1 steps, an even number; arrays of shape (n,)."""

    step_s: float
    low: Floats
    high: Floats
    target: Floats
    comfort: float
    least: float
    greatest: float


@dataclass(frozen=True, eq=False)
class _Line:
    """The courses of `take` (n,) one after the other, arrays of shape (n,)."""

    take: Indices
    step_s: Floats
    low: Floats
    high: Floats
    target: Floats
    comfort: Floats


def shortest(courses: Sequence[Course], limits: Limits, share: float) -> list[Floats]:
    """The cheapest path of each course, all in one program without ties between them.

    `share` of the limits is for this axis. The second of two passes, whose prices and
    near bounds come from the first, decides.
    """
    sizes = [len(course.low) for course in courses]
    low, high, target = (
        np.concatenate([getattr(course, name) for course in courses])
        for name in ("low", "high", "target")
    )
    step_s, comfort, least, greatest = (
        np.repeat([getattr(course, name) for course in courses], sizes)
        for name in ("step_s", "comfort", "least", "greatest")
    )
    take = np.repeat(np.arange(len(courses), dtype=np.int64), sizes)
    line = _Line(take, step_s, low, high, target, comfort)
    rough = _rough_path(line)
    speed = _derivative_rows(line, 1, SPEED_PRICE)
    acceleration = _derivative_rows(line, 2, ACCELERATION_PRICE)
    priced = [
        _centring(line),
        _framing(line, FRAMING_STRIDE),
        _reweighted(speed, rough, SLOW),
        _reweighted(acceleration, rough, GENTLE),
        _derivative_rows(line, 3, JERK_PRICE),
    ]
    top_speed = share * limits.velocity
    most = share * ACCELERATION_RESERVE * limits.acceleration
    walls = [
        Walls(_between(least, greatest, SOURCE_PRICE * step_s)),
        Walls(_corridor(line), CORRIDOR_REACH, CORRIDOR_ERROR),
        Walls(_limit_rows(line, 1, top_speed), LIMIT_REACH * top_speed),
        Walls(_limit_rows(line, 2, most), LIMIT_REACH * most),
    ]
    start = np.clip(target, low, high)
    path = minimise(
        priced,
        start,
        walls=walls,
        guess=rough,
        absolute_gap=GAP_PER_S * float(np.sum(step_s)),
    )
    return np.split(path, np.cumsum(sizes)[:-1])


def _rough_path(line: _Line) -> Floats:
    """The first pass: at every second place, limits of the motion left out."""
    number = np.arange(len(line.take)) - np.searchsorted(line.take, line.take)
    odd = np.flatnonzero(number % 2)
    coarse = _every_second(line, number % 2 == 0, odd)
    parts = [
        _centring(coarse),
        _corridor(coarse),
        _framing(coarse, 1),
        _derivative_rows(coarse, 1, SPEED_PRICE),
        _derivative_rows(coarse, 2, ACCELERATION_PRICE),
        _derivative_rows(coarse, 3, JERK_PRICE),
    ]
    start = np.clip(coarse.target, coarse.low, coarse.high)
    path = np.zeros(len(line.take))
    path[number % 2 == 0] = minimise(parts, start, relative_gap=ROUGH_GAP, max_steps=ROUGH_STEPS)
    path[odd] = 0.5 * (path[odd - 1] + path[odd + 1])
    # Straight between its places, it bends at every second one only: smoothed, at all.
    inner = np.flatnonzero(line.take[2:] == line.take[:-2]) + 1
    path[inner] = 0.5 * path[inner] + 0.25 * (path[inner - 1] + path[inner + 1])
    return path


def _every_second(line: _Line, even: Flags, odd: Indices) -> _Line:
    """The line at its even places, the bounds the narrowest of each place and its neighbours."""
    low, high = line.low.copy(), line.high.copy()
    for neighbour in (odd - 1, odd + 1):
        low[neighbour] = np.maximum(low[neighbour], line.low[odd])
        high[neighbour] = np.minimum(high[neighbour], line.high[odd])
    middle = 0.5 * (low + high)
    return _Line(
        line.take[even],
        2.0 * line.step_s[even],
        np.minimum(low, middle)[even],
        np.maximum(high, middle)[even],
        line.target[even],
        line.comfort[even],
    )


def _reweighted(rows: Rows, path: Floats, small: float) -> Rows:
    """A derivative priced again by a first path: dearer where it is small, cheaper where large."""
    factor = LEAST_FACTOR + 2.0 * small / (np.abs(rows.value(path)) + small)
    return Rows(rows.coefficients, rows.knee, rows.below * factor, rows.above * factor)


def _between(low: Floats, high: Floats, price: Floats) -> Rows:
    """The price of each place that is outside its bounds."""
    return Rows.of(np.ones((1, len(price))), (high, 0.0, price), (low, price, 0.0))


def _corridor(line: _Line) -> Rows:
    """The price of whoever is followed not being wholly in the window."""
    return _between(line.low, line.high, CORRIDOR_PRICE * line.step_s)


def _framing(line: _Line, stride: int) -> Rows:
    """The price of what is beyond comfortable framing, at every so many places."""
    at = np.arange(0, len(line.take), stride)
    price = FRAMING_PRICE * stride * line.step_s[at]
    low, high = (line.target[at] + sign * line.comfort[at] for sign in (-1.0, 1.0))
    return Rows.of(np.ones((1, len(at))), (high, 0.0, price), (low, price, 0.0), first=at)


def _centring(line: _Line) -> Rows:
    """The price of every place that is not the very best."""
    price = CENTRING_PRICE * line.step_s
    return Rows.of(np.ones((1, len(price))), (line.target, price, price))


def _derivative_rows(line: _Line, order: int, price: float) -> Rows:
    """The price of a derivative; rows across two takes see nothing."""
    signs = _differences(line, order)
    paid = price * line.step_s[: signs.shape[1]]
    return Rows.of(signs, (0.0, paid, paid))


def _limit_rows(line: _Line, order: int, limit: float) -> Rows:
    """The price of a derivative beyond its limit."""
    signs = _differences(line, order)
    dear = LIMIT_PRICE * line.step_s[: signs.shape[1]]
    return Rows.of(signs, (limit, 0.0, dear), (-limit, dear, 0.0))


def _differences(line: _Line, order: int) -> Floats:
    """Coefficients (order + 1, m) of a derivative; 0 across two takes."""
    count = max(0, len(line.take) - order)
    within = (line.take[order:] == line.take[:count]) / line.step_s[:count] ** order
    signs = [(-1.0) ** (order - place) * comb(order, place) for place in range(order + 1)]
    coefficients: Floats = np.array(signs)[:, None] * within
    return coefficients
