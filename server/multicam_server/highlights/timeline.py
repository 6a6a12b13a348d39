"""The session as one row of moments: what is spoken, and tiles of what lies between."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .evidence import Evidence
from .moments import MomentKind, SpokenMoment, parted_at_recordings, spoken_moments
from .session import Session

# Handles: a clip begins this long before its first word and ends this long after its
# last, and never takes more than half of the pause. One to two frames: every further
# millisecond is taken from what is said elsewhere.
_LEAD_MS = 40.0
_TAIL_MS = 85.0
# Where several recordings tell how well the end of a sentence is known, its handles are so
# many standard deviations of it long, within limits; a cut last word is heard more than a
# cut first one.
_LEAD_SIGMAS = 1.0
_TAIL_SIGMAS = 1.8
_SHORTEST_HANDLE_MS = 30.0
_LONGEST_HANDLE_MS = 200.0
# A moment leaves this share of the longest clip for each of its handles, at most.
_HANDLE_SHARE = 0.1
# Where nobody speaks the session is tiled in stretches of this length: fine enough
# to fill a target, coarse enough to be few.
_TILE_MS = 2_000.0
# Less than this is no moment.
_LEAST_TILE_MS = 400.0
# Neither tiles nor pieces of overlong speech are shorter than this part of the session,
# whatever the longest clip: a clip then shows the beginning of one.
_FINEST_PART = 1.0 / 8_000.0
# A tile's edge is moved onto a beat this near.
_BEAT_WITHIN_MS = 400.0


@dataclass(frozen=True, eq=False)
class Timeline:
    """`n` moments sorted by time, without overlap; columns of shape (n,).

    `lead_ms` and `tail_ms` are the handles that a clip may have before and after the
    moment. `spoken` is the index of the spoken moment, -1 for a tile. `bound` marks
    questions: they are shown only with the next moment, and it only with them.
    """

    start_ms: Floats
    end_ms: Floats
    lead_ms: Floats
    tail_ms: Floats
    kind: Indices
    spoken: Indices
    bound: Flags

    def __len__(self) -> int:
        return len(self.start_ms)

    @property
    def length_ms(self) -> Floats:
        """Length of each moment without its handles."""
        length: Floats = self.end_ms - self.start_ms
        return length

    @property
    def is_tile(self) -> Flags:
        """Where nobody speaks."""
        tiles: Flags = self.kind == MomentKind.TILE
        return tiles


def divide(
    session: Session, evidence: Evidence, *, max_clip_ms: float
) -> tuple[list[SpokenMoment], Timeline]:
    """What may be shown in clips of this length: spoken moments, and tiles of the rest."""
    handles = wanted_handles_ms(
        evidence.sentences.boundary_error_ms, most_ms=max_clip_ms * _HANDLE_SHARE
    )
    moments = spoken_moments(
        evidence.sentences,
        evidence.reactions,
        longest_ms=max_clip_ms - sum(float(one.max(initial=0.0)) for one in handles),
        finest_ms=finest_ms(session),
    )
    recordings = [
        (float(session.start_ms[camera]), float(session.end_ms[camera]))
        for camera, shows in enumerate(session.shows)
        if shows
    ]
    moments = parted_at_recordings(moments, recordings)
    timeline = lay_out(
        session,
        moments,
        _bonds(moments, recordings),
        evidence.beats_ms,
        longest_ms=max_clip_ms,
        handles_ms=handles,
    )
    return moments, timeline


def _bonds(moments: list[SpokenMoment], recordings: list[tuple[float, float]]) -> Flags:
    """Which moments are questions that some recording holds together with the answer."""
    bound = np.zeros(len(moments), dtype=np.bool_)
    begin = moments[0].start_ms if moments else 0.0
    for at, (question, answer) in enumerate(pairwise(moments)):
        if at == 0 or not bound[at - 1]:
            begin = question.start_ms
        bound[at] = (
            question.asks
            and answer.answers
            and any(first <= begin and answer.end_ms <= last for first, last in recordings)
        )
    return bound


def lay_out(
    session: Session,
    moments: list[SpokenMoment],
    bound: Flags,
    beats_ms: Floats,
    *,
    longest_ms: float,
    handles_ms: tuple[Floats, Floats],
) -> Timeline:
    """The moments and, in the rest of the recorded time, tiles no longer than `longest_ms`.

    `bound` has shape (moments,), as in `Timeline`: the pause before an answer gets no
    tile. `handles_ms` are the handles that each sentence should have before and after it.
    """
    start = np.array([moment.start_ms for moment in moments], dtype=np.float64)
    end = np.array([moment.end_ms for moment in moments], dtype=np.float64)
    lead, tail = _room(session, start, end)
    if moments:
        before, after = handles_ms
        lead = np.minimum(lead, before[[moment.sentences[0] for moment in moments]])
        tail = np.minimum(tail, after[[moment.sentences[-1] for moment in moments]])
    taken_start, taken_end = start - lead, end + tail
    asked = np.flatnonzero(bound)
    taken_end[asked] = taken_start[asked + 1]
    tile_start, tile_end = _tiles(session, taken_start, taken_end, beats_ms, longest_ms=longest_ms)
    nothing = np.zeros(len(tile_start))
    kind = np.array([moment.kind for moment in moments], dtype=np.int64)
    whole_start = np.concatenate([start, tile_start])
    order = np.argsort(whole_start, kind="stable")
    return Timeline(
        start_ms=whole_start[order],
        end_ms=np.concatenate([end, tile_end])[order],
        lead_ms=np.concatenate([lead, nothing])[order],
        tail_ms=np.concatenate([tail, nothing])[order],
        kind=np.concatenate([kind, np.full(len(tile_start), MomentKind.TILE)])[order],
        spoken=np.concatenate([np.arange(len(start)), np.full(len(tile_start), -1)])[order],
        bound=np.concatenate([bound, np.zeros(len(tile_start), dtype=np.bool_)])[order],
    )


def wanted_handles_ms(boundary_error_ms: Floats, *, most_ms: float) -> tuple[Floats, Floats]:
    """Handles before and after sentences whose ends have these standard deviations.

    Both of shape (n,), at most `most_ms`; NaN stands for an unknown deviation.
    """

    def handle(usual_ms: float, sigmas: float) -> Floats:
        sized = np.clip(sigmas * boundary_error_ms, _SHORTEST_HANDLE_MS, _LONGEST_HANDLE_MS)
        wanted: Floats = np.minimum(np.where(np.isnan(sized), usual_ms, sized), most_ms)
        return wanted

    return handle(_LEAD_MS, _LEAD_SIGMAS), handle(_TAIL_MS, _TAIL_SIGMAS)


def finest_ms(session: Session) -> float:
    """The shortest tile or piece of speech that the session is divided into."""
    first, last = session.extent_ms
    return (last - first) * _FINEST_PART


def _room(session: Session, start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Room before and after each moment: half of the pause at most, none beyond the session."""
    if start.size == 0:
        return start, end
    first, last = session.extent_ms
    half = 0.5 * np.maximum(start[1:] - end[:-1], 0.0)
    before = np.concatenate([[max(start[0] - first, 0.0)], half])
    after = np.concatenate([half, [max(last - end[-1], 0.0)]])
    return before, after


