"""Where speech starts and ends, by the consensus of all who heard it.

Detectors miss an edge by up to 80 ms, each its own way. Every recording tells how
deep in its speech, or how far from it, a moment lies; the mean of those that agree
errs less than any of them, and how far they disagree tells how much it errs.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .hearing import Hearing, listening
from .model import Grid

REACH_MS = 150.0
"""A moment deeper in speech, or further from it, is as clear as it gets: nearly twice
the error of one edge."""

AGREE_MS = 100.0
"""Recordings that differ by more tell of different things: one missed speech, or made
it up."""

EDGE_SIGMA_MS = 40.0
"""Error of one detector's edge where no second one tells it: half of 80 ms."""

LEAST_SIGMA_MS = 5.0
"""Artifacts that agree to less are copies of each other."""

ENOUGH_CELLS = 50.0
"""Cells at edges that two recordings heard, from which on their error is measured."""

HEARS_SHARE = 0.4
"""A recording that hears less of a person is deaf to that person."""

MISSED, MADE_UP = 0.06, 0.02
"""Share of speech that a detector misses, and of silence in which it hears some, where
no second one tells."""

RATE_LIMITS = (0.01, 0.5)
"""No detector is taken to be never wrong, nor worse than none."""

SPEECH_SHARE = 0.7
"""How much of a conversation is speech, before anybody is asked."""

PAUSE_MEDIAN_MS, PAUSE_LOG_SIGMA = 400.0, 0.6
"""Pauses within turns, taken as lognormal: nearly all of 200 to 1000 ms, the range of
medium pauses in Campione and Véronis (Speech Prosody 2002)."""

PHRASE_MEDIAN_MS, PHRASE_LOG_SIGMA = 2_600.0, 0.5
"""A silence that a missed phrase leaves: some six words and the pauses beside them. A
shorter one has no room for it. Not measured on recordings."""

AT_ONCE = 0.12
"""Share of replies that start before the other has ended. Not measured on recordings."""

SILENCES = 0.015
"""Share of silences that last longer than any pause."""


class Sounding(NamedTuple):
    """What is known at each cell edge, shape (cells + 1,).

    `depth_ms`: how far inside speech, negative outside of it, within `REACH_MS`.
    `chance`: that somebody speaks then.
    """

    depth_ms: Floats
    chance: Floats

    @property
    def voiced(self) -> Flags:
        """Cells in which somebody is heard, shape (cells,)."""
        return np.asarray(self.depth_ms[:-1] + self.depth_ms[1:] > 0.0)


class _Side(NamedTuple):
    """Recordings of one opinion: their mean depth and how many they are; (cells + 1,) each."""

    depth_ms: Floats
    votes: Floats


class _Errors(NamedTuple):
    """How one detector errs: its edges, and the shares that it misses and makes up."""

    sigma_ms: float
    missed: float
    made_up: float


def locate_speech(speaking: Flags, hearings: Sequence[Hearing | None], grid: Grid) -> Sounding:
    """How sure it is at each cell edge that somebody speaks; `speaking` (s, cells)."""
    ears = [h for i in listening(hearings) if (h := hearings[i]) is not None]
    depth = np.stack([_depth(ear, grid) for ear in ears])
    hears = _who_hears_whom(speaking, ears)
    groups = {tuple(np.flatnonzero(row).tolist()) for row in hears}
    groups |= {(int(ear),) for ear in np.flatnonzero(~np.any(hears, axis=0))}
    told = [_two_sides(depth[list(group)]) for group in sorted(groups) if group]
    errors = _errors([depth[list(group)] for group in sorted(groups) if group], told)
    together = np.full(grid.cells + 1, -REACH_MS)
    silent = np.ones(grid.cells + 1)
    for inner, outer in told:
        hearing = _weight(inner, outer, errors)
        chance = hearing * _inside(inner, errors) + (1.0 - hearing) * _inside(outer, errors)
        silent *= 1.0 - chance
        likelier = np.where(hearing > 0.5, inner.depth_ms, outer.depth_ms)
        together = np.maximum(together, likelier)
    unheard = _unheard(together, depth, hears, grid, missed=errors.missed)
    return Sounding(together, 1.0 - silent * (1.0 - unheard))


def _depth(ear: Hearing, grid: Grid) -> Floats:
    """How far each cell edge lies inside one recording's speech; NaN off the record."""
    time = grid.start_ms + np.arange(grid.cells + 1) * grid.step_ms
    start = np.array([utterance.start_ms for utterance in ear.utterances])
    end = np.maximum.accumulate([utterance.end_ms for utterance in ear.utterances])
    new = np.r_[True, start[1:] > end[:-1]]
    start, end = start[new], end[np.r_[new[1:], True]]
    at = np.searchsorted(start, time, "right") - 1
    left = np.r_[end, -np.inf][at] - time
    inside = np.minimum(time - np.r_[start, np.inf][at], left)
    outside = np.maximum(left, time - np.r_[start, np.inf][at + 1])
    depth = np.clip(np.where(left > 0.0, inside, outside), -REACH_MS, REACH_MS)
    recording = np.r_[ear.recording, False] | np.r_[False, ear.recording]
    return np.where(recording, depth, np.nan)


def _who_hears_whom(speaking: Flags, ears: Sequence[Hearing]) -> Flags:
    """Whether each recording hears each person; (s, ears)."""
    hears = np.zeros((len(speaking), len(ears)), dtype=bool)
    for row, mine in zip(hears, speaking, strict=True):
        for number, ear in enumerate(ears):
            asked = mine & ear.recording
            heard = np.count_nonzero(ear.speech & asked)
            row[number] = heard > HEARS_SHARE * np.count_nonzero(asked)
    return hears


