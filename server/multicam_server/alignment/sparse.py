"""Long recordings placed by pieces of them, where that leaves no doubt.

The longest recording is the hub. A block in its middle is read without gaps; probes of
every other recording are looked for in it, and vote, as any two probes that lie in the
block agree on one clock. What lies opposite the block is then read and compared like
any pair of recordings. From there the relation is followed outwards over all that
both have in common, by excerpts at fixed times of the hub: they must agree on one line.
Whatever is not sure is left to the comparison of everything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .analysis_sound import AnalysisSound
from .clock_fit import Carrier, ClockFit, fit_line
from .coarse import LARGEST_DRIFT, Candidate, find_candidates
from .heard import Heard, prepare
from .pairs import PairMatch, compare
from .parallel import in_parallel
from .waveform_fit import LEAST_SPREAD_S, fit_waveforms

# The block of the hub, and what of the other recording is compared with it.
BLOCK_S = 600.0
OPPOSITE_S = 120.0
LEAST_OPPOSITE_S = 60.0
# Probes that name the same place within this, and as drifting clocks allow, agree.
SAME_PLACE_S = 0.16
# A probe's peak lower than this may be chance.
LEAST_VOTE_SCORE = 4.0
# A second place this high, relative to the best, is a doubt.
RIVAL_RATIO = 0.7
# A pair less probable than this is compared by everything that it has.
SURE_PROBABILITY = 0.95
# Excerpts at fixed times of the hub, and how much more is read of the other.
EXCERPT_S = 8.0
EXCERPT_SPACING_S = 300.0
LEAST_EXCERPTS = 6
MARGIN_S = 0.3
# Excerpts this near to the block are compared first: they make the clock known for
# those further away.
NEAR_S = 700.0
# Waveform peaks lower than this may be chance; those this high contradict if they do.
LEAST_EXCERPT_SCORE = 5.5
CONTRADICTING_SCORE = 8.0
# Excerpts agree within 2 ms, a reflection's delay, and a step of 5 ms is a contradiction.
AGREEING_S = 2e-3
CONTRADICTION_S = 5e-3
# So many excerpts must agree, this share of them, over this share of the common part.
LEAST_AGREEING = 4
AGREEING_SHARE = 0.6
AGREEING_SPAN = 0.7

# By how many seconds two recordings, by asset id, may start apart.
LargestShift = Callable[[str, str], float]


@dataclass(frozen=True, eq=False)
class Placed:
    """What pieces placed: the relations to the hub, and a piece of each; maps by asset id."""

    matches: dict[tuple[str, str], PairMatch]
    heard: dict[str, Heard]


@dataclass(frozen=True, eq=False)
class Hub:
    """The recording that the others are compared with, and what is read of it.

    `excerpts` by their start in milliseconds, in order.
    """

    sound: AnalysisSound
    block: Heard
    excerpts: dict[float, Heard]


@dataclass(frozen=True)
class _Point:
    """One excerpt's say: at `time_s` of the hub, the other's time is `shift_s` more."""

    time_s: float
    shift_s: float
    score: float


def place_by_pieces(
    sounds: Sequence[AnalysisSound], *, window_s: float, largest_shift_s: LargestShift
) -> Placed:
    """Places long recordings by pieces of them, as far as that leaves no doubt.

    Args:
        sounds: recordings that are long, with different asset ids.
        window_s: length of the groups whose peaks are fitted, in seconds.
        largest_shift_s: how far apart two recordings may start.
    """
    hub = _choose_hub(sounds) if len(sounds) > 1 else None
    if hub is None:
        return Placed({}, {})

    def compared(other: AnalysisSound) -> tuple[PairMatch, Heard] | None:
        if other.camera_id and other.camera_id == hub.sound.camera_id:
            return None
        largest = largest_shift_s(hub.sound.asset_id, other.asset_id)
        return _compare(hub, other, window_s=window_s, largest_shift_s=largest)

    others = [one for one in sounds if one is not hub.sound]
    matches: dict[tuple[str, str], PairMatch] = {}
    heard: dict[str, Heard] = {}
    for found in in_parallel(compared, others):
        if found is not None:
            match, piece = found
            matches[match.first, match.second] = match
            heard[piece.asset_id] = piece
    if matches:
        heard[hub.sound.asset_id] = hub.block
    return Placed(dict(sorted(matches.items())), dict(sorted(heard.items())))


def _choose_hub(sounds: Sequence[AnalysisSound]) -> Hub | None:
    """The longest recording, of equals the first by asset id; None if its probes are silent."""
    hub = min(sounds, key=lambda one: (-one.extent.duration_s, one.asset_id))
    extent = hub.extent
    middle, half = (extent.start_s + extent.end_s) / 2, BLOCK_S / 2
    count = max(LEAST_EXCERPTS, round(extent.duration_s / EXCERPT_SPACING_S) + 1)
    starts = [_to_ms(s) for s in np.linspace(extent.start_s, extent.end_s - EXCERPT_S, count)]
    spans = [(_to_ms(middle - half), _to_ms(middle + half))]
    spans += [(start, start + EXCERPT_S * 1e3) for start in starts]
    block, *excerpts = hub.pieces(spans)
    if block is None:
        return None
    found = zip(starts, excerpts, strict=True)
    return Hub(hub, block, {start: one for start, one in found if one is not None})


def _compare(
    hub: Hub, other: AnalysisSound, *, window_s: float, largest_shift_s: float
) -> tuple[PairMatch, Heard] | None:
    """The relation of the other to the hub, and a piece of it; None if there is any doubt."""
    places = _vote(hub.block, other.probes(), largest_shift_s)
    if not places:
        return None
    place = places[0].fit
    opposite = _opposite(hub.block, other, place)
    facing = None if opposite is None else _facing(hub.block, opposite, place)
    if opposite is None or facing is None:
        return None
    match = compare(
        facing,
        opposite,
        window_s=window_s,
        largest_shift_s=largest_shift_s,
        candidates=places,
    )
    if match is None or not _is_sure(match, place):
        return None
    fit = _follow(hub, other, match.fit, window_s)
    if fit is None:
        return None
    match = replace(match, fit=fit, alternatives=())
    if match.first > match.second:
        match = replace(match, first=match.second, second=match.first, fit=fit.swapped())
    return match, opposite


def _is_sure(match: PairMatch, place: ClockFit) -> bool:
    """Whether a match leaves no doubt, and is the place that the probes told."""
    near = abs(match.fit.to_b(place.at_a_s) - place.at_b_s) <= SAME_PLACE_S
    sure = match.exact and match.probability >= SURE_PROBABILITY
    return near and sure and match.step is None


def _vote(block: Heard, probes: Iterable[Heard], largest_shift_s: float) -> list[Candidate]:
    """The place that the probes together tell and the next best; none if those are near."""
    votes = [
        (number, candidate)
        for number, probe in enumerate(probes)
        for candidate in find_candidates(block, probe, largest_shift_s=largest_shift_s)
        if candidate.score >= LEAST_VOTE_SCORE
    ]
    places = sorted(
        (replace(one, score=_support(votes, one), overlap_s=OPPOSITE_S) for _, one in votes),
        key=lambda place: (-place.score, place.shift_s, place.fit.at_b_s),
    )
    if not places:
        return []
    best = places[0]
    rivals = [place for place in places if not _same_place(place, best)][:1]
    if rivals and rivals[0].score > RIVAL_RATIO * best.score:
        return []
    return [best, *rivals]


def _support(votes: Sequence[tuple[int, Candidate]], place: Candidate) -> float:
    """How high all probes together stand at the place: each by its best say, squares added."""
    best: dict[int, float] = {}
    for number, candidate in votes:
        if _same_place(candidate, place):
            best[number] = max(best.get(number, 0.0), candidate.score)
    return float(np.sqrt(sum(best[number] ** 2 for number in sorted(best))))


def _same_place(one: Candidate, other: Candidate) -> bool:
    apart = LARGEST_DRIFT * abs(one.fit.at_b_s - other.fit.at_b_s)
    return abs(one.shift_s - other.shift_s) <= SAME_PLACE_S + apart


def _opposite(block: Heard, other: AnalysisSound, place: ClockFit) -> Heard | None:
    """What the other recording has opposite the middle of the block; None if too little."""
    first = max(other.extent.start_s, place.to_b(block.start_s))
    last = min(other.extent.end_s, place.to_b(block.end_s))
    if last - first < LEAST_OPPOSITE_S:
        return None
    middle, half = (first + last) / 2, min(OPPOSITE_S, last - first) / 2
    return other.piece(_to_ms(middle - half), _to_ms(middle + half))


def _facing(block: Heard, opposite: Heard, place: ClockFit) -> Heard | None:
    """The part of the block that faces the other recording's piece."""
    back = place.swapped()
    ends = (back.to_b(opposite.start_s) - MARGIN_S, back.to_b(opposite.end_s) + MARGIN_S)
    first, last = (round((end - block.start_s) * block.rate_hz) for end in ends)
    first = max(0, first)
    return prepare(
        block.samples[first : max(first, last)],
        asset_id=block.asset_id,
        camera_id=block.camera_id,
        rate_hz=block.rate_hz,
        start_s=block.start_s + first / block.rate_hz,
        source_channels=block.source_channels,
    )


