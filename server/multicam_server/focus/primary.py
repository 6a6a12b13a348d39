"""The primary subject: one choice over a whole shot."""

from itertools import pairwise

import numpy as np

from ..domain.artifacts import Indices
from ..domain.media import Floats
from .observe import FACE, PERSON, THING, ClipView
from .tracks import Track

BIN_MS = 500.0
"""Time step of the choice: the sampling interval of a slow detector, and finer than
any sensible change of subject."""

SWITCH_COST_S = 2.0
"""A subject must be better than another by so many seconds of a clear, large face
before the window changes to it."""

LARGE_FACE = 0.2
"""Height, fraction of the frame, from which a face counts as large: a close-up."""

KIND_WEIGHT = {FACE: 1.0, PERSON: 0.9, THING: 0.3}
"""How much a kind of subject is worth following."""

PRIMARY_BONUS = 1.0
"""What the detector's own choice of the primary subject adds: as much as a large face."""


def primary_spans(
    view: ClipView, tracks: list[Track], start_ms: float, end_ms: float
) -> list[tuple[float, float, int]]:
    """Start, end and index of the primary subject from start to end of one shot, without gap.

    Viterbi over bins of BIN_MS: what is seen of a subject counts for it, a change
    costs SWITCH_COST_S.
    """
    if len(tracks) == 1:
        return [(start_ms, end_ms, 0)]
    bins = max(1, int(np.ceil((end_ms - start_ms) / BIN_MS)))
    rewards = _rewards_per_bin(view, tracks, start_ms, bins)
    chosen = _best_sequence(rewards, SWITCH_COST_S * 1e3 / BIN_MS)
    changes = [0, *(np.flatnonzero(np.diff(chosen)) + 1).tolist(), bins]
    spans = []
    from_ms = start_ms
    for first, last in pairwise(changes):
        to_ms = end_ms
        if last < bins:
            edge = start_ms + last * BIN_MS
            appears = float(tracks[chosen[last]].time_ms[0])
            to_ms = appears if from_ms < appears and abs(appears - edge) <= BIN_MS else edge
        spans.append((from_ms, to_ms, int(chosen[first])))
        from_ms = to_ms
    return spans


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
        if not np.any(shown):
            continue
        first = int(bin_of[shown][0])
        worth = np.bincount(bin_of[shown] - first, weights=_worth(view, track)[shown])
        for which in np.flatnonzero(worth):
            rewards[first + which].append((index, float(worth[which] / frames[first + which])))
    return rewards


def _worth(view: ClipView, track: Track) -> Floats:
    """What each sighting of a subject is worth."""
    height = track.box[:, 3] - track.box[:, 1]
    size = np.minimum(1.0, 0.3 + height / LARGE_FACE)
    worth: Floats = KIND_WEIGHT[track.kind] * track.confidence * size
    return worth + PRIMARY_BONUS * track.is_primary(view)


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
