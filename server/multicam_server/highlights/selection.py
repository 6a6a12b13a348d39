"""The exact choice: the best set of clips that fits the target.

Clips are edges over the row of moments (nodes 0..n): an edge from `first` to `last`
shows the moments in between. A choice is a path, so that no moment is shown twice.
Its total is the sum of its clips' values, plus a bonus for each group (a speaker, a
section of the session) that it shows at all; its length is at most the budget.

This is a resource-constrained longest path. It is solved as such problems are
(Handler & Zang 1980; Irnich & Desaulniers 2005): Lagrangian relaxation of the budget
gives a bound and a first choice, clips that cannot belong to a better choice are
dropped, and the rest is searched exhaustively by label setting with dominance, every
label that the bound excludes left out. All values and lengths are integers, so that
sums are exact and ties are ties. Memory grows with the clips and with the labels that
survive the bound, not with the budget.
"""

from dataclasses import dataclass, replace

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .relaxation import ROUNDING, Relaxation, relax

# The search is first made for choices whose total is within this part of the gap between
# the bound and the choice known already; only when there is none, for lesser ones. Most
# optima lie near the bound, where few clips and few labels remain.
_DEEPENING = (0.06, 0.25, 0.5, 1.0)
# Beyond so many labels in one search only the most promising ones are kept at each
# node. The choice may then fall short of the optimum, by no more than
# `Choice.shortfall`, which says so.
_MOST_LABELS = 60_000
_LABELS_PER_NODE_BEYOND = 48


@dataclass(frozen=True, eq=False)
class Problem:
    """`m` clips to choose from; columns of shape (m,), integers throughout.

    `groups` is a bit mask; `bonus` has one element per bit, none negative, and no more than
    about sixteen: the search keeps a table of all their sums. Values are not negative and
    lengths are more than 0.
    """

    first: Indices
    last: Indices
    length: Indices
    value: Indices
    groups: Indices
    bonus: tuple[int, ...]
    budget: int


@dataclass(frozen=True)
class Choice:
    """The chosen clips' indices in order of time, their total, and how far from proven."""

    clips: tuple[int, ...]
    total: int
    shortfall: int
    """The most by which the optimum may be better: 0 when the choice is proven."""


def choose(problem: Problem) -> Choice:
    """The best choice; of equally good ones an earlier or shorter one, always the same.

    An empty problem gives an empty choice.
    """
    order = np.lexsort((-problem.value, problem.length, problem.first, problem.last))
    order = order[problem.length[order] <= problem.budget]
    if order.size == 0:
        return Choice((), 0, 0)
    ordered = Problem(
        first=problem.first[order],
        last=problem.last[order],
        length=problem.length[order],
        value=problem.value[order],
        groups=problem.groups[order],
        bonus=problem.bonus,
        budget=problem.budget,
    )
    relaxed = relax(
        ordered.first, ordered.last, ordered.length, ordered.value, budget=ordered.budget
    )
    known = total_of(ordered, relaxed.feasible)
    most = int(relaxed.bound) + sum(problem.bonus)
    best = Choice(tuple(relaxed.feasible.tolist()), known, max(most - known - ROUNDING, 0))
    if best.shortfall == 0:
        return replace(best, clips=tuple(int(order[at]) for at in best.clips))
    gap = most - known
    for part in _DEEPENING:
        at_least = max(best.total, most - int(gap * part))
        found = _Search(ordered, relaxed, at_least=at_least).run()
        proven = found.shortfall == 0 and found.total >= at_least
        if found.total >= best.total:
            shortfall = 0 if proven else max(found.shortfall, most - found.total)
            best = replace(found, shortfall=shortfall)
        if proven or found.shortfall > 0:
            break
    return replace(best, clips=tuple(int(order[at]) for at in best.clips))


def total_of(problem: Problem, clips: Indices) -> int:
    """The total of a choice: values, and the bonus of each group once."""
    mask = int(np.bitwise_or.reduce(problem.groups[clips], initial=0))
    gained = sum(bonus for bit, bonus in enumerate(problem.bonus) if mask >> bit & 1)
    return int(problem.value[clips].sum()) + gained


class _Labels:
    """All labels in columns; a label is a choice of clips up to some node."""

    def __init__(self) -> None:
        self.parts: list[tuple[Indices, Indices]] = []
        self.count = 0

    def add(self, parent: Indices, clip: Indices) -> Indices:
        """Stores new labels that extend `parent` by one clip each; returns their names."""
        names = np.arange(self.count, self.count + len(parent), dtype=np.int64)
        self.parts.append((parent, clip))
        self.count += len(parent)
        return names

    def path(self, name: int) -> tuple[int, ...]:
        """The clips of one label, in order of time; none for the empty choice."""
        if name < 0:
            return ()
        parent = np.concatenate([part[0] for part in self.parts])
        clip = np.concatenate([part[1] for part in self.parts])
        clips: list[int] = []
        while name >= 0:
            clips.append(int(clip[name]))
            name = int(parent[name])
        return tuple(reversed(clips))


@dataclass(frozen=True, eq=False)
class _Front:
    """The labels worth keeping at one node, as columns; `name` -1 is the empty choice."""

    length: Indices
    value: Indices
    mask: Indices
    name: Indices

    def take(self, at: Indices | Flags) -> "_Front":
        """Some of the labels."""
        return _Front(self.length[at], self.value[at], self.mask[at], self.name[at])