def _to_ms(seconds: float) -> float:
    """Whole milliseconds, so that the least difference of a fit asks for the same piece."""
    return float(round(seconds * 1e3))


def _follow(hub: Hub, other: AnalysisSound, start: ClockFit, window_s: float) -> ClockFit | None:
    """The line through the excerpts of all that both have in common, if they agree on one."""
    common = [
        excerpt
        for excerpt in hub.excerpts.values()
        if other.extent.start_s <= start.to_b(excerpt.start_s) - MARGIN_S
        and start.to_b(excerpt.end_s) + MARGIN_S <= other.extent.end_s
    ]
    near = [one for one in common if abs(one.start_s - start.at_a_s) <= NEAR_S]
    far = [one for one in common if abs(one.start_s - start.at_a_s) > NEAR_S]
    points = _points(near, other, start, start, window_s)
    if len(points) < min(LEAST_AGREEING, len(near)):
        return None
    if far and points:
        points += _points(far, other, start, _through(start, points), window_s)
    if len(points) < LEAST_AGREEING:
        return None
    fit = _through(start, points)
    times = [one.start_s for one in common]
    return fit if _agreed(fit, start, points, times) else None


def _points(
    excerpts: Sequence[Heard],
    other: AnalysisSound,
    start: ClockFit,
    expected: ClockFit,
    window_s: float,
) -> list[_Point]:
    """What the hub's excerpts say, told as differences from `start`."""
    spans = [
        (
            _to_ms(expected.to_b(one.start_s) - MARGIN_S),
            _to_ms(expected.to_b(one.end_s) + MARGIN_S),
        )
        for one in excerpts
    ]
    found = []
    for excerpt, opposite in zip(excerpts, other.pieces(spans), strict=True):
        if opposite is None:
            continue
        local = fit_waveforms(excerpt, opposite, expected, window_s=window_s)
        if local is not None and local.score >= LEAST_EXCERPT_SCORE:
            off = local.at_b_s - start.to_b(local.at_a_s)
            found.append(_Point(local.at_a_s, off, local.score))
    return found


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


def _agreed(
    fit: ClockFit, start: ClockFit, points: Sequence[_Point], times: Sequence[float]
) -> bool:
    """Whether enough excerpts, over most of the common part, draw the line and none breaks it."""
    off = [abs(start.to_b(one.time_s) + one.shift_s - fit.to_b(one.time_s)) for one in points]
    if any(
        miss > CONTRADICTION_S and one.score >= CONTRADICTING_SCORE
        for miss, one in zip(off, points, strict=True)
    ):
        return False
    agreeing = [one.time_s for miss, one in zip(off, points, strict=True) if miss <= AGREEING_S]
    if len(agreeing) < max(LEAST_AGREEING, AGREEING_SHARE * len(times)):
        return False
    return max(agreeing) - min(agreeing) >= AGREEING_SPAN * (max(times) - min(times))