def _two_sides(depth: Floats) -> tuple[_Side, _Side]:
    """Those who tell of the most speech at each moment, and the others."""
    known = np.isfinite(depth)
    most = np.max(np.where(known, depth, -np.inf), axis=0)
    inner = known & (depth >= most - AGREE_MS)
    return _side(depth, inner), _side(depth, known & ~inner)


def _side(depth: Floats, members: Flags) -> _Side:
    count = np.count_nonzero(members, axis=0)
    mean = np.sum(np.where(members, depth, 0.0), axis=0) / np.maximum(count, 1)
    return _Side(np.where(count > 0, mean, -REACH_MS), count.astype(np.float64))


def _errors(depths: Sequence[Floats], told: Sequence[tuple[_Side, _Side]]) -> _Errors:
    """How one detector errs, from where several listened.

    The larger side is taken to be right, and the one that heard when they are even.
    """
    square = freedom = missed = spoken = made_up = silent = 0.0
    for depth, (inner, outer) in zip(depths, told, strict=True):
        at_edge = (inner.votes > 1) & (np.abs(inner.depth_ms) < REACH_MS / 2.0)
        residual = depth[:, at_edge] - inner.depth_ms[at_edge]
        square += float(np.sum(np.square(residual[np.abs(residual) <= AGREE_MS])))
        freedom += float(np.sum(inner.votes[at_edge] - 1.0))
        several = inner.votes + outer.votes > 1
        speech = several & (inner.depth_ms >= REACH_MS / 2.0) & (inner.votes >= outer.votes)
        silence = several & (inner.depth_ms <= -REACH_MS / 2.0)
        refuted = several & (inner.depth_ms >= REACH_MS / 2.0) & (inner.votes < outer.votes)
        missed += float(np.sum(outer.votes[speech]))
        spoken += float(np.sum((inner.votes + outer.votes)[speech]))
        made_up += float(np.sum(inner.votes[refuted]))
        silent += float(np.sum((inner.votes + outer.votes)[silence | refuted]))
    return _Errors(
        EDGE_SIGMA_MS
        if freedom < ENOUGH_CELLS
        else max(float(np.sqrt(square / freedom)), LEAST_SIGMA_MS),
        _rate(missed, spoken, MISSED),
        _rate(made_up, silent, MADE_UP),
    )


def _rate(found: float, asked: float, usual: float) -> float:
    """A share, the usual one counting like `ENOUGH_CELLS` cells."""
    share = (found + usual * ENOUGH_CELLS) / (asked + ENOUGH_CELLS)
    return float(np.clip(share, *RATE_LIMITS))


def _weight(inner: _Side, outer: _Side, errors: _Errors) -> Floats:
    """Chance that those are right who tell of more speech; 1 where all agree."""
    odds = np.log(SPEECH_SHARE / (1.0 - SPEECH_SHARE))
    odds = odds + inner.votes * np.log((1.0 - errors.missed) / errors.made_up)
    odds = odds - outer.votes * np.log((1.0 - errors.made_up) / errors.missed)
    chance = 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))
    return np.where(outer.votes > 0, chance, 1.0)


def _inside(side: _Side, errors: _Errors) -> Floats:
    """Chance that a moment at this mean depth is in speech."""
    sigma = errors.sigma_ms / np.sqrt(np.maximum(side.votes, 1.0))
    return np.asarray(ndtr(side.depth_ms / sigma))


def _unheard(together: Floats, depth: Floats, hears: Flags, grid: Grid, *, missed: float) -> Floats:
    """Chance that somebody speaks whom nobody heard, shape (cells + 1,).

    A long silence that one detector tells of may be a phrase that it missed. Even then
    there was a pause beside what was heard: the chance grows with the way from it.
    """
    known = np.isfinite(depth)
    witnesses = np.array([np.count_nonzero(known[row], axis=0) for row in hears])
    all_missed = missed ** np.min(witnesses, axis=0).astype(np.float64)
    behind, ahead = _distances(together > 0.0, grid)
    gap = behind + ahead
    room = 1.0 - _longer(gap, PHRASE_MEDIAN_MS, PHRASE_LOG_SIGMA)
    odds = all_missed * room / (_longer(gap, PAUSE_MEDIAN_MS, PAUSE_LOG_SIGMA) + SILENCES)
    begun = 1.0 - _longer(np.minimum(behind, ahead), PAUSE_MEDIAN_MS, PAUSE_LOG_SIGMA)
    return np.asarray(odds / (1.0 + odds) * (AT_ONCE + (1.0 - AT_ONCE) * begun))


def _longer(length_ms: Floats, median_ms: float, log_sigma: float) -> Floats:
    """Share of a lognormal distribution that is longer."""
    ratio = np.log(np.maximum(length_ms, 1.0) / median_ms)
    return np.asarray(ndtr(-ratio / log_sigma))


def _distances(inside: Flags, grid: Grid) -> tuple[Floats, Floats]:
    """How far back and ahead the nearest speech is in ms; (cells + 1,) each."""
    edge = np.arange(grid.cells + 1)
    far = 10 * (grid.cells + 1)
    last = np.maximum.accumulate(np.where(inside, edge, -far))
    following = np.minimum.accumulate(np.where(inside, edge, far)[::-1])[::-1]
    behind, ahead = edge - last, following - edge
    return np.asarray(behind * grid.step_ms), np.asarray(ahead * grid.step_ms)
