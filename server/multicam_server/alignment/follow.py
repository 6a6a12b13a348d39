"""A relation of two long recordings, followed over all that they have in common.

The hub's probes, and the outermost of the other recording where these reach further,
are compared with what the relation says lies opposite. They must agree on one line:
clocks drift steadily, and a recorder that lost samples breaks it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .analysis_sound import AnalysisSound
from .clock_fit import Carrier, ClockFit, fit_line
from .heard import Heard
from .hub import Hub, to_ms
from .waveform_fit import LEAST_SPREAD_S, fit_waveforms

# How much more is read opposite a probe.
MARGIN_S = 0.3
# Probes this near to where the relation is known are compared first: they make the
# clock known for those further away.
NEAR_S = 700.0
# Every so many probes are compared first; the others where those leave a doubt.
FIRST_STEP = 2
# Waveform peaks lower than this may be chance; those this high leave no doubt.
LEAST_SCORE = 5.5
CLEAR_SCORE = 8.0
# Probes agree within 2 ms, a reflection's delay, and a step of 5 ms is a contradiction.
AGREEING_S = 2e-3
CONTRADICTION_S = 5e-3
# So many probes must agree, this share of them, over this share of the common part.
LEAST_AGREEING = 4
AGREEING_SHARE = 0.6
AGREEING_SPAN = 0.7


@dataclass(frozen=True, eq=False)
class _Pair:
    """Who is compared, with what is known of them before: `start`, and how fine."""

    hub: Hub
    other: AnalysisSound
    start: ClockFit
    window_s: float


@dataclass(frozen=True)
class _Probe:
    """A probe of the hub or of the other recording, about `time_s` in the hub's time."""

    heard: Heard
    time_s: float
    of_hub: bool


@dataclass(frozen=True)
class _Point:
    """One probe's say: at `time_s` of the hub, the other's time is `shift_s` more."""

    time_s: float
    shift_s: float
    score: float


def follow(
    hub: Hub, other: AnalysisSound, probes: Sequence[Heard], start: ClockFit, *, window_s: float
) -> ClockFit | None:
    """The line through the probes of all that both have in common, if they agree on one.

    Args:
        hub, other: the recordings.
        probes: the other's probes, in order of time.
        start: their relation, the hub being the first; right within a few milliseconds
            where it was measured.
        window_s: length of the groups whose peaks are fitted, in seconds.
    """
    pair = _Pair(hub, other, start, window_s)
    common = _in_common(pair, probes)
    first = sorted({*range(0, len(common), FIRST_STEP), len(common) - 1}) if common else []
    if len(first) >= LEAST_AGREEING:
        tried = [common[index] for index in first]
        points = _measure(tried, pair, start)
        if len(points) == len(tried) and all(one.score >= CLEAR_SCORE for one in points):
            fit = _through(start, points)
            if max(_misses(fit, start, points)) <= AGREEING_S:
                return fit
        rest = [one for index, one in enumerate(common) if index not in first]
    else:
        points, rest = [], common
    expected = _through(start, points) if len(points) >= LEAST_AGREEING else start
    points += _measure(rest, pair, expected)
    if len(points) < LEAST_AGREEING:
        return None
    fit = _through(start, points)
    return fit if _agreed(fit, start, points, [one.time_s for one in common]) else None


def _in_common(pair: _Pair, probes: Sequence[Heard]) -> list[_Probe]:
    """The hub's probes that the other recording covers, and its own that lie further out."""
    hub, other, start = pair.hub, pair.other, pair.start
    back = start.swapped()
    common = [
        _Probe(one, (one.start_s + one.end_s) / 2, of_hub=True)
        for one in hub.probes
        if _covers(other, start.to_b(one.start_s), start.to_b(one.end_s))
    ]
    if not common:
        return []
    own = [
        _Probe(one, back.to_b((one.start_s + one.end_s) / 2), of_hub=False)
        for one in probes
        if _covers(hub.sound, back.to_b(one.start_s), back.to_b(one.end_s))
    ]
    earlier = [one for one in own if one.time_s < common[0].time_s - common[0].heard.duration_s]
    later = [one for one in own if one.time_s > common[-1].time_s + common[-1].heard.duration_s]
    return [*earlier[:1], *common, *later[-1:]]


