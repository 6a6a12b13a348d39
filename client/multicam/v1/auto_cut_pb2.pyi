from multicam.v1 import media_pb2 as _media_pb2
from multicam.v1 import sequence_pb2 as _sequence_pb2
from multicam.v1 import session_pb2 as _session_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Pacing(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PACING_UNSPECIFIED: _ClassVar[Pacing]
    PACING_FAST: _ClassVar[Pacing]
    PACING_MEDIUM: _ClassVar[Pacing]
    PACING_SLOW: _ClassVar[Pacing]
PACING_UNSPECIFIED: Pacing
PACING_FAST: Pacing
PACING_MEDIUM: Pacing
PACING_SLOW: Pacing

class AutoCutRequest(_message.Message):
    __slots__ = ("session_id", "tracks", "pacing", "min_shot_ms", "max_shot_ms", "prefer_primary_ratio", "weights", "locked_shots", "start_ms", "end_ms", "frame_rate")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    PACING_FIELD_NUMBER: _ClassVar[int]
    MIN_SHOT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_SHOT_MS_FIELD_NUMBER: _ClassVar[int]
    PREFER_PRIMARY_RATIO_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    LOCKED_SHOTS_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    END_MS_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    tracks: _containers.RepeatedCompositeFieldContainer[_session_pb2.SessionTrack]
    pacing: Pacing
    min_shot_ms: float
    max_shot_ms: float
    prefer_primary_ratio: float
    weights: AutoCutWeights
    locked_shots: _containers.RepeatedCompositeFieldContainer[LockedShot]
    start_ms: float
    end_ms: float
    frame_rate: _media_pb2.FrameRate
    def __init__(self, session_id: _Optional[str] = ..., tracks: _Optional[_Iterable[_Union[_session_pb2.SessionTrack, _Mapping]]] = ..., pacing: _Optional[_Union[Pacing, str]] = ..., min_shot_ms: _Optional[float] = ..., max_shot_ms: _Optional[float] = ..., prefer_primary_ratio: _Optional[float] = ..., weights: _Optional[_Union[AutoCutWeights, _Mapping]] = ..., locked_shots: _Optional[_Iterable[_Union[LockedShot, _Mapping]]] = ..., start_ms: _Optional[float] = ..., end_ms: _Optional[float] = ..., frame_rate: _Optional[_Union[_media_pb2.FrameRate, _Mapping]] = ...) -> None: ...

class AutoCutWeights(_message.Message):
    __slots__ = ("speech", "face", "motion", "role", "pause", "pace")
    SPEECH_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    MOTION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    PAUSE_FIELD_NUMBER: _ClassVar[int]
    PACE_FIELD_NUMBER: _ClassVar[int]
    speech: float
    face: float
    motion: float
    role: float
    pause: float
    pace: float
    def __init__(self, speech: _Optional[float] = ..., face: _Optional[float] = ..., motion: _Optional[float] = ..., role: _Optional[float] = ..., pause: _Optional[float] = ..., pace: _Optional[float] = ...) -> None: ...

class LockedShot(_message.Message):
    __slots__ = ("asset_id", "start_ms", "end_ms")
    ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    END_MS_FIELD_NUMBER: _ClassVar[int]
    asset_id: str
    start_ms: float
    end_ms: float
    def __init__(self, asset_id: _Optional[str] = ..., start_ms: _Optional[float] = ..., end_ms: _Optional[float] = ...) -> None: ...

class AutoCutResponse(_message.Message):
    __slots__ = ("sequence", "decisions", "meta")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    sequence: _sequence_pb2.Sequence
    decisions: _containers.RepeatedCompositeFieldContainer[_session_pb2.Decision]
    meta: AutoCutMeta
    def __init__(self, sequence: _Optional[_Union[_sequence_pb2.Sequence, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[_session_pb2.Decision, _Mapping]]] = ..., meta: _Optional[_Union[AutoCutMeta, _Mapping]] = ...) -> None: ...

class AutoCutMeta(_message.Message):
    __slots__ = ("scoring_version", "pacing", "min_shot_ms", "max_shot_ms", "weights", "inputs_used", "fallbacks", "warnings")
    SCORING_VERSION_FIELD_NUMBER: _ClassVar[int]
    PACING_FIELD_NUMBER: _ClassVar[int]
    MIN_SHOT_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_SHOT_MS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_USED_FIELD_NUMBER: _ClassVar[int]
    FALLBACKS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    scoring_version: str
    pacing: Pacing
    min_shot_ms: float
    max_shot_ms: float
    weights: AutoCutWeights
    inputs_used: _containers.RepeatedScalarFieldContainer[str]
    fallbacks: _containers.RepeatedScalarFieldContainer[str]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, scoring_version: _Optional[str] = ..., pacing: _Optional[_Union[Pacing, str]] = ..., min_shot_ms: _Optional[float] = ..., max_shot_ms: _Optional[float] = ..., weights: _Optional[_Union[AutoCutWeights, _Mapping]] = ..., inputs_used: _Optional[_Iterable[str]] = ..., fallbacks: _Optional[_Iterable[str]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...
