"""How loud each microphone hears whom: gains removed, people told apart.

Every microphone hears everybody, each with its own gain. What remains after the
gain is nearness: a person has one profile of levels over the microphones, and
moments with one profile are one person.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .hearing import Hearing
from .model import Grid

OUTER_QUANTILE = 0.1
"""A microphone's gain is taken from the middle between its soft and its loud speech,
which does not depend on who speaks more."""

MISSED_DB = 6.0
"""How far under a microphone's softest speech that counts which it does not hear."""

DEAF_SHARE = 0.25
"""A microphone that misses more of what the others hear is deaf to somebody, and its
silence tells who speaks. One that misses less errs, and its silence tells nothing."""

EDGE_MS = 120.0
"""Around an event its level stands for a silence: edges differ between recordings."""

OUTLIER_DB = 6.0
"""Differences count no more than this: a missed event is not a profile."""

ROUNDS = 12
"""Most rounds of k-means, which stops as soon as no label changes."""

ALIKE_COSINE = 0.5
"""Profiles that point the same way favour the same microphones: one person, near or
far, if levels scatter. Those of two people at two microphones are at -1 and of four
at four at -0.3."""

SEPARATE_ALIKE, SEPARATE = 6.0, 3.2
"""Least distance of two people's profiles in standard deviations, for profiles that
point the same way and for others. Halving one normal cloud of levels gives 2.7."""

SEPARATE_DB = 1.5
"""Least distance of two profiles in dB."""

LEAST_SHARE = 0.015
"""A profile with less of the time is made of misses and false alarms."""

LEVEL_SIGMA_DB = 2.0
"""Scatter of an utterance's level about its speaker's mean at one microphone."""

CHANGE_COST = 1.5
"""What a change of speaker between two moments costs, in log likelihood: a fifth of the
moments, which end with each edge of speech at each microphone, bring one."""

SMALL_SHARE, SMALL_GAIN_DB2 = 0.1, 3.5
"""A profile with less of the time must explain its moments so much better than another
does, in mean square: somebody whom the nearest microphone missed looks like one more
person, but not that much."""

TOGETHER_SHARE, TOGETHER_DB = 0.2, 3.0
"""A profile with less of the time, and nearer to what two others give together, is
those two at once: twice the scatter of levels. Mostly one speaks (Sacks et al. 1974)."""

ENOUGH_COMPLETE = 0.2
"""Share of the moments from which on those that no microphone missed tell of everybody."""


class Profiles(NamedTuple):
    """`centre` (k, tracks) in dB, each row of mean 0; `label` (n,) of the moments."""

    centre: Floats
    label: Indices


def relative_levels(hearings: Sequence[Hearing], grid: Grid) -> Floats:
    """Each track's speech level over time without its gain, in dB; (tracks, cells).

    NaN where a track does not record, no level is known, or it missed speech by
    mistake; where it is deaf to somebody, the level is one under its softest.
    """
    levels = np.full((len(hearings), grid.cells), np.nan)
    heard = np.count_nonzero([hearing.speech for hearing in hearings], axis=0)
    for row, hearing in zip(levels, hearings, strict=True):
        known = hearing.level_lufs[np.isfinite(hearing.level_lufs)]
        if not len(known):
            continue
        soft, loud = np.quantile(known, (OUTER_QUANTILE, 1.0 - OUTER_QUANTILE))
        row[:] = _widened(hearing.level_lufs, grid.cells_of(EDGE_MS)) - (soft + loud) / 2.0
        others = (heard - hearing.speech > 0) & hearing.recording
        missed = others & ~hearing.speech
        if np.count_nonzero(missed) > DEAF_SHARE * np.count_nonzero(others):
            silent = hearing.recording & ~hearing.speech & np.isnan(row)
            row[silent] = soft - MISSED_DB - (soft + loud) / 2.0
    return levels


def _widened(level: Floats, cells: int) -> Floats:
    """Levels carried on into unknown cells, from before first, for so many cells."""
    wide = level.copy()
    for step in range(1, cells + 1):
        for shifted in (
            np.r_[np.full(step, np.nan), level[:-step]],
            np.r_[level[step:], np.full(step, np.nan)],
        ):
            if len(shifted) == len(wide):
                wide = np.where(np.isnan(wide), shifted, wide)
    return wide


