"""Glides from rest to rest: one eased span each, where that is as good."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .corridor import Corridor
from .polyline import REST_WAY, Polyline, eased_share, position
from .reduction import HOLD_S
from .window import Limits

GLIDE_ERROR = 0.06
"""How far, in source widths, an eased glide may be from the path that it replaces. The
cubic is a tenth of its way from the straight piece between its ends."""

OUTSIDE = 0.002
"""How far, in source widths, it may be outside the corridor where the path that it
replaces is inside: a sixth of the corridor's margin at 9:16."""

PEAK_SPEED, PEAK_ACCELERATION = 1.5, 6.0
"""Greatest speed and acceleration of the cubic over way / time and way / time^2."""

LIMIT_SHARE = 0.98
"""Share of the limits that a glide uses: a path of whole milliseconds keeps them too."""

STRETCHES = (0.5, 0.3, 0.15, 0.0)
"""How much earlier a glide begins and later it ends than the pieces it replaces, shares
of their time, the gentlest first. At 0.25 its greatest speed is theirs."""

MOST_RESTS = 3
"""A glide ends at most so many rests after the one in which it begins."""

PHASES = np.linspace(0.0, 1.0, 18)[1:-1]
"""Shares of a glide's time at which it is compared."""

GLIDE_KEYS, CORNER_KEYS = 2.0, 2.0
"""Keyframes of a glide, and about those of each corner of what it replaces."""


@dataclass(frozen=True)
class _Move:
    """What lies between two rests of one take: from corner `first` to corner `last`.

    It begins in rest number `rest` and ends in rest `until`. `before_s` and `after_s`
    are how much of the rests a glide may take.
    """

    take: int
    rest: int
    until: int
    first: int
    last: int
    before_s: float
    after_s: float


@dataclass(frozen=True)
class _Glide:
    """An eased span instead of a move."""

    move: _Move
    start_s: float
    end_s: float


def with_glides(
    lines: Sequence[Polyline], corridors: Sequence[Corridor], limits: Limits
) -> list[Polyline]:
    """The paths with moves from rest to rest as eased spans, where they keep to the same.

    An eased span keeps the limits of motion, stays within GLIDE_ERROR of the path that
    it replaces, and leaves the corridor by at most OUTSIDE more. Of all ways to
    replace moves, that with the fewest keyframes is chosen, by dynamic programming
    over the rests of a take.
    """
    rests = [_rests(line) for line in lines]
    moves = [
        move
        for take, (line, found) in enumerate(zip(lines, rests, strict=True))
        for move in _moves(take, line, found)
    ]
    if not moves:
        return list(lines)
    glides = _feasible(moves, lines, corridors, limits)
    by_take: dict[int, list[_Glide]] = {}
    for glide in glides:
        by_take.setdefault(glide.move.take, []).append(glide)
    replaced = list(lines)
    for take, possible in by_take.items():
        replaced[take] = _replaced(lines[take], _fewest(rests[take], possible))
    return replaced


def _rests(line: Polyline) -> list[tuple[int, int]]:
    """First and last corner of each stretch in which the window rests along both axes."""
    resting = np.concatenate(([False], np.all(line.rests, axis=1), [False]))
    edges = np.flatnonzero(resting[1:] != resting[:-1]).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def _moves(take: int, line: Polyline, rests: list[tuple[int, int]]) -> list[_Move]:
    """Every pair of rests near each other between which a glide may go."""
    spare = [_spare_s(line, *rest) for rest in rests]
    moves = []
    for rest, (_, first) in enumerate(rests):
        for until in range(rest + 1, min(rest + 1 + MOST_RESTS, len(rests))):
            last = rests[until][0]
            if np.max(np.abs(line.centre[last] - line.centre[first])) >= REST_WAY:
                moves.append(_Move(take, rest, until, first, last, spare[rest], spare[until]))
    return moves


def _spare_s(line: Polyline, first: int, last: int) -> float:
    """How much of a rest each neighbouring glide may take: what it has beyond HOLD_S."""
    at_end = first == 0 or last == len(line.time_s) - 1
    spare = max(0.0, float(line.time_s[last] - line.time_s[first]) - HOLD_S)
    return spare if at_end else 0.5 * spare


