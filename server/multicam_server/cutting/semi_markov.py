"""The best sequence of shots, exactly: semi-Markov dynamic programming.

A programme is a path over cut points: a shot is a step from one point to a later
one under one camera. The best value of every point and camera is computed once,
in the order of time, over all shots that may end there. As in segmental Viterbi
decoding (Ostendorf et al., IEEE TSAP 4(5), 1996), a shot's value may depend on its
length, so that the bounds are hard and the pace is part of the optimum.

Two things keep it exact and fast:

* No shot is shorter than `min_shot_ms`, so all points within one such stretch
  depend on earlier points only and are computed at once.
* Returning to the camera before the last one (A-B-A) has a cost. For each point and
  camera the two best values with different previous cameras are enough: whichever
  camera comes next, at most one of them pays.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats

LengthValue = Callable[[Floats], Floats]

BLOCKED = -1e18
"""Value of what is impossible; finite, so that differences of it stay numbers."""

POSSIBLE = -1e17
"""A value over this is that of a possible path."""

SAME_CAMERA_COST = 1e9
"""A neighbour of a fixed shot on its own camera: only where nothing else exists."""

BROKEN_BOUND_COST = 1e6
"""Per second by which a shot breaks a bound, where the bounds cannot be kept."""

SLACKS = (1.0, 1.5, 2.0, 4.0, float("inf"))
"""Factors by which the bounds are widened until there is a programme at all."""

ROUNDING_MS = 1e-6
BLOCK_POINTS = 96
BLOCK_VALUES = 2_000_000
"""Points and values computed at once at most; keeps the working set small."""


class Shot(NamedTuple):
    """A step of the path: from cut point to cut point under one camera (indices)."""

    first: int
    last: int
    camera: int


@dataclass(frozen=True, eq=False)
class ShotProblem:
    """What to optimise, over `n` cut points and `c` cameras.

    `time_ms` (n,) rises strictly; the programme runs from the first to the last
    point. `value` (c, n) is each camera's value summed up from the first point.
    `cut_value` (n,) is added for a cut at a point, and `return_cost` (n,) taken off
    when it returns to the camera before the last one. `available` (c, n - 1) tells
    which camera records throughout the step after each point. `bound_ms` (n,) is
    the point's own time, or the earlier one at which a shot that ends there had to
    be within its bound (it may overrun while nothing else records). `fixed` holds
    fixed shots in order; no cut point lies inside them. `length_value(length_ms)`
    is a shot's value by its length, of any shape.
    """

    time_ms: Floats
    value: Floats
    cut_value: Floats
    available: Flags
    bound_ms: Floats
    min_shot_ms: float
    max_shot_ms: float
    return_cost: Floats
    length_value: LengthValue
    fixed: tuple[Shot, ...] = ()


@dataclass(frozen=True)
class Solution:
    """The best shots; `slack` is over 1 when the bounds could not be kept."""

    shots: tuple[Shot, ...]
    objective: float
    slack: float


def solve(problem: ShotProblem) -> Solution | None:
    """The best programme, bounds kept or, where that is impossible, broken least.

    None when not even that exists: somewhere no camera records.
    """
    for slack in SLACKS:
        widened = problem if slack == 1.0 else _widen(problem, slack)
        found = _Search(widened).run()
        if found is not None:
            return Solution(found[0], found[1], slack)
    return None


def _widen(problem: ShotProblem, slack: float) -> ShotProblem:
    def value(length_ms: Floats) -> Floats:
        missing = np.maximum(problem.min_shot_ms - length_ms, 0.0)
        surplus = np.maximum(length_ms - problem.max_shot_ms, 0.0)
        broken = (missing + surplus) * 1e-3 * BROKEN_BOUND_COST
        return np.asarray(problem.length_value(length_ms) - broken)

    return replace(
        problem,
        min_shot_ms=problem.min_shot_ms / slack,
        max_shot_ms=problem.max_shot_ms * slack,
        length_value=value,
    )


class _Search:
    """One run over a problem; arrays are (camera, point), ranks are best and second."""

    def __init__(self, problem: ShotProblem) -> None:
        self.problem = problem
        cameras, points = problem.value.shape
        self.cameras, self.points = cameras, points
        self.count = np.arange(max(cameras, points))
        self.numbers = np.arange(cameras, dtype=np.int16)
        self.rows = np.arange(cameras)[:, None]
        self.start = np.full((2, cameras, points), BLOCKED)
        self.start_previous = np.full((2, cameras, points), -1, dtype=np.int16)
        self.end = np.full((2, cameras, points), BLOCKED)
        self.end_from = np.zeros((2, cameras, points), dtype=np.int32)
        self.end_previous = np.full((cameras, points), -2, dtype=np.int16)
        self.start[0, :, 0] = 0.0
        self.fixed_at = {shot.last: shot for shot in problem.fixed}
        self.edges = {point for shot in problem.fixed for point in (shot.first, shot.last)}
        self._windows()

    low: Indices
    high: Indices
    since: Indices

    def _windows(self) -> None:
        """First and last possible start of the shots that end at each point."""
        problem, time = self.problem, self.problem.time_ms
        low = np.searchsorted(time, problem.bound_ms - problem.max_shot_ms - ROUNDING_MS, "left")
        high = np.searchsorted(time, time - problem.min_shot_ms + ROUNDING_MS, "right") - 1
        high = np.minimum(high, np.arange(self.points) - 1)
        for shot in problem.fixed:
            low[shot.last :] = np.maximum(low[shot.last :], shot.last)
        self.low, self.high = low, high
        lost = np.where(problem.available, 0, np.arange(1, self.points))
        self.since = np.zeros((self.cameras, self.points), dtype=np.int64)
        self.since[:, 1:] = np.maximum.accumulate(lost, axis=1)

    def run(self) -> tuple[tuple[Shot, ...], float] | None:
        count = self.count[: self.points]
        barriers = np.array([*sorted(self.fixed_at), self.points])
        barrier = barriers[np.searchsorted(barriers, count, "right").clip(max=len(barriers) - 1)]
        ready = np.minimum(np.searchsorted(self.high, count, "left"), barrier).tolist()
        first = 1
        while first < self.points:
            if first in self.fixed_at:
                stop = first + 1
                self._end_fixed(self.fixed_at[first])
            else:
                stop = max(first + 1, min(ready[first], first + self._block(first)))
                self._end_shots(first, stop)
            self._start_shots(first, stop)
            first = stop
        camera = int(np.argmax(self.end[0, :, -1]))
        objective = float(self.end[0, camera, -1])
        return (self._path(camera), objective) if objective > POSSIBLE else None

    def _block(self, first: int) -> int:
        window = max(1, int(self.high[first] - self.low[first]) + 1)
        return int(max(1, min(BLOCK_POINTS, BLOCK_VALUES // (window * self.cameras))))

    def _end_fixed(self, shot: Shot) -> None:
        gained = (
            self.problem.value[shot.camera, shot.last] - self.problem.value[shot.camera, shot.first]
        )
        best = self.start[:, shot.camera, shot.first] + gained
        self.end[:, shot.camera, shot.last] = np.where(best > POSSIBLE, best, BLOCKED)
        self.end_from[:, shot.camera, shot.last] = shot.first
        self.end_previous[shot.camera, shot.last] = self.start_previous[0, shot.camera, shot.first]

    def _end_shots(self, first: int, stop: int) -> None:
        """Best and second best way to end a shot of each camera at points [first, stop)."""
        problem = self.problem
        low, high = int(self.low[first]), int(self.high[stop - 1]) + 1
        if high <= low:
            return
        starts, ends = self.count[low:high], slice(first, stop)
        worth = problem.length_value(problem.time_ms[ends, None] - problem.time_ms[None, low:high])
        worth[(starts < self.low[ends, None]) | (starts > self.high[ends, None])] = BLOCKED
        base = self.start[:, :, low:high] - problem.value[:, low:high]
        ways = base[0][:, None, :] + worth
        since = self.since[:, ends]
        gaps = starts < since[:, :, None] if since.max() > low else None
        if gaps is not None:
            ways[gaps] = BLOCKED
        previous = self.start_previous[0, :, low:high]
        best = ways.argmax(axis=2)
        self._keep(0, ends, low, best, ways)
        best_previous = previous[self.rows, best]
        self.end_previous[:, ends] = best_previous
        same = previous[:, None, :] == best_previous[:, :, None]
        ways = np.where(same, base[1][:, None, :], base[0][:, None, :])
        ways += worth
        if gaps is not None:
            ways[gaps] = BLOCKED
        self._keep(1, ends, low, ways.argmax(axis=2), ways)

    def _keep(self, rank: int, ends: slice, low: int, best: Indices, ways: Floats) -> None:
        value = ways[self.rows, self.count[: best.shape[1]], best]
        value = np.where(value > POSSIBLE, value + self.problem.value[:, ends], BLOCKED)
        self.end[rank, :, ends] = value
        self.end_from[rank, :, ends] = best + low

    def _start_shots(self, first: int, stop: int) -> None:
        """Best and second best previous camera for a shot that starts at [first, stop)."""
        ends = slice(first, stop)
        ways, columns = self._handovers(ends), self.count[: stop - first]
        for rank in range(2):
            best = ways.argmax(axis=0)
            value = ways[best, self.rows, columns] + self.problem.cut_value[ends]
            self.start[rank, :, ends] = np.where(value > POSSIBLE, value, BLOCKED)
            self.start_previous[rank, :, ends] = best
            if rank == 0:
                ways[best, self.rows, columns] = BLOCKED

    def _handovers(self, ends: slice) -> Floats:
        """Value of each (previous camera, next camera, point)."""
        best, second = self.end[0, :, ends], self.end[1, :, ends]
        cameras = self.numbers
        returns = self.end_previous[:, None, ends] == cameras[None, :, None]
        returned = np.maximum(best - self.problem.return_cost[ends], second)
        ways = np.where(returns, returned[:, None, :], best[:, None, :])
        ways[cameras, cameras, :] = BLOCKED
        for point in self.edges:
            if ends.start <= point < ends.stop:
                ways[cameras, cameras, point - ends.start] = (
                    best[:, point - ends.start] - SAME_CAMERA_COST
                )
        return ways

    def _path(self, camera: int) -> tuple[Shot, ...]:
        """Follow the decisions back from the last point."""
        shots: list[Shot] = []
        point, rank = self.points - 1, 0
        while point > 0:
            start = int(self.end_from[rank, camera, point])
            shots.append(Shot(start, point, camera))
            start_rank = 0
            if (
                rank == 1
                and self.start_previous[0, camera, start] == self.end_previous[camera, point]
            ):
                start_rank = 1
            previous = int(self.start_previous[start_rank, camera, start])
            if start > 0:
                rank = self._rank(previous, camera, start)
            point, camera = start, previous
        return tuple(reversed(shots))

    def _rank(self, camera: int, following: int, point: int) -> int:
        if camera == following or self.end_previous[camera, point] != following:
            return 0
        best, second = self.end[:, camera, point]
        return 0 if best - self.problem.return_cost[point] >= second else 1
