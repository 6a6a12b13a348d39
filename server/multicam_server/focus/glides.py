"""Hold, then glide: rests joined by one eased span each, where that is as good as the path."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..domain.media import Floats
from .corridor import Corridor
from .holds import Hold, Pause, Sleeve, pauses_of
from .polyline import REST_WAY, Polyline
from .reduction import HOLD_S, keys_of_corners
from .window import Limits

PEAK_SPEED, PEAK_ACCELERATION = 1.5, 6.0
"""Greatest speed and acceleration of the cubic over way / time and way / time^2."""

LIMIT_SHARE = 0.98
"""Share of the limits that a glide uses: with times in whole milliseconds it keeps them too."""

REACHES = (0.5, 0.25, 0.0)
"""How much earlier a glide begins, or later it ends, than the pieces it replaces: shares
of their time, the gentlest first. At 0.25 its greatest speed is theirs."""

LEAST_BASE_S = 1.0
"""... or of this time where it is longer: from hold to hold there are no pieces."""

MOST_PAUSES = 3
"""A glide ends at most so many pauses after the one in which it begins."""

CREEP_PRICE = 4.0
"""What it costs, in keyframes, to creep instead of holding."""

GLIDE_KEYS = 2.0
"""Keyframes of a glide: where it begins and where it ends."""


@dataclass(frozen=True)
class _Station:
    """A hold of a take, or (None) creeping that stays as it is.

    `pause` is the number of its pause, `keys` how many keyframes it takes itself.
    """

    pause: int
    hold: Hold | None
    as_it_is: bool
    keys: float = 0.0


@dataclass(frozen=True)
class _Link:
    """A way from one station to another: a glide in `span_s`, or (None) the path as it is."""

    start: int
    end: int
    keys: float
    span_s: tuple[float, float] | None = None


@dataclass(frozen=True, eq=False)
class _Take:
    """One take's path, its pauses, the stations of those in time order, keyframes per corner."""

    number: int
    line: Polyline
    pauses: list[Pause]
    stations: list[_Station]
    keys: Floats


def with_glides(
    lines: Sequence[Polyline], corridors: Sequence[Corridor], limits: Limits
) -> list[Polyline]:
    """The paths with holds instead of creeping and eased spans from hold to hold.

    Both stay near the path that they replace (HOLD_ERROR, GLIDE_ERROR), leave the
    corridor by at most OUTSIDE more, and keep the limits of motion. Of all ways to
    replace parts of a path, the one with the fewest keyframes is chosen, by dynamic
    programming over its pauses.
    """
    moving = [take for take, line in enumerate(lines) if not np.all(line.rests)]
    if not moving:
        return list(lines)
    sleeve = Sleeve([lines[take] for take in moving], [corridors[take] for take in moving])
    takes = [
        _take(number, lines[take], pauses_of(number, lines[take], sleeve), limits)
        for number, take in enumerate(moving)
    ]
    glides = _glides(takes, sleeve, limits)
    replaced = list(lines)
    for take, at in zip(takes, moving, strict=True):
        if take.stations:
            first, chain = _fewest(take, [*_as_it_is(take), *glides[take.number]])
            replaced[at] = _built(take, take.stations[first], chain)
    return replaced


def _take(number: int, line: Polyline, pauses: list[Pause], limits: Limits) -> _Take:
    """A take's stations: every pause as it is, and its holds where it could rest instead."""
    stations = []
    keys = keys_of_corners(line, limits)
    for which, pause in enumerate(pauses):
        if pause.rests:
            stations.append(_Station(which, pause.holds[0], as_it_is=True))
            continue
        own = CREEP_PRICE + float(np.sum(keys[pause.first + 1 : pause.last]))
        stations.append(_Station(which, None, as_it_is=True, keys=own))
        if _reaches_ends(pause, line, first=which == 0, last=which == len(pauses) - 1):
            stations += [_Station(which, hold, as_it_is=False) for hold in pause.holds]
    return _Take(number, line, pauses, stations, keys)


def _reaches_ends(pause: Pause, line: Polyline, *, first: bool, last: bool) -> bool:
    """Whether the holds of a take's first or last pause begin or end with the take."""
    holds = pause.holds
    begins = not first or (holds and holds[0].start_s == line.time_s[0])
    ends = not last or (holds and holds[-1].end_s == line.time_s[-1])
    return bool(begins and ends)