def _feasible(
    moves: list[_Move],
    lines: Sequence[Polyline],
    corridors: Sequence[Corridor],
    limits: Limits,
) -> list[_Glide]:
    """The gentlest glide that keeps to the path of each move, where there is one."""
    sleeve = _Sleeve(lines, corridors)
    take = np.array([move.take for move in moves])
    start_s, end_s = (
        np.array([lines[m.take].time_s[corner] for m, corner in zip(moves, corners, strict=True)])
        for corners in ([m.first for m in moves], [m.last for m in moves])
    )
    start, end = (
        np.array([lines[m.take].centre[corner] for m, corner in zip(moves, corners, strict=True)])
        for corners in ([m.first for m in moves], [m.last for m in moves])
    )
    before_s, after_s = (
        np.array([getattr(m, name) for m in moves]) for name in ("before_s", "after_s")
    )
    way = np.hypot(*(end - start).T)
    least_s = np.maximum(
        PEAK_SPEED * way / (LIMIT_SHARE * limits.velocity),
        np.sqrt(PEAK_ACCELERATION * way / (LIMIT_SHARE * limits.acceleration)),
    )
    found: dict[int, tuple[float, float]] = {}
    options = sorted(
        ((a, b) for a in STRETCHES for b in STRETCHES),
        key=lambda o: (-o[0] - o[1], abs(o[0] - o[1]), o),
    )
    for early, late in options:
        open_ = np.array([i for i in range(len(moves)) if i not in found], dtype=np.int64)
        if not len(open_):
            break
        length = end_s[open_] - start_s[open_]
        lacking = 0.5 * np.maximum(least_s[open_] - length, 0.0)
        begin = start_s[open_] - np.minimum(np.maximum(early * length, lacking), before_s[open_])
        stop = end_s[open_] + np.minimum(np.maximum(late * length, lacking), after_s[open_])
        slow = stop - begin >= least_s[open_]
        which, begin, stop = open_[slow], begin[slow], stop[slow]
        holds = sleeve.holds(take[which], begin, stop, start[which], end[which])
        for index, first, last in zip(
            which[holds].tolist(), begin[holds].tolist(), stop[holds].tolist(), strict=True
        ):
            found[index] = first, last
    return [_Glide(moves[index], *span) for index, span in sorted(found.items())]


class _Sleeve:
    """Around the paths of all takes: where a glide may be instead, at the corridors' times."""

    def __init__(self, lines: Sequence[Polyline], corridors: Sequence[Corridor]) -> None:
        sizes = [len(corridor.time_ms) for corridor in corridors]
        self.first = np.concatenate(([0], np.cumsum(sizes)[:-1]))
        self.start_s = np.array([c.time_ms[0] * 1e-3 for c in corridors])
        self.per_s = np.array([1e3 / (c.time_ms[1] - c.time_ms[0]) for c in corridors])
        path = np.concatenate(
            [position(line, c.time_ms * 1e-3) for line, c in zip(lines, corridors, strict=True)]
        )
        low, high = (
            np.concatenate([getattr(c, side) for c in corridors]) for side in ("low", "high")
        )
        self.low = np.maximum(np.minimum(low - OUTSIDE, path), path - GLIDE_ERROR)
        self.high = np.minimum(np.maximum(high + OUTSIDE, path), path + GLIDE_ERROR)
        self.moving = np.flatnonzero(np.ptp(path, axis=0) > 0.0)

    def holds(
        self, take: Indices, start_s: Floats, end_s: Floats, start: Floats, end: Floats
    ) -> Flags:
        """Which glides, of takes (n,) from `start` to `end` (n, 2), stay inside."""
        time_s = start_s[:, None] + PHASES * (end_s - start_s)[:, None]
        place = (time_s - self.start_s[take, None]) * self.per_s[take, None]
        before = place.astype(np.int64)
        share = place - before
        at = self.first[take, None] + before
        inside = np.ones(len(take), dtype=np.bool_)
        for axis in self.moving:
            way = (end - start)[:, axis, None]
            centre = start[:, axis, None] + eased_share(PHASES) * way
            low, high = (
                bound[at, axis] + share * (bound[at + 1, axis] - bound[at, axis])
                for bound in (self.low, self.high)
            )
            inside &= np.all((centre >= low) & (centre <= high), axis=1)
        return inside


def _fewest(rests: list[tuple[int, int]], glides: list[_Glide]) -> list[_Glide]:
    """The glides of one take that leave the fewest keyframes, in time order."""
    into: dict[int, list[_Glide]] = {}
    for glide in glides:
        into.setdefault(glide.move.until, []).append(glide)
    cost = [0.0]
    chosen: list[_Glide | None] = [None]
    for until, ((_, first), (last, _)) in enumerate(pairwise(rests), start=1):
        cost.append(cost[-1] + CORNER_KEYS * (last - first + 1))
        chosen.append(None)
        for glide in into.get(until, ()):
            keys = cost[glide.move.rest] + GLIDE_KEYS
            if keys < cost[until]:
                cost[until], chosen[until] = keys, glide
    kept: list[_Glide] = []
    rest = len(rests) - 1
    while rest > 0:
        last = chosen[rest]
        if last is None:
            rest -= 1
        else:
            kept.append(last)
            rest = last.move.rest
    return kept[::-1]


def _replaced(line: Polyline, glides: list[_Glide]) -> Polyline:
    """The path with its moves' corners replaced by the glides' ends."""
    time_s, centre, half_s = line.time_s.copy(), line.centre, line.half_s.copy()
    rests, eased = line.rests.copy(), line.eased.copy()
    kept = np.ones(len(time_s), dtype=np.bool_)
    for glide in glides:
        first, last = glide.move.first, glide.move.last
        kept[first + 1 : last] = False
        time_s[first], time_s[last] = glide.start_s, glide.end_s
        half_s[first] = half_s[last] = 0.0
        rests[first], eased[first] = centre[first] == centre[last], True
    pieces = kept[:-1]
    return Polyline(time_s[kept], centre[kept], half_s[kept], rests[pieces], eased[pieces])
