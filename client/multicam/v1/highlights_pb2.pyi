from multicam.v1 import sequence_pb2 as _sequence_pb2
from multicam.v1 import session_pb2 as _session_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class HighlightOrder(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HIGHLIGHT_ORDER_UNSPECIFIED: _ClassVar[HighlightOrder]
    HIGHLIGHT_ORDER_CHRONOLOGICAL: _ClassVar[HighlightOrder]
    HIGHLIGHT_ORDER_SCORE: _ClassVar[HighlightOrder]
HIGHLIGHT_ORDER_UNSPECIFIED: HighlightOrder
HIGHLIGHT_ORDER_CHRONOLOGICAL: HighlightOrder
HIGHLIGHT_ORDER_SCORE: HighlightOrder

class HighlightsRequest(_message.Message):
    __slots__ = ("session_id", "tracks", "target_duration_ms", "min_clip_ms", "max_clip_ms", "order", "weights")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    TARGET_DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    MIN_CLIP_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_CLIP_MS_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    tracks: _containers.RepeatedCompositeFieldContainer[_session_pb2.SessionTrack]
    target_duration_ms: float
    min_clip_ms: float
    max_clip_ms: float
    order: HighlightOrder
    weights: HighlightWeights
    def __init__(self, session_id: _Optional[str] = ..., tracks: _Optional[_Iterable[_Union[_session_pb2.SessionTrack, _Mapping]]] = ..., target_duration_ms: _Optional[float] = ..., min_clip_ms: _Optional[float] = ..., max_clip_ms: _Optional[float] = ..., order: _Optional[_Union[HighlightOrder, str]] = ..., weights: _Optional[_Union[HighlightWeights, _Mapping]] = ...) -> None: ...

class HighlightWeights(_message.Message):
    __slots__ = ("speech", "emphasis", "subject", "face", "motion", "reaction", "transcript", "position")
    SPEECH_FIELD_NUMBER: _ClassVar[int]
    EMPHASIS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    FACE_FIELD_NUMBER: _ClassVar[int]
    MOTION_FIELD_NUMBER: _ClassVar[int]
    REACTION_FIELD_NUMBER: _ClassVar[int]
    TRANSCRIPT_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    speech: float
    emphasis: float
    subject: float
    face: float
    motion: float
    reaction: float
    transcript: float
    position: float
    def __init__(self, speech: _Optional[float] = ..., emphasis: _Optional[float] = ..., subject: _Optional[float] = ..., face: _Optional[float] = ..., motion: _Optional[float] = ..., reaction: _Optional[float] = ..., transcript: _Optional[float] = ..., position: _Optional[float] = ...) -> None: ...

class HighlightsResponse(_message.Message):
    __slots__ = ("sequence", "decisions", "meta")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    sequence: _sequence_pb2.Sequence
    decisions: _containers.RepeatedCompositeFieldContainer[_session_pb2.Decision]
    meta: HighlightsMeta
    def __init__(self, sequence: _Optional[_Union[_sequence_pb2.Sequence, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[_session_pb2.Decision, _Mapping]]] = ..., meta: _Optional[_Union[HighlightsMeta, _Mapping]] = ...) -> None: ...

class HighlightsMeta(_message.Message):
    __slots__ = ("scoring_version", "order", "min_clip_ms", "max_clip_ms", "weights", "inputs_used", "fallbacks", "warnings", "target_duration_ms")
    SCORING_VERSION_FIELD_NUMBER: _ClassVar[int]
    ORDER_FIELD_NUMBER: _ClassVar[int]
    MIN_CLIP_MS_FIELD_NUMBER: _ClassVar[int]
    MAX_CLIP_MS_FIELD_NUMBER: _ClassVar[int]
    WEIGHTS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_USED_FIELD_NUMBER: _ClassVar[int]
    FALLBACKS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    TARGET_DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    scoring_version: str
    order: HighlightOrder
    min_clip_ms: float
    max_clip_ms: float
    weights: HighlightWeights
    inputs_used: _containers.RepeatedScalarFieldContainer[str]
    fallbacks: _containers.RepeatedScalarFieldContainer[str]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    target_duration_ms: float
    def __init__(self, scoring_version: _Optional[str] = ..., order: _Optional[_Union[HighlightOrder, str]] = ..., min_clip_ms: _Optional[float] = ..., max_clip_ms: _Optional[float] = ..., weights: _Optional[_Union[HighlightWeights, _Mapping]] = ..., inputs_used: _Optional[_Iterable[str]] = ..., fallbacks: _Optional[_Iterable[str]] = ..., warnings: _Optional[_Iterable[str]] = ..., target_duration_ms: _Optional[float] = ...) -> None: ...
