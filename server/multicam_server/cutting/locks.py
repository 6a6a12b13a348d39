"""Locked shots: where they lie among tracks, cameras and cut points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..domain.cutting import AutoCutRequest
from ..domain.faults import InvalidRequest, Violation
from ..domain.media import Floats
from ..domain.session import SessionTrack
from .cameras import TOUCH_MS, Camera
from .semi_markov import Shot
from .span import Span


@dataclass(frozen=True)
class Lock:
    """One shot that stands: its track and camera by index, in session time.

    `asked` is False for what was added between locked shots (`bridge_short_spans`).
    """

    track: int
    camera: int
    start_ms: float
    end_ms: float
    asked: bool = True


def resolve_locks(
    request: AutoCutRequest,
    span: Span,
    *,
    tracks: Sequence[SessionTrack],
    cameras: Sequence[Camera],
) -> tuple[Lock, ...]:
    """The request's locked shots in order of time.

    Raises InvalidRequest, all violations at once, for shots outside of the programme
    or of their asset and for shots that overlap.
    """
    index = {track.asset_id: number for number, track in enumerate(tracks)}
    camera_of = {t: c for c, camera in enumerate(cameras) for t in camera.tracks}
    locks, violations = [], []
    for number, shot in enumerate(request.locked_shots):
        field = f"locked_shots[{number}]"
        track = index[shot.asset_id]
        for what, start, end in (
            ("the programme", span.start_ms, span.end_ms),
            (f"asset {shot.asset_id!r}", tracks[track].start_ms, tracks[track].end_ms),
        ):
            if shot.start_ms < start - TOUCH_MS or shot.end_ms > end + TOUCH_MS:
                violations.append(
                    Violation(field, f"must lie within {what}, {start:g} to {end:g} ms")
                )
        lock = Lock(track, camera_of[track], shot.start_ms, shot.end_ms)
        locks.append((lock, field))
    locks.sort(key=lambda lock: (lock[0].start_ms, lock[0].end_ms, lock[0].track))
    for (first, _), (second, field) in pairwise(locks):
        if second.start_ms < first.end_ms - TOUCH_MS:
            violations.append(
                Violation(field, f"overlaps the one from {first.start_ms:g} to {first.end_ms:g} ms")
            )
    if violations:
        raise InvalidRequest(tuple(violations))
    return tuple(lock for lock, _ in locks)


def bridge_short_spans(
    locks: Sequence[Lock], span: Span, *, tracks: Sequence[SessionTrack], min_shot_ms: float
) -> tuple[Lock, ...]:
    """Fills what locked shots leave of less than the shortest shot.

    The neighbouring locked camera is held, the earlier one first: its shot just lasts
    longer, where another camera would flash up. What neither of them records is left.
    """
    bridged = list(locks)
    ends = [span.start_ms, *(lock.end_ms for lock in locks)]
    starts = [*(lock.start_ms for lock in locks), span.end_ms]
    for number, (start, end) in enumerate(zip(ends, starts, strict=True)):
        if not locks or not TOUCH_MS < end - start < min_shot_ms - TOUCH_MS:
            continue
        for neighbour in (*locks[max(0, number - 1) : number], *locks[number : number + 1]):
            track = tracks[neighbour.track]
            if track.start_ms <= start + TOUCH_MS and track.end_ms >= end - TOUCH_MS:
                bridged.append(replace(neighbour, start_ms=start, end_ms=end, asked=False))
                break
    return tuple(sorted(bridged, key=lambda lock: (lock.start_ms, lock.end_ms)))


def fixed_shots(locks: Sequence[Lock], time_ms: Floats) -> tuple[Shot, ...]:
    """The locks as steps between cut points, which hold their edges."""
    fixed = []
    for lock in locks:
        first, last = (
            int(np.argmin(np.abs(time_ms - edge))) for edge in (lock.start_ms, lock.end_ms)
        )
        fixed.append(Shot(first, last, lock.camera))
    return tuple(fixed)
