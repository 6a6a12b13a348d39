"""The fewest straight pieces that stay near a path."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .plan import Plan
from .polyline import FRAME_S, MOST_CHORDS, REST_WAY, Polyline, rests_of
from .window import Limits

BEND = 0.003
"""Change of speed, source widths per second, from which the plan counts as bending."""

SLOW_BEND = 0.01
"""Where it bends less than that per step, every so many source widths per second of
change in all are a corner: over ten seconds a straight piece is then 0.01 off."""

LOOK_BACK = 14
"""Corners that one piece may replace: more than any glide has."""

EASE_ACCELERATION = 0.9
"""Share of the acceleration limit that a keyframed change of speed may use."""

HOLD_S = 0.6
"""A rest between two moves keeps at least this much of its time: shorter, and the moves
read as one that turns."""

TURN_PRICE = 2.0
"""What a turn without rest costs, in keyframes, beside those it needs: a glide, a hold
and a glide are what an operator would do, and take four."""

FORBIDDEN = 1e6
"""Cost, in keyframes, of what breaks a limit: taken only where there is nothing else."""


@dataclass(frozen=True)
class Detail:
    """How closely a polyline follows the plan.

    `tolerance`: how far, in source widths, it may be from the plan at the plan's bends;
    a bend that lasts longer than `longest_bend_s` becomes several corners; a change of
    speed takes up to twice `gentle_s` where there is room.
    """

    tolerance: float
    longest_bend_s: float
    gentle_s: float


FREE = Detail(tolerance=0.04, longest_bend_s=1.6, gentle_s=0.8)
"""The usual detail: less than half of the room that a face has in a 9:16 window of a
16:9 source, and changes of speed of an operator who is in no hurry."""

CLOSE = Detail(tolerance=0.003, longest_bend_s=0.6, gentle_s=0.4)
"""The detail where the subject would else be lost."""


def polyline_of(plan: Plan, limits: Limits, close: Flags) -> Polyline:
    """The pieces that need the fewest keyframes near the plan.

    `close` (n,) tells at which of the plan's steps CLOSE counts instead of FREE.
    Dynamic programming over the plan's bends; optimal for corners on them.
    """
    chosen = _bends(plan, np.where(close, CLOSE.longest_bend_s, FREE.longest_bend_s))
    if len(chosen) > 2:
        tolerance = np.where(close, CLOSE.tolerance, FREE.tolerance)[chosen]
        chosen = chosen[_fewest(plan, chosen, _feasible(plan, chosen, tolerance), limits)]
    time_s, centre = plan.time_s[chosen], plan.centre[chosen]
    gentle_s = np.where(close, CLOSE.gentle_s, FREE.gentle_s)[chosen]
    half_s = _half_lengths(time_s, centre, limits, gentle_s)
    no_glides = np.zeros(len(time_s) - 1, dtype=np.bool_)
    return Polyline(time_s, centre, half_s, rests_of(centre), no_glides)


def _half_lengths(time_s: Floats, centre: Floats, limits: Limits, gentle_s: Floats) -> Floats:
    """Half the time of each corner's change of speed, shape (k,); 0 at the ends."""
    lengths = np.diff(time_s)
    half = np.zeros(len(time_s))
    if len(time_s) > 2:
        room = 0.5 * np.minimum(lengths[:-1], lengths[1:])
        needed = _needed_s(np.diff(_speeds(time_s, centre), axis=0), limits)
        spared = np.where(
            np.all(rests_of(centre), axis=1), np.maximum(lengths - HOLD_S, 0.0), lengths
        )
        gentle = np.minimum(gentle_s[1:-1], 0.5 * np.minimum(spared[:-1], spared[1:]))
        half[1:-1] = np.minimum(room, np.maximum(gentle, needed))
    return half


def _needed_s(change: Floats, limits: Limits) -> Floats:
    """The shortest half time of changes of speed, shape (..., 2), within the limit."""
    needed: Floats = np.hypot(change[..., 0], change[..., 1]) / (
        2.0 * EASE_ACCELERATION * limits.acceleration
    )
    return needed


def _speeds(time_s: Floats, centre: Floats) -> Floats:
    """The speed of each piece, exactly 0 where it rests, shape (k - 1, 2)."""
    way = np.where(rests_of(centre), 0.0, np.diff(centre, axis=0))
    speeds: Floats = way / np.diff(time_s)[:, None]
    return speeds


def keys_of_corners(line: Polyline, limits: Limits) -> Floats:
    """About how many keyframes each corner of a path takes, shape (k,); 0 at its ends."""
    keys = np.zeros(len(line.time_s))
    if len(keys) > 2:
        length = np.diff(line.time_s)
        speed = line.straight_way / length[:, None]
        keys[1:-1] = _corner_keys((length[:-1], speed[:-1]), (length[1:], speed[1:]), limits)
    return np.minimum(keys, MOST_CHORDS)