def _as_it_is(take: _Take) -> list[_Link]:
    """The links along the path as it is, between neighbouring pauses."""
    whole = [number for number, station in enumerate(take.stations) if station.as_it_is]
    links = []
    for start, end in pairwise(whole):
        before, after = (take.pauses[take.stations[at].pause] for at in (start, end))
        links.append(_Link(start, end, float(np.sum(take.keys[before.last : after.first + 1]))))
    return links


def _pairs(take: _Take) -> list[tuple[int, int]]:
    """Stations between which a glide may go."""
    pairs = []
    for start, station in enumerate(take.stations):
        if station.hold is None:
            continue
        for end in range(start + 1, len(take.stations)):
            other = take.stations[end]
            if other.pause > station.pause + MOST_PAUSES:
                break
            if other.hold is None or not _follows(take, start, end):
                continue
            way = np.abs(np.subtract(other.hold.centre, station.hold.centre))
            if np.max(way) >= REST_WAY:
                pairs.append((start, end))
    return pairs


def _follows(take: _Take, start: int, end: int) -> bool:
    """Whether a station may come right after another: no hold of a pause is left out."""
    before, after = take.stations[start], take.stations[end]
    if before.pause == after.pause:
        return end == start + 1
    is_last = before.hold == take.pauses[before.pause].holds[-1]
    return is_last and after.hold == take.pauses[after.pause].holds[0]


def _glides(takes: Sequence[_Take], sleeve: Sleeve, limits: Limits) -> list[list[_Link]]:
    """For each take the gentlest glide between each pair of its stations, where one fits."""
    pairs = [(take, *pair) for take in takes for pair in _pairs(take)]
    found: list[list[_Link]] = [[] for _ in takes]
    if not pairs:
        return found
    number = np.array([take.number for take, _, _ in pairs])
    ends = [(take.stations[a].hold, take.stations[b].hold) for take, a, b in pairs]
    start = np.array([a.centre for a, _ in ends if a is not None])
    end = np.array([b.centre for _, b in ends if b is not None])
    start_s = np.array([a.end_s for a, _ in ends if a is not None])
    end_s = np.array([b.start_s for _, b in ends if b is not None])
    before_s, after_s = np.array(
        [[_spare_s(take, take.stations[at].hold) for at in pair] for take, *pair in pairs]
    ).T
    least_s = _least_s(np.hypot(*(end - start).T), limits)
    length = end_s - start_s
    base = np.maximum(length, LEAST_BASE_S)
    lacking = 0.5 * np.maximum(least_s - length, 0.0)
    unplaced = np.arange(len(pairs))
    for early, late in sorted(((a, b) for a in REACHES for b in REACHES), key=_gentleness):
        at = unplaced
        begin = start_s[at] - np.minimum(np.maximum(early * base, lacking), before_s)[at]
        stop = end_s[at] + np.minimum(np.maximum(late * base, lacking), after_s)[at]
        slow = stop - begin >= least_s[at]
        at, begin, stop = at[slow], begin[slow], stop[slow]
        fits = sleeve.glides_fit(number[at], begin, stop, start[at], end[at])
        for which, *span in zip(at[fits].tolist(), begin[fits], stop[fits], strict=True):
            take, first, last = pairs[which]
            link = _Link(first, last, GLIDE_KEYS, (float(span[0]), float(span[1])))
            found[take.number].append(link)
        unplaced = np.setdiff1d(unplaced, at[fits])
    return found


def _spare_s(take: _Take, hold: Hold | None) -> float:
    """How much of a hold each neighbouring glide may take: what it has beyond HOLD_S."""
    if hold is None:
        return 0.0
    spare = max(0.0, hold.end_s - hold.start_s - HOLD_S)
    at_end = hold.start_s == take.line.time_s[0] or hold.end_s == take.line.time_s[-1]
    return spare if at_end else 0.5 * spare


def _least_s(way: Floats, limits: Limits) -> Floats:
    """The shortest time of glides of a length (n,) within the limits."""
    least: Floats = np.maximum(
        PEAK_SPEED * way / (LIMIT_SHARE * limits.velocity),
        np.sqrt(PEAK_ACCELERATION * way / (LIMIT_SHARE * limits.acceleration)),
    )
    return least


