"""The ProbeMedia and Analyze requests and their answers."""

from dataclasses import dataclass
from enum import IntEnum

from .alignment import AlignOptions, AlignTrack, Placement
from .artifacts import Artifacts
from .cutting import AutoCut, AutoCutRequest
from .focus import Focus, FocusRequest
from .highlights import Highlights, HighlightsRequest
from .media import Asset, FrameRate, Timecode


@dataclass(frozen=True)
class VideoInfo:
    """The picture of one file; width and height as stored, before rotation.

    `frame_rate` is None where it is unknown.
    """

    codec: str
    width: int
    height: int
    rotation_degrees: int
    frame_rate: FrameRate | None
    variable_frame_rate: bool
    start_ms: float

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height as shown, after rotation."""
        turned = self.rotation_degrees in {90, 270}
        return (self.height, self.width) if turned else (self.width, self.height)


@dataclass(frozen=True)
class AudioInfo:
    """One audio stream; `start_ms` from the reference point."""

    codec: str
    channels: int
    sample_rate_hz: int
    start_ms: float
    first_channel: int


class TimecodeSource(IntEnum):
    """Where a timecode was found; the values are the contract's."""

    CONTAINER = 1
    BWF = 2
    LTC = 3


@dataclass(frozen=True)
class FoundTimecode:
    """A timecode at the reference point; `channel` for LTC only."""

    timecode: Timecode
    source: TimecodeSource
    time_of_day_ms: float
    channel: int | None = None


@dataclass(frozen=True)
class MediaInfo:
    """What one file is; `duration_ms` from the reference point to the end."""

    asset_id: str
    container: str
    duration_ms: float
    video: VideoInfo | None
    audio_streams: tuple[AudioInfo, ...]
    timecodes: tuple[FoundTimecode, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ProbeMediaRequest:
    """The assets to look at."""

    assets: tuple[Asset, ...]


class AnalyzeStage(IntEnum):
    """The stages of an analysis; the values are the contract's."""

    ALIGN = 1
    AUTO_CUT = 2
    HIGHLIGHTS = 3
    FOCUS = 4


@dataclass(frozen=True, eq=False)
class AnalyzeTrack:
    """One recording to analyse: what AlignTrack has, and what detectors found."""

    placement: AlignTrack
    subject_ids: tuple[str, ...]
    artifacts: Artifacts


@dataclass(frozen=True, eq=False)
class AnalyzeRequest:
    """One session; `auto_cut`, `highlights` and `focus` are templates without tracks."""

    session_id: str
    base_asset_id: str
    tracks: tuple[AnalyzeTrack, ...]
    align_options: AlignOptions
    auto_cut: AutoCutRequest
    highlights: HighlightsRequest
    focus: FocusRequest


@dataclass(frozen=True)
class AnalyzeProgress:
    """How far an analysis is."""

    stage: AnalyzeStage
    fraction: float
    message: str


@dataclass(frozen=True)
class AnalyzeResult:
    """All results of an analysis."""

    align: Placement
    auto_cut: AutoCut
    highlights: Highlights
    focus: tuple[Focus, ...]


@dataclass(frozen=True)
class UploadHeader:
    """What a caller announces of an upload; 0 and "" where it does not."""

    size_bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class Upload:
    """A file that a tenant has uploaded."""

    upload_id: str
    size_bytes: int
    sha256: str