def _tiles(
    session: Session, taken_start: Floats, taken_end: Floats, beats_ms: Floats, *, longest_ms: float
) -> tuple[Floats, Floats]:
    """Starts and ends of tiles in the recorded time that no moment takes.

    No tile crosses a recording's beginning or end, so that one camera can show it.
    """
    first, last = session.extent_ms
    length = max(min(_TILE_MS, longest_ms), finest_ms(session))
    edges = np.unique(np.concatenate([session.start_ms, session.end_ms]))
    # Free stretches lie between neighbouring borders; a border within a moment bounds none.
    borders = np.concatenate([[first], taken_end, taken_start, [last], edges])
    frees = np.concatenate(
        [np.ones(len(taken_end) + 1), -np.ones(len(taken_end) + 1), np.zeros(len(edges))]
    )
    order = np.lexsort((frees, borders))
    borders, free = borders[order], np.cumsum(frees[order])[:-1] > 0
    left, right = borders[:-1], borders[1:]
    wide = free & (right - left >= min(_LEAST_TILE_MS, longest_ms))
    left, right = left[wide], right[wide]
    recorded = np.zeros(len(left), dtype=np.bool_)
    for start, end in zip(session.start_ms, session.end_ms, strict=True):
        recorded |= (start <= left) & (end >= right)
    left, right = left[recorded], right[recorded]
    count = np.ceil((right - left) / length).astype(np.int64)
    step = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    begin, size = np.repeat(left, count), np.repeat((right - left) / count, count)
    inner = step > 0
    start = begin + step * size
    start[inner] = _on_beats(start[inner], beats_ms, within_ms=size[inner])
    end = np.concatenate([start[1:], [0.0]])[: len(start)]
    ends_span = np.concatenate([~inner[1:], [True]])[: len(start)]
    end[ends_span] = right
    return start, end


def _on_beats(cuts: Floats, beats_ms: Floats, *, within_ms: Floats) -> Floats:
    """Cuts moved onto the nearest beat where one is near.

    Near is less than half of the distance to the next cut (`within_ms`), so that their
    order is kept.
    """
    if beats_ms.size == 0:
        return cuts
    after = np.searchsorted(beats_ms, cuts)
    before = beats_ms[np.maximum(after - 1, 0)]
    behind = beats_ms[np.minimum(after, len(beats_ms) - 1)]
    nearest = np.where(np.abs(cuts - before) <= np.abs(behind - cuts), before, behind)
    near = np.abs(nearest - cuts) < np.minimum(_BEAT_WITHIN_MS, 0.49 * within_ms)
    return np.where(near, nearest, cuts)
