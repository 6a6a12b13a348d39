"""Lagrangian relaxation of the budget: bounds, and a first choice that fits.

For a price per unit of length the best path is found without a budget (weighted
interval scheduling). The price at which the bound is lowest is found by following
the breakpoints of the bound, which is convex and piecewise linear in the price.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats

# Sums of floats of this many significant bits err by less than one value unit here;
# bounds are raised by it, so that rounding never excludes a choice.
ROUNDING = 2
# The breakpoints between two prices are followed at most this often; it takes about ten.
_MOST_STEPS = 60


@dataclass(frozen=True, eq=False)
class Relaxation:
    """What the relaxation at one price tells.

    `best_with_clip` has shape (m,): an upper bound, without group bonuses, of every
    choice that contains the clip; `bound` is that of any choice. `feasible` lists a
    choice within the budget.
    """

    price: float
    best_with_clip: Floats
    bound: float
    feasible: Indices
    nodes: Indices
    best_after: Floats

    def bound_from(self, node: int, rest: Indices) -> Floats:
        """An upper bound of what can follow `node` with a budget of `rest` left."""
        at = int(np.searchsorted(self.nodes, node, side="left"))
        bound: Floats = self.best_after[at] + self.price * rest + ROUNDING
        return bound


def relax(
    first: Indices, last: Indices, length: Indices, value: Indices, *, budget: int
) -> Relaxation:
    """Relaxes the budget. Clips are sorted by `last`; all fit the budget by themselves."""
    density = value / length
    low, high = 0.0, float(density.max()) + 1.0
    long_path = _best_path(first, last, value - low * length)
    short_path: list[int] = []
    if int(length[long_path].sum()) <= budget:
        short_path, price = long_path, 0.0
    else:
        price = high
        for _ in range(_MOST_STEPS):
            spent = int(length[long_path].sum()) - int(length[short_path].sum())
            gained = int(value[long_path].sum()) - int(value[short_path].sum())
            price = gained / spent
            path = _best_path(first, last, value - price * length)
            worth = int(value[path].sum()) - price * int(length[path].sum())
            line = int(value[long_path].sum()) - price * int(length[long_path].sum())
            if worth <= line + ROUNDING:
                break
            if int(length[path].sum()) <= budget:
                short_path = path
            else:
                long_path = path
    gain = value - price * length
    before, after, nodes = _best_around(first, last, gain)
    at_first = np.searchsorted(nodes, first, side="right") - 1
    at_last = np.searchsorted(nodes, last, side="left")
    with_clip = before[at_first] + gain + after[at_last] + price * budget + ROUNDING
    return Relaxation(
        price=price,
        best_with_clip=with_clip,
        bound=float(after[0]) + price * budget + ROUNDING,
        feasible=_filled(short_path, first, last, length, value, budget=budget),
        nodes=nodes,
        best_after=after,
    )


def _best_path(first: Indices, last: Indices, gain: Floats) -> list[int]:
    """The clips of the best path without a budget, in order of time."""
    useful = np.flatnonzero(gain > 0.0)
    if useful.size == 0:
        return []
    ends = last[useful]
    source = np.searchsorted(ends, first[useful], side="right").tolist()
    best = [0.0]
    taken: list[bool] = []
    top = 0.0
    for at, worth in zip(source, gain[useful].tolist(), strict=True):
        total = best[at] + worth
        taken.append(total > top)
        top = max(top, total)
        best.append(top)
    path: list[int] = []
    at = len(taken)
    while at > 0:
        if taken[at - 1]:
            path.append(int(useful[at - 1]))
            at = source[at - 1]
        else:
            at -= 1
    return path[::-1]


def _best_around(first: Indices, last: Indices, gain: Floats) -> tuple[Floats, Floats, Indices]:
    """Per node the best path that ends there and the best that starts there."""
    nodes = np.unique(np.concatenate([[0], first, last]))
    useful = np.flatnonzero(gain > 0.0)
    from_node = np.searchsorted(nodes, first[useful]).tolist()
    to_node = np.searchsorted(nodes, last[useful]).tolist()
    worth = gain[useful].tolist()
    before = _longest(from_node, to_node, worth, len(nodes))
    mirrored = len(nodes) - 1
    backwards = sorted(
        (mirrored - start, mirrored - end, gain_of)
        for start, end, gain_of in zip(from_node, to_node, worth, strict=True)
    )
    after = _longest(
        [end for _, end, _ in backwards],
        [start for start, _, _ in backwards],
        [gain_of for _, _, gain_of in backwards],
        len(nodes),
    )
    return np.array(before), np.array(after[::-1]), nodes


def _longest(
    from_node: list[int], to_node: list[int], worth: list[float], nodes: int
) -> list[float]:
    """The best path's worth up to each node; edges sorted by their end."""
    best = [0.0] * nodes
    reached = 0
    for start, end, gain in zip(from_node, to_node, worth, strict=True):
        while reached < end:
            reached += 1
            best[reached] = max(best[reached], best[reached - 1])
        best[end] = max(best[end], best[start] + gain)
    while reached < nodes - 1:
        reached += 1
        best[reached] = max(best[reached], best[reached - 1])
    return best


def _filled(
    path: list[int], first: Indices, last: Indices, length: Indices, value: Indices, *, budget: int
) -> Indices:
    """The path and, by value per length, further clips that fit beside it."""
    chosen = list(path)
    rest = budget - int(length[chosen].sum())
    taken: list[tuple[int, int]] = sorted((int(first[at]), int(last[at])) for at in chosen)
    free: Flags = length <= rest
    for begin, end in taken:
        free &= (last <= begin) | (first >= end)
    while free.any():
        open_clips = np.flatnonzero(free)
        density = value[open_clips] / length[open_clips]
        best = int(open_clips[np.lexsort((open_clips, -density))[0]])
        chosen.append(best)
        rest -= int(length[best])
        free &= (length <= rest) & ((last <= first[best]) | (first >= last[best]))
    ordered = sorted(chosen, key=lambda at: int(first[at]))
    assert all(last[one] <= first[other] for one, other in pairwise(ordered))
    return np.array(ordered, dtype=np.int64)
