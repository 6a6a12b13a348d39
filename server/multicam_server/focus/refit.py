"""The best values of keyframes whose times stand."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .corridor import Corridor
from .glides import with_glides
from .l1 import Rows, Walls, minimise
from .plan import Plan, axis_shares, plan_takes, pooled
from .polyline import Polyline, basis, position
from .program import (
    ACCELERATION_PRICE,
    CENTRING_PRICE,
    CORRIDOR_ERROR,
    CORRIDOR_PRICE,
    FRAMING_PRICE,
    FRAMING_STRIDE,
    GAP_PER_S,
    LIMIT_PRICE,
    SOURCE_PRICE,
    SPEED_PRICE,
    Course,
)
from .reduction import EASE_ACCELERATION, polyline_of
from .window import Limits

LEVEL = 5e-4
"""Two corners whose places differ by less, in source widths, are level: a pixel."""

CLOSE_S = 3.0
"""How far around a place where the path leaves the corridor it follows the plan closely:
a glide and the rests beside it."""

CORRIDOR_REACH = 0.15
"""Distance, in source widths, of the corners' first places from a bound of the corridor
up to which the bound counts from the beginning: they move more than the plan does."""

REDUCTION_ERROR = 0.004
"""Error bound of the reduction: the keyframed path is nowhere further outside the
corridor than the L1-optimal plan by more than this share of the source's width. It
lies within the corridor's margin."""


def keyed_paths(corridors: Sequence[Corridor], limits: Limits) -> list[Polyline]:
    """For each take the path with few keyframes that is as good as the L1-optimal plan."""
    plans = plan_takes(corridors, limits)
    shares = axis_shares(corridors)
    lines = [polyline_of(plan, limits, np.zeros(len(plan.time_s), np.bool_)) for plan in plans]
    paths = _refit(lines, corridors, plans, limits, shares)
    lost = [
        _excess(path, plan, corridor)
        for path, plan, corridor in zip(paths, plans, corridors, strict=True)
    ]
    again = [take for take, excess in enumerate(lost) if np.any(excess > REDUCTION_ERROR)]
    lines = [
        polyline_of(plans[take], limits, _close(plans[take], corridors[take], lost[take]))
        for take in again
    ]
    closer = _refit(
        lines, [corridors[take] for take in again], [plans[take] for take in again], limits, shares
    )
    for take, path in zip(again, closer, strict=True):
        excess = _excess(path, plans[take], corridors[take])
        if np.sum(excess) < np.sum(lost[take]):
            paths[take] = path
    return with_glides(paths, corridors, limits)


def _close(plan: Plan, corridor: Corridor, excess: Floats) -> Flags:
    """The plan's steps around which a path is too far outside the corridor."""
    places = corridor.time_ms[excess > REDUCTION_ERROR] * 1e-3
    after = np.searchsorted(places, plan.time_s - CLOSE_S)
    close: Flags = np.searchsorted(places, plan.time_s + CLOSE_S) > after
    return close


def _excess(line: Polyline, plan: Plan, corridor: Corridor) -> Floats:
    """How much further outside the corridor a path is than the plan, at each of its times."""
    time_s = corridor.time_ms * 1e-3
    if not np.any(plan.centre != line.centre[0]):
        # Both rest at the same place.
        return np.zeros(len(time_s))
    planned = np.column_stack([np.interp(time_s, plan.time_s, c) for c in plan.centre.T])
    outside = [
        np.maximum(np.maximum(corridor.low - centre, centre - corridor.high), 0.0)
        for centre in (position(line, time_s), planned)
    ]
    excess: Floats = np.max(np.maximum(outside[0] - outside[1], 0.0), axis=1)
    return excess


