"""The Highlights request and its answer."""

from dataclasses import dataclass, field

from .enums import OpenEnum
from .sequence import Decision, Sequence
from .session import SessionTrack


class HighlightOrder(OpenEnum):
    """How the clips follow each other; the values are the contract's."""

    UNSPECIFIED = 0
    CHRONOLOGICAL = 1
    SCORE = 2


@dataclass(frozen=True)
class HighlightWeights:
    """Weights of a moment's score; None means the default."""

    speech: float | None = None
    emphasis: float | None = None
    subject: float | None = None
    face: float | None = None
    motion: float | None = None
    reaction: float | None = None
    transcript: float | None = None
    position: float | None = None


@dataclass(frozen=True, eq=False)
class HighlightsRequest:
    """The recordings of one session and what to pick; None means the default."""

    session_id: str
    tracks: tuple[SessionTrack, ...]
    target_duration_ms: float | None = None
    min_clip_ms: float | None = None
    max_clip_ms: float | None = None
    order: HighlightOrder = HighlightOrder.UNSPECIFIED
    weights: HighlightWeights = field(default_factory=HighlightWeights)


@dataclass(frozen=True)
class Highlights:
    """The best moments and why; `weights` has no None left."""

    sequence: Sequence
    decisions: tuple[Decision, ...]
    scoring_version: str
    order: HighlightOrder
    target_duration_ms: float
    min_clip_ms: float
    max_clip_ms: float
    weights: HighlightWeights
    inputs_used: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
