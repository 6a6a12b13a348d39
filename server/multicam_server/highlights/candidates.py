"""Clips that could be shown: runs of neighbouring moments, each from its best camera."""

from dataclasses import dataclass, fields

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .moments import MomentKind
from .scoring import Worth
from .session import Session
from .timeline import Timeline

# Lengths are counted in parts of a millisecond that binary floating point holds
# exactly, so that sums of clip lengths are exact.
TICKS_PER_MS = 1_024
# Values are whole numbers: score times milliseconds times this.
VALUE_SCALE = 1_000.0
# From one moment so many runs are tried at most, and in all about so many. Where more
# would lie within the bounds, their lengths are spread evenly between the bounds.
_MOST_RUNS_PER_MOMENT = 48
_LEAST_RUNS_PER_MOMENT = 12
_MOST_RUNS = 400_000
# Below this score a moment's worth falls off exponentially instead of turning
# negative: any moment is worth more than an unused rest of the target.
_LOW_SCORE = 0.1
# Worth of a pause inside a clip, per millisecond: less than any usual moment's.
_PAUSE_WORTH = 0.02
# What remains of the worth of speech that has to be cut inside a sentence.
_PIECE_SHARE = 0.25
# What a cut costs, as milliseconds of a moment of usual worth: enough to keep
# neighbouring moments in one clip, too little to give up a better moment.
_CUT_COST_MS = 300.0
# A camera may miss this much of a moment's edge, which rounding of times can cause.
_COVER_TOLERANCE_MS = 1e-3


