"""Laughter, applause and music, in session time, each heard once."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import AudioEventKind
from ..domain.media import Floats
from .fusion import fuse
from .session import Session, heard_events

# A detector that reports an event without a confidence is rather sure of it.
_UNSTATED_CONFIDENCE = 0.7
# A reaction this long, or one that fills the moment, counts in full.
_FULL_REACTION_MS = 1_500.0


@dataclass(frozen=True, eq=False)
class Reactions:
    """`n` reactions sorted by start; columns of shape (n,)."""

    start_ms: Floats
    end_ms: Floats
    confidence: Floats


def gather(session: Session, kind: AudioEventKind) -> Reactions:
    """All events of one kind in the session, each once."""
    heard = [heard_events(track, (kind,)) for track in session.tracks]
    fused = fuse(heard)
    stated = np.concatenate([np.zeros(0), *(one.confidence for one in heard)])
    stated = np.where(np.isnan(stated), _UNSTATED_CONFIDENCE, stated)
    return Reactions(fused.start_ms, fused.end_ms, fused.mean(stated))


def reaction_value(
    reactions: Reactions, music: Reactions, start_ms: Floats, end_ms: Floats
) -> Floats:
    """How much of each moment is laughter, applause or music: 0 to 1.

    A reaction of `_FULL_REACTION_MS` counts in full, times its confidence; music
    counts by the share of the moment that it fills.
    """
    length = end_ms - start_ms
    with np.errstate(divide="ignore", invalid="ignore"):
        laughed = _overlap(reactions, start_ms, end_ms) / np.minimum(length, _FULL_REACTION_MS)
        played = _overlap(music, start_ms, end_ms) / length
    value: Floats = np.clip(np.maximum(laughed, played), 0.0, 1.0)
    return value


def _overlap(events: Reactions, start_ms: Floats, end_ms: Floats) -> Floats:
    """Milliseconds of each stretch that the events fill, times their confidence.

    Overlapping events count once each; the caller bounds the sum.
    """
    times = np.concatenate([events.start_ms, events.end_ms])
    slope = np.concatenate([events.confidence, -events.confidence])
    order = np.argsort(times, kind="stable")
    times, slope = times[order], np.cumsum(slope[order])
    if times.size == 0:
        return np.zeros(len(start_ms))
    filled = np.concatenate([[0.0], np.cumsum(np.diff(times) * slope[:-1])])

    def until(moment_ms: Floats) -> Floats:
        """The integral of the confidence from the first event to each moment."""
        at = np.clip(np.searchsorted(times, moment_ms, side="right") - 1, 0, len(times) - 1)
        inside = np.clip(moment_ms - times[at], 0.0, None)
        reached: Floats = filled[at] + slope[at] * inside
        return reached

    return np.maximum(until(end_ms) - until(start_ms), 0.0)
