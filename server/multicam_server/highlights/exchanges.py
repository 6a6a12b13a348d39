"""Exchanges without their pause: a question and its answer as two clips.

Whoever asks waits for an answer, and the viewer need not. Each of the two clips is shown
from its own best camera, and neither is ever shown without the other.
"""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Indices
from .candidates import Appraiser, Candidates, Runs
from .timeline import Timeline

# A shorter pause is not worth a cut: it would look like a mistake.
_LEAST_PAUSE_MS = 400.0
NO_CLIP = -1


@dataclass(frozen=True, eq=False)
class Options:
    """`k` things to choose: a clip, or the two clips of an exchange; columns of shape (k,).

    `opening` and `closing` are indices of `clips`; `closing` is `NO_CLIP` for a single one.
    """

    clips: Candidates
    opening: Indices
    closing: Indices

    @property
    def first(self) -> Indices:
        """First moment of each option."""
        return self.clips.first[self.opening]

    @property
    def last(self) -> Indices:
        """The moment after the last one of each option."""
        final = np.where(self.closing == NO_CLIP, self.opening, self.closing)
        last: Indices = self.clips.last[final]
        return last

    def total(self, column: Indices) -> Indices:
        """The sum of a column of `clips` over each option's clips."""
        closing = np.where(self.closing == NO_CLIP, 0, column[self.closing])
        total: Indices = column[self.opening] + closing
        return total

    def clips_of(self, option: int) -> tuple[int, ...]:
        """The clips of one option, in order of time."""
        both = int(self.opening[option]), int(self.closing[option])
        return tuple(clip for clip in both if clip != NO_CLIP)


def list_options(appraiser: Appraiser, runs: Runs, *, tighten: bool) -> Options:
    """Every run as one clip and, with `tighten`, every exchange as two."""
    whole, _ = appraiser.appraise(runs)
    every = np.arange(len(whole))
    alone = np.full(len(whole), NO_CLIP)
    if not tighten or not appraiser.timeline.bound.any():
        return Options(whole, every, alone)
    asked, answered = _halves(
        appraiser.timeline, min_clip_ms=appraiser.min_clip_ms, max_clip_ms=appraiser.max_clip_ms
    )
    openings, opening_of = appraiser.appraise(asked)
    closings, closing_of = appraiser.appraise(answered)
    _, one, other = np.intersect1d(opening_of, closing_of, return_indices=True)
    return Options(
        clips=whole.followed_by(openings).followed_by(closings),
        opening=np.concatenate([every, len(whole) + one]),
        closing=np.concatenate([alone, len(whole) + len(openings) + other]),
    )


def _halves(timeline: Timeline, *, min_clip_ms: float, max_clip_ms: float) -> tuple[Runs, Runs]:
    """The clips before and after each pause within an exchange that is worth cutting out.

    A half that is shorter than the shortest clip takes what it lacks from the pause.
    """
    begins, ends = _chains(timeline)
    asked = np.flatnonzero(timeline.bound)
    first, last = begins[asked], ends[asked + 1] + 1
    start = timeline.start_ms - timeline.lead_ms
    end = timeline.end_ms + timeline.tail_ms
    until = np.maximum(end[asked], start[first] + min_clip_ms)
    since = np.minimum(start[asked + 1], end[last - 1] - min_clip_ms)
    good = (
        (since - until >= _LEAST_PAUSE_MS)
        & (until - start[first] <= max_clip_ms)
        & (end[last - 1] - since <= max_clip_ms)
    )
    asked, first, last = asked[good], first[good], last[good]
    return (
        Runs(first, asked + 1, first, asked + 1, start[first], until[good]),
        Runs(asked + 1, last, asked + 1, last, since[good], end[last - 1]),
    )


def _chains(timeline: Timeline) -> tuple[Indices, Indices]:
    """Per moment the first and the last moment of the exchange that it belongs to."""
    every = np.arange(len(timeline))
    bound = timeline.bound
    begins = np.maximum.accumulate(np.where(np.concatenate([[False], bound[:-1]]), 0, every))
    ends = np.minimum.accumulate(np.where(bound, len(timeline), every)[::-1])[::-1]
    return begins, ends
