"""Subjects of one shot: sightings put together into tracks, false ones dropped."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from .observe import FACE, PERSON, ClipView, Sightings

MAX_GAP_MS = 5_000.0
"""The longest absence that is bridged by a straight line; who is away for longer
may be anywhere."""

STITCH_REACH = 1.5
"""How far, in sizes of the box, a subject may turn up from where it was lost and
still count as the same; head detectors rarely jump further."""

STITCH_SPEED = 0.3
"""Fractions of the frame per second by which the reach grows during an absence: a
brisk walk in a half-length shot."""

STITCH_SIZE_RATIO = 1.8
"""Greatest ratio of two boxes' heights that may belong to the same subject."""

SHORT_GAP_FRAMES = 2.5
"""Tracks are first stitched over absences of this many sampled frames: a detector
that only renames a subject goes on seeing it."""

LEAST_SIGHTINGS = 3
"""A subject seen less often after that is taken for a false detection, unless nobody
is seen more often."""

OUTLIER_NEIGHBOURS = 5
"""Sightings whose median a sighting is compared with (Hampel filter)."""

OUTLIER_SIZES = 1.0
"""A sighting further from that median than this many sizes of its box is false."""

LINK_SIZES = 1.0
"""An anonymous sighting continues the one before it within this many box sizes."""

GAP_MS = 500.0
"""Between sightings further apart, nobody knows how a subject went: up to a few missed
sightings a straight line is as good as any."""

DOUBT = 0.25
"""Share of the way between two sightings by which a subject may be off the straight line
half way: who stands for a third of the time and walks meanwhile."""

SHORTEST_STEP_MS = 1e-6
"""Two sightings are never closer: only the one of a track without others is its own neighbour."""

PRIMARY_REACH = 1.0
"""A subject is the detector's primary one when that one's centre lies within this
many sizes of the box."""


@dataclass(frozen=True, eq=False)
class Track:
    """One subject in one shot, `k` sightings in time order.

    `time_ms` has shape (k,), rising; `box` shape (k, 4), what must be seen; `key`
    shape (k,), the detector's id of each sighting, or a number of its own, beyond
    those of the ids, for a subject without id; `kind` the best kind of any.
    """

    time_ms: Floats
    box: Floats
    key: Indices
    confidence: Floats
    kind: int

    @property
    def centre(self) -> Floats:
        """Centres of the boxes, shape (k, 2)."""
        return 0.5 * (self.box[:, :2] + self.box[:, 2:])

    @property
    def size(self) -> Floats:
        """The greater side of each box, shape (k,)."""
        size: Floats = np.max(self.box[:, 2:] - self.box[:, :2], axis=1)
        return size

    def is_primary(self, view: ClipView) -> Flags:
        """Whether the detector's primary subject is this one, shape (k,)."""
        frame = np.searchsorted(view.frame_ms, self.time_ms)
        away_x = view.primary_x[frame] - self.centre[:, 0]
        away_y = view.primary_y[frame] - self.centre[:, 1]
        # NaN, no primary subject, compares as false.
        primary: Flags = np.hypot(away_x, away_y) <= PRIMARY_REACH * self.size
        return primary

    def during(self, start_ms: float, end_ms: float) -> "Track":
        """The track from start to end and one sighting beyond each, as far as there are any."""
        first = max(0, int(np.searchsorted(self.time_ms, start_ms)) - 1)
        last = int(np.searchsorted(self.time_ms, end_ms, side="right")) + 1
        part = slice(min(first, len(self.time_ms) - 1), last)
        return Track(
            self.time_ms[part], self.box[part], self.key[part], self.confidence[part], self.kind
        )

    def box_at(self, time_ms: Floats) -> Floats:
        """The box at other times, linear in between, held at the ends; shape (t, 4)."""
        before, after, done = self._around(time_ms)
        share = done[:, None]
        box: Floats = (1.0 - share) * self.box[before] + share * self.box[after]
        return box

    def doubt_at(self, time_ms: Floats) -> Floats:
        """How far, along (x, y), the box may be from box_at between two sightings; shape (t, 2)."""
        before, after, done = self._around(time_ms)
        centre = self.centre
        part = np.where(self.time_ms[after] - self.time_ms[before] > GAP_MS, DOUBT, 0.0)
        part *= 4.0 * done * (1.0 - done)
        doubt: Floats = part[:, None] * np.abs(centre[after] - centre[before])
        return doubt

    def _around(self, time_ms: Floats) -> tuple[Indices, Indices, Floats]:
        """The sightings before and after each time (t,), and how much of the way is done."""
        after = np.maximum(np.searchsorted(self.time_ms[:-1], time_ms), 1)
        before, after = after - 1, np.minimum(after, len(self.time_ms) - 1)
        start, end = self.time_ms[before], self.time_ms[after]
        done = (time_ms - start) / np.maximum(end - start, SHORTEST_STEP_MS)
        return before, after, np.minimum(np.maximum(done, 0.0), 1.0)

    def known_at(self, time_ms: Floats) -> Flags:
        """Whether the place at other times is known: no gap over MAX_GAP_MS around them."""
        after = np.searchsorted(self.time_ms, time_ms, side="left")
        before = np.searchsorted(self.time_ms, time_ms, side="right") - 1
        inside = (before >= 0) & (after < len(self.time_ms))
        before, after = np.maximum(before, 0), np.minimum(after, len(self.time_ms) - 1)
        return inside & (self.time_ms[after] - self.time_ms[before] <= MAX_GAP_MS)


