"""From chosen clips to a sequence that is never too long."""

from dataclasses import dataclass, replace
from math import nextafter

import numpy as np

from ..domain.artifacts import AudioEventKind
from ..domain.media import Floats
from ..domain.sequence import Sequence, SequenceClip, SequenceTrack, TrackKind, VideoRole
from ..domain.session import SessionTrack
from .candidates import TICKS_PER_MS, Candidates
from .session import HeardEvents, Session, told_events
from .timeline import Timeline

# Handles are lengthened by up to this: beyond it a pause becomes a hole.
_LONGEST_HANDLE_MS = 1_000.0
# Two clips of one recording play on without a jump when they are this near: rounding to
# ticks parts them by less.
_NO_JUMP_MS = 2.0 / TICKS_PER_MS
# Silence that is kept between a lengthened handle and other speech.
_KEPT_SILENCE_MS = 100.0
# Another recording's sound is taken only when it holds this much more speech: a steady
# sound is worth more than a slightly better one.
_BETTER_SOUND = 1.25


@dataclass(frozen=True)
class Shot:
    """One clip of the highlights in session time: moments `first` to `last` (exclusive)."""

    camera: int
    start_ms: float
    ticks: int
    first: int
    last: int
    core_first: int
    core_last: int

    @property
    def end_ms(self) -> float:
        """Session time at which the clip ends."""
        return self.start_ms + self.ticks / TICKS_PER_MS


def shot_of(clips: Candidates, at: int) -> Shot:
    """One of the clips as a shot."""
    return Shot(
        camera=int(clips.camera[at]),
        start_ms=float(clips.start_ms[at]),
        ticks=int(clips.ticks[at]),
        first=int(clips.first[at]),
        last=int(clips.last[at]),
        core_first=int(clips.core_first[at]),
        core_last=int(clips.core_last[at]),
    )


def joined(shots: list[Shot], *, max_clip_ms: float) -> list[Shot]:
    """Shots in order of time; those that would play on without a jump are one shot.

    They follow each other on one camera without a gap, and are together no longer than
    `max_clip_ms`.
    """
    longest = int(max_clip_ms * TICKS_PER_MS)
    whole: list[Shot] = []
    for shot in shots:
        last = whole[-1] if whole else None
        if (
            last is not None
            and last.camera == shot.camera
            and abs(shot.start_ms - last.end_ms) <= _NO_JUMP_MS
            and last.ticks + shot.ticks <= longest
        ):
            whole[-1] = replace(
                last, ticks=last.ticks + shot.ticks, last=shot.last, core_last=shot.core_last
            )
        else:
            whole.append(shot)
    return whole


def lengthen(
    shots: list[Shot],
    session: Session,
    timeline: Timeline,
    *,
    budget_ticks: int,
    max_clip_ms: float,
) -> list[Shot]:
    """Shots in order of time, their handles lengthened until the target is used.

    What no whole moment fits into makes beginnings and ends cleaner. Handles grow into
    silence only, by the same share of the room that each one has.
    """
    used = sum(shot.ticks for shot in shots)
    wanted = budget_ticks - used
    if wanted <= 0 or not shots:
        return shots
    rooms: list[tuple[int, int]] = []
    spoken = np.flatnonzero(~timeline.is_tile)
    for index, shot in enumerate(shots):
        earlier = spoken[spoken < shot.first]
        later = spoken[spoken >= shot.last]
        floor = float(session.start_ms[shot.camera])
        ceiling = float(session.end_ms[shot.camera])
        if earlier.size:
            floor = max(floor, float(timeline.end_ms[earlier[-1]]) + _KEPT_SILENCE_MS)
        if later.size:
            ceiling = min(ceiling, float(timeline.start_ms[later[0]]) - _KEPT_SILENCE_MS)
        if index > 0:
            floor = max(floor, 0.5 * (shots[index - 1].end_ms + shot.start_ms))
        if index + 1 < len(shots):
            ceiling = min(ceiling, 0.5 * (shot.end_ms + shots[index + 1].start_ms))
        spare = max(int(max_clip_ms * TICKS_PER_MS) - shot.ticks, 0)
        after = min(_ticks(ceiling - shot.end_ms), spare)
        before = min(_ticks(shot.start_ms - floor), spare - after)
        rooms.append((before, after))
    room = sum(before + after for before, after in rooms)
    share = min(1.0, wanted / room) if room else 0.0
    longer: list[Shot] = []
    for shot, (before, after) in zip(shots, rooms, strict=True):
        lead, tail = int(before * share), int(after * share)
        longer.append(
            replace(
                shot, start_ms=shot.start_ms - lead / TICKS_PER_MS, ticks=shot.ticks + lead + tail
            )
        )
    return longer


