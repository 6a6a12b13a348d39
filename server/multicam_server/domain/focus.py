"""The Focus request and its answer."""

from dataclasses import dataclass, field
from enum import IntEnum

from .artifacts import Artifacts


class AutomationProperty(IntEnum):
    """What is automated; the values are the contract's."""

    CROP_X = 1
    CROP_Y = 2
    SCALE = 3


class Interpolation(IntEnum):
    """How a value changes to the next keyframe; the values are the contract's."""

    STEP = 1
    LINEAR = 2
    EASE_IN = 3
    EASE_OUT = 4
    EASE_IN_OUT = 5


@dataclass(frozen=True)
class FocusOptions:
    """How the window moves; None means the algorithm's default."""

    max_velocity: float | None = None
    max_acceleration: float | None = None
    max_scale: float | None = None


@dataclass(frozen=True, eq=False)
class FocusRequest:
    """One clip to reframe; `source_width` and `source_height` are 0 while unknown."""

    clip_id: str
    asset_id: str
    in_ms: float = 0.0
    out_ms: float | None = None
    target_aspect_ratio: str = ""
    source_width: int = 0
    source_height: int = 0
    artifacts: Artifacts = field(default_factory=Artifacts)
    options: FocusOptions = field(default_factory=FocusOptions)


@dataclass(frozen=True)
class Keyframe:
    """One value at one time from the clip's in point."""

    time_ms: float
    value: float
    interpolation: Interpolation


@dataclass(frozen=True)
class Automation:
    """One property over the clip's time."""

    property: AutomationProperty
    keyframes: tuple[Keyframe, ...]


@dataclass(frozen=True)
class FocusStretch:
    """Whom the window followed for a while, in clip time."""

    start_ms: float
    end_ms: float
    subject_ids: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Focus:
    """The window's path and why."""

    clip_id: str
    automations: tuple[Automation, ...]
    automation_version: str
    source_artifacts: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    stretches: tuple[FocusStretch, ...] = ()
