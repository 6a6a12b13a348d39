"""The AutoCut request and its answer."""

from dataclasses import dataclass, field

from .enums import OpenEnum
from .media import FrameRate
from .sequence import Decision, Sequence
from .session import SessionTrack


class Pacing(OpenEnum):
    """How quickly to cut; the values are the contract's."""

    UNSPECIFIED = 0
    FAST = 1
    MEDIUM = 2
    SLOW = 3


@dataclass(frozen=True)
class AutoCutWeights:
    """Weights of the cut's score; None means the default."""

    speech: float | None = None
    face: float | None = None
    motion: float | None = None
    role: float | None = None
    pause: float | None = None
    pace: float | None = None


@dataclass(frozen=True)
class LockedShot:
    """A shot that stands, in session time."""

    asset_id: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True, eq=False)
class AutoCutRequest:
    """The cameras of one session and how to cut them; None means the default."""

    session_id: str
    tracks: tuple[SessionTrack, ...]
    pacing: Pacing = Pacing.UNSPECIFIED
    min_shot_ms: float | None = None
    max_shot_ms: float | None = None
    prefer_primary_ratio: float | None = None
    weights: AutoCutWeights = field(default_factory=AutoCutWeights)
    locked_shots: tuple[LockedShot, ...] = ()
    start_ms: float | None = None
    end_ms: float | None = None
    frame_rate: FrameRate | None = None


@dataclass(frozen=True)
class AutoCut:
    """The programme and why it is cut so; `weights` has no None left."""

    sequence: Sequence
    decisions: tuple[Decision, ...]
    scoring_version: str
    pacing: Pacing
    min_shot_ms: float
    max_shot_ms: float
    weights: AutoCutWeights
    inputs_used: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
