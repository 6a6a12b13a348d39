"""Programmes: tracks of clips on a timeline, and why each clip is there."""

from dataclasses import dataclass
from enum import IntEnum

from .media import FrameRate


class TrackKind(IntEnum):
    """The kinds of lane; the values are the contract's."""

    VIDEO = 1
    AUDIO = 2


class VideoRole(IntEnum):
    """What a picture lane is for; the values are the contract's."""

    NONE = 0
    MAIN = 1
    B_ROLL = 2
    OVERLAY = 3
    GENERIC = 4


@dataclass(frozen=True)
class SequenceClip:
    """A stretch of one asset on the timeline; in and out in asset time."""

    asset_id: str
    start_ms_on_timeline: float
    in_ms: float
    out_ms: float
    speed: float = 1.0

    @property
    def duration_on_timeline_ms(self) -> float:
        """How long the clip plays."""
        return (self.out_ms - self.in_ms) / self.speed


@dataclass(frozen=True)
class SequenceTrack:
    """One lane; its clips stand in playing order and do not overlap."""

    kind: TrackKind
    clips: tuple[SequenceClip, ...]
    video_role: VideoRole = VideoRole.NONE


@dataclass(frozen=True)
class Sequence:
    """A programme that starts at 0."""

    name: str
    duration_ms: float
    tracks: tuple[SequenceTrack, ...]
    frame_rate: FrameRate | None = None


@dataclass(frozen=True)
class ScoreComponent:
    """One named part of a score: the score is the sum of value * weight."""

    name: str
    value: float
    weight: float


@dataclass(frozen=True)
class Decision:
    """Why one clip is in a sequence."""

    clip_index: int
    score: float
    components: tuple[ScoreComponent, ...]
    reason: str
    runner_up_asset_id: str = ""
    runner_up_score: float | None = None
