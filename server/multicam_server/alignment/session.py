"""Everything that is measured of a session before anything is decided."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ..domain.alignment import AlignOptions, AlignStrategy
from ..domain.analysis import TimecodeSource
from ..domain.media import Sound
from .analysis_sound import AnalysisSound
from .coarse import Candidate, find_candidates
from .evidence.timecode import StartOfDay, time_of_day
from .heard import Heard, listen
from .ltc import find_ltc
from .pairs import PairMatch, compare
from .parallel import in_parallel
from .rates import WRONG_RATES, in_own_time, retimed
from .recording import Recording
from .screening import LEAST_BRIDGE_SCORE, PARTNERS, bridges, first_pairs
from .sparse import Placed, place_by_pieces

DEFAULT_WINDOW_MS = 10_000.0
# A wrong rate is believed only from this probability on.
CONVINCING_PROBABILITY = 0.9


@dataclass(frozen=True, eq=False)
class Session:
    """What is known of each recording and of each pair; maps in order of asset id."""

    recordings: dict[str, Recording]
    base: str
    heard: dict[str, Heard]
    matches: dict[tuple[str, str], PairMatch]
    times: dict[str, StartOfDay]


def measure(
    recordings: Sequence[Recording], base: str, options: AlignOptions, strategy: AlignStrategy
) -> Session:
    """Listens to all recordings, reads their timecodes and compares them in pairs."""
    given = sorted(recordings, key=lambda one: one.asset_id)
    sounds = _by_the_piece(given)

    def with_ltc(recording: Recording) -> Recording:
        return _with_ltc(recording, sounds.get(recording.asset_id))

    ordered = {one.asset_id: one for one in in_parallel(with_ltc, given)}
    times: dict[str, StartOfDay] = {}
    if strategy is not AlignStrategy.AUDIO:
        found = {name: time_of_day(one) for name, one in ordered.items()}
        times = {name: time for name, time in found.items() if time is not None}
    heard: dict[str, Heard] = {}
    matches: dict[tuple[str, str], PairMatch] = {}
    if strategy is not AlignStrategy.TIMECODE:
        placed = _place_by_pieces(sounds, base, options)
        heard = placed.heard
        if len(heard) < len(ordered):
            heard = _listen_to_all(ordered, sounds)
        matches = _compare_all(heard, placed, base, options)
    return Session(ordered, base, heard, matches, times)


def _by_the_piece(recordings: Sequence[Recording]) -> dict[str, AnalysisSound]:
    """The recordings whose sound is read from a source, by asset id."""
    return {
        one.asset_id: AnalysisSound(one.asset_id, one.camera_id, one.sound, one.known)
        for one in recordings
        if one.sound is not None and not isinstance(one.sound, Sound)
    }


def _place_by_pieces(sounds: dict[str, AnalysisSound], base: str, options: AlignOptions) -> Placed:
    def largest_shift_s(first: str, second: str) -> float:
        return _largest_shift_s((first, second), base, options)

    return place_by_pieces(
        [one for one in sounds.values() if one.is_long],
        window_s=_window_s(options),
        largest_shift_s=largest_shift_s,
        least_probability=options.min_confidence or 0.0,
    )


def _window_s(options: AlignOptions) -> float:
    return (options.window_ms or DEFAULT_WINDOW_MS) / 1e3


def _listen_to_all(
    recordings: dict[str, Recording], sounds: dict[str, AnalysisSound]
) -> dict[str, Heard]:
    """All that has sound, each recording as a whole."""

    def listened(recording: Recording) -> Heard | None:
        sound = sounds.get(recording.asset_id)
        return _programme(recording) if sound is None else sound.whole()

    found = in_parallel(listened, [*recordings.values()])
    return {name: one for name, one in zip(recordings, found, strict=True) if one is not None}


def _compare_all(
    heard: dict[str, Heard], placed: Placed, base: str, options: AlignOptions
) -> dict[tuple[str, str], PairMatch]:
    """Compares what is not placed yet with everything, and adds what is placed."""
    comparison = _Comparison(base, options)
    pairs = [
        pair
        for pair in combinations(heard.values(), 2)
        if _comparable(*pair) and not placed.heard.keys() >= {*_key(*pair)}
    ]
    matches = comparison.screened(pairs) | placed.matches
    for name in _lonely(heard, matches):
        others = [one for one in heard.values() if _comparable(heard[name], one)]
        for match in _at_another_rate(heard[name], others, comparison):
            matches[match.first, match.second] = match
    return dict(sorted(matches.items()))


@dataclass(frozen=True)
class _Comparison:
    """How pairs of one session are compared."""

    base: str
    options: AlignOptions

    def screened(self, pairs: Sequence[tuple[Heard, Heard]]) -> dict[tuple[str, str], PairMatch]:
        """Matches of as many of the pairs as are needed to place all that can be."""
        found = in_parallel(self.candidates, pairs)
        places = {_key(*pair): those for pair, those in zip(pairs, found, strict=True) if those}
        scores = {key: those[0].score for key, those in places.items()}
        by_key = {_key(*pair): pair for pair in pairs}

        def detailed(key: tuple[str, str]) -> PairMatch | None:
            return self.compared(by_key[key], places[key])

        chosen = first_pairs(scores)
        matches = dict(zip(chosen, in_parallel(detailed, chosen), strict=True))
        joined = [
            key
            for key, match in matches.items()
            if match is not None and match.probability >= CONVINCING_PROBABILITY
        ]
        further = [key for key in bridges(scores, joined) if key not in matches]
        matches |= zip(further, in_parallel(detailed, further), strict=True)
        return {key: match for key, match in matches.items() if match is not None}

    def best_of(self, pairs: Sequence[tuple[Heard, Heard]], count: int) -> list[PairMatch]:
        """Matches of those `count` pairs whose onsets match best, and not by chance."""
        found = zip(pairs, in_parallel(self.candidates, pairs), strict=True)
        ranked = sorted(
            (
                (pair, places)
                for pair, places in found
                if places and places[0].score >= LEAST_BRIDGE_SCORE
            ),
            key=lambda one: (-one[1][0].score, _key(*one[0])),
        )
        matches = in_parallel(lambda one: self.compared(*one), ranked[:count])
        return [match for match in matches if match is not None]

    def candidates(self, pair: tuple[Heard, Heard]) -> list[Candidate]:
        return find_candidates(*pair, largest_shift_s=self._largest_shift_s(pair))

    def compared(self, pair: tuple[Heard, Heard], places: Sequence[Candidate]) -> PairMatch | None:
        return compare(
            *pair,
            window_s=_window_s(self.options),
            largest_shift_s=self._largest_shift_s(pair),
            candidates=places,
        )

    def _largest_shift_s(self, pair: tuple[Heard, Heard]) -> float:
        return _largest_shift_s(_key(*pair), self.base, self.options)


def _key(a: Heard, b: Heard) -> tuple[str, str]:
    return a.asset_id, b.asset_id


def _comparable(a: Heard, b: Heard) -> bool:
    """Different recordings, and not two clips of one camera, which never overlap."""
    return a.asset_id != b.asset_id and (not a.camera_id or a.camera_id != b.camera_id)


def _lonely(heard: dict[str, Heard], matches: dict[tuple[str, str], PairMatch]) -> list[str]:
    """Recordings whose waveforms match no other's: perhaps their clock is wrong."""
    company = {
        name for match in matches.values() if match.exact for name in (match.first, match.second)
    }
    return [name for name in heard if name not in company]


