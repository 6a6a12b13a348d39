"""Piecewise linear costs along a line of unknowns, minimised exactly in linear time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solveh_banded

from ..domain.artifacts import Indices
from ..domain.media import Floats

MAX_STEPS = 40
"""Interior-point steps. 15 to 25 suffice for nearly any path; an hour in which next to
nothing forces the window to move takes more, for gains that nobody sees."""

RELATIVE_GAP = 1e-4
"""Greatest gap between cost and its lower bound, relative to the cost."""

STEP_TO_WALL = 0.995
"""Share of the way to the nearest constraint that one step goes."""

RIDGE = 1e-9
"""Relative weight added to the diagonal, so that rounding never makes it indefinite."""


@dataclass(frozen=True, eq=False)
class Rows:
    """`m` sums of `w` neighbouring unknowns, and `k` costs of each.

    Row r is z = sum over p of coefficients[p, r] * x[first[r] + p]. Its cost i is
    `above[i, r]` for every unit of z over `knee[i, r]` and `below[i, r]` for every
    unit under it. |z|: above = below; a constraint z <= knee: below = 0 and a high
    price above. Shapes: coefficients (w, m), knee, below and above (k, m), first (m,);
    `first` None: row r begins at unknown r.
    """

    coefficients: Floats
    knee: Floats
    below: Floats
    above: Floats
    first: Indices | None = None

    @classmethod
    def of(
        cls,
        coefficients: Floats,
        *costs: tuple[Floats | float, Floats | float, Floats | float],
        first: Indices | None = None,
    ) -> "Rows":
        """Rows with costs (knee, below, above), each an array of shape (m,) or one number."""
        shape = (len(costs), coefficients.shape[1])
        knee, below, above = np.zeros((3, *shape))
        for number, cost in enumerate(costs):
            knee[number], below[number], above[number] = cost
        return cls(coefficients, knee, below, above, first)

    def __len__(self) -> int:
        return len(self.coefficients[0])

    def value(self, x: Floats) -> Floats:
        """z of every row, shape (m,)."""
        z: Floats = np.zeros(len(self))
        for place, column in enumerate(self.coefficients):
            if self.first is None:
                z += column * x[place : place + len(self)]
            else:
                z += column * x[self.first + place]
        return z

    def add_transposed(self, weights: Floats, total: Floats) -> None:
        """Adds the weighted sum of the rows, as vectors of the unknowns, to `total`."""
        for place, column in enumerate(self.coefficients):
            self._add(column * weights, place, total)

    def add_normal(self, weights: Floats, band: Floats) -> None:
        """Adds the weighted sum of the rows' outer products to a band in LAPACK's lower form."""
        for place, column in enumerate(self.coefficients):
            weighted = weights * column
            for other in range(place, len(self.coefficients)):
                self._add(weighted * self.coefficients[other], place, band[other - place])

    def _add(self, values: Floats, place: int, total: Floats) -> None:
        """Adds one value per row at the unknown `place` after the row's first."""
        if self.first is None:
            total[place : place + len(self)] += values
        else:
            total += np.bincount(self.first + place, values, minlength=len(total))


def minimise(
    parts: Sequence[Rows],
    start: Floats,
    *,
    relative_gap: float = RELATIVE_GAP,
    max_steps: int = MAX_STEPS,
) -> Floats:
    """The unknowns with the least total cost, from `start`, shape (n,).

    A linear program in disguise: Mehrotra's predictor-corrector method (SIAM J.
    Optimization 2, 1992) on its bounded dual. Rows that see w neighbours make the
    Newton system a band of width w, so that a step costs O(m + n w^2). Each unknown
    must be seen by a row of positive price.
    """
    problem = _Problem(parts, len(start))
    x = start.copy()
    away = problem.value(x) - problem.knee
    # Above and below the knee by p and q, whose difference every step keeps right; the
    # multiplier lies within [-below, above].
    margin = 1e-2 * (1.0 + float(np.median(np.abs(away))))
    p, q = np.maximum(away, 0.0) + margin, np.maximum(-away, 0.0) + margin
    multiplier = 0.5 * (problem.above - problem.below)
    for _ in range(max_steps):
        state = _State(p, q, problem.above - multiplier, problem.below + multiplier)
        cost = _product(problem.above, p) + _product(problem.below, q)
        if state.gap <= relative_gap * cost + 1e-7:
            break
        solver = _Solver(problem, state, multiplier)
        step = solver.step(0.0, 0.0)
        primal, dual = state.reach(step)
        ahead = _State(
            p + primal * step.p,
            q + primal * step.q,
            state.up - dual * step.multiplier,
            state.down + dual * step.multiplier,
        )
        centre = state.gap / (2 * len(p)) * (ahead.gap / state.gap) ** 3
        curved_p, curved_q = step.p * step.multiplier, step.q * step.multiplier
        step = solver.step(centre + curved_p, centre - curved_q)
        primal, dual = (min(1.0, STEP_TO_WALL * reach) for reach in state.reach(step))
        x = x + primal * step.x
        p, q = p + primal * step.p, q + primal * step.q
        multiplier = multiplier + dual * step.multiplier
    return x