def tracks_of_shots(view: ClipView) -> list[list[Track]]:
    """Per shot of the clip the subjects seen in it, in order of their first sighting.

    The shot's context beyond the clip's ends counts where no boundary is between.
    """
    together = _seen_together(view.sightings)
    nameless = count(len(view.sightings.ids))
    return [_tracks_of_shot(view, span, together, nameless) for span in view.shots]


def _tracks_of_shot(
    view: ClipView,
    span_ms: tuple[float, float],
    together: set[tuple[int, int]],
    nameless: Iterator[int],
) -> list[Track]:
    """The subjects seen between two shot boundaries; `nameless` numbers those without id."""
    seen = view.sightings
    first, last = np.searchsorted(seen.time_ms, _context(view, *span_ms))
    inside = np.arange(first, last)
    has_id = seen.key[inside] != _anonymous_key(seen)
    tracklets = _by_id(seen, inside[has_id]) + _by_place(seen, inside[~has_id], nameless)
    tracklets = [_without_outliers(tracklet) for tracklet in tracklets]
    renamed = _stitched(tracklets, together, SHORT_GAP_FRAMES * view.interval_ms)
    believed = [track for track in renamed if len(track.time_ms) >= LEAST_SIGHTINGS]
    return _stitched(believed or renamed, together, MAX_GAP_MS)


def _context(view: ClipView, start_ms: float, end_ms: float) -> tuple[float, float]:
    """The whole shot, as far as it was read, of which the clip shows start to end."""
    before = view.cuts_ms[view.cuts_ms <= start_ms]
    after = view.cuts_ms[view.cuts_ms >= end_ms]
    first = float(before[-1]) if len(before) else -np.inf
    last = float(after[0]) if len(after) else np.inf
    return first, last


def _anonymous_key(seen: Sightings) -> int:
    """The key of sightings without id, or -1 when all have one."""
    return seen.ids.index("") if "" in seen.ids else -1


def _track(seen: Sightings, rows: Indices) -> Track:
    """A track of these sightings, which are in time order, one per time."""
    return Track(
        time_ms=seen.time_ms[rows],
        box=seen.box[rows],
        key=seen.key[rows],
        confidence=seen.confidence[rows],
        kind=int(np.min(seen.kind[rows])),
    )


def _by_id(seen: Sightings, rows: Indices) -> list[Track]:
    """One track per id; of several sightings at one time the best kind, then the surest."""
    order = rows[
        np.lexsort((-seen.confidence[rows], seen.kind[rows], seen.time_ms[rows], seen.key[rows]))
    ]
    if not len(order):
        return []
    new_id = np.diff(seen.key[order], prepend=-1) != 0
    new_time = new_id | (np.diff(seen.time_ms[order], prepend=-np.inf) > 0.0)
    order, new_id = order[new_time], new_id[new_time]
    return [_track(seen, part) for part in np.split(order, np.flatnonzero(new_id)[1:])]


def _by_place(seen: Sightings, rows: Indices, nameless: Iterator[int]) -> list[Track]:
    """Tracks of sightings without id: each continues the nearest one that is near enough."""
    open_ends: list[list[int]] = []
    closed: list[list[int]] = []
    taken_at: dict[int, float] = {}
    box = seen.box[rows]
    centre = 0.5 * (box[:, :2] + box[:, 2:])
    size = np.max(box[:, 2:] - box[:, :2], axis=1)
    time_ms = seen.time_ms[rows]
    for row, time in enumerate(time_ms.tolist()):
        closed += [t for t in open_ends if time - time_ms[t[-1]] > MAX_GAP_MS]
        open_ends = [t for t in open_ends if time - time_ms[t[-1]] <= MAX_GAP_MS]
        best, best_distance = -1, LINK_SIZES
        for index, track in enumerate(open_ends):
            if taken_at[track[0]] >= time:
                continue
            gap = centre[row] - centre[track[-1]]
            distance = float(np.hypot(gap[0], gap[1]) / max(size[row], size[track[-1]]))
            if distance < best_distance:
                best, best_distance = index, distance
        if best < 0:
            open_ends.append([row])
            taken_at[row] = time
        else:
            open_ends[best].append(row)
            taken_at[open_ends[best][0]] = time
    tracks = [_track(seen, rows[track]) for track in sorted(closed + open_ends)]
    return [replace(track, key=np.full_like(track.key, next(nameless))) for track in tracks]