def _gentleness(reaches: tuple[float, float]) -> tuple[float, float, float]:
    """The longest first, among equals the most even."""
    early, late = reaches
    return -early - late, abs(early - late), early


def _fewest(take: _Take, links: list[_Link]) -> tuple[int, list[_Link]]:
    """The way from a take's first pause to its last that leaves the fewest keyframes.

    The station in which it begins, and its links.
    """
    into: dict[int, list[_Link]] = {}
    for link in links:
        into.setdefault(link.end, []).append(link)
    cost: list[float] = []
    came: list[_Link | None] = []
    for number, station in enumerate(take.stations):
        begins = station.pause == 0 and (number == 0 or not take.stations[number - 1].hold)
        least, best = (0.0 if begins else np.inf), None
        for link in into.get(number, ()):
            if cost[link.start] + link.keys < least:
                least, best = cost[link.start] + link.keys, link
        cost.append(least + station.keys)
        came.append(best)
    last = len(take.pauses) - 1
    ends = [
        number
        for number, station in enumerate(take.stations)
        if station.pause == last
        and (station.as_it_is or station.hold == take.pauses[last].holds[-1])
    ]
    chain: list[_Link] = []
    at = min(ends, key=lambda number: (cost[number], number))
    while (last_link := came[at]) is not None:
        chain.append(last_link)
        at = last_link.start
    return at, chain[::-1]


class _Corners:
    """Corners of a path that is being built, each with the piece that begins there."""

    def __init__(self, line: Polyline) -> None:
        self._line = line
        self._time_s: list[float] = []
        self._centre: list[tuple[float, float]] = []
        self._half_s: list[float] = []
        self._rests: list[tuple[bool, bool]] = []
        self._eased: list[bool] = []

    def copy(self, first: int, stop: int) -> None:
        """The path's own corners from `first` to before `stop`."""
        line, own = self._line, slice(first, stop)
        count = len(line.time_s[own])
        self._time_s += line.time_s[own].tolist()
        self._centre += [(x, y) for x, y in line.centre[own].tolist()]
        self._half_s += line.half_s[own].tolist()
        self._rests += [(x, y) for x, y in line.rests[own].tolist()]
        self._rests += [(True, True)] * (len(self._time_s) - len(self._rests))
        self._eased += [False] * count

    def add(self, time_s: float, centre: tuple[float, float], *, glides_to: Hold | None) -> None:
        """A corner from which the window glides to a hold, or rests."""
        there = centre if glides_to is None else glides_to.centre
        self._time_s.append(time_s)
        self._centre.append(centre)
        self._half_s.append(0.0)
        self._rests.append((there[0] == centre[0], there[1] == centre[1]))
        self._eased.append(glides_to is not None)

    def path(self) -> Polyline:
        """The path; what the last corner says of its piece is of no use."""
        return Polyline(
            np.array(self._time_s),
            np.array(self._centre),
            np.array(self._half_s),
            np.array(self._rests[:-1]),
            np.array(self._eased[:-1]),
        )


def _built(take: _Take, first: _Station, chain: list[_Link]) -> Polyline:
    """The path from a station through a chain of links, from the take's start to its end."""
    corners = _Corners(take.line)
    end = len(take.line.time_s)
    if first.as_it_is:
        corners.copy(0, take.pauses[0].last)
    elif first.hold is not None:
        corners.add(first.hold.start_s, first.hold.centre, glides_to=None)
    for link in chain:
        before, after = take.stations[link.start], take.stations[link.end]
        if link.span_s is None:
            corners.copy(take.pauses[before.pause].last, take.pauses[after.pause].last)
        elif before.hold is not None and after.hold is not None:
            corners.add(link.span_s[0], before.hold.centre, glides_to=after.hold)
            corners.add(link.span_s[1], after.hold.centre, glides_to=None)
    final = take.stations[chain[-1].end] if chain else first
    if final.as_it_is:
        corners.copy(take.pauses[final.pause].last, end)
    elif final.hold is not None:
        corners.add(final.hold.end_s, final.hold.centre, glides_to=None)
    return corners.path()
