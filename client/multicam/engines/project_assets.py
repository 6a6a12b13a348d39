"""The recordings of a project's sequences, and which of them share a clock.

A clip of a multicam sequence tells in its meta where its recording lies in which session.
Where none does, recordings whose clips run side by side on different tracks of one
sequence are in sync as they lie there. What shares no clock is laid one after the other,
so that no two of its moments are taken for the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from .alignment import DRIFT, EXACT_OFFSET, MAX_DRIFT_PPM
from .ports import TimelineService
from .reading import Record, attribute, listing, mapping, number, text
from .rounding import AssetClock

APART_MS = 60_000.0
"""Between recordings that have nothing to do with each other: longer than any clip."""


@dataclass(frozen=True)
class UsedClip:
    """A video clip of one of the project's sequences."""

    asset_id: str
    sequence_id: str
    track_id: str
    role: str | None
    start_ms: float
    in_ms: float
    out_ms: float
    speed: float
    session_id: str | None
    placed: AssetClock | None

    @property
    def end_ms(self) -> float:
        """Where it ends on its sequence's timeline."""
        return self.start_ms + (self.out_ms - self.in_ms) / self.speed

    @property
    def offset_ms(self) -> float:
        """Where its recording would start on that timeline."""
        return self.start_ms - self.in_ms / self.speed

    def beside(self, other: "UsedClip") -> bool:
        """Whether both run at the same time on different tracks of one sequence."""
        overlap = min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms)
        apart = self.track_id != other.track_id and self.asset_id != other.asset_id
        return self.sequence_id == other.sequence_id and apart and overlap > 0.0


def used_clips(timeline: TimelineService, project: Record) -> list[UsedClip]:
    """The video clips of the project's sequences."""
    clips = []
    for sequence_id in _sequence_ids(timeline, project):
        for track in listing(timeline.list_tracks_for_sequence(sequence_id)):
            if text(track, "kind") != "video":
                continue
            for clip in listing(timeline.list_clips_for_track(text(track, "id") or "")):
                used = _used(clip, track, sequence_id)
                if used is not None:
                    clips.append(used)
    return clips


def _sequence_ids(timeline: TimelineService, project: Record) -> list[str]:
    """The project's sequences; a store may know more of them than the project."""
    known = [one for one in listing(attribute(project, "sequence_ids")) if isinstance(one, str)]
    lister = getattr(timeline, "list_sequences_for_project", None)
    listed = listing(lister(text(project, "id") or "")) if callable(lister) else []
    more = [name for name in (text(sequence, "id") for sequence in listed) if name]
    return list(dict.fromkeys([*known, *more]))


def _used(clip: Record, track: Record, sequence_id: str) -> UsedClip | None:
    asset_id = text(clip, "asset_id")
    if asset_id is None:
        return None
    in_ms, out_ms = number(clip, "in_ms") or 0.0, number(clip, "out_ms") or 0.0
    speed = number(clip, "speed") or 1.0
    told = mapping(mapping(clip, "meta"), "multicam")
    offset, drift = number(told, EXACT_OFFSET), number(told, DRIFT) or 0.0
    known = offset is not None and abs(drift) <= MAX_DRIFT_PPM
    return UsedClip(
        asset_id=asset_id,
        sequence_id=sequence_id,
        track_id=text(track, "id") or "",
        role=text(mapping(track, "meta"), "multicam_role"),
        start_ms=number(clip, "start_ms_on_timeline") or 0.0,
        in_ms=in_ms,
        out_ms=out_ms,
        speed=speed if speed > 0.0 else 1.0,
        session_id=text(told, "session_id") if known else None,
        placed=AssetClock(offset or 0.0, drift) if known else None,
    )


@dataclass
class _Group:
    """Recordings that share a clock, each with its place on it."""

    clocks: dict[str, AssetClock] = field(default_factory=dict)

    def spread(self, durations_ms: Mapping[str, float]) -> tuple[float, float]:
        """When the first of them starts and the last ends."""
        ends = [
            clock.session_ms(max(durations_ms[name], 0.0)) for name, clock in self.clocks.items()
        ]
        return min(clock.offset_ms for clock in self.clocks.values()), max(ends)


def placed_assets(
    clips: Sequence[UsedClip], durations_ms: Mapping[str, float]
) -> dict[str, AssetClock]:
    """Every asset's place on one clock, sorted by asset id."""
    placed: dict[str, AssetClock] = {}
    cursor = 0.0
    for group in _groups(clips, sorted(durations_ms)):
        first, last = group.spread(durations_ms)
        for name, clock in group.clocks.items():
            moved = clock.offset_ms - first + cursor
            placed[name] = replace(clock, offset_ms=moved, duration_ms=durations_ms[name])
        cursor += last - first + APART_MS
    return dict(sorted(placed.items()))


def _groups(clips: Sequence[UsedClip], names: Sequence[str]) -> list[_Group]:
    """The assets by the clock that they share, each asset once."""
    groups: list[_Group] = []
    left = set(names)
    sessions = sorted({clip.session_id for clip in clips if clip.session_id})
    for session_id in sessions:
        group = _Group()
        for clip in clips:
            if clip.session_id == session_id and clip.placed and clip.asset_id in left:
                group.clocks.setdefault(clip.asset_id, clip.placed)
        left -= group.clocks.keys()
        groups.append(group)
    links = [pair for pair in combinations(clips, 2) if pair[0].beside(pair[1])]
    for name in names:
        if name in left:
            group = _linked(name, links, left)
            left -= group.clocks.keys()
            groups.append(group)
    return [group for group in groups if group.clocks]


def _linked(first: str, links: Iterable[tuple[UsedClip, UsedClip]], left: set[str]) -> _Group:
    """What runs beside `first`, or beside something that does, with its place."""
    group = _Group({first: AssetClock()})
    pending = [first]
    while pending:
        name = pending.pop()
        for one, other in links:
            for here, there in ((one, other), (other, one)):
                new = there.asset_id in left and there.asset_id not in group.clocks
                if here.asset_id == name and new:
                    at = group.clocks[name].offset_ms + there.offset_ms - here.offset_ms
                    group.clocks[there.asset_id] = AssetClock(at)
                    pending.append(there.asset_id)
    return group