def _at_another_rate(
    lonely: Heard, others: Sequence[Heard], comparison: _Comparison
) -> list[PairMatch]:
    """Matches of a recording under the one wrong rate that fits it best, if any does."""
    best: list[PairMatch] = []
    for wrong in WRONG_RATES:
        other_rate = retimed(lonely, wrong.ratio)
        if other_rate is None:
            continue
        pairs = [(other, other_rate) for other in others]
        convincing = [
            replace(match, fit=in_own_time(match.fit, wrong.ratio), alternatives=())
            for match in comparison.best_of(pairs, PARTNERS)
            if match.exact and match.probability >= CONVINCING_PROBABILITY
        ]
        if sum(one.probability for one in convincing) > sum(one.probability for one in best):
            best = convincing
    return [_in_order(match) for match in best]


def _in_order(match: PairMatch) -> PairMatch:
    if match.first < match.second:
        return match
    return replace(
        match, first=match.second, second=match.first, fit=match.fit.swapped(), alternatives=()
    )


def _programme(recording: Recording) -> Heard | None:
    timecode_channels = frozenset(
        found.channel for found in recording.timecodes if found.channel is not None
    )
    return listen(recording, leave_out=timecode_channels)


def _with_ltc(recording: Recording, by_the_piece: AnalysisSound | None) -> Recording:
    """The recording with the LTC that its sound carries, unless it is known already."""
    known = any(found.source is TimecodeSource.LTC for found in recording.timecodes)
    if by_the_piece is not None:
        found = by_the_piece.facts.ltc
    else:
        found = find_ltc(recording.sound) if isinstance(recording.sound, Sound) else None
    if known or found is None:
        return recording
    return replace(recording, timecodes=(*recording.timecodes, found))


def _largest_shift_s(pair: tuple[str, str], base: str, options: AlignOptions) -> float:
    """Two tracks may both lie the largest distance from the base, on either side."""
    if options.max_offset_ms is None:
        return float(np.inf)
    sides = 1 if base in pair else 2
    return sides * options.max_offset_ms / 1e3