def _covers(sound: AnalysisSound, first_s: float, last_s: float) -> bool:
    return sound.extent.start_s <= first_s - MARGIN_S and last_s + MARGIN_S <= sound.extent.end_s


def _measure(probes: Sequence[_Probe], pair: _Pair, expected: ClockFit) -> list[_Point]:
    """What the probes say, told as differences from `start`; those near to it come first."""
    start = pair.start
    near = [one for one in probes if abs(one.time_s - start.at_a_s) <= NEAR_S]
    far = [one for one in probes if abs(one.time_s - start.at_a_s) > NEAR_S]
    points = _points(near, pair, expected)
    if far:
        known = _through(start, points) if points and expected is start else expected
        points += _points(far, pair, known)
    return points


def _points(probes: Sequence[_Probe], pair: _Pair, expected: ClockFit) -> list[_Point]:
    back = expected.swapped()
    own = [one.heard for one in probes if one.of_hub]
    others = [one.heard for one in probes if not one.of_hub]
    facing_own = pair.other.pieces([_facing(one, expected) for one in own])
    facing_others = pair.hub.pieces([_facing(one, back) for one in others]) if others else []
    found = []
    for a, b in (*zip(own, facing_own, strict=True), *zip(facing_others, others, strict=True)):
        local = fit_waveforms(a, b, expected, window_s=pair.window_s) if a and b else None
        if local is not None and local.score >= LEAST_SCORE:
            off = local.at_b_s - pair.start.to_b(local.at_a_s)
            found.append(_Point(local.at_a_s, off, local.score))
    return found


def _facing(probe: Heard, to_other: ClockFit) -> tuple[float, float]:
    """From when to when, in milliseconds, the other recording has a probe's sound."""
    return (
        to_ms(to_other.to_b(probe.start_s) - MARGIN_S),
        to_ms(to_other.to_b(probe.end_s) + MARGIN_S),
    )


def _through(start: ClockFit, points: Sequence[_Point]) -> ClockFit:
    """`start` corrected by the robust line through the points, told in their middle."""
    time = np.array([one.time_s for one in points])
    middle = float(time.min() + time.max()) / 2
    shift = np.array([one.shift_s for one in points])
    weight = np.array([one.score**2 for one in points])
    line = fit_line(time - middle, shift, weight, least_spread=LEAST_SPREAD_S)
    return replace(
        start,
        at_a_s=middle,
        at_b_s=start.to_b(middle) + line.value,
        drift=start.drift + line.slope,
        at_error_s=line.value_error,
        drift_error=line.slope_error,
        residual_s=line.spread,
        carrier=Carrier.WAVEFORM,
        windows=line.points,
    )


def _misses(fit: ClockFit, start: ClockFit, points: Sequence[_Point]) -> list[float]:
    return [abs(start.to_b(one.time_s) + one.shift_s - fit.to_b(one.time_s)) for one in points]


def _agreed(
    fit: ClockFit, start: ClockFit, points: Sequence[_Point], times: Sequence[float]
) -> bool:
    """Whether enough probes, over most of the common part, draw the line and none breaks it."""
    misses = _misses(fit, start, points)
    if any(
        miss > CONTRADICTION_S and one.score >= CLEAR_SCORE
        for miss, one in zip(misses, points, strict=True)
    ):
        return False
    agreeing = [one.time_s for miss, one in zip(misses, points, strict=True) if miss <= AGREEING_S]
    if len(agreeing) < max(LEAST_AGREEING, AGREEING_SHARE * len(times)):
        return False
    return max(agreeing) - min(agreeing) >= AGREEING_SPAN * (max(times) - min(times))
