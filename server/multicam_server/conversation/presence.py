"""When each person speaks, from witnesses that err.

Every recording's detector is a witness with its own rates of misses and false
alarms, which are estimated together with the truth (Dawid and Skene, Applied
Statistics 28(1), 1979). Where witnesses contradict each other, the levels decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .hearing import Hearing, listening
from .levels import misfit, relative_levels
from .model import Grid
from .speakers import Speaker, Witness

ROUNDS = 5
"""Rounds of estimating the truth and the witnesses in turn, from the majority on."""

RATE_LIMITS = (0.02, 0.98)
"""No witness is taken to be never or always right."""

LEVEL_SIGMA_DB = 3.0
"""Scatter of an utterance's level about its speaker's mean at one microphone."""

LEVEL_LIMIT = 2.0
"""Most that the levels of one moment may say (log odds): less than two witnesses."""

UNHEARD_DB = -10.0
"""Stands for what a microphone without levels does not hear at all: typical bleed."""

BRIDGE_MS = 200.0
"""Shorter silences are within words or a detector's gaps."""

BLIP_MS = 160.0
"""Shorter speech is a click, or what jitter left over of two edges."""


@dataclass(frozen=True, eq=False)
class Presence:
    """Who speaks when, over `s` speakers and the grid's cells.

    `speaking` (s, cells) runs through silences within a phrase. `profiles` (t, s) is
    each track's level of each speaker in dB relative to the track's own median, NaN
    where the track never heard anybody with a level.
    """

    speaking: Flags
    profiles: Floats


def who_speaks(
    speakers: Sequence[Speaker],
    witnesses: Sequence[Witness],
    hearings: Sequence[Hearing | None],
    grid: Grid,
) -> Presence:
    """Weighs the witnesses and the levels into who speaks when."""
    odds = np.stack(
        [
            _odds([w for w in witnesses if w.speaker == number], hearings, grid)
            for number in range(len(speakers))
        ]
    )
    profiles = level_profiles(odds > 0.0, hearings, grid)
    odds = odds + _level_odds(odds, profiles, hearings, grid)
    speaking = np.array([tidy(row > 0.0, grid) for row in odds])
    return Presence(speaking, level_profiles(speaking, hearings, grid))


def tidy(flags: Flags, grid: Grid) -> Flags:
    """Bridges short silences, then drops blips."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    if not len(starts):
        return flags
    apart = starts[1:] - ends[:-1] > BRIDGE_MS / grid.step_ms
    starts, ends = starts[np.r_[True, apart]], ends[np.r_[apart, True]]
    tidied = np.zeros_like(flags)
    for start, end in zip(starts, ends, strict=True):
        if (end - start) * grid.step_ms >= BLIP_MS:
            tidied[start:end] = True
    return tidied


def _odds(witnesses: Sequence[Witness], hearings: Sequence[Hearing | None], grid: Grid) -> Floats:
    """Log odds that one person speaks, shape (cells,)."""
    heard = np.array([witness.heard for witness in witnesses])
    present = np.array([_recording(hearings, witness.track) for witness in witnesses])
    asked = np.maximum(np.count_nonzero(present, axis=0), 1)
    belief = (np.count_nonzero(heard, axis=0) / asked >= 0.5).astype(np.float64)
    odds = np.zeros(grid.cells)
    for _ in range(ROUNDS):
        prior = np.clip(belief.mean(), *RATE_LIMITS)
        odds = np.full(grid.cells, np.log(prior / (1.0 - prior)))
        for says, there in zip(heard, present, strict=True):
            hit = _rate(says, belief * there)
            false = min(_rate(says, (1.0 - belief) * there), hit)
            odds += there * np.where(says, np.log(hit / false), np.log((1.0 - hit) / (1.0 - false)))
        belief = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return odds


def _rate(says: Flags, weight: Floats) -> float:
    """How often a witness says so, by weight; half a cell on either side at least."""
    share = (np.sum(weight * says) + 0.5) / (np.sum(weight) + 1.0)
    return float(np.clip(share, *RATE_LIMITS))


def _recording(hearings: Sequence[Hearing | None], track: int) -> Flags:
    hearing = hearings[track]
    assert hearing is not None
    return hearing.recording


def level_profiles(speaking: Flags, hearings: Sequence[Hearing | None], grid: Grid) -> Floats:
    """Median level of each speaker at each track when speaking alone; (t, s) in dB.

    From how much of a speaker is heard at all where a track's levels are unknown.
    """
    profiles = np.full((len(hearings), len(speaking)), np.nan)
    ears = listening(hearings)
    if not ears:
        return profiles
    levels = relative_levels([h for i in ears if (h := hearings[i]) is not None], grid)
    alone = speaking & (np.count_nonzero(speaking, axis=0) == 1)
    for row, index in zip(levels, ears, strict=True):
        hearing = hearings[index]
        assert hearing is not None
        unmeasured = not np.any(np.isfinite(row))
        for number, mine in enumerate(alone):
            known = row[mine & np.isfinite(row)]
            asked = mine & hearing.recording
            if len(known):
                profiles[index, number] = np.median(known)
            elif unmeasured and np.any(asked):
                profiles[index, number] = UNHEARD_DB * (1.0 - np.mean(hearing.speech[asked]))
    return profiles


def _level_odds(
    odds: Floats, profiles: Floats, hearings: Sequence[Hearing | None], grid: Grid
) -> Floats:
    """What the levels add to the odds where witnesses name several people; (s, cells)."""
    extra = np.zeros_like(odds)
    ears = [i for i in listening(hearings) if np.all(np.isfinite(profiles[i]))]
    if len(ears) < 2 or len(odds) < 2:
        return extra
    levels = relative_levels([h for i in ears if (h := hearings[i]) is not None], grid)
    known = np.count_nonzero(np.isfinite(levels), axis=0)
    fit = -misfit(levels, profiles[ears].T) * known / (2.0 * LEVEL_SIGMA_DB**2)
    for number in range(len(odds)):
        rival = np.max(np.delete(fit, number, axis=0), axis=0)
        extra[number] = np.clip(fit[number] - rival, -LEVEL_LIMIT, LEVEL_LIMIT)
    heard = np.any([h.speech for i in ears if (h := hearings[i]) is not None], axis=0)
    return np.where(heard, extra, 0.0)