def _ticks(room_ms: float) -> int:
    """Room for a longer handle, in ticks, within what a handle may have."""
    return int(min(max(room_ms, 0.0), _LONGEST_HANDLE_MS) * TICKS_PER_MS)


def lay_down(shots: list[Shot], session: Session, *, name: str) -> Sequence:
    """The sequence of the shots in playing order: one picture track, one track of sound."""
    sounds = _sounds(shots, session)
    pictures: list[SequenceClip] = []
    heard: list[SequenceClip] = []
    at = 0.0
    for shot, sound in zip(shots, sounds, strict=True):
        picture = _clip(session.tracks[shot.camera], shot, at)
        pictures.append(picture)
        heard.append(_clip(session.tracks[sound], shot, at))
        at += picture.duration_on_timeline_ms
    return Sequence(
        name=name,
        duration_ms=at,
        tracks=(
            SequenceTrack(TrackKind.VIDEO, tuple(pictures), VideoRole.MAIN),
            SequenceTrack(TrackKind.AUDIO, tuple(heard)),
        ),
    )


def _clip(track: SessionTrack, shot: Shot, at_ms: float) -> SequenceClip:
    """The shot as a clip of one recording, never longer than the shot's ticks.

    Rounding is always towards shorter, so that the sum of clips, in whatever order
    it is added up, is at most the sum of ticks, which is exact.
    """
    speed = track.clock.speed
    lasting = shot.ticks / TICKS_PER_MS
    begin = float(track.clock.to_asset_ms(shot.start_ms))
    begin = max(min(begin, track.duration_ms - lasting * speed), 0.0)
    end = min(begin + lasting * speed, track.duration_ms)
    while (end - begin) / speed > lasting:
        end = nextafter(end, begin)
    return SequenceClip(track.asset_id, at_ms, begin, end, speed)


def _sounds(shots: list[Shot], session: Session) -> list[int]:
    """Per shot the recording to hear: where most is heard, and steady between shots."""
    speech = [_speech_until(events) for events in told_events(session, (AudioEventKind.SPEECH,))]
    overall = [float(total[-1]) if total.size else 0.0 for _, total in speech]
    steady = sorted(range(len(overall)), key=lambda camera: (-overall[camera], camera))
    chosen: list[int] = []
    for shot in shots:
        covering = [
            camera
            for camera in steady
            if session.start_ms[camera] <= shot.start_ms
            and session.end_ms[camera] >= shot.end_ms
            and session.tracks[camera].artifacts.audio_semantic_timeline is not None
        ]
        if not covering:
            chosen.append(shot.camera)
            continue
        heard = [_said(*speech[camera], shot.start_ms, shot.end_ms) for camera in covering]
        most = int(np.argmax(heard))
        usual = 0 if heard[0] * _BETTER_SOUND >= heard[most] else most
        chosen.append(covering[usual])
    return chosen


def _speech_until(events: HeardEvents) -> tuple[Floats, Floats]:
    """Times at which speech starts or ends, and the sure speech heard until then, in ms."""
    sure = np.where(np.isnan(events.confidence), 1.0, events.confidence)
    times = np.concatenate([events.start_ms, events.end_ms])
    slope = np.concatenate([sure, -sure])
    order = np.argsort(times, kind="stable")
    times, slope = times[order], np.cumsum(slope[order])
    if times.size == 0:
        return times, times
    return times, np.concatenate([[0.0], np.cumsum(np.diff(times) * slope[:-1])])


def _said(times: Floats, until: Floats, start_ms: float, end_ms: float) -> float:
    """Sure speech between two moments, in milliseconds."""
    if times.size == 0:
        return 0.0
    return float(np.interp(end_ms, times, until) - np.interp(start_ms, times, until))