def _refit(
    lines: Sequence[Polyline],
    corridors: Sequence[Corridor],
    plans: Sequence[Plan],
    limits: Limits,
    shares: tuple[float, float],
) -> list[Polyline]:
    """The corners' best places at the same times, under the plan's prices."""
    moving = [i for i, line in enumerate(lines) if np.any(np.ptp(line.centre, axis=0) > 0.0)]
    fitted = [_rested(line) for line in lines]
    if moving:
        times = [plans[i].time_s for i in moving]
        chain = _Chain([lines[i] for i in moving], times)
        columns = []
        for axis, share in enumerate(shares):
            values = chain.centre[:, axis]
            if not chain.level(axis):
                courses = [
                    pooled(corridors[i], time_s, axis)
                    for i, time_s in zip(moving, times, strict=True)
                ]
                values = _values(chain, courses, limits, axis, share)
            columns.append(np.split(values, chain.offsets[1:]))
        for take, x, y in zip(moving, *columns, strict=True):
            fitted[take] = _settled(lines[take], np.column_stack((x, y)))
    return fitted


def _settled(line: Polyline, centre: Floats) -> Polyline:
    """The line with new places, where corners that are level but for rounding are level."""
    level = np.abs(np.diff(centre, axis=0)) < LEVEL
    settled = centre.copy()
    for axis in range(2):
        group = np.concatenate(([0], np.cumsum(~level[:, axis])))
        means = np.bincount(group, centre[:, axis]) / np.bincount(group)
        settled[:, axis] = means[group]
    return replace(line, centre=settled, rests=level)


def _rested(line: Polyline) -> Polyline:
    """The ends of a line that is level all along."""
    ends = [0, -1]
    return Polyline(
        line.time_s[ends],
        line.centre[ends],
        np.zeros(2),
        rests=np.ones((1, 2), dtype=np.bool_),
        eased=np.zeros(1, dtype=np.bool_),
    )


class _Chain:
    """The lines of several takes, one after the other: `k` corners, `m` sampled times.

    `length_s` (k - 1,) is the length of each piece, NaN from one take to the next.
    `first` (m,) and `shares` (3, m): see basis; `last` (m,) is the take's last corner.
    """

    def __init__(self, lines: Sequence[Polyline], samples: Sequence[Floats]) -> None:
        sizes = [len(line.time_s) for line in lines]
        self.offsets = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
        self.centre = np.concatenate([line.centre for line in lines])
        self.half_s = np.concatenate([line.half_s for line in lines])
        self.length_s = np.diff(np.concatenate([line.time_s for line in lines]))
        self.length_s[self.offsets[1:] - 1] = np.nan
        between_takes = np.zeros((1, 2), dtype=np.bool_)
        self.rests = np.concatenate(
            [part for line in lines for part in (line.rests, between_takes)]
        )[:-1]
        bases = [basis(line, times) for line, times in zip(lines, samples, strict=True)]
        counts = [len(times) for times in samples]
        self.first = np.concatenate([first for first, _ in bases]) + np.repeat(self.offsets, counts)
        self.shares = np.concatenate([shares for _, shares in bases], axis=1)
        self.last = np.repeat(self.offsets + np.array(sizes) - 1, counts)
        self.step_s = np.repeat([float(times[1] - times[0]) for times in samples], counts)

    def level(self, axis: int) -> bool:
        """Whether no take moves along an axis."""
        return not np.any(np.diff(self.centre[:, axis])[np.isfinite(self.length_s)])


class _Unknowns:
    """The corners' values along one axis: those joined by rests are one unknown."""

    def __init__(self, chain: _Chain, axis: int) -> None:
        self.of_corner = np.concatenate(([0], np.cumsum(~chain.rests[:, axis])))
        used = int(self.of_corner[-1]) + 1
        values = np.bincount(self.of_corner, chain.centre[:, axis]) / np.bincount(self.of_corner)
        # Rows see three unknowns, so there are at least three.
        self.start: Floats = np.pad(values, (0, max(0, 3 - used)))

    def bounds(self, chain: _Chain, courses: Sequence[Course]) -> tuple[Floats, Floats]:
        """The source's bounds of each unknown; 0 for those that only fill up."""
        sizes = np.diff([*chain.offsets, len(chain.centre)])
        least, greatest = np.zeros((2, len(self.start)))
        least[self.of_corner] = np.repeat([c.least for c in courses], sizes)
        greatest[self.of_corner] = np.repeat([c.greatest for c in courses], sizes)
        return least, greatest

    def seen(self, corners: Indices, shares: Floats) -> tuple[Floats, Indices]:
        """Coefficients (3, m) and first unknown (m,) of sums of corners (3, m)."""
        first = np.minimum(self.of_corner[corners[0]], len(self.start) - 3)
        coefficients = np.zeros_like(shares)
        each = np.arange(shares.shape[1])
        for corner, share in zip(corners, shares, strict=True):
            coefficients[self.of_corner[corner] - first, each] += share
        return coefficients, first


