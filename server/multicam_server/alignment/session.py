"""Everything that is measured of a session before anything is decided."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeVar

import numpy as np

from ..domain.alignment import AlignOptions, AlignStrategy
from ..domain.analysis import TimecodeSource
from .evidence.timecode import StartOfDay, time_of_day
from .heard import Heard, listen
from .ltc import find_ltc
from .pairs import PairMatch, compare
from .rates import WRONG_RATES, in_own_time, retimed
from .recording import Recording

DEFAULT_WINDOW_MS = 10_000.0
WORKERS = min(4, os.cpu_count() or 1)
# A wrong rate is believed only from this probability on.
CONVINCING_PROBABILITY = 0.9

In = TypeVar("In")
Out = TypeVar("Out")


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
    ordered = {one.asset_id: one for one in _in_parallel(_with_ltc, given)}
    times: dict[str, StartOfDay] = {}
    if strategy is not AlignStrategy.AUDIO:
        found = {name: time_of_day(one) for name, one in ordered.items()}
        times = {name: time for name, time in found.items() if time is not None}
    heard: dict[str, Heard] = {}
    matches: dict[tuple[str, str], PairMatch] = {}
    if strategy is not AlignStrategy.TIMECODE:
        listened = _in_parallel(_programme, [*ordered.values()])
        heard = {name: one for name, one in zip(ordered, listened, strict=True) if one is not None}
        matches = _compare_all(heard, base, options)
    return Session(ordered, base, heard, matches, times)


def _compare_all(
    heard: dict[str, Heard], base: str, options: AlignOptions
) -> dict[tuple[str, str], PairMatch]:
    window_s = (options.window_ms or DEFAULT_WINDOW_MS) / 1e3

    def compared(pair: tuple[Heard, Heard]) -> PairMatch | None:
        largest = _largest_shift_s(pair, base, options)
        return compare(*pair, window_s=window_s, largest_shift_s=largest)

    pairs = [pair for pair in combinations(heard.values(), 2) if _comparable(*pair)]
    found = _in_parallel(compared, pairs)
    matches = {_key(*pair): match for pair, match in zip(pairs, found, strict=True) if match}
    for name in _lonely(heard, matches):
        others = [one for one in heard.values() if _comparable(heard[name], one)]
        for match in _at_another_rate(heard[name], others, compared):
            key = (match.first, match.second)
            matches[key] = match
    return dict(sorted(matches.items()))


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
    lonely: Heard,
    others: Sequence[Heard],
    compared: Callable[[tuple[Heard, Heard]], PairMatch | None],
) -> list[PairMatch]:
    """Matches of a recording under the one wrong rate that fits it best, if any does."""
    best: list[PairMatch] = []
    for wrong in WRONG_RATES:
        other_rate = retimed(lonely, wrong.ratio)
        if other_rate is None:
            continue
        pairs = [(other, other_rate) for other in others]
        found = [match for match in _in_parallel(compared, pairs) if match is not None]
        convincing = [
            replace(match, fit=in_own_time(match.fit, wrong.ratio), alternatives=())
            for match in found
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


def _with_ltc(recording: Recording) -> Recording:
    """The recording with the LTC that its sound carries, unless it is known already."""
    known = any(found.source is TimecodeSource.LTC for found in recording.timecodes)
    if known or recording.sound is None:
        return recording
    found = find_ltc(recording.sound)
    if found is None:
        return recording
    return replace(recording, timecodes=(*recording.timecodes, found))


def _largest_shift_s(pair: tuple[Heard, Heard], base: str, options: AlignOptions) -> float:
    """Two tracks may both lie the largest distance from the base, on either side."""
    if options.max_offset_ms is None:
        return float(np.inf)
    sides = 1 if base in (pair[0].asset_id, pair[1].asset_id) else 2
    return sides * options.max_offset_ms / 1e3


def _in_parallel(work: Callable[[In], Out], items: Sequence[In]) -> list[Out]:
    """Results in the items' order; numpy's transforms run outside the interpreter lock."""
    if len(items) < 2 or WORKERS < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="align") as pool:
        return list(pool.map(work, items))