def _bends(plan: Plan, longest_s: Floats) -> Indices:
    """The plan's ends and one step per bend: its middle, weighted by the change of speed."""
    count = len(plan.time_s)
    step_s = float(plan.time_s[1] - plan.time_s[0])
    if count < 3 or not np.any(plan.centre[1:] != plan.centre[0]):
        return np.array([0, count - 1])
    change = np.diff(plan.centre, 2, axis=0) / step_s
    size = np.hypot(change[:, 0], change[:, 1])
    slow = np.cumsum(np.where(size > BEND, 0.0, size)) // SLOW_BEND
    slowly = np.flatnonzero(np.diff(slow, prepend=0.0)) + 1
    bending = np.flatnonzero(size > BEND)
    if not len(bending):
        return np.unique(np.concatenate(([0], slowly, [count - 1])))
    # A bend ends where the plan is straight, turns the other way or has lasted long enough.
    sign = np.sign(change[bending])
    new = (np.diff(bending) > 1) | np.any(sign[1:] * sign[:-1] < 0.0, axis=1)
    group = np.concatenate(([0], np.cumsum(new)))
    first = bending[np.searchsorted(group, group)]
    group = np.cumsum(
        np.concatenate(
            ([0], new | (np.diff((bending - first) * step_s // longest_s[bending + 1]) != 0))
        )
    )
    weight = size[bending]
    middle = np.bincount(group, weight * bending) / np.bincount(group, weight)
    corners = np.round(middle).astype(np.int64) + 1
    return np.unique(np.concatenate(([0], slowly, corners, [count - 1])))


def _feasible(plan: Plan, index: Indices, tolerance: Floats) -> Flags:
    """Whether a piece may join bends i and i + d: shape (bends, LOOK_BACK + 1), [i, d].

    Between two bends the plan is straight, so that a piece is furthest from it at
    the bends, of which each has its tolerance (bends,).
    """
    time_s, centre = plan.time_s[index], plan.centre[index]
    feasible = np.zeros((len(index), LOOK_BACK + 1), dtype=np.bool_)
    feasible[:-1, 1] = True
    for distance in range(2, min(LOOK_BACK, len(index) - 1) + 1):
        count = len(index) - distance
        length = (time_s[distance:] - time_s[:count])[:, None]
        speed = (centre[distance:] - centre[:count]) / length
        near = np.ones(count, dtype=np.bool_)
        for inner in range(1, distance):
            passed = (time_s[inner : inner + count] - time_s[:count])[:, None]
            away = centre[:count] + speed * passed - centre[inner : inner + count]
            near &= np.all(np.abs(away) <= tolerance[inner : inner + count, None], axis=1)
        feasible[:count, distance] = near
    return feasible


def _fewest(plan: Plan, index: Indices, feasible: Flags, limits: Limits) -> Indices:
    """The chain of feasible pieces from the first bend to the last with the fewest keyframes."""
    time_s, centre = plan.time_s[index], plan.centre[index]
    count, reach = feasible.shape
    onward = feasible.copy()
    into = np.zeros_like(feasible)
    for distance in range(1, min(reach, count)):
        onward[count - distance :, distance] = False
        into[distance:, distance] = feasible[: count - distance, distance]
    # Every pair of pieces that meet: the bend where they do, how far back and ahead they reach.
    at, back, ahead = np.nonzero(into[:, :, None] & onward[:, None, :])
    keys = _corner_keys(
        _pieces(time_s, centre, at - back, at), _pieces(time_s, centre, at, at + ahead), limits
    )
    edges = np.searchsorted(at, np.arange(count + 1)).tolist()
    # best[j, d]: least cost of a chain whose last piece goes from j - d to j.
    best = np.full((count, reach), np.inf)
    came = np.zeros((count, reach), dtype=np.int64)
    starts = np.flatnonzero(onward[0])
    best[starts, starts] = 0.0
    backs = [np.flatnonzero(row) for row in into]
    aheads = [np.flatnonzero(row) for row in onward]
    for bend in range(1, count - 1):
        behind, beyond = backs[bend], aheads[bend]
        cost = keys[edges[bend] : edges[bend + 1]].reshape(len(behind), len(beyond))
        cost = cost + best[bend, behind][:, None]
        cheapest = cost.argmin(axis=0)
        best[bend + beyond, beyond] = cost[cheapest, np.arange(len(beyond))]
        came[bend + beyond, beyond] = behind[cheapest]
    chain = [count - 1]
    step = int(np.argmin(best[count - 1]))
    while True:
        bend = chain[-1]
        chain.append(bend - step)
        if chain[-1] == 0:
            return np.array(chain[::-1])
        step = int(came[bend, step])


def _pieces(time_s: Floats, centre: Floats, first: Indices, last: Indices) -> tuple[Floats, Floats]:
    """Length (n,) and speed (n, 2) of pieces; 0 where they rest."""
    length = time_s[last] - time_s[first]
    way = centre[last] - centre[first]
    return length, np.where(np.abs(way) < REST_WAY, 0.0, way) / length[:, None]


def _corner_keys(
    into: tuple[Floats, Floats], onward: tuple[Floats, Floats], limits: Limits
) -> Floats:
    """Keyframes of the corners between pieces, one by one, shape (n,)."""
    room = 0.5 * np.minimum(into[0], onward[0])
    before, after = into[1], onward[1]
    change = after - before
    needed = _needed_s(change, limits)
    size = np.hypot(change[..., 0], change[..., 1])
    one_frame = limits.acceleration * FRAME_S
    chords = 1.0 + np.minimum(np.ceil(size / one_frame), MOST_CHORDS)
    starts_or_stops = np.all((before == 0.0) | (change == 0.0), axis=-1) | np.all(
        (after == 0.0) | (change == 0.0), axis=-1
    )
    turns = np.all((before * after < 0.0) | (change == 0.0), axis=-1)
    keys = np.where(starts_or_stops, 2.0, np.where(turns, 3.0, chords))
    keys += np.where(np.any(before * after < 0.0, axis=-1), TURN_PRICE, 0.0)
    keys = np.where(size <= one_frame, 1.0, keys)
    # Among equals the gentler change; what has no room for its change is a last resort.
    return keys + 0.5 * size + FORBIDDEN * np.maximum(0.0, needed - room)
