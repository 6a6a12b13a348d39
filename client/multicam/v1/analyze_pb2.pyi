from multicam.v1 import align_pb2 as _align_pb2
from multicam.v1 import artifacts_pb2 as _artifacts_pb2
from multicam.v1 import auto_cut_pb2 as _auto_cut_pb2
from multicam.v1 import focus_pb2 as _focus_pb2
from multicam.v1 import highlights_pb2 as _highlights_pb2
from multicam.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AnalyzeStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANALYZE_STAGE_UNSPECIFIED: _ClassVar[AnalyzeStage]
    ANALYZE_STAGE_ALIGN: _ClassVar[AnalyzeStage]
    ANALYZE_STAGE_AUTO_CUT: _ClassVar[AnalyzeStage]
    ANALYZE_STAGE_HIGHLIGHTS: _ClassVar[AnalyzeStage]
    ANALYZE_STAGE_FOCUS: _ClassVar[AnalyzeStage]
ANALYZE_STAGE_UNSPECIFIED: AnalyzeStage
ANALYZE_STAGE_ALIGN: AnalyzeStage
ANALYZE_STAGE_AUTO_CUT: AnalyzeStage
ANALYZE_STAGE_HIGHLIGHTS: AnalyzeStage
ANALYZE_STAGE_FOCUS: AnalyzeStage

class AnalyzeRequest(_message.Message):
    __slots__ = ("session_id", "base_asset_id", "tracks", "align_options", "auto_cut", "highlights", "focus")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    ALIGN_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    AUTO_CUT_FIELD_NUMBER: _ClassVar[int]
    HIGHLIGHTS_FIELD_NUMBER: _ClassVar[int]
    FOCUS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    base_asset_id: str
    tracks: _containers.RepeatedCompositeFieldContainer[AnalyzeTrack]
    align_options: _align_pb2.AlignOptions
    auto_cut: _auto_cut_pb2.AutoCutRequest
    highlights: _highlights_pb2.HighlightsRequest
    focus: _focus_pb2.FocusRequest
    def __init__(self, session_id: _Optional[str] = ..., base_asset_id: _Optional[str] = ..., tracks: _Optional[_Iterable[_Union[AnalyzeTrack, _Mapping]]] = ..., align_options: _Optional[_Union[_align_pb2.AlignOptions, _Mapping]] = ..., auto_cut: _Optional[_Union[_auto_cut_pb2.AutoCutRequest, _Mapping]] = ..., highlights: _Optional[_Union[_highlights_pb2.HighlightsRequest, _Mapping]] = ..., focus: _Optional[_Union[_focus_pb2.FocusRequest, _Mapping]] = ...) -> None: ...

class AnalyzeTrack(_message.Message):
    __slots__ = ("asset", "role", "camera_id", "start_timecode", "pinned_offset_ms", "subject_ids", "artifacts")
    ASSET_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIMECODE_FIELD_NUMBER: _ClassVar[int]
    PINNED_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_IDS_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    asset: _media_pb2.Asset
    role: _media_pb2.CameraRole
    camera_id: str
    start_timecode: _media_pb2.Timecode
    pinned_offset_ms: float
    subject_ids: _containers.RepeatedScalarFieldContainer[str]
    artifacts: _artifacts_pb2.Artifacts
    def __init__(self, asset: _Optional[_Union[_media_pb2.Asset, _Mapping]] = ..., role: _Optional[_Union[_media_pb2.CameraRole, str]] = ..., camera_id: _Optional[str] = ..., start_timecode: _Optional[_Union[_media_pb2.Timecode, _Mapping]] = ..., pinned_offset_ms: _Optional[float] = ..., subject_ids: _Optional[_Iterable[str]] = ..., artifacts: _Optional[_Union[_artifacts_pb2.Artifacts, _Mapping]] = ...) -> None: ...

class AnalyzeResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: AnalyzeProgress
    result: AnalyzeResult
    def __init__(self, progress: _Optional[_Union[AnalyzeProgress, _Mapping]] = ..., result: _Optional[_Union[AnalyzeResult, _Mapping]] = ...) -> None: ...

class AnalyzeProgress(_message.Message):
    __slots__ = ("stage", "fraction", "message")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    stage: AnalyzeStage
    fraction: float
    message: str
    def __init__(self, stage: _Optional[_Union[AnalyzeStage, str]] = ..., fraction: _Optional[float] = ..., message: _Optional[str] = ...) -> None: ...

class AnalyzeResult(_message.Message):
    __slots__ = ("align", "auto_cut", "highlights", "focus")
    ALIGN_FIELD_NUMBER: _ClassVar[int]
    AUTO_CUT_FIELD_NUMBER: _ClassVar[int]
    HIGHLIGHTS_FIELD_NUMBER: _ClassVar[int]
    FOCUS_FIELD_NUMBER: _ClassVar[int]
    align: _align_pb2.AlignResponse
    auto_cut: _auto_cut_pb2.AutoCutResponse
    highlights: _highlights_pb2.HighlightsResponse
    focus: _containers.RepeatedCompositeFieldContainer[_focus_pb2.FocusResponse]
    def __init__(self, align: _Optional[_Union[_align_pb2.AlignResponse, _Mapping]] = ..., auto_cut: _Optional[_Union[_auto_cut_pb2.AutoCutResponse, _Mapping]] = ..., highlights: _Optional[_Union[_highlights_pb2.HighlightsResponse, _Mapping]] = ..., focus: _Optional[_Iterable[_Union[_focus_pb2.FocusResponse, _Mapping]]] = ...) -> None: ...
