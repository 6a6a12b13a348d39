"""The cameras of a session: which recording each has, and when."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats
from ..domain.session import SessionTrack

TOUCH_MS = 1e-3
"""Recordings that miss each other by less follow without a gap: far under a sample."""


@dataclass(frozen=True)
class Camera:
    """One camera and its recordings, as indices of the tracks, by start."""

    name: str
    tracks: tuple[int, ...]


def group_cameras(tracks: Sequence[SessionTrack]) -> tuple[Camera, ...]:
    """Tracks with one camera_id are one camera; without it each is its own."""
    groups: dict[tuple[bool, str], list[int]] = {}
    for index, track in enumerate(tracks):
        key = (bool(track.camera_id), track.camera_id or track.asset_id)
        groups.setdefault(key, []).append(index)
    cameras = []
    for (_, name), members in groups.items():
        members.sort(key=lambda index: (tracks[index].start_ms, tracks[index].asset_id))
        cameras.append(Camera(name, tuple(members)))
    return tuple(sorted(cameras, key=lambda camera: tracks[camera.tracks[0]].asset_id))


def records(tracks: Sequence[SessionTrack], time_ms: Floats) -> Flags:
    """Whether each track records throughout each step between times; (t, n - 1)."""
    throughout = [
        (time_ms[:-1] >= track.start_ms - TOUCH_MS) & (time_ms[1:] <= track.end_ms + TOUCH_MS)
        for track in tracks
    ]
    return np.array(throughout, dtype=bool).reshape(len(tracks), max(len(time_ms) - 1, 0))


def recording_at(
    cameras: Sequence[Camera], tracks: Sequence[SessionTrack], time_ms: Floats
) -> Indices:
    """Which track each camera records on throughout each step, or -1.

    `time_ms` has shape (n,), the result (c, n - 1). Where recordings of one camera
    overlap, the one that started first goes on to its end.
    """
    throughout = records(tracks, time_ms)
    found = np.full((len(cameras), throughout.shape[1]), -1, dtype=np.int64)
    for row, camera in zip(found, cameras, strict=True):
        for index in camera.tracks:
            row[throughout[index] & (row < 0)] = index
    return found


def usable(recording: Flags, time_ms: Floats, min_shot_ms: float) -> Flags:
    """Leaves out what is too short for a shot where another camera records; (c, n - 1).

    A camera that records for less than the shortest shot cannot be shown within
    the bounds, so that it does not count as a second camera either.
    """
    kept = recording.copy()
    for row, flags in zip(kept, recording, strict=True):
        edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            if time_ms[last] - time_ms[first] < min_shot_ms - TOUCH_MS:
                row[first:last] = False
    alone = recording & ~np.any(kept, axis=0)
    return np.asarray(kept | alone)


def covered(tracks: Sequence[SessionTrack]) -> list[tuple[float, float]]:
    """The stretches of session time in which any track records, in order."""
    stretches: list[tuple[float, float]] = []
    for start, end in sorted((track.start_ms, track.end_ms) for track in tracks):
        if stretches and start <= stretches[-1][1] + TOUCH_MS:
            stretches[-1] = (stretches[-1][0], max(stretches[-1][1], end))
        else:
            stretches.append((start, end))
    return stretches