def group_by_level(levels: Floats, complete: Flags) -> Indices:
    """People by their profiles; (n,) labels from 0 in the order of first appearance.

    `levels` has shape (tracks, n) with at least two known values per column; `complete`
    (n,) tells where no microphone missed what others heard. Starts with one person per
    microphone, then merges whom levels cannot separate and leaves out small profiles
    that are nobody's. Profiles are learned from complete moments while there are
    enough: those that the nearest microphone missed look like somebody else.
    """
    if np.mean(complete) < ENOUGH_COMPLETE:
        complete = np.ones_like(complete)
    moments, weight, _ = _distinct(levels[:, complete])
    shape = moments - _mean_known(moments)
    loudest = np.argmax(np.nan_to_num(moments, nan=-1e6), axis=0).astype(np.int64)
    found = _settle(shape, weight, loudest)
    while len(found.centre) > 1:
        label = _with_nearest_merged(found, shape, weight)
        if label is None:
            label = _without_weakest(found, shape, weight)
        if label is None:
            break
        found = _settle(shape, weight, label)
    moments, _, moment_of = _distinct(levels)
    label = _likeliest(moments, found.centre)[moment_of]
    _, first, back = np.unique(label, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[back], dtype=np.int64)


def _likeliest(moments: Floats, centre: Floats) -> Indices:
    """Who speaks at each moment in turn, shape (moments,): levels against changes.

    The likeliest path (Viterbi): a moment that the levels leave open belongs to whoever
    spoke just before or speaks just after.
    """
    fit = misfit(moments - _mean_known(moments), centre)
    known = np.count_nonzero(np.isfinite(moments), axis=0)
    cost = (fit * known / (2.0 * LEVEL_SIGMA_DB**2)).T
    came_from = np.zeros(cost.shape, dtype=np.int64)
    total = np.zeros(len(centre))
    everybody = np.arange(len(centre))
    for number, added in enumerate(cost):
        leader = int(np.argmin(total))
        changed = total[leader] + CHANGE_COST
        came_from[number] = np.where(total <= changed, everybody, leader)
        total = np.minimum(total, changed) + added
    label = np.zeros(len(cost), dtype=np.int64)
    label[-1] = np.argmin(total)
    for number in range(len(cost) - 1, 0, -1):
        label[number - 1] = came_from[number, label[number]]
    return label


def _distinct(levels: Floats) -> tuple[Floats, Floats, Indices]:
    """Runs of equal columns as one: the columns, their lengths, each column's run."""
    filled = np.nan_to_num(levels, nan=1e6)
    new = np.r_[True, np.any(np.diff(filled, axis=1) != 0.0, axis=0)]
    run = np.cumsum(new) - 1
    return levels[:, new], np.bincount(run).astype(np.float64), np.asarray(run, dtype=np.int64)


def _mean_known(values: Floats) -> Floats:
    """Mean over the first axis of what is known."""
    known = np.isfinite(values)
    count = np.maximum(np.count_nonzero(known, axis=0), 1)
    return np.asarray(np.sum(np.where(known, values, 0.0), axis=0) / count)


def _settle(shape: Floats, weight: Floats, label: Indices) -> Profiles:
    """k-means with bounded influence from a first labelling; drops empty groups."""
    centre = np.zeros((0, len(shape)))
    for _ in range(ROUNDS):
        people = np.unique(label)
        old = centre if len(centre) == len(people) else np.zeros((len(people), len(shape)))
        centre = np.array(
            [
                _centre(shape[:, label == person], weight[label == person], profile)
                for person, profile in zip(people, old, strict=True)
            ]
        )
        fresh = np.argmin(misfit(shape, centre), axis=0).astype(np.int64)
        if len(people) == label.max() + 1 and np.array_equal(fresh, label):
            break
        label = fresh
    people, label = np.unique(label, return_inverse=True)
    return Profiles(centre[people], label.astype(np.int64))


def _centre(shape: Floats, weight: Floats, old: Floats) -> Floats:
    """Mean profile of moments that are first brought to the level of the old one."""
    aligned = shape - _mean_known(shape - old[:, None])
    known = np.isfinite(aligned)
    total = np.maximum(np.sum(known * weight, axis=1), 1e-9)
    mean = np.sum(np.where(known, aligned, 0.0) * weight, axis=1) / total
    return np.asarray(mean - mean.mean())