@dataclass(frozen=True, eq=False)
class Candidates:
    """`m` clips in session time; columns of shape (m,).

    A clip takes the moments `first` to `last` (exclusive) of the timeline, and what
    it is worth comes from the moments `core_first` to `core_last` (exclusive): edge
    tiles only lend length. `ticks` is its length, `value` its worth, both integers.
    """

    first: Indices
    last: Indices
    core_first: Indices
    core_last: Indices
    start_ms: Floats
    ticks: Indices
    camera: Indices
    value: Indices

    def __len__(self) -> int:
        return len(self.first)

    def followed_by(self, other: "Candidates") -> "Candidates":
        """These clips and then the others."""
        pairs = [(getattr(self, field.name), getattr(other, field.name)) for field in fields(self)]
        return Candidates(*(np.concatenate(pair) for pair in pairs))

    def take(self, at: Indices | Flags) -> "Candidates":
        """Some of the clips."""
        return Candidates(*(getattr(self, field.name)[at] for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Runs:
    """Runs of moments with their clip's borders in session time, before any camera."""

    first: Indices
    last: Indices
    core_first: Indices
    core_last: Indices
    start_ms: Floats
    end_ms: Floats

    def __len__(self) -> int:
        return len(self.first)


@dataclass(frozen=True, eq=False)
class Appraiser:
    """Makes clips of runs: the best camera of each, and what it is worth.

    `worths` has shape (cameras, moments), per millisecond; `usual` is what a spoken moment
    is worth on average, per millisecond.
    """

    session: Session
    timeline: Timeline
    worths: Floats
    preference: Floats
    usual: float
    min_clip_ms: float
    max_clip_ms: float

    def appraise(self, runs: Runs) -> tuple[Candidates, Indices]:
        """The clips, and which run each comes from: what no camera recorded is left out."""
        length = self.timeline.length_ms
        camera, start, end, value = self._best_cameras(runs)
        filled = _sum_over(length, runs.core_first, runs.core_last)
        value = value * np.minimum((end - start) / filled, 1.0)
        pause = np.maximum(end - start - filled, 0.0)
        total = value + _PAUSE_WORTH * pause - _CUT_COST_MS * self.usual
        least = np.ceil(self.min_clip_ms * TICKS_PER_MS)
        most = np.floor(self.max_clip_ms * TICKS_PER_MS)
        ticks = np.clip(np.floor((end - start) * TICKS_PER_MS), min(least, most), most)
        clips = Candidates(
            first=runs.first,
            last=runs.last,
            core_first=runs.core_first,
            core_last=runs.core_last,
            start_ms=start,
            ticks=ticks.astype(np.int64),
            camera=camera,
            value=np.maximum(np.rint(total * VALUE_SCALE), 1.0).astype(np.int64),
        )
        shown = np.flatnonzero((camera >= 0) & (clips.ticks > 0))
        return clips.take(shown), shown

    def _best_cameras(self, runs: Runs) -> tuple[Indices, Floats, Floats, Floats]:
        """Per run the camera that is worth most, the clip's borders there, and its worth.

        -1 where no camera recorded all of it. Handles give way to the recording's ends.
        """
        session, timeline = self.session, self.timeline
        count = len(runs)
        camera = np.full(count, -1, dtype=np.int64)
        start, end, value = np.zeros(count), np.zeros(count), np.zeros(count)
        best = np.full(count, -np.inf)
        core_start = np.maximum(timeline.start_ms[runs.core_first], runs.start_ms)
        core_end = np.minimum(timeline.end_ms[runs.core_last - 1], runs.end_ms)
        for at, shows in enumerate(session.shows):
            if not shows:
                continue
            begin = np.maximum(runs.start_ms, session.start_ms[at])
            stop = np.minimum(runs.end_ms, session.end_ms[at])
            covers = (
                (begin <= core_start + _COVER_TOLERANCE_MS)
                & (stop >= core_end - _COVER_TOLERANCE_MS)
                & (stop - begin >= self.min_clip_ms - 1e-6)
            )
            worths = self.worths[at] * timeline.length_ms
            liked = worths + self.preference[at] * timeline.length_ms
            worth = _sum_over(worths, runs.core_first, runs.core_last)
            liking = _sum_over(liked, runs.core_first, runs.core_last)
            better = covers & (liking > best)
            camera[better] = at
            start[better], end[better] = begin[better], stop[better]
            value[better], best[better] = worth[better], liking[better]
        return camera, start, end, value


def appraiser(
    session: Session,
    timeline: Timeline,
    worth: Worth,
    weights: Floats,
    *,
    min_clip_ms: float,
    max_clip_ms: float,
) -> Appraiser:
    """The appraiser of clips whose moments have this worth."""
    scores = worth.heard @ weights + worth.seen @ weights
    worths = _positive(scores) * np.where(timeline.kind == MomentKind.PIECE, _PIECE_SHARE, 1.0)
    spoken = ~timeline.is_tile
    sample = worths[:, spoken] if spoken.any() else worths
    return Appraiser(
        session=session,
        timeline=timeline,
        worths=worths,
        preference=worth.preference,
        usual=float(sample.mean()) if sample.size else 0.0,
        min_clip_ms=min_clip_ms,
        max_clip_ms=max_clip_ms,
    )


def _positive(scores: Floats) -> Floats:
    """Scores as worths: unchanged from `_LOW_SCORE` upwards, always more than 0."""
    low = _LOW_SCORE * np.exp(np.minimum(scores, _LOW_SCORE) / _LOW_SCORE - 1.0)
    return np.where(scores >= _LOW_SCORE, scores, low)


def _sum_over(values: Floats, first: Indices, last: Indices) -> Floats:
    """Sums of values[first:last] for many stretches."""
    running = np.concatenate([[0.0], np.cumsum(values)])
    total: Floats = running[last] - running[first]
    return total


def list_runs(timeline: Timeline, *, min_clip_ms: float, max_clip_ms: float) -> Runs:
    """Runs whose clip lies within the bounds and parts no question from its answer.

    A run with speech begins and ends with the handles of its speech. Tiles at its
    edges are used only to reach `min_clip_ms`, first behind, then before the speech.
    A run without a whole sentence (tiles, pieces of overlong speech) is shown whole or
    as much as `max_clip_ms` allows.
    """
    count = len(timeline)
    start = timeline.start_ms - timeline.lead_ms
    end = timeline.end_ms + timeline.tail_ms
    every = np.arange(count)
    if count == 0:
        return Runs(every, every, every, every, start, end)
    shortest = np.maximum(np.searchsorted(end, start + min_clip_ms - 1e-6), every)
    furthest = np.searchsorted(start, end + max_clip_ms, side="left") - 1
    possible = np.maximum(furthest - shortest + 1, 0)
    most = int(np.clip(_MOST_RUNS / count, _LEAST_RUNS_PER_MOMENT, _MOST_RUNS_PER_MOMENT))
    runs = np.minimum(possible, most)
    first = np.repeat(every, runs)
    step = np.arange(int(runs.sum())) - np.repeat(np.cumsum(runs) - runs, runs)
    crowded = possible[first] > most
    step = np.where(crowded, step * (possible[first] - 1) // (most - 1), step)
    final = shortest[first] + step
    spoken = np.flatnonzero(~timeline.is_tile)
    if spoken.size:
        next_spoken = np.searchsorted(spoken, first)
        last_spoken = np.searchsorted(spoken, final, side="right") - 1
        says = next_spoken <= last_spoken
        core_first = np.where(says, spoken[np.minimum(next_spoken, spoken.size - 1)], first)
        core_final = np.where(says, spoken[np.maximum(last_spoken, 0)], final)
    else:
        says = np.zeros(len(first), dtype=np.bool_)
        core_first, core_final = first, final
    core_start, core_end = start[core_first], end[core_final]
    need = np.maximum(min_clip_ms - (core_end - core_start), 0.0)
    behind = np.minimum(np.where(final > core_final, end[final] - core_end, 0.0), need)
    before = np.minimum(np.where(first < core_first, core_start - start[first], 0.0), need - behind)
    # An edge tile that lends nothing only makes the same clip twice.
    lends_behind = (final == core_final) | (core_end + behind > start[final])
    lends_before = (first == core_first) | (core_start - before < end[first])
    lends = lends_behind & lends_before & (need - behind - before <= 1e-6)
    clip_start, clip_end = core_start - before, core_end + behind
    whole = np.cumsum(timeline.kind == MomentKind.SPEECH)
    divisible = (whole[core_final] == whole[core_first]) & (
        timeline.kind[core_first] != MomentKind.SPEECH
    )
    clip_end = np.where(divisible, np.minimum(clip_end, clip_start + max_clip_ms), clip_end)
    clip_length = clip_end - clip_start
    fits = (clip_length >= min_clip_ms - 1e-6) & (clip_length <= max_clip_ms + 1e-6)
    bound = np.concatenate([[False], timeline.bound])
    parts = bound[core_first] | bound[core_final + 1]
    good = np.flatnonzero(fits & lends & ~parts)
    return Runs(
        first[good],
        final[good] + 1,
        core_first[good],
        core_final[good] + 1,
        clip_start[good],
        clip_end[good],
    )