def _without_outliers(track: Track) -> Track:
    """The track without sightings that jump away and back (Hampel filter)."""
    count = len(track.time_ms)
    if count < OUTLIER_NEIGHBOURS:
        return track
    centre, half = track.centre, OUTLIER_NEIGHBOURS // 2
    if half * np.max(np.abs(np.diff(centre, axis=0))) <= OUTLIER_SIZES * np.min(track.size):
        # The median lies among neighbours up to `half` steps away: none of them is far.
        return track
    padded = np.pad(centre, ((half, half), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, OUTLIER_NEIGHBOURS, axis=0)
    median = np.sort(windows, axis=2)[:, :, half]
    away = np.max(np.abs(centre - median), axis=1)
    keep = away <= OUTLIER_SIZES * track.size
    if np.all(keep) or not np.any(keep):
        return track
    return Track(
        track.time_ms[keep], track.box[keep], track.key[keep], track.confidence[keep], track.kind
    )


def _seen_together(seen: Sightings) -> set[tuple[int, int]]:
    """Pairs of ids that appear in one frame: two people, never one."""
    together: set[tuple[int, int]] = set()
    same_kind_next = np.lexsort((seen.key, seen.kind, seen.time_ms))
    time, kind, key = (c[same_kind_next] for c in (seen.time_ms, seen.kind, seen.key))
    # Neighbours at distance d in one frame and of one kind; no frame is that crowded for long.
    for distance in range(1, len(key)):
        same = (time[distance:] == time[:-distance]) & (kind[distance:] == kind[:-distance])
        if not np.any(same):
            break
        low, high = key[:-distance][same], key[distance:][same]
        pairs = np.unique(np.column_stack((np.minimum(low, high), np.maximum(low, high))), axis=0)
        together.update((int(a), int(b)) for a, b in pairs)
    return together


def _stitched(
    tracklets: list[Track], together: set[tuple[int, int]], longest_gap_ms: float
) -> list[Track]:
    """Tracks whose end another one continues, joined; nearest joins first."""
    ordered = sorted(tracklets, key=lambda t: (t.time_ms[0], t.time_ms[-1], *t.box[0], t.key[0]))
    starts = np.array([t.time_ms[0] for t in ordered])
    joins: list[tuple[float, int, int]] = []
    for index, track in enumerate(ordered):
        end = track.time_ms[-1]
        first = int(np.searchsorted(starts, end, side="right"))
        last = int(np.searchsorted(starts, end + longest_gap_ms, side="right"))
        for other in range(first, last):
            cost = _join_cost(track, ordered[other], together)
            if cost is not None:
                joins.append((cost, index, other))
    next_of: dict[int, int] = {}
    has_previous: set[int] = set()
    for _, index, other in sorted(joins):
        if index not in next_of and other not in has_previous:
            next_of[index] = other
            has_previous.add(other)
    return [
        _joined(_chain(ordered, next_of, index))
        for index in range(len(ordered))
        if index not in has_previous
    ]


def _chain(tracks: list[Track], next_of: dict[int, int], first: int) -> list[Track]:
    """A track and all that continue it."""
    chain = [tracks[first]]
    while first in next_of:
        first = next_of[first]
        chain.append(tracks[first])
    return chain


def _join_cost(before: Track, after: Track, together: set[tuple[int, int]]) -> float | None:
    """How far apart two tracks are that may be one subject; None when they cannot be."""
    a, b = int(before.key[-1]), int(after.key[0])
    if (min(a, b), max(a, b)) in together and a != b:
        return None
    heights = before.box[-1, 3] - before.box[-1, 1], after.box[0, 3] - after.box[0, 1]
    same_group = (before.kind in (FACE, PERSON)) == (after.kind in (FACE, PERSON))
    if max(heights) > STITCH_SIZE_RATIO * min(heights) or not same_group:
        return None
    gap = after.centre[0] - before.centre[-1]
    distance = float(np.hypot(gap[0], gap[1]))
    absence_s = float(after.time_ms[0] - before.time_ms[-1]) * 1e-3
    reach = STITCH_REACH * max(before.size[-1], after.size[0]) + STITCH_SPEED * absence_s
    return distance / reach + absence_s if distance <= reach else None


def _joined(chain: list[Track]) -> Track:
    """Several tracks, one after the other, as one."""
    if len(chain) == 1:
        return chain[0]
    return Track(
        time_ms=np.concatenate([t.time_ms for t in chain]),
        box=np.concatenate([t.box for t in chain]),
        key=np.concatenate([t.key for t in chain]),
        confidence=np.concatenate([t.confidence for t in chain]),
        kind=min(t.kind for t in chain),
    )