def _product(a: Floats, b: Floats) -> float:
    """The scalar product, always added in the same order: BLAS splits it among threads."""
    return float(np.sum(a * b))


class _Problem:
    """All costs of all rows as one long row."""

    def __init__(self, parts: Sequence[Rows], unknowns: int) -> None:
        self.parts = [part for part in parts if len(part)]
        self.unknowns = unknowns
        self.bandwidth = max(len(part.coefficients) for part in self.parts)
        ends = np.cumsum([part.knee.size for part in self.parts]).tolist()
        self.slices = [
            slice(end - part.knee.size, end) for part, end in zip(self.parts, ends, strict=True)
        ]
        self.knee = np.concatenate([part.knee.ravel() for part in self.parts])
        self.below = np.concatenate([part.below.ravel() for part in self.parts])
        self.above = np.concatenate([part.above.ravel() for part in self.parts])

    def value(self, x: Floats) -> Floats:
        """What each cost sees."""
        return np.concatenate([np.tile(part.value(x), len(part.knee)) for part in self.parts])

    def transposed(self, weights: Floats) -> Floats:
        """The weighted sum of all rows as vectors of the unknowns."""
        total: Floats = np.zeros(self.unknowns)
        for part, summed in self._per_row(weights):
            part.add_transposed(summed, total)
        return total

    def normal(self, weights: Floats) -> Floats:
        """The weighted sum of the rows' outer products, in LAPACK's lower band form."""
        band = np.zeros((self.bandwidth, self.unknowns))
        for part, summed in self._per_row(weights):
            part.add_normal(summed, band)
        return band

    def _per_row(self, weights: Floats) -> Iterator[tuple[Rows, Floats]]:
        """Each part with the sum of its costs' weights per row."""
        for part, where in zip(self.parts, self.slices, strict=True):
            yield part, weights[where].reshape(part.knee.shape).sum(axis=0)


@dataclass(frozen=True, eq=False)
class _Step:
    """A Newton step of all unknowns."""

    x: Floats
    p: Floats
    q: Floats
    multiplier: Floats


class _State:
    """The distances from all walls: p and q from 0, the multiplier from its bounds."""

    def __init__(self, p: Floats, q: Floats, up: Floats, down: Floats) -> None:
        self.p, self.q, self.up, self.down = p, q, up, down
        self.gap = _product(p, up) + _product(q, down)

    def reach(self, step: _Step) -> tuple[float, float]:
        """How far the primal and the dual step may go before they reach a wall, at most 1."""
        primal = max(np.max(-step.p / self.p), np.max(-step.q / self.q))
        dual = max(np.max(step.multiplier / self.up), np.max(-step.multiplier / self.down))
        return 1.0 / max(1.0, float(primal)), 1.0 / max(1.0, float(dual))


class _Solver:
    """Newton steps from one state; the system is put together and factored once per step."""

    def __init__(self, problem: _Problem, state: _State, multiplier: Floats) -> None:
        self._problem, self._state, self._multiplier = problem, state, multiplier
        self._ratio_p, self._ratio_q = state.p / state.up, state.q / state.down
        self._stiffness = 1.0 / (self._ratio_p + self._ratio_q)
        self._band = problem.normal(self._stiffness)
        self._band[0] *= 1.0 + RIDGE

    def step(self, aim_p: Floats | float, aim_q: Floats | float) -> _Step:
        """The step towards p * up = aim_p and q * down = aim_q."""
        state = self._state
        toward_p, toward_q = aim_p / state.up - state.p, aim_q / state.down - state.q
        wanted = toward_p - toward_q
        right = self._problem.transposed(wanted * self._stiffness - self._multiplier)
        x: Floats = solveh_banded(self._band, right, lower=True, check_finite=False)
        change = (self._problem.value(x) - wanted) * self._stiffness
        return _Step(
            x, toward_p + self._ratio_p * change, toward_q - self._ratio_q * change, change
        )
