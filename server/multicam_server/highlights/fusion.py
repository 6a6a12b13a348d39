"""One sentence heard by four recorders is one sentence.

Every recording's events are matched in session time. Matched events are fused:
their boundaries are averaged by the median, which forgives one recorder's error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Indices
from ..domain.media import Floats
from .session import HeardEvents

# Two events are the same one when both of their boundaries differ by no more than
# this: more than two detectors' jitter and the way of sound through a room, less
# than a short sentence.
_BOUNDARY_TOLERANCE_MS = 400.0
# So many pairs of events tell how far the recordings disagree.
_ENOUGH_PAIRS = 20
# The median of the absolute difference of two normal deviates of equal spread, as their
# standard deviation: 1 / (0.6745 * sqrt(2)).
_MEDIAN_DIFFERENCE_TO_SIGMA = 1.0484


@dataclass(frozen=True, eq=False)
class Fused:
    """`n` fused events in session time, sorted by start, and who heard them.

    `member_of` and the other member columns have one element per matched event:
    the fused event's index, the recording's index and the event's index in it.
    """

    start_ms: Floats
    end_ms: Floats
    member_of: Indices
    member_camera: Indices
    member_event: Indices
    member_end_ms: Floats

    def __len__(self) -> int:
        return len(self.start_ms)

    @property
    def boundary_error_ms(self) -> Floats:
        """Standard deviation of each fused end, from how far the recordings disagree.

        Of shape (n,); NaN where too little was heard by two recordings.
        """
        order = np.argsort(self.member_of, kind="stable")
        owner, end = self.member_of[order], self.member_end_ms[order]
        again = np.flatnonzero(owner[1:] == owner[:-1])
        if again.size < _ENOUGH_PAIRS:
            return np.full(len(self), np.nan)
        apart = np.abs(end[again + 1] - end[again])
        one_recording = float(np.median(apart)) * _MEDIAN_DIFFERENCE_TO_SIGMA
        heard_by = np.bincount(self.member_of, minlength=len(self))
        error: Floats = one_recording / np.sqrt(heard_by)
        return error

    def mean(self, values: Floats) -> Floats:
        """Mean of a member column per fused event; NaN where no member knows."""
        known = ~np.isnan(values)
        count = np.bincount(self.member_of[known], minlength=len(self))
        total = np.bincount(self.member_of[known], weights=values[known], minlength=len(self))
        with np.errstate(invalid="ignore"):
            mean: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return mean


def fuse(heard: Sequence[HeardEvents]) -> Fused:
    """Matches the recordings' events; an event matches at most one per recording.

    `heard` has one element per recording, in the session's canonical order. Work
    is in the order of recordings: each one's events join the nearest fused event
    whose boundaries agree, or start a new one.
    """
    anchor_start, anchor_end = np.zeros(0), np.zeros(0)
    owner_parts: list[Indices] = []
    for events in heard:
        owner = _match(anchor_start, anchor_end, events)
        alone = owner < 0
        owner[alone] = len(anchor_start) + np.arange(np.count_nonzero(alone))
        anchor_start = np.concatenate([anchor_start, events.start_ms[alone]])
        anchor_end = np.concatenate([anchor_end, events.end_ms[alone]])
        owner_parts.append(owner)
    member_of = np.concatenate([np.zeros(0, dtype=np.int64), *owner_parts])
    member_camera = np.repeat(np.arange(len(heard)), [len(events) for events in heard])
    member_event = np.concatenate(
        [np.zeros(0, dtype=np.int64), *(np.arange(len(events)) for events in heard)]
    )
    starts = np.concatenate([np.zeros(0), *(events.start_ms for events in heard)])
    ends = np.concatenate([np.zeros(0), *(events.end_ms for events in heard)])
    start = _group_median(member_of, starts, len(anchor_start))
    end = _group_median(member_of, ends, len(anchor_start))
    order = np.lexsort((end, start))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return Fused(
        start_ms=start[order],
        end_ms=end[order],
        member_of=rank[member_of],
        member_camera=member_camera,
        member_event=member_event,
        member_end_ms=ends,
    )


def _match(anchor_start: Floats, anchor_end: Floats, events: HeardEvents) -> Indices:
    """For each event the index of the fused event that it repeats, or -1."""
    owner = np.full(len(events), -1, dtype=np.int64)
    if anchor_start.size == 0 or len(events) == 0:
        return owner
    order = np.lexsort((anchor_end, anchor_start))
    near = np.searchsorted(anchor_start[order], events.start_ms)
    best = np.full(len(events), np.inf)
    for step in (-2, -1, 0, 1):
        at = order[np.clip(near + step, 0, len(order) - 1)]
        apart_start = np.abs(anchor_start[at] - events.start_ms)
        apart_end = np.abs(anchor_end[at] - events.end_ms)
        apart = np.where(
            (apart_start <= _BOUNDARY_TOLERANCE_MS)
            & (apart_end <= _BOUNDARY_TOLERANCE_MS)
            & (anchor_start[at] < events.end_ms)
            & (anchor_end[at] > events.start_ms),
            apart_start + apart_end,
            np.inf,
        )
        closer = apart < best
        owner[closer] = at[closer]
        best[closer] = apart[closer]
    # Of several events that claim one fused event, the nearest keeps it.
    claims = np.lexsort((np.arange(len(events)), best, owner))
    repeated = np.concatenate([[False], np.diff(owner[claims]) == 0])
    owner[claims[repeated]] = -1
    return owner


def _group_median(group: Indices, values: Floats, groups: int) -> Floats:
    """The median of `values` per group; every group has at least one."""
    if groups == 0:
        return np.zeros(0)
    ordered = values[np.lexsort((values, group))]
    size = np.bincount(group, minlength=groups)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    return 0.5 * (ordered[first + (size - 1) // 2] + ordered[first + size // 2])
