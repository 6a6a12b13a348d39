"""Piecewise linear costs along a line of unknowns, minimised exactly in linear time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpbtrf, dpbtrs

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats

MAX_STEPS = 30
"""Interior-point steps. 11 to 24 suffice for nearly any path; an hour in which next to
nothing forces the window to move takes more, for gains that nobody sees."""

RELATIVE_GAP = 1e-4
"""Greatest gap between cost and its lower bound, relative to the cost."""

ABSOLUTE_GAP = 1e-7
"""Greatest gap in absolute terms: nothing has a cost."""

WALL_ERROR = 1e-4
"""Greatest breach, in source widths (per second, ...), of a wall that was left out."""

WALL_ROUNDS = 3
"""Times that a path is solved again because it broke walls; usually none or one."""

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

    def only(self, rows: Indices, cost: int) -> "Rows":
        """One cost of some of the rows."""
        first = rows if self.first is None else self.first[rows]
        one = slice(cost, cost + 1)
        return Rows(
            self.coefficients[:, rows],
            self.knee[one, rows],
            self.below[one, rows],
            self.above[one, rows],
            first,
        )

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


@dataclass(frozen=True, eq=False)
class Walls:
    """Rows all of whose costs are one-sided: nothing on one side of the knee, a price beyond.

    A wall counts from the beginning where a path that is about right is beyond it or
    within `reach` of it, and else as soon as a solution is beyond it by more than
    `tolerance`.
    """

    rows: Rows
    reach: float = 0.0
    tolerance: float = WALL_ERROR

    def beyond(self, x: Floats) -> Floats:
        """How far each row is beyond the knees of its costs, shape (k, m)."""
        away = self.rows.value(x) - self.rows.knee
        beyond: Floats = np.where(self.rows.above > 0.0, away, -away)
        return beyond


def minimise(
    parts: Sequence[Rows],
    start: Floats,
    *,
    walls: Sequence[Walls] = (),
    guess: Floats | None = None,
    relative_gap: float = RELATIVE_GAP,
    absolute_gap: float = ABSOLUTE_GAP,
    max_steps: int = MAX_STEPS,
) -> Floats:
    """The unknowns with the least total cost, from `start`, shape (n,).

    A linear program in disguise: Mehrotra's predictor-corrector method (SIAM J.
    Optimization 2, 1992) on its bounded dual. Rows that see w neighbours make the
    Newton system a band of width w, so that a step costs O(m + n w^2). Each unknown
    must be seen by a row of positive price in `parts`.

    Most `walls` are never touched. Those far from `guess` (`start` when it is None) are
    left out until a solution breaks one by more than its tolerance. A wall that is not
    broken costs nothing: the solution is the cheapest with all of them as well. Every
    repetition adds walls, the last one of WALL_ROUNDS all that are left.
    """
    rest = _LeftOut(walls, start if guess is None else guess)
    counted = [*parts, *rest.near()]
    x = _solved(counted, start, (relative_gap, absolute_gap), max_steps)
    while broken := rest.broken(x):
        counted += broken
        x = _solved(counted, start, (relative_gap, absolute_gap), max_steps)
    return x


def _solved(
    parts: Sequence[Rows], start: Floats, gaps: tuple[float, float], max_steps: int
) -> Floats:
    """The interior-point method proper; `gaps` are relative and absolute."""
    problem = _Problem(parts, len(start))
    x = start.copy()
    away = problem.value(x) - problem.knee
    # Above and below the knee by p and q, whose difference every step keeps right; the
    # multiplier lies within [-below, above].
    margin = 1e-2 * (1.0 + float(np.median(np.abs(away))))
    p, q = np.maximum(away, 0.0) + margin, np.maximum(-away, 0.0) + margin
    multiplier = 0.5 * (problem.above - problem.below)
    for _ in range(max_steps):
        up, down = problem.above - multiplier, problem.below + multiplier
        gap = _product(p, up) + _product(q, down)
        cost = _product(problem.above, p) + _product(problem.below, q)
        if gap <= max(gaps[0] * cost, gaps[1]):
            break
        step = _newton_step(problem, (p, q, up, down), multiplier, gap)
        primal, dual = (min(1.0, STEP_TO_WALL * reach) for reach in step.reach)
        x += primal * step.x
        p += primal * step.p
        q += primal * step.q
        multiplier += dual * step.multiplier
    return x


class _LeftOut:
    """Which walls count already."""

    def __init__(self, walls: Sequence[Walls], guess: Floats) -> None:
        self._walls, self._rounds = walls, 0
        self._count = [wall.beyond(guess) > -wall.reach for wall in walls]

    def near(self) -> list[Rows]:
        """The walls that count from the beginning."""
        return self._rows(self._count)

    def broken(self, x: Floats) -> list[Rows]:
        """If x breaks any, all that are near it: they count from now on."""
        beyond = [wall.beyond(x) for wall in self._walls]
        pairs = list(zip(self._walls, beyond, self._count, strict=True))
        if not any(np.any((far > wall.tolerance) & ~counts) for wall, far, counts in pairs):
            return []
        self._rounds += 1
        all_now = self._rounds >= WALL_ROUNDS
        new = [((far > -wall.reach) | all_now) & ~counts for wall, far, counts in pairs]
        self._count = [counts | more for counts, more in zip(self._count, new, strict=True)]
        return self._rows(new)

    def _rows(self, chosen: Sequence[Flags]) -> list[Rows]:
        """The chosen (k, m) of each wall's costs as rows of one cost."""
        return [
            wall.rows.only(np.flatnonzero(rows), cost)
            for wall, flags in zip(self._walls, chosen, strict=True)
            for cost, rows in enumerate(flags)
            if np.any(rows)
        ]


