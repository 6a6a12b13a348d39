"""The programme's sound: the best microphone of the session, without a gap."""

from collections.abc import Sequence

import numpy as np

from ..conversation import Conversation
from ..domain.artifacts import AudioEventKind
from ..domain.media import Floats
from ..domain.session import SessionTrack
from .cameras import records
from .semi_markov import BLOCKED

SWITCH_COST_S = 30.0
"""A change of microphone is heard as a change of room: only for half a minute of
better sound, or because the recording ends."""

UNKNOWN_LUFS = -30.0
"""Level of speech that nobody measured."""

LU_PER_POINT = 6.0
"""A microphone that hears speech twice as loud is one point better."""

HEARD_POINTS = 2.0
"""A microphone that hears everybody is so much better than one that hears nobody."""

DEAF_POINTS = -2.0
"""Where a detector listened and heard nobody."""


def rate_microphones(tracks: Sequence[SessionTrack], conversation: Conversation) -> list[float]:
    """How good each track's sound is, in points; unheard tracks get the others' mean."""
    ratings = [_rate(track, conversation) for track in tracks]
    known = [rating for rating in ratings if rating is not None]
    mean = sum(known) / len(known) if known else 0.0
    return [mean if rating is None else rating for rating in ratings]


def _rate(track: SessionTrack, conversation: Conversation) -> float | None:
    """How good a track's sound is: loud, and hearing everybody who speaks.

    Median loudness of its speech, and the share of all speech that it heard. None
    where no detector listened.
    """
    timeline = track.artifacts.audio_semantic_timeline
    if timeline is None:
        return None
    events = timeline.events
    speech = (events.kind == AudioEventKind.SPEECH) & (events.end_ms > events.start_ms)
    if not np.any(speech):
        return DEAF_POINTS
    grid = conversation.grid
    heard = np.zeros(grid.cells, dtype=bool)
    start = track.clock.to_session_ms(events.start_ms[speech])
    end = track.clock.to_session_ms(events.end_ms[speech])
    for first, last in zip(start.tolist(), end.tolist(), strict=True):
        heard[grid.edge(first) : grid.edge(last)] = True
    voiced = np.count_nonzero(conversation.voiced)
    share = np.count_nonzero(heard & conversation.voiced) / voiced if voiced else 1.0
    levels = events.loudness_lufs[speech]
    levels = levels[np.isfinite(levels)]
    loudness = float(np.median(levels)) if len(levels) else UNKNOWN_LUFS
    return HEARD_POINTS * share + (loudness - UNKNOWN_LUFS) / LU_PER_POINT


def choose_sound(
    tracks: Sequence[SessionTrack], points_ms: Floats, ratings: Sequence[float]
) -> list[tuple[int, int, int]]:
    """Who is heard when, as (first point, last point, track), without a gap.

    The best-rated microphone that records, changed as rarely as `SWITCH_COST_S`
    demands: a shortest path over the points at which recordings start and end.
    Every step between two points must be recorded by some track.
    """
    recording = records(tracks, points_ms)
    new = np.any(np.diff(recording, axis=1), axis=0)
    points = np.r_[0, np.flatnonzero(new) + 1, len(points_ms) - 1]
    steps = len(points) - 1
    rating, seconds = np.asarray(ratings), np.diff(points_ms[points]) * 1e-3
    best = np.where(recording[:, 0], rating * seconds[0], BLOCKED)
    came_from = np.tile(np.arange(len(tracks)), (steps, 1))
    for step in range(1, steps):
        leader = int(np.argmax(best))
        switched = best[leader] - SWITCH_COST_S
        came_from[step][best < switched] = leader
        gained = np.where(recording[:, points[step]], rating * seconds[step], BLOCKED)
        best = np.maximum(best, switched) + gained
    chosen = [int(np.argmax(best))]
    for step in range(steps - 1, 0, -1):
        chosen.append(int(came_from[step][chosen[-1]]))
    stretches: list[tuple[int, int, int]] = []
    for step, track in enumerate(reversed(chosen)):
        first, last = int(points[step]), int(points[step + 1])
        if stretches and stretches[-1][2] == track:
            first = stretches.pop()[0]
        stretches.append((first, last, track))
    return stretches
