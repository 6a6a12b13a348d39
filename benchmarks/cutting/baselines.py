"""Programmes as simple tools cut them, for comparison in the same run."""

import numpy as np
from metrics import Shown
from multicam_server.domain.session import SessionTrack

WINDOW_MS = 500.0


def round_robin(tracks: tuple[SessionTrack, ...], end_ms: float, target_ms: float) -> list[Shown]:
    """Every recording camera in turn, each for the target length."""
    shots: list[Shown] = []
    now, turn = 0.0, 0
    while now < end_ms:
        until = min(now + target_ms, end_ms)
        track = next(
            (
                candidate
                for candidate in (tracks[(turn + k) % len(tracks)] for k in range(len(tracks)))
                if candidate.start_ms <= now and candidate.end_ms >= until
            ),
            None,
        )
        assert track is not None, "the first camera records all the time"
        turn = tracks.index(track) + 1
        _append(shots, track.asset_id, now, until)
        now = until
    return shots


def loudest_microphone(
    tracks: tuple[SessionTrack, ...], end_ms: float, shortest_ms: float
) -> list[Shown]:
    """The camera whose microphone is loudest now, held for the shortest shot at least."""
    return _follow(tracks, end_ms, shortest_ms, normalised=False)


def greedy_windows(
    tracks: tuple[SessionTrack, ...], end_ms: float, shortest_ms: float
) -> list[Shown]:
    """Each camera's level against its own mean, best per window, held likewise."""
    return _follow(tracks, end_ms, shortest_ms, normalised=True)


def _follow(
    tracks: tuple[SessionTrack, ...], end_ms: float, shortest_ms: float, *, normalised: bool
) -> list[Shown]:
    windows = int(np.ceil(end_ms / WINDOW_MS))
    levels = np.array([_levels(track, windows, normalised=normalised) for track in tracks])
    edges = np.minimum(np.arange(windows + 1) * WINDOW_MS, end_ms)
    shots: list[Shown] = []
    current, since = 0, 0.0
    for window in range(windows):
        start, end = float(edges[window]), float(edges[window + 1])
        records = np.array([t.start_ms <= start and t.end_ms >= end for t in tracks])
        level = np.where(records, levels[:, window], -np.inf)
        best = int(np.argmax(level))
        heard = np.isfinite(level[best]) and level[best] > level[current]
        if not records[current] or (heard and start - since >= shortest_ms):
            current, since = best if np.isfinite(level[best]) else int(np.argmax(records)), start
        _append(shots, tracks[current].asset_id, start, end)
    return shots


def _levels(track: SessionTrack, windows: int, *, normalised: bool) -> np.ndarray:
    """Mean speech level per window in LUFS, -100 in silence."""
    timeline = track.artifacts.audio_semantic_timeline
    level = np.full(windows, -100.0)
    assert timeline is not None
    events = timeline.events
    own = np.nanmean(events.loudness_lufs) if normalised and len(events) else 0.0
    starts = track.clock.to_session_ms(events.start_ms)
    ends = track.clock.to_session_ms(events.end_ms)
    for start, end, loudness in zip(starts, ends, events.loudness_lufs, strict=True):
        span = slice(max(0, round(start / WINDOW_MS)), max(0, round(end / WINDOW_MS)))
        level[span] = np.maximum(level[span], loudness - own)
    return level


def _append(shots: list[Shown], asset_id: str, start_ms: float, end_ms: float) -> None:
    if shots and shots[-1].asset_id == asset_id:
        start_ms = shots.pop().start_ms
    shots.append(Shown(asset_id, start_ms, end_ms))
