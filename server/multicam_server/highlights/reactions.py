"""Laughter, applause and music, in session time, each heard once."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import AudioEventKind
from ..domain.media import Floats
from .cues import names_reaction
from .fusion import fuse
from .levels import emphasis
from .session import HeardEvents, Session, told_events

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
    emphasis: Floats
    """Loudness against the recordings' usual level for this kind; 0 where unknown."""


def gather_reactions(session: Session) -> Reactions:
    """Laughter and applause: sounds that are neither speech nor music nor named otherwise."""
    heard = told_events(session, (AudioEventKind.OTHER,))
    named = [[names_reaction(text) for text in one.transcription] for one in heard]
    return _fused(
        [one.take(np.flatnonzero(names)) for one, names in zip(heard, named, strict=True)]
    )


def gather_music(session: Session) -> Reactions:
    """All music of the session, each stretch once."""
    return _fused(told_events(session, (AudioEventKind.MUSIC,)))


def _fused(heard: list[HeardEvents]) -> Reactions:
    fused = fuse(heard)
    stated = np.concatenate([np.zeros(0), *(one.confidence for one in heard)])
    stated = np.where(np.isnan(stated), _UNSTATED_CONFIDENCE, stated)
    level = [emphasis(one.loudness_lufs, one.speaker_id) for one in heard]
    return Reactions(
        fused.start_ms,
        fused.end_ms,
        fused.mean(stated),
        np.nan_to_num(fused.mean(np.concatenate([np.zeros(0), *level]))),
    )


def reaction_value(
    reactions: Reactions, music: Reactions, start_ms: Floats, end_ms: Floats
) -> Floats:
    """How much of each moment is laughter, applause or music: 0 to 1.

    A reaction of `_FULL_REACTION_MS` counts in full, times its confidence; music
    counts by the share of the moment that it fills.
    """
    length = end_ms - start_ms
    with np.errstate(divide="ignore", invalid="ignore"):
        laughed = _overlap(reactions, reactions.confidence, start_ms, end_ms) / np.minimum(
            length, _FULL_REACTION_MS
        )
        played = _overlap(music, music.confidence, start_ms, end_ms) / length
    value: Floats = np.clip(np.maximum(laughed, played), 0.0, 1.0)
    return value


def loudness_value(
    reactions: Reactions, music: Reactions, start_ms: Floats, end_ms: Floats
) -> Floats:
    """How loud the reactions and the music of each moment are against usual: -1 to 1."""
    length = np.maximum(end_ms - start_ms, 1e-9)
    loud = sum(_overlap(events, events.emphasis, start_ms, end_ms) for events in (reactions, music))
    value: Floats = np.clip(loud / length, -1.0, 1.0)
    return value


def _overlap(events: Reactions, height: Floats, start_ms: Floats, end_ms: Floats) -> Floats:
    """Milliseconds of each stretch that the events fill, times each event's height.

    Overlapping events add up; the caller bounds the sum.
    """
    times = np.concatenate([events.start_ms, events.end_ms])
    slope = np.concatenate([height, -height])
    order = np.argsort(times, kind="stable")
    times, slope = times[order], np.cumsum(slope[order])
    if times.size == 0:
        return np.zeros(len(start_ms))
    filled = np.concatenate([[0.0], np.cumsum(np.diff(times) * slope[:-1])])

    def until(moment_ms: Floats) -> Floats:
        """The integral of the height from the first event to each moment."""
        at = np.clip(np.searchsorted(times, moment_ms, side="right") - 1, 0, len(times) - 1)
        inside = np.clip(moment_ms - times[at], 0.0, None)
        reached: Floats = filled[at] + slope[at] * inside
        return reached

    return until(end_ms) - until(start_ms)