def _product(a: Floats, b: Floats) -> float:
    """The scalar product, always added in the same order: BLAS splits it among threads."""
    return float(np.einsum("i,i->", a, b))


@dataclass(frozen=True, eq=False)
class _Step:
    """A Newton step of all unknowns, and how far (primal, dual) a wall lets it go, at most 1."""

    x: Floats
    p: Floats
    q: Floats
    multiplier: Floats
    reach: tuple[float, float]


def _newton_step(
    problem: "_Problem",
    walls: tuple[Floats, Floats, Floats, Floats],
    multiplier: Floats,
    gap: float,
) -> _Step:
    """Predictor and corrector from one state: p, q, and the multiplier's room up and down.

    The step of p towards p * up = aim is aim / up - p + p / up * change, `change`
    being the multiplier's; of q likewise with the other sign. Written out, because
    these passes over all costs are what a solution takes its time for.
    """
    p, q, up, down = walls
    inverse_up, inverse_down = 1.0 / up, 1.0 / down
    ratio_p, ratio_q = p * inverse_up, q * inverse_down
    stiffness = 1.0 / (ratio_p + ratio_q)
    factor = _factored(problem.normal(stiffness))

    def solved(wanted: Floats) -> tuple[Floats, Floats]:
        right = problem.transposed(wanted * stiffness - multiplier)
        x, _ = dpbtrs(factor, right, lower=1)
        return x, (problem.value(x) - wanted) * stiffness

    # Predictor: straight to the walls. p moves by p * (rise - 1), q by -q * (fall + 1).
    _, change = solved(q - p)
    rise, fall = change * inverse_up, change * inverse_down
    primal = 1.0 / max(1.0, 1.0 - float(np.min(rise)), 1.0 + float(np.max(fall)))
    dual = 1.0 / max(1.0, float(np.max(rise)), -float(np.min(fall)))
    p_change, q_change = p * change, q * change
    linear = float(np.sum(p_change)) - float(np.sum(q_change))
    square = _product(p_change, rise) + _product(q_change, fall)
    ahead = (1.0 - primal) * gap + (primal - dual * (1.0 - primal)) * linear
    ahead -= primal * dual * square
    centre = gap / (2 * len(p)) * (ahead / gap) ** 3
    # Corrector: to the centre, with the predictor's second-order terms.
    toward_p = p * (rise * (rise - 1.0) - 1.0) + centre * inverse_up
    toward_q = q * (fall * (fall + 1.0) - 1.0) + centre * inverse_down
    x, change = solved(toward_p - toward_q)
    toward_p += ratio_p * change
    toward_q -= ratio_q * change
    rise, fall = change * inverse_up, change * inverse_down
    reach = (
        1.0 / max(1.0, -float(np.min(toward_p / p)), -float(np.min(toward_q / q))),
        1.0 / max(1.0, float(np.max(rise)), -float(np.min(fall))),
    )
    return _Step(x, toward_p, toward_q, change, reach)


def _factored(band: Floats) -> Floats:
    """Cholesky's factor of a symmetric band in LAPACK's lower form."""
    band[0] *= 1.0 + RIDGE
    factor: Floats
    factor, failed = dpbtrf(band, lower=1)
    if failed:
        raise np.linalg.LinAlgError(f"row {failed} of the Newton system is not positive")
    return factor


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