class _Search:
    """Label setting over the nodes of one problem."""

    def __init__(self, problem: Problem, relaxed: Relaxation, *, at_least: int) -> None:
        self.problem = problem
        self.relaxed = relaxed
        self.at_least = at_least
        self.bonus_of = _bonus_table(problem.bonus)
        possible = sum(problem.bonus)
        self.core = np.flatnonzero(relaxed.best_with_clip + possible >= at_least)
        self.nodes, self.begin = np.unique(problem.last[self.core], return_index=True)
        self.source = np.searchsorted(self.nodes, problem.first[self.core], side="right").tolist()
        self.obtainable = self._obtainable()
        self.labels = _Labels()

    def run(self) -> Choice:
        """The best choice whose total is `at_least`; total -1 when there is none."""
        start = np.zeros(1, dtype=np.int64)
        front = _Front(start, start, start, start - 1)
        fronts = [front]
        lost = 0
        stop = [*self.begin[1:].tolist(), len(self.core)]
        for step, begin in enumerate(self.begin.tolist()):
            grown = self._grown(fronts, step, slice(begin, stop[step]))
            if grown is not None:
                front = _undominated(_joined([front, grown]), self.obtainable[step], self.bonus_of)
                promise = self._promise(front, step)
                hopeful = promise >= self.at_least
                front, promise = front.take(hopeful), promise[hopeful]
                keep = _LABELS_PER_NODE_BEYOND
                if len(front.name) > keep and self.labels.count > _MOST_LABELS:
                    ranked = np.lexsort((front.name, front.length, -promise))
                    lost = max(lost, int(promise[ranked[keep]]))
                    front = front.take(np.sort(ranked[:keep]))
            fronts.append(front)
        if front.name.size == 0:
            return Choice((), -1, lost)
        best = np.lexsort((front.name, front.length, -front.value))[0]
        total, name = int(front.value[best]), int(front.name[best])
        return Choice(self.labels.path(name), total, max(lost - total, 0))

    def _grown(self, fronts: list[_Front], step: int, edges: slice) -> _Front | None:
        """Labels with one more clip that ends at this node, as far as they promise enough."""
        bases = [fronts[at] for at in self.source[edges]]
        clip = self.core[edges]
        if len(bases) > 1:
            clip = np.repeat(clip, [len(base.name) for base in bases])
        base = _joined(bases)
        groups = self.problem.groups[clip]
        grown = _Front(
            base.length + self.problem.length[clip],
            base.value + self.problem.value[clip] + self.bonus_of[groups & ~base.mask],
            base.mask | groups,
            base.name,
        )
        hopeful = (grown.length <= self.problem.budget) & (
            self._promise(grown, step) >= self.at_least
        )
        if not hopeful.any():
            return None
        grown = grown.take(hopeful)
        names = self.labels.add(grown.name, np.broadcast_to(clip, hopeful.shape)[hopeful])
        return _Front(grown.length, grown.value, grown.mask, names)

    def _promise(self, front: _Front, step: int) -> Floats:
        """An upper bound of the total of any choice that continues each label."""
        rest = self.problem.budget - front.length
        open_bonus = self.bonus_of[self.obtainable[step] & ~front.mask]
        after = self.relaxed.bound_from(int(self.nodes[step]), rest)
        promise: Floats = front.value + open_bonus + after
        return promise

    def _obtainable(self) -> list[int]:
        """Per node the groups that some later clip still shows."""
        if not len(self.core):
            return []
        shown = np.bitwise_or.reduceat(self.problem.groups[self.core], self.begin)
        later = [0]
        for groups in shown[:0:-1].tolist():
            later.append(later[-1] | int(groups))
        return later[::-1]


def _joined(parts: list[_Front]) -> _Front:
    return _Front(
        np.concatenate([part.length for part in parts]),
        np.concatenate([part.value for part in parts]),
        np.concatenate([part.mask for part in parts]),
        np.concatenate([part.name for part in parts]),
    )


def _bonus_table(bonus: tuple[int, ...]) -> Indices:
    """What the bits of each mask are worth, by mask; shape (2 ** bits,)."""
    table = np.zeros(1, dtype=np.int64)
    for worth in bonus:
        table = np.concatenate([table, table + worth])
    return table


def _undominated(front: _Front, obtainable: int, bonus_of: Indices) -> _Front:
    """Leaves out labels that another one beats in length and value whatever follows.

    Among labels that show the same of the groups that can still be had, the usual
    Pareto rule holds. A label with other groups must be beaten by more than all of
    the bonus that it might still gain and the other might not.
    """
    mask = front.mask & obtainable
    order = np.lexsort((front.name, -front.value, front.length))
    value, mask = front.value[order], mask[order]
    best_before = np.concatenate([[np.iinfo(np.int64).min // 2], np.maximum.accumulate(value)[:-1]])
    most = int(bonus_of[obtainable])
    keep = value > best_before - most if most else value > best_before
    order, value, mask = order[keep], value[keep], mask[keep]
    if most and order.size:
        by_mask = np.lexsort((np.arange(len(order)), mask))
        worth, group = value[by_mask], mask[by_mask]
        fresh = np.concatenate([[True], group[1:] != group[:-1]])
        lift = (np.cumsum(fresh) - 1) * (int(worth.max()) + 1)
        raised = worth + lift
        before = np.concatenate([[-1], np.maximum.accumulate(raised)[:-1]])
        order = np.sort(order[by_mask[fresh | (raised > before)]])
        return front.take(order)
    return front.take(np.sort(order))
