"""What detectors found in one asset, column by column.

Times are float64 milliseconds of the asset's own time. A column has one element
per event, frame or subject, in the request's order: algorithms must not let the
order matter. NaN in an optional column means "unknown", never 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .enums import OpenEnum
from .media import Floats

Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class AudioEventKind(OpenEnum):
    """The kinds of sound; the values are the contract's."""

    UNSPECIFIED = 0
    SPEECH = 1
    MUSIC = 2
    SILENCE = 3
    OTHER = 4


@dataclass(frozen=True, eq=False)
class AudioEvents:
    """`n` stretches of sound; every array has shape (n,), every tuple n elements."""

    kind: Indices
    start_ms: Floats
    end_ms: Floats
    speaker_id: tuple[str, ...]
    loudness_lufs: Floats
    confidence: Floats
    transcription: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.speaker_id)


@dataclass(frozen=True, eq=False)
class Beats:
    """`n` musical beats; arrays of shape (n,), -1 where an index is unknown."""

    time_ms: Floats
    bar_index: Indices
    beat_index: Indices
    subdivision: Indices


@dataclass(frozen=True, eq=False)
class AudioSemanticTimeline:
    """What was heard in one asset.

    `from_audio` is True when no artifact was given and the events were measured
    from the asset's own sound; they then carry no speaker ids, and `measured_by` says
    what found the speech.
    """

    artifact_id: str
    duration_ms: float
    events: AudioEvents
    beats: Beats
    from_audio: bool = False
    measured_by: str = ""


@dataclass(frozen=True, eq=False)
class Subjects:
    """`m` subjects of all frames of one asset, as columns of shape (m,).

    `frame` is the index of the subject's frame. The box's columns are fractions
    of the frame, origin top left.
    """

    frame: Indices
    track_id: tuple[str, ...]
    label: tuple[str, ...]
    confidence: Floats
    bbox_x: Floats
    bbox_y: Floats
    bbox_width: Floats
    bbox_height: Floats

    def __len__(self) -> int:
        return len(self.track_id)


@dataclass(frozen=True, eq=False)
class VisualMeta:
    """What was seen in one asset at `n` sampled frames; columns of shape (n,)."""

    artifact_id: str
    duration_ms: float
    frame_sample_interval_ms: float
    timestamp_ms: Floats
    primary_subject_center_x: Floats
    primary_subject_center_y: Floats
    motion_score: Floats
    shot_boundary: Flags
    subjects: Subjects


@dataclass(frozen=True, eq=False)
class RegionSummary:
    """`n` sightings of regions; `time_ms` has shape (n,), `region` n names."""

    artifact_id: str
    time_ms: Floats
    region: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Artifacts:
    """What is known about one asset; None where no detector has looked."""

    audio_semantic_timeline: AudioSemanticTimeline | None = None
    visual_meta: VisualMeta | None = None
    region_summary: RegionSummary | None = None
