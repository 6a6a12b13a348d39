"""The Align request and its answer."""

from dataclasses import dataclass, field
from enum import IntEnum

from .enums import OpenEnum
from .media import Asset, CameraRole, Timecode


class AlignStrategy(OpenEnum):
    """Which evidence decides; the values are the contract's."""

    UNSPECIFIED = 0
    AUTO = 1
    TIMECODE = 2
    AUDIO = 3


class AlignStatus(IntEnum):
    """What may be done with a placement; the values are the contract's."""

    BASE = 1
    ALIGNED = 2
    AMBIGUOUS = 3
    UNALIGNED = 4
    PINNED = 5


class AlignMethod(IntEnum):
    """What decided a placement; the values are the contract's."""

    NONE = 0
    AUDIO_CROSS_CORRELATION = 1
    LTC = 2
    TIMECODE = 3
    MANUAL = 4


@dataclass(frozen=True, eq=False)
class AlignTrack:
    """One recording to place."""

    asset: Asset
    role: CameraRole = CameraRole.UNSPECIFIED
    camera_id: str = ""
    start_timecode: Timecode | None = None
    pinned_offset_ms: float | None = None


@dataclass(frozen=True)
class AlignOptions:
    """How to align; None means the algorithm's default."""

    strategy: AlignStrategy = AlignStrategy.AUTO
    max_offset_ms: float | None = None
    window_ms: float | None = None
    min_confidence: float | None = None
    bypass_cache: bool = False


@dataclass(frozen=True, eq=False)
class AlignRequest:
    """The recordings of one event."""

    session_id: str
    base_asset_id: str
    tracks: tuple[AlignTrack, ...]
    options: AlignOptions = field(default_factory=AlignOptions)


@dataclass(frozen=True)
class AlignAlternative:
    """A placement that cannot be excluded."""

    offset_ms: float
    confidence: float


@dataclass(frozen=True)
class AlignedTrack:
    """Where one recording lies; `offset_ms` is None when UNALIGNED."""

    asset_id: str
    offset_ms: float | None
    drift_ppm: float | None
    confidence: float
    status: AlignStatus
    method: AlignMethod
    reason: str
    source_channels: tuple[int, ...] = ()
    residual_ms: float | None = None
    drift_ppm_error: float | None = None
    alternatives: tuple[AlignAlternative, ...] = ()


@dataclass(frozen=True)
class Alignment:
    """Where every recording lies, in the request's order, and why."""

    base_asset_id: str
    tracks: tuple[AlignedTrack, ...]
    alignment_version: str
    strategy: AlignStrategy
    warnings: tuple[str, ...] = ()
    inputs_used: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placement:
    """An alignment, the key it is remembered under, and whether it was known."""

    alignment: Alignment
    cache_key: str
    cache_hit: bool