def misfit(shape: Floats, centre: Floats) -> Floats:
    """Mean squared difference in dB² of moments from profiles; (k, n).

    Over the tracks that are known at a moment, apart from a level common to them,
    each no more than `OUTLIER_DB`.
    """
    rows = []
    for profile in centre:
        difference = shape - profile[:, None]
        bounded = np.minimum(np.abs(difference - _mean_known(difference)), OUTLIER_DB)
        rows.append(_mean_known(np.square(bounded)))
    return np.array(rows)


def _without_weakest(found: Profiles, shape: Floats, weight: Floats) -> Indices | None:
    """Labels without the smallest group that is nobody's, or None when all are people's."""
    time = np.bincount(found.label, weights=weight)
    share = time / np.sum(weight)
    gain = _gain(found, shape, weight) / time
    nobody = share < LEAST_SHARE
    nobody |= (share < SMALL_SHARE) & (gain < SMALL_GAIN_DB2)
    nobody |= (share < TOGETHER_SHARE) & _two_at_once(found.centre)
    if not np.any(nobody):
        return None
    weakest = int(np.argmin(np.where(nobody, share, np.inf)))
    label = np.where(found.label == weakest, 0 if weakest else 1, found.label)
    return np.asarray(label, dtype=np.int64)


def _two_at_once(centre: Floats) -> Flags:
    """Which profiles are what two others give together, every microphone the louder; (k,)."""
    pairs = list(combinations(range(len(centre)), 2))
    together = np.array([np.maximum(centre[a], centre[b]) for a, b in pairs])
    together -= together.mean(axis=1, keepdims=True)
    apart = np.linalg.norm(together[:, None] - centre[None], axis=2)
    for pair, row in zip(pairs, apart, strict=True):
        row[list(pair)] = np.inf
    return np.asarray(np.any(apart < TOGETHER_DB, axis=0))


def _gain(found: Profiles, shape: Floats, weight: Floats) -> Floats:
    """By how much the misfit of its moments would grow in all without each group; (k,)."""
    fit = misfit(shape, found.centre)
    moment = np.arange(fit.shape[1])
    own = fit[found.label, moment]
    fit[found.label, moment] = np.inf
    growth = weight * (np.min(fit, axis=0) - own)
    return np.asarray(np.bincount(found.label, weights=growth), dtype=np.float64)


def _with_nearest_merged(found: Profiles, shape: Floats, weight: Floats) -> Indices | None:
    """Labels with the two least separate groups as one, or None when all are apart."""
    best: tuple[float, int, int] | None = None
    for a in range(len(found.centre)):
        for b in range(a + 1, len(found.centre)):
            first, second = found.centre[a], found.centre[b]
            norms = float(np.linalg.norm(first) * np.linalg.norm(second))
            alike = float(first @ second) > ALIKE_COSINE * norms
            least = SEPARATE_ALIKE if alike else SEPARATE
            length = float(np.linalg.norm(second - first))
            way = (second - first) / max(length, 1e-9)
            spread = _spread(found, shape, weight, a=a, b=b, way=way)
            apart = length / max(spread * least, SEPARATE_DB)
            if best is None or apart < best[0]:
                best = (apart, a, b)
    if best is None or best[0] >= 1.0:
        return None
    return np.asarray(np.where(found.label == best[2], best[1], found.label), dtype=np.int64)


def _spread(
    found: Profiles, shape: Floats, weight: Floats, *, a: int, b: int, way: Floats
) -> float:
    """Standard deviation within two groups along the way from one to the other."""
    square, total = 0.0, 0.0
    for group in (a, b):
        mine = found.label == group
        residual = shape[:, mine] - found.centre[group][:, None]
        residual = np.nan_to_num(residual - _mean_known(residual))
        along = way @ np.clip(residual, -OUTLIER_DB, OUTLIER_DB)
        square += float(np.sum(weight[mine] * np.square(along)))
        total += float(np.sum(weight[mine]))
    return float(np.sqrt(square / max(total, 1e-9)))
