"""Where the window rests or all but rests, and the fewest places in which it could rest instead."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .corridor import Corridor
from .polyline import Polyline, eased_share, position

CREEP = 0.05
"""Speed, in source widths per second, up to which a window creeps: it takes twenty seconds
to cross the picture, and reads as a tripod that gives way."""

HOLD_ERROR = 0.04
"""How far, in source widths, a hold may be from the creeping path that it replaces."""

LEAST_HOLD_S = 1.2
"""A hold instead of creeping lasts at least this long: the glides at its ends need time too."""

GLIDE_ERROR = 0.06
"""How far, in source widths, an eased glide may be from the path that it replaces. The
cubic is a tenth of its way from a straight piece between its ends."""

OUTSIDE = 0.002
"""How far, in source widths, either may be outside the corridor where the path that it
replaces is inside: a sixth of the corridor's margin at 9:16."""

PHASES = np.linspace(0.0, 1.0, 14)[1:-1]
"""Shares of a glide's time at which it is compared."""


@dataclass(frozen=True)
class Hold:
    """A rest from one time to another; `centre` in source widths."""

    start_s: float
    end_s: float
    centre: tuple[float, float]


@dataclass(frozen=True)
class Pause:
    """A stretch of a path, from one corner to another, without motion worth the name.

    `rests`: the window rests already, in its one hold. `holds`: the fewest rests
    near the path; none where none would last.
    """

    first: int
    last: int
    rests: bool
    holds: tuple[Hold, ...]


class Sleeve:
    """Around the paths of all takes: where a hold or a glide may be instead, over time."""

    def __init__(self, lines: Sequence[Polyline], corridors: Sequence[Corridor]) -> None:
        sizes = [len(corridor.time_ms) for corridor in corridors]
        self._first = np.concatenate(([0], np.cumsum(sizes)[:-1])).astype(np.int64)
        self._start_s = np.array([c.time_ms[0] * 1e-3 for c in corridors])
        self._per_s = np.array([1e3 / (c.time_ms[1] - c.time_ms[0]) for c in corridors])
        self._time_s = np.concatenate([c.time_ms for c in corridors]) * 1e-3
        self._path = np.concatenate(
            [position(line, c.time_ms * 1e-3) for line, c in zip(lines, corridors, strict=True)]
        )
        low, high = (
            np.concatenate([getattr(c, side) for c in corridors]) for side in ("low", "high")
        )
        self._low = np.minimum(low - OUTSIDE, self._path)
        self._high = np.maximum(high + OUTSIDE, self._path)
        self._moving = np.flatnonzero(np.ptp(self._path, axis=0) > 0.0)

    def holds(self, take: int, start_s: float, end_s: float) -> tuple[Hold, ...]:
        """The fewest holds in a row near the path of a take from one time to another.

        Each lasts as long as one place will do, which leaves the fewest; what lasts
        less than LEAST_HOLD_S is left to the glides.
        """
        edges = (np.array([start_s, end_s]) - self._start_s[take]) * self._per_s[take]
        from_, to = self._first[take] + np.array([np.ceil(edges[0]), np.floor(edges[1])])
        span = slice(int(from_), max(int(to), int(from_)) + 1)
        path = self._path[span]
        low = np.maximum(self._low[span], path - HOLD_ERROR)
        high = np.minimum(self._high[span], path + HOLD_ERROR)
        times = self._time_s[span]
        found: list[Hold] = []
        begin = 0
        while begin < len(path):
            least = np.maximum.accumulate(low[begin:], axis=0)
            greatest = np.minimum.accumulate(high[begin:], axis=0)
            fits = np.all(least <= greatest, axis=1)
            count = len(fits) if fits[-1] else max(1, int(np.argmin(fits)))
            middle = np.median(path[begin : begin + count], axis=0)
            x, y = np.clip(middle, least[count - 1], greatest[count - 1]).tolist()
            end = begin + count
            found.append(
                Hold(
                    found[-1].end_s if found else start_s,
                    end_s if end == len(path) else float(0.5 * (times[end - 1] + times[end])),
                    (x, y),
                )
            )
            begin = end
        return tuple(hold for hold in found if hold.end_s - hold.start_s >= LEAST_HOLD_S)

    def glides_fit(
        self, take: Indices, start_s: Floats, end_s: Floats, start: Floats, end: Floats
    ) -> Flags:
        """Which glides, of takes (n,) from `start` to `end` (n, 2), stay near the paths."""
        time_s = start_s[:, None] + PHASES * (end_s - start_s)[:, None]
        place = (time_s - self._start_s[take, None]) * self._per_s[take, None]
        before = place.astype(np.int64)
        share = place - before
        at = self._first[take, None] + before
        fits = np.ones(len(take), dtype=np.bool_)
        for axis in self._moving:
            way = (end - start)[:, axis, None]
            centre = start[:, axis, None] + eased_share(PHASES) * way
            low, high, path = (
                bound[at, axis] + share * (bound[at + 1, axis] - bound[at, axis])
                for bound in (self._low, self._high, self._path)
            )
            near = np.abs(centre - path) <= GLIDE_ERROR
            fits &= np.all(near & (centre >= low) & (centre <= high), axis=1)
        return fits


def pauses_of(take: int, line: Polyline, sleeve: Sleeve) -> list[Pause]:
    """The pauses of one take's path, in time order."""
    speed = np.abs(line.straight_way) / np.diff(line.time_s)[:, None]
    slow = np.concatenate(([False], np.all(speed < CREEP, axis=1), [False]))
    edges = np.flatnonzero(slow[1:] != slow[:-1]).tolist()
    pauses = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        start_s, end_s = float(line.time_s[first]), float(line.time_s[last])
        rests = bool(np.all(line.rests[first:last]))
        if rests:
            x, y = line.centre[first].tolist()
            holds: tuple[Hold, ...] = (Hold(start_s, end_s, (x, y)),)
        else:
            holds = sleeve.holds(take, start_s, end_s)
        pauses.append(Pause(first, last, rests, holds))
    return pauses
