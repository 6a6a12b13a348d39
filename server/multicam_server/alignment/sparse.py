"""Long recordings placed by pieces of them, where that leaves no doubt.

The longest recording is the hub. A block in its middle is read without gaps; probes of
every other recording are looked for in it, and vote, as any two probes that lie in the
block agree on one clock. What lies opposite the block is then read and compared like
any pair of recordings. From there the relation is followed outwards over all that
both have in common (see `follow`). Whatever is not sure is left to the comparison of
everything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .analysis_sound import AnalysisSound
from .clock_fit import ClockFit
from .coarse import LARGEST_DRIFT, Candidate, find_candidates
from .follow import follow
from .heard import Heard, prepare
from .hub import Hub, choose_hub, to_ms
from .pairs import PairMatch, compare
from .parallel import in_parallel

# What of the other recording is compared with the hub's block.
OPPOSITE_S = 60.0
# Probes that name the same place within this, and as drifting clocks allow, agree.
SAME_PLACE_S = 0.16
# A probe's peak lower than this may be chance.
LEAST_VOTE_SCORE = 4.0
# A second place this high, relative to the best, is a doubt.
RIVAL_RATIO = 0.7
# A pair less probable than this is compared by everything that it has.
SURE_PROBABILITY = 0.95
# How much more of the block is compared than the piece that lies opposite.
MARGIN_S = 0.3

# By how many seconds two recordings, by asset id, may start apart.
LargestShift = Callable[[str, str], float]


@dataclass(frozen=True, eq=False)
class Placed:
    """What pieces placed: the relations to the hub, and a piece of each; maps by asset id."""

    matches: dict[tuple[str, str], PairMatch]
    heard: dict[str, Heard]


def place_by_pieces(
    sounds: Sequence[AnalysisSound],
    *,
    window_s: float,
    largest_shift_s: LargestShift,
    least_probability: float,
) -> Placed:
    """Places long recordings by pieces of them, as far as that leaves no doubt.

    Args:
        sounds: recordings that are long, with different asset ids.
        window_s: length of the groups whose peaks are fitted, in seconds.
        largest_shift_s: how far apart two recordings may start.
        least_probability: what a relation must reach to count as aligned.
    """
    sure = max(SURE_PROBABILITY, least_probability)
    hub = choose_hub(sounds) if len(sounds) > 1 else None
    if hub is None:
        return Placed({}, {})

    def compared(other: AnalysisSound) -> tuple[PairMatch, Heard] | None:
        if other.camera_id and other.camera_id == hub.sound.camera_id:
            return None
        largest = largest_shift_s(hub.sound.asset_id, other.asset_id)
        return _compare(hub, other, window_s=window_s, largest_shift_s=largest, sure=sure)

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


def _compare(
    hub: Hub, other: AnalysisSound, *, window_s: float, largest_shift_s: float, sure: float
) -> tuple[PairMatch, Heard] | None:
    """The relation of the other to the hub, and a piece of it; None if there is any doubt."""
    probes = [*other.probes()]
    places = _vote(hub.block, probes, largest_shift_s)
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
    if match is None or not _is_sure(match, place, sure):
        return None
    fit = follow(hub, other, probes, match.fit, window_s=window_s)
    if fit is None:
        return None
    match = replace(match, fit=fit, alternatives=())
    if match.first > match.second:
        match = replace(match, first=match.second, second=match.first, fit=fit.swapped())
    return match, opposite


def _is_sure(match: PairMatch, place: ClockFit, least_probability: float) -> bool:
    """Whether a match leaves no doubt, and is the place that the probes told."""
    near = abs(match.fit.to_b(place.at_a_s) - place.at_b_s) <= SAME_PLACE_S
    sure = match.exact and match.probability >= least_probability
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
    if last - first < OPPOSITE_S:
        return None
    middle, half = (first + last) / 2, OPPOSITE_S / 2
    return other.piece(to_ms(middle - half), to_ms(middle + half))


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
