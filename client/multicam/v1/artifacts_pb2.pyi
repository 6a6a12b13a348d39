from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AudioEventKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUDIO_EVENT_KIND_UNSPECIFIED: _ClassVar[AudioEventKind]
    AUDIO_EVENT_KIND_SPEECH: _ClassVar[AudioEventKind]
    AUDIO_EVENT_KIND_MUSIC: _ClassVar[AudioEventKind]
    AUDIO_EVENT_KIND_SILENCE: _ClassVar[AudioEventKind]
    AUDIO_EVENT_KIND_OTHER: _ClassVar[AudioEventKind]
AUDIO_EVENT_KIND_UNSPECIFIED: AudioEventKind
AUDIO_EVENT_KIND_SPEECH: AudioEventKind
AUDIO_EVENT_KIND_MUSIC: AudioEventKind
AUDIO_EVENT_KIND_SILENCE: AudioEventKind
AUDIO_EVENT_KIND_OTHER: AudioEventKind

class Artifacts(_message.Message):
    __slots__ = ("audio_semantic_timeline", "visual_meta", "region_summary")
    AUDIO_SEMANTIC_TIMELINE_FIELD_NUMBER: _ClassVar[int]
    VISUAL_META_FIELD_NUMBER: _ClassVar[int]
    REGION_SUMMARY_FIELD_NUMBER: _ClassVar[int]
    audio_semantic_timeline: AudioSemanticTimeline
    visual_meta: VisualMeta
    region_summary: RegionSummary
    def __init__(self, audio_semantic_timeline: _Optional[_Union[AudioSemanticTimeline, _Mapping]] = ..., visual_meta: _Optional[_Union[VisualMeta, _Mapping]] = ..., region_summary: _Optional[_Union[RegionSummary, _Mapping]] = ...) -> None: ...

class AudioSemanticTimeline(_message.Message):
    __slots__ = ("artifact_id", "duration_ms", "events", "beats")
    ARTIFACT_ID_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    BEATS_FIELD_NUMBER: _ClassVar[int]
    artifact_id: str
    duration_ms: float
    events: _containers.RepeatedCompositeFieldContainer[AudioEvent]
    beats: _containers.RepeatedCompositeFieldContainer[Beat]
    def __init__(self, artifact_id: _Optional[str] = ..., duration_ms: _Optional[float] = ..., events: _Optional[_Iterable[_Union[AudioEvent, _Mapping]]] = ..., beats: _Optional[_Iterable[_Union[Beat, _Mapping]]] = ...) -> None: ...

class AudioEvent(_message.Message):
    __slots__ = ("kind", "start_ms", "end_ms", "speaker_id", "loudness_lufs", "confidence", "transcription")
    KIND_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    END_MS_FIELD_NUMBER: _ClassVar[int]
    SPEAKER_ID_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_LUFS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    TRANSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    kind: AudioEventKind
    start_ms: float
    end_ms: float
    speaker_id: str
    loudness_lufs: float
    confidence: float
    transcription: str
    def __init__(self, kind: _Optional[_Union[AudioEventKind, str]] = ..., start_ms: _Optional[float] = ..., end_ms: _Optional[float] = ..., speaker_id: _Optional[str] = ..., loudness_lufs: _Optional[float] = ..., confidence: _Optional[float] = ..., transcription: _Optional[str] = ...) -> None: ...

class Beat(_message.Message):
    __slots__ = ("time_ms", "bar_index", "beat_index", "subdivision")
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    BAR_INDEX_FIELD_NUMBER: _ClassVar[int]
    BEAT_INDEX_FIELD_NUMBER: _ClassVar[int]
    SUBDIVISION_FIELD_NUMBER: _ClassVar[int]
    time_ms: float
    bar_index: int
    beat_index: int
    subdivision: int
    def __init__(self, time_ms: _Optional[float] = ..., bar_index: _Optional[int] = ..., beat_index: _Optional[int] = ..., subdivision: _Optional[int] = ...) -> None: ...

class VisualMeta(_message.Message):
    __slots__ = ("artifact_id", "duration_ms", "frame_sample_interval_ms", "frames")
    ARTIFACT_ID_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    FRAME_SAMPLE_INTERVAL_MS_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    artifact_id: str
    duration_ms: float
    frame_sample_interval_ms: float
    frames: _containers.RepeatedCompositeFieldContainer[VisualFrame]
    def __init__(self, artifact_id: _Optional[str] = ..., duration_ms: _Optional[float] = ..., frame_sample_interval_ms: _Optional[float] = ..., frames: _Optional[_Iterable[_Union[VisualFrame, _Mapping]]] = ...) -> None: ...

class VisualFrame(_message.Message):
    __slots__ = ("timestamp_ms", "subjects", "primary_subject_center_x", "primary_subject_center_y", "motion_score", "shot_boundary")
    TIMESTAMP_MS_FIELD_NUMBER: _ClassVar[int]
    SUBJECTS_FIELD_NUMBER: _ClassVar[int]
    PRIMARY_SUBJECT_CENTER_X_FIELD_NUMBER: _ClassVar[int]
    PRIMARY_SUBJECT_CENTER_Y_FIELD_NUMBER: _ClassVar[int]
    MOTION_SCORE_FIELD_NUMBER: _ClassVar[int]
    SHOT_BOUNDARY_FIELD_NUMBER: _ClassVar[int]
    timestamp_ms: float
    subjects: _containers.RepeatedCompositeFieldContainer[Subject]
    primary_subject_center_x: float
    primary_subject_center_y: float
    motion_score: float
    shot_boundary: bool
    def __init__(self, timestamp_ms: _Optional[float] = ..., subjects: _Optional[_Iterable[_Union[Subject, _Mapping]]] = ..., primary_subject_center_x: _Optional[float] = ..., primary_subject_center_y: _Optional[float] = ..., motion_score: _Optional[float] = ..., shot_boundary: bool = ...) -> None: ...

class Subject(_message.Message):
    __slots__ = ("track_id", "label", "confidence", "bbox_x", "bbox_y", "bbox_width", "bbox_height")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    BBOX_X_FIELD_NUMBER: _ClassVar[int]
    BBOX_Y_FIELD_NUMBER: _ClassVar[int]
    BBOX_WIDTH_FIELD_NUMBER: _ClassVar[int]
    BBOX_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    track_id: str
    label: str
    confidence: float
    bbox_x: float
    bbox_y: float
    bbox_width: float
    bbox_height: float
    def __init__(self, track_id: _Optional[str] = ..., label: _Optional[str] = ..., confidence: _Optional[float] = ..., bbox_x: _Optional[float] = ..., bbox_y: _Optional[float] = ..., bbox_width: _Optional[float] = ..., bbox_height: _Optional[float] = ...) -> None: ...

class RegionSummary(_message.Message):
    __slots__ = ("artifact_id", "entries")
    ARTIFACT_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    artifact_id: str
    entries: _containers.RepeatedCompositeFieldContainer[RegionEntry]
    def __init__(self, artifact_id: _Optional[str] = ..., entries: _Optional[_Iterable[_Union[RegionEntry, _Mapping]]] = ...) -> None: ...

class RegionEntry(_message.Message):
    __slots__ = ("time_ms", "region", "mask_artifact_id")
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    MASK_ARTIFACT_ID_FIELD_NUMBER: _ClassVar[int]
    time_ms: float
    region: str
    mask_artifact_id: str
    def __init__(self, time_ms: _Optional[float] = ..., region: _Optional[str] = ..., mask_artifact_id: _Optional[str] = ...) -> None: ...