def _values(
    chain: _Chain, courses: Sequence[Course], limits: Limits, axis: int, share: float
) -> Floats:
    """The corners' best values along one axis."""
    unknowns = _Unknowns(chain, axis)
    low, high, target = (
        np.concatenate([getattr(course, name) for course in courses])
        for name in ("low", "high", "target")
    )
    comfort = np.repeat([c.comfort for c in courses], [len(c.low) for c in courses])
    least, greatest = unknowns.bounds(chain, courses)
    corners = np.minimum(chain.first + np.arange(3)[:, None], chain.last)
    seen, first = unknowns.seen(corners, chain.shares)
    paid = chain.step_s
    sparse = slice(None, None, FRAMING_STRIDE)
    rows = [
        Rows.of(
            np.ones((1, len(unknowns.start))),
            (greatest, 0.0, SOURCE_PRICE),
            (least, SOURCE_PRICE, 0.0),
            (unknowns.start, CENTRING_PRICE, CENTRING_PRICE),
        ),
        _speed_rows(chain, unknowns, share * limits.velocity),
        _bend_rows(chain, unknowns, share * EASE_ACCELERATION * limits.acceleration),
        Rows.of(
            seen[:, sparse],
            ((target + comfort)[sparse], 0.0, FRAMING_STRIDE * FRAMING_PRICE * paid[sparse]),
            ((target - comfort)[sparse], FRAMING_STRIDE * FRAMING_PRICE * paid[sparse], 0.0),
            first=first[sparse],
        ),
    ]
    bounds = Rows.of(
        seen,
        (high, 0.0, CORRIDOR_PRICE * paid),
        (low, CORRIDOR_PRICE * paid, 0.0),
        first=first,
    )
    return minimise(
        rows,
        unknowns.start,
        walls=[Walls(bounds, CORRIDOR_REACH, CORRIDOR_ERROR)],
        absolute_gap=GAP_PER_S * float(np.sum(paid)),
    )[unknowns.of_corner]


def _speed_rows(chain: _Chain, unknowns: _Unknowns, limit: float) -> Rows:
    """The price of each piece's way, and its speed limit."""
    pieces = np.flatnonzero(np.isfinite(chain.length_s))
    most = limit * chain.length_s[pieces]
    shares = np.stack((-np.ones(len(pieces)), np.ones(len(pieces)), np.zeros(len(pieces))))
    way, first = unknowns.seen(np.stack((pieces, pieces + 1, pieces + 1)), shares)
    return Rows.of(
        way,
        (0.0, SPEED_PRICE, SPEED_PRICE),
        (most, 0.0, LIMIT_PRICE),
        (-most, LIMIT_PRICE, 0.0),
        first=first,
    )


def _bend_rows(chain: _Chain, unknowns: _Unknowns, limit: float) -> Rows:
    """The price of each corner's change of speed, and its acceleration limit."""
    whole = np.isfinite(chain.length_s)
    corners = np.flatnonzero(whole[1:] & whole[:-1]) + 1
    before, after = 1.0 / chain.length_s[corners - 1], 1.0 / chain.length_s[corners]
    shares = np.stack((before, -before - after, after))
    change, first = unknowns.seen(np.stack((corners - 1, corners, corners + 1)), shares)
    most = 2.0 * chain.half_s[corners] * limit
    return Rows.of(
        change,
        (0.0, ACCELERATION_PRICE, ACCELERATION_PRICE),
        (most, 0.0, LIMIT_PRICE),
        (-most, LIMIT_PRICE, 0.0),
        first=first,
    )
