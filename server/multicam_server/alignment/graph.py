"""All clocks at once: offsets and drifts that agree best with all pairs.

Each recording `i` is a line: event time = start_i + pace_i * (its own time). Each
pair contributes two equations, its place and its slope, both linear in these
unknowns, so that a weighted least squares solves any pattern of overlap. Pairs that
contradict the others around a cycle are dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.media import Floats
from .clock_fit import Carrier, ClockFit

# What the choice of a reflection leaves open: little where the waveforms' peak is this many
# times as high as its surroundings, and ever more (to this power) where it is lower.
CLEAR_PEAK = 8.0
CLEAR_PLACE_DEVIATION_S = 0.3e-3
UNCLEAR_POWER = 5
UNCLEAR_PLACE_DEVIATION_S = 5e-3
ONSET_PLACE_DEVIATION_S = 6e-3
# A pair that misses the others' answer by more deviations than this pulls no harder for it.
HUBER = 1.0
ROBUST_ROUNDS = 12
# Clocks of which nothing is measured are taken for equal within this.
UNKNOWN_DRIFT = 60e-6
# A measured drift is not trusted beyond this: clocks wander with temperature.
LEAST_DRIFT_DEVIATION = 0.2e-6
# A pair that misses the others' answer by more is wrong, not inexact.
LARGEST_MISS_S = 0.030
# Added to the log odds of each link that agrees: even an improbable one is no accident
# if it fits within `LARGEST_MISS_S`.
ODDS_OF_NOTHING = 4.0
# A certain link (the caller's word) outweighs any number of measured ones.
ODDS_OF_CERTAINTY = 1e6


@dataclass(frozen=True)
class Link:
    """A measured relation of two nodes (asset ids), and how probable it is.

    `direct` is the part of the doubt that does not shrink when other links agree: a
    camera far from the talkers hears reflections from all others' point of view.
    """

    first: str
    second: str
    fit: ClockFit
    probability: float
    direct: float = 1.0


@dataclass(frozen=True, eq=False)
class Component:
    """Recordings that are placed against each other.

    `start_s` and `pace` (seconds of event time per second of recording) are in the
    event time of the first of `nodes`; `covariance`, of shape (2n, 2n), is that of all
    starts and then all paces. `links` are those that were used.
    """

    nodes: tuple[str, ...]
    start_s: Floats
    pace: Floats
    covariance: Floats
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Placement:
    """One recording's clock in the base's time (as the contract's offset and drift)."""

    offset_s: float
    drift: float
    drift_error: float


def solve(nodes: Sequence[str], links: Sequence[Link]) -> tuple[list[Component], list[Link]]:
    """Components of recordings that hang together, and the links that were rejected.

    Groups grow by the strongest link between two of them; where links between the
    same two groups contradict each other, the relation with the most evidence wins.
    The result does not depend on the order of nodes or links.
    """
    ordered = _by_strength(links)
    groups = {node: _Group({node: (0.0, 1.0)}) for node in sorted(nodes)}
    for link in ordered:
        first, second = groups[link.first], groups[link.second]
        if first is second:
            continue
        crossing = [
            one
            for one in ordered
            if {id(groups[one.first]), id(groups[one.second])} == {id(first), id(second)}
        ]
        best = max(crossing, key=lambda one: _support(one, crossing, first, second))
        merged = _merge(best, first, second)
        for node in merged.clocks:
            groups[node] = merged
    components, rejected = [], []
    for members in sorted({tuple(sorted(group.clocks)) for group in groups.values()}):
        clocks = groups[members[0]].clocks
        inside = [link for link in ordered if link.first in clocks]
        agreeing = [link for link in inside if _contradiction(link, clocks) <= LARGEST_MISS_S]
        rejected += [link for link in inside if _contradiction(link, clocks) > LARGEST_MISS_S]
        start, pace, covariance = _least_squares(members, agreeing)
        components.append(Component(members, start, pace, covariance, tuple(agreeing)))
    return components, sorted(rejected, key=lambda link: (link.first, link.second))


def _by_strength(links: Sequence[Link]) -> list[Link]:
    return sorted(
        links, key=lambda link: (-link.probability, link.first, link.second, link.fit.at_b_s)
    )


@dataclass(frozen=True, eq=False)
class _Group:
    """Recordings with tentative clocks: start and pace of each in the group's time."""

    clocks: dict[str, tuple[float, float]]


def _event_times(link: Link, *groups: _Group) -> tuple[float, float]:
    """When the link's moment is, told by its first and by its second recording's clock."""
    clocks = {name: clock for group in groups for name, clock in group.clocks.items()}
    (start_a, pace_a), (start_b, pace_b) = clocks[link.first], clocks[link.second]
    return start_a + pace_a * link.fit.at_a_s, start_b + pace_b * link.fit.at_b_s


def _contradiction(link: Link, clocks: dict[str, tuple[float, float]]) -> float:
    told_by_first, told_by_second = _event_times(link, _Group(clocks))
    return abs(told_by_first - told_by_second)


def _support(link: Link, crossing: Sequence[Link], first: _Group, second: _Group) -> float:
    """Log odds of all links that agree with joining the groups by `link`."""
    clocks = _merge(link, first, second).clocks
    return sum(_log_odds(one) for one in crossing if _contradiction(one, clocks) <= LARGEST_MISS_S)


def _log_odds(link: Link) -> float:
    if link.probability >= 1.0:
        return ODDS_OF_CERTAINTY
    return float(np.log(link.probability / (1.0 - link.probability))) + ODDS_OF_NOTHING


def _merge(link: Link, first: _Group, second: _Group) -> _Group:
    """Both groups in the time of `link.first`'s group, joined by `link`."""
    here, there = (first, second) if link.first in first.clocks else (second, first)
    start_a, pace_a = here.clocks[link.first]
    start_b, pace_b = there.clocks[link.second]
    # The pace of the other group's time in this one's, from the link's slope.
    pace = pace_a / (1.0 + link.fit.drift) / pace_b
    start = start_a + pace_a * link.fit.at_a_s - pace * (start_b + pace_b * link.fit.at_b_s)
    moved = {name: (start + pace * s, pace * p) for name, (s, p) in there.clocks.items()}
    return _Group({**here.clocks, **moved})


def place(component: Component, node: str, base: str) -> Placement:
    """The clock of `node` in the time of `base`, both in the component."""
    i, b = component.nodes.index(node), component.nodes.index(base)
    pace_i, pace_b = float(component.pace[i]), float(component.pace[b])
    n = len(component.nodes)
    variance = (
        component.covariance[n + i, n + i]
        + component.covariance[n + b, n + b]
        - 2 * component.covariance[n + i, n + b]
    )
    return Placement(
        offset_s=float(component.start_s[i] - component.start_s[b]) / pace_b,
        drift=pace_b / pace_i - 1.0,
        drift_error=float(np.sqrt(max(float(variance), 0.0))),
    )


def path(component: Component, node: str, base: str) -> list[Link]:
    """The strongest links from `node` to `base`."""
    tree = _spanning_tree(component.nodes, _by_strength(component.links))
    return _path(tree, node, base)


def connection(component: Component, node: str, base: str) -> float:
    """Probability that `node` is placed right against `base`.

    Along the strongest path: each of its links is the wrong offset only if all links
    are that cross the same cut and agree; what reflections do, all of them share.
    """
    ordered = _by_strength(component.links)
    tree = _spanning_tree(component.nodes, ordered)
    certainty = 1.0
    for link in _path(tree, node, base):
        side = _side(tree, link)
        crossing = [one for one in ordered if (one.first in side) != (one.second in side)]
        wrong = float(np.prod([1.0 - one.probability / one.direct for one in crossing]))
        certainty *= (1.0 - wrong) * max(one.direct for one in crossing)
    return certainty


def _spanning_tree(nodes: Sequence[str], ordered: Sequence[Link]) -> list[Link]:
    """Kruskal's tree of the most probable links."""
    group = {node: {node} for node in nodes}
    tree = []
    for link in ordered:
        if group[link.first] is not group[link.second]:
            tree.append(link)
            group[link.first] |= group[link.second]
            for node in group[link.second]:
                group[node] = group[link.first]
    return tree


def _side(tree: Sequence[Link], removed: Link) -> set[str]:
    """The nodes that hang on `removed.first` once `removed` is cut."""
    side = {removed.first}
    grown = True
    while grown:
        grown = False
        for link in tree:
            if link is not removed and (link.first in side) != (link.second in side):
                side |= {link.first, link.second}
                grown = True
    return side


def _path(tree: Sequence[Link], start: str, goal: str) -> list[Link]:
    came: dict[str, tuple[str, Link] | None] = {start: None}
    front = [start]
    while front and goal not in came:
        node = front.pop()
        for link in tree:
            if node in (link.first, link.second):
                other = link.second if node == link.first else link.first
                if other not in came:
                    came[other] = (node, link)
                    front.append(other)
    path = []
    step = came.get(goal)
    while step is not None:
        path.append(step[1])
        step = came[step[0]]
    return path


def _least_squares(
    members: tuple[str, ...], links: Sequence[Link]
) -> tuple[Floats, Floats, Floats]:
    """Starts, paces and covariance; the first member's clock is the event's."""
    n = len(members)
    index = {node: position for position, node in enumerate(members)}
    place_rows, slope_rows = np.zeros((len(links), 2 * n)), np.zeros((len(links), 2 * n))
    for k, link in enumerate(links):
        a, b, fit = index[link.first], index[link.second], link.fit
        deviation = float(np.hypot(fit.at_error_s, _place_deviation_s(fit)))
        place_rows[k, [a, n + a]] = 1.0 / deviation, fit.at_a_s / deviation
        place_rows[k, [b, n + b]] = -1.0 / deviation, -fit.at_b_s / deviation
        error = UNKNOWN_DRIFT if fit.drift_error is None else fit.drift_error
        error = max(error, LEAST_DRIFT_DEVIATION)
        slope_rows[k, [n + a, n + b]] = 1.0 / error, -(1.0 + fit.drift) / error
    solution, covariance = _solve(np.concatenate([place_rows, slope_rows]), n)
    for _ in range(ROBUST_ROUNDS if len(links) >= n else 0):
        miss = np.abs(place_rows @ solution)
        weight = np.sqrt(HUBER / np.maximum(miss, HUBER))
        solution, covariance = _solve(np.concatenate([weight[:, None] * place_rows, slope_rows]), n)
    return solution[:n], solution[n:], covariance


def _place_deviation_s(fit: ClockFit) -> float:
    """How far the place may be off although the windows agree on it."""
    if fit.carrier is Carrier.LABEL:
        return 0.0
    if fit.carrier is Carrier.ONSETS:
        return ONSET_PLACE_DEVIATION_S
    unclear = max(1.0, CLEAR_PEAK / max(fit.clarity, 1.0)) ** UNCLEAR_POWER
    return min(UNCLEAR_PLACE_DEVIATION_S, CLEAR_PLACE_DEVIATION_S * unclear)


def _solve(matrix: Floats, n: int) -> tuple[Floats, Floats]:
    """All `n` starts and then paces that make `matrix` times them least, and their covariance.

    The first start is 0 and the first pace 1.
    """
    fixed = np.zeros(2 * n)
    fixed[n] = 1.0
    free = np.array([k for k in range(2 * n) if k not in (0, n)], dtype=int)
    solution = fixed.copy()
    covariance = np.zeros((2 * n, 2 * n))
    if len(free):
        # Starts are hours and paces nearly 1: both scaled to be of order one.
        scale = np.where(free < n, 1.0, 1e-3)
        design = matrix[:, free] * scale
        found = np.linalg.lstsq(design, -matrix @ fixed, rcond=None)[0]
        solution[free] = found * scale
        inverse = np.linalg.pinv(design.T @ design) * np.outer(scale, scale)
        covariance[np.ix_(free, free)] = inverse
    return solution, covariance
