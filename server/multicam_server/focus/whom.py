"""Whom the window follows when: who speaks, or else the primary subject, and who is beside."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..domain.media import Floats
from .observe import THING, ClipView
from .primary import primary_spans
from .speakers import People, Turn, link_speakers, people_of, turns_of
from .tracks import Track, tracks_of_shots
from .window import Window

SHORTEST_STRETCH_MS = 700.0
"""A shorter stretch at the edge of a shot goes to its neighbour: a cut that comes
right after another cut is a flash."""

LEAST_COMPANY = 0.8
"""Who is framed together with the followed subject is seen for this share of the time."""

LEAST_COMPANY_HEIGHT = 0.6
"""... and is at least this tall beside the followed subject: not a passer-by behind."""

COMPANY_SHARE = 0.85
"""... and leaves all of them within this share of the window's sides."""

COMPANY_STEP_MS = 500.0
"""Time step of that comparison."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """One choice, in clip time; no tracks means nobody. The first track is the one followed."""

    start_ms: float
    end_ms: float
    tracks: tuple[Track, ...]
    reason: str


@dataclass(frozen=True, eq=False)
class Choice:
    """Whom to follow in each shot, and which voices could be linked to people."""

    shots: list[list[Stretch]]
    linked: tuple[str, ...]
    unlinked: tuple[str, ...]


def whom_to_follow(view: ClipView, window: Window) -> Choice:
    """The stretches of every shot of the clip, in time order, without gap."""
    shots = tracks_of_shots(view)
    people = people_of(shots)
    links = link_speakers(view, shots, people)
    floor = _Floor(turns_of(view.speech), links, people)
    chosen = []
    for (start_ms, end_ms), tracks in zip(view.shots, shots, strict=True):
        stretches = _by_turns(view, tracks, floor, start_ms=start_ms, end_ms=end_ms)
        stretches = [_with_company(s, tracks, window) for s in _without_flashes(stretches)]
        chosen.append(_joined(stretches))
    voices = {
        event.speaker_id for event in view.speech if _in_clip(view, event.start_ms, event.end_ms)
    }
    return Choice(
        chosen,
        linked=tuple(sorted(voices & links.keys())),
        unlinked=tuple(sorted(voices - links.keys())),
    )


def _in_clip(view: ClipView, start_ms: float, end_ms: float) -> bool:
    return start_ms < view.duration_ms and end_ms > 0.0


@dataclass(frozen=True, eq=False)
class _Floor:
    """Who has the floor when, and the person of each voice that is linked to one."""

    turns: list[Turn]
    links: dict[str, int]
    people: People


def _by_turns(
    view: ClipView, tracks: list[Track], floor: _Floor, *, start_ms: float, end_ms: float
) -> list[Stretch]:
    """One shot's stretches: each turn's speaker where linked and seen, else the primary subject."""
    if not tracks or end_ms <= start_ms:
        return [Stretch(start_ms, end_ms, (), "nobody is visible")]
    primary = [
        Stretch(start, end, (tracks[which],), "primary subject")
        for start, end, which in primary_spans(view, tracks, start_ms, end_ms)
    ]
    stretches = []
    for turn in _covering(floor.turns, start_ms, end_ms):
        person = floor.links.get(turn.speaker_id)
        own = [t for t in tracks if person is not None and floor.people.of(t) == person]
        spans = _seen_spans(own, turn.start_ms, turn.end_ms)
        if not spans:
            reason = "primary subject"
            if person is not None:
                reason = f"primary subject; {turn.speaker_id} speaks and is not visible"
            stretches += [replace(s, reason=reason) for s in _clipped(primary, turn)]
        stretches += [
            Stretch(start, end, (track,), f"{turn.speaker_id} speaks")
            for start, end, track in spans
        ]
    return _joined(stretches)


def _covering(turns: list[Turn], start_ms: float, end_ms: float) -> list[Turn]:
    """The turns from start to end; before the first one, its speaker is expected to speak."""
    if not turns:
        return [Turn(start_ms, end_ms, "")]
    turns = [replace(turns[0], start_ms=-np.inf), *turns[1:]]
    return [
        Turn(max(t.start_ms, start_ms), min(t.end_ms, end_ms), t.speaker_id)
        for t in turns
        if t.start_ms < end_ms and t.end_ms > start_ms
    ]


def _seen_spans(
    tracks: list[Track], start_ms: float, end_ms: float
) -> list[tuple[float, float, Track]]:
    """Who of one person's tracks stands for the person from start to end, without gap.

    Empty when the person is not seen in that time. Between two tracks the later
    one begins where it is first seen.
    """
    seen = [t for t in tracks if np.any((t.time_ms >= start_ms) & (t.time_ms <= end_ms))]
    starts = [start_ms, *(max(start_ms, float(t.time_ms[0])) for t in seen[1:]), end_ms]
    return [
        (start, end, track)
        for (start, end), track in zip(pairwise(starts), seen, strict=False)
        if end > start
    ]


def _clipped(stretches: list[Stretch], turn: Turn) -> list[Stretch]:
    """The parts of stretches within a turn."""
    return [
        replace(s, start_ms=max(s.start_ms, turn.start_ms), end_ms=min(s.end_ms, turn.end_ms))
        for s in stretches
        if s.start_ms < turn.end_ms and s.end_ms > turn.start_ms
    ]


def _without_flashes(stretches: list[Stretch]) -> list[Stretch]:
    """The stretches of a shot without those too short to be seen."""
    kept = [s for s in stretches if s.end_ms - s.start_ms >= SHORTEST_STRETCH_MS]
    if not kept:
        longest = max(stretches, key=lambda s: (s.end_ms - s.start_ms, -s.start_ms))
        kept = [longest]
    starts = [stretches[0].start_ms, *(s.start_ms for s in kept[1:]), stretches[-1].end_ms]
    return [
        replace(s, start_ms=start, end_ms=end)
        for s, (start, end) in zip(kept, pairwise(starts), strict=True)
    ]


def _with_company(stretch: Stretch, tracks: list[Track], window: Window) -> Stretch:
    """The stretch with everybody who fits into the window beside the followed subject."""
    if not stretch.tracks:
        return stretch
    span = stretch.start_ms, stretch.end_ms
    followed = stretch.tracks[0].during(*span)
    steps = max(2, int((stretch.end_ms - stretch.start_ms) / COMPANY_STEP_MS))
    times = np.linspace(stretch.start_ms, stretch.end_ms, steps)
    times = times[followed.known_at(times)]
    company, members = [followed], [stretch.tracks[0]]
    for track in tracks if len(times) else ():
        beside = track.during(*span)
        if track is not members[0] and _fits(beside, company, times, window):
            company.append(beside)
            members.append(track)
    if len(members) == 1:
        return stretch
    return replace(
        stretch,
        tracks=tuple(members),
        reason=f"{stretch.reason}; all who fit are framed together",
    )


def _fits(track: Track, company: list[Track], times: Floats, window: Window) -> bool:
    """Whether a track can be kept in the window together with the others, all the time."""
    known = track.known_at(times)
    if track.kind == THING or np.mean(known) < LEAST_COMPANY:
        return False
    height, beside = (np.median(t.box[:, 3] - t.box[:, 1]) for t in (track, company[0]))
    if height < LEAST_COMPANY_HEIGHT * beside:
        return False
    boxes = np.stack([member.box_at(times[known]) for member in (*company, track)])
    size = boxes[:, :, 2:].max(axis=0) - boxes[:, :, :2].min(axis=0)
    return bool(np.all(size.max(axis=0) <= COMPANY_SHARE * np.array([window.width, window.height])))


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    """Stretches in a row with the same subjects, as one."""
    joined: list[Stretch] = []
    for stretch in stretches:
        if joined and set(map(id, joined[-1].tracks)) == set(map(id, stretch.tracks)):
            reasons = joined[-1].reason.split("; ") + stretch.reason.split("; ")
            reason = "; ".join(dict.fromkeys(reasons))
            joined[-1] = replace(joined[-1], end_ms=stretch.end_ms, reason=reason)
        else:
            joined.append(stretch)
    return joined
