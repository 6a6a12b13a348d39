"""Whom the window follows when."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..domain.artifacts import Indices
from ..domain.media import Floats
from .observe import FACE, PERSON, THING, ClipView
from .tracks import Track

BIN_MS = 500.0
"""Time step of the choice of the primary subject: the sampling interval of a slow
detector, and finer than any sensible change of subject."""

SWITCH_COST_S = 2.0
"""A subject must be better than another by so many seconds of a clear, large face
before the window changes to it."""

LARGE_FACE = 0.2
"""Height, fraction of the frame, from which a face counts as large: a close-up."""

KIND_WEIGHT = {FACE: 1.0, PERSON: 0.9, THING: 0.3}
"""How much a kind of subject is worth following."""

PRIMARY_BONUS = 1.0
"""What the detector's own choice of the primary subject adds: as much as a large face."""

PRIMARY_REACH = 1.0
"""A subject is the detector's primary one when that one's centre lies within this
many sizes of the box."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """One choice, in clip time; no tracks means nobody."""

    start_ms: float
    end_ms: float
    tracks: tuple[Track, ...]
    reason: str


def primary_stretches(
    view: ClipView, tracks: list[Track], start_ms: float, end_ms: float
) -> list[Stretch]:
    """The primary subject from start to end of one shot: one choice over the whole shot.

    Viterbi over bins of BIN_MS: what is seen of a subject counts for it, a change
    costs SWITCH_COST_S.
    """
    if not tracks:
        return [Stretch(start_ms, end_ms, (), "nobody is visible")]
    bins = max(1, int(np.ceil((end_ms - start_ms) / BIN_MS)))
    rewards = _rewards_per_bin(view, tracks, start_ms, bins)
    chosen = _best_sequence(rewards, SWITCH_COST_S * 1e3 / BIN_MS)
    changes = [0, *(np.flatnonzero(np.diff(chosen)) + 1).tolist(), bins]
    stretches = []
    from_ms = start_ms
    for first, last in pairwise(changes):
        to_ms = end_ms
        if last < bins:
            edge = start_ms + last * BIN_MS
            appears = float(tracks[chosen[last]].time_ms[0])
            to_ms = appears if from_ms < appears and abs(appears - edge) <= BIN_MS else edge
        stretches.append(Stretch(from_ms, to_ms, (tracks[chosen[first]],), "primary subject"))
        from_ms = to_ms
    return stretches


def _rewards_per_bin(
    view: ClipView, tracks: list[Track], start_ms: float, bins: int
) -> list[list[tuple[int, float]]]:
    """Per bin, what each subject seen in it is worth, 0 to about 2, in the tracks' order."""
    bin_of_frame = np.floor((view.frame_ms - start_ms) / BIN_MS).astype(np.int64)
    inside = (bin_of_frame >= 0) & (bin_of_frame < bins)
    frames = np.bincount(bin_of_frame[inside], minlength=bins)
    rewards: list[list[tuple[int, float]]] = [[] for _ in range(bins)]
    for index, track in enumerate(tracks):
        bin_of = np.floor((track.time_ms - start_ms) / BIN_MS).astype(np.int64)
        shown = (bin_of >= 0) & (bin_of < bins)
        worth = np.bincount(bin_of[shown], weights=_worth(view, track)[shown], minlength=bins)
        for which in np.flatnonzero(worth):
            rewards[which].append((index, float(worth[which] / frames[which])))
    return rewards


def _worth(view: ClipView, track: Track) -> Floats:
    """What each sighting of a subject is worth."""
    height = track.box[:, 3] - track.box[:, 1]
    worth = KIND_WEIGHT[track.kind] * track.confidence * np.minimum(1.0, 0.3 + height / LARGE_FACE)
    frame = np.searchsorted(view.frame_ms, track.time_ms)
    away = np.hypot(
        view.primary_x[frame] - track.centre[:, 0], view.primary_y[frame] - track.centre[:, 1]
    )
    # NaN, no primary subject, compares as false.
    bonus: Floats = np.where(away <= PRIMARY_REACH * track.size, PRIMARY_BONUS, 0.0)
    return worth + bonus


def _best_sequence(rewards: list[list[tuple[int, float]]], switch_cost: float) -> Indices:
    """The choice per bin with the greatest total reward less the cost of changes.

    A choice that lags the best by the cost of a change is dropped: it can be
    entered again at that price, so the result stays exact.
    """
    score: dict[int, float] = {0: 0.0}
    came_from: list[dict[int, int]] = []
    for position, seen in enumerate(rewards):
        leader = min(score, key=lambda index: (-score[index], index))
        entry = score[leader] - (switch_cost if position else 0.0)
        origin = {index: index for index in score}
        for index, reward in seen:
            if score.get(index, -np.inf) < entry:
                score[index], origin[index] = entry, leader
            score[index] += reward
        best = max(score.values())
        score = {i: s for i, s in score.items() if s > best - switch_cost or s == best}
        came_from.append({index: origin[index] for index in score})
    chosen = np.zeros(len(rewards), dtype=np.int64)
    current = min(score, key=lambda index: (-score[index], index))
    for position in range(len(rewards) - 1, -1, -1):
        chosen[position] = current
        current = came_from[position][current]
    return chosen
