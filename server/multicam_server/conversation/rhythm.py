"""Where to cut when nobody speaks: on the music's beats, else unevenly by itself."""

from collections.abc import Sequence

import numpy as np

from ..domain.media import Floats
from ..domain.session import SessionTrack
from .model import Grid

OFF_RHYTHM = -0.1
"""Quality beside the rhythm: bounds and cameras may still move a cut."""

OFF_BAR = -0.03
"""Quality on a beat that does not start a bar."""

GOLDEN = (np.sqrt(5.0) - 1.0) / 2.0
"""Multiples of it, without their whole parts, never repeat and never cluster: lengths
that look chosen, not counted and not thrown."""

SHORTEST, LONGEST = 0.65, 1.35
"""Lengths of the rhythm's shots as shares of the usual length."""


def rate_rhythm(tracks: Sequence[SessionTrack], grid: Grid, target_ms: float) -> Floats:
    """Each cell edge's quality as a cut where no speech is known; (cells + 1,)."""
    quality = np.full(grid.cells + 1, OFF_RHYTHM)
    beats = [beat for track in tracks for beat in _beats(track)]
    for time_ms, bar in beats:
        edge = grid.edge(time_ms)
        quality[edge] = max(quality[edge], 0.0 if bar else OFF_BAR)
    if not beats:
        quality[[grid.edge(time_ms) for time_ms in _uneven(grid, target_ms)]] = 0.0
    return quality


def _beats(track: SessionTrack) -> list[tuple[float, bool]]:
    """Session time of each beat and whether it starts a bar (all do while unknown)."""
    timeline = track.artifacts.audio_semantic_timeline
    if timeline is None:
        return []
    beats = timeline.beats
    time = track.clock.to_session_ms(beats.time_ms)
    return list(zip(time.tolist(), (beats.beat_index <= 0).tolist(), strict=True))


def _uneven(grid: Grid, target_ms: float) -> list[float]:
    times, now, number = [], grid.start_ms, 0
    end = grid.start_ms + grid.cells * grid.step_ms
    while now < end:
        times.append(now)
        number += 1
        now += target_ms * (SHORTEST + (LONGEST - SHORTEST) * (number * GOLDEN % 1.0))
    return times
