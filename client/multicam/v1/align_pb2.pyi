from multicam.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AlignStrategy(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALIGN_STRATEGY_UNSPECIFIED: _ClassVar[AlignStrategy]
    ALIGN_STRATEGY_AUTO: _ClassVar[AlignStrategy]
    ALIGN_STRATEGY_TIMECODE: _ClassVar[AlignStrategy]
    ALIGN_STRATEGY_AUDIO: _ClassVar[AlignStrategy]

class AlignStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALIGN_STATUS_UNSPECIFIED: _ClassVar[AlignStatus]
    ALIGN_STATUS_BASE: _ClassVar[AlignStatus]
    ALIGN_STATUS_ALIGNED: _ClassVar[AlignStatus]
    ALIGN_STATUS_AMBIGUOUS: _ClassVar[AlignStatus]
    ALIGN_STATUS_UNALIGNED: _ClassVar[AlignStatus]
    ALIGN_STATUS_PINNED: _ClassVar[AlignStatus]

class AlignMethod(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALIGN_METHOD_UNSPECIFIED: _ClassVar[AlignMethod]
    ALIGN_METHOD_AUDIO_CROSS_CORRELATION: _ClassVar[AlignMethod]
    ALIGN_METHOD_LTC: _ClassVar[AlignMethod]
    ALIGN_METHOD_TIMECODE: _ClassVar[AlignMethod]
    ALIGN_METHOD_MANUAL: _ClassVar[AlignMethod]
ALIGN_STRATEGY_UNSPECIFIED: AlignStrategy
ALIGN_STRATEGY_AUTO: AlignStrategy
ALIGN_STRATEGY_TIMECODE: AlignStrategy
ALIGN_STRATEGY_AUDIO: AlignStrategy
ALIGN_STATUS_UNSPECIFIED: AlignStatus
ALIGN_STATUS_BASE: AlignStatus
ALIGN_STATUS_ALIGNED: AlignStatus
ALIGN_STATUS_AMBIGUOUS: AlignStatus
ALIGN_STATUS_UNALIGNED: AlignStatus
ALIGN_STATUS_PINNED: AlignStatus
ALIGN_METHOD_UNSPECIFIED: AlignMethod
ALIGN_METHOD_AUDIO_CROSS_CORRELATION: AlignMethod
ALIGN_METHOD_LTC: AlignMethod
ALIGN_METHOD_TIMECODE: AlignMethod
ALIGN_METHOD_MANUAL: AlignMethod

class AlignRequest(_message.Message):
    __slots__ = ("session_id", "base_asset_id", "tracks", "options")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    base_asset_id: str
    tracks: _containers.RepeatedCompositeFieldContainer[AlignTrack]
    options: AlignOptions
    def __init__(self, session_id: _Optional[str] = ..., base_asset_id: _Optional[str] = ..., tracks: _Optional[_Iterable[_Union[AlignTrack, _Mapping]]] = ..., options: _Optional[_Union[AlignOptions, _Mapping]] = ...) -> None: ...

class AlignTrack(_message.Message):
    __slots__ = ("asset", "role", "camera_id", "start_timecode", "pinned_offset_ms")
    ASSET_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIMECODE_FIELD_NUMBER: _ClassVar[int]
    PINNED_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    asset: _media_pb2.Asset
    role: _media_pb2.CameraRole
    camera_id: str
    start_timecode: _media_pb2.Timecode
    pinned_offset_ms: float
    def __init__(self, asset: _Optional[_Union[_media_pb2.Asset, _Mapping]] = ..., role: _Optional[_Union[_media_pb2.CameraRole, str]] = ..., camera_id: _Optional[str] = ..., start_timecode: _Optional[_Union[_media_pb2.Timecode, _Mapping]] = ..., pinned_offset_ms: _Optional[float] = ...) -> None: ...

class AlignOptions(_message.Message):
    __slots__ = ("strategy", "max_offset_ms", "window_ms", "min_confidence", "bypass_cache")
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    MAX_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    MIN_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    BYPASS_CACHE_FIELD_NUMBER: _ClassVar[int]
    strategy: AlignStrategy
    max_offset_ms: float
    window_ms: float
    min_confidence: float
    bypass_cache: bool
    def __init__(self, strategy: _Optional[_Union[AlignStrategy, str]] = ..., max_offset_ms: _Optional[float] = ..., window_ms: _Optional[float] = ..., min_confidence: _Optional[float] = ..., bypass_cache: bool = ...) -> None: ...

class AlignResponse(_message.Message):
    __slots__ = ("session_id", "base_asset_id", "tracks", "meta")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    BASE_ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    base_asset_id: str
    tracks: _containers.RepeatedCompositeFieldContainer[AlignedTrack]
    meta: AlignMeta
    def __init__(self, session_id: _Optional[str] = ..., base_asset_id: _Optional[str] = ..., tracks: _Optional[_Iterable[_Union[AlignedTrack, _Mapping]]] = ..., meta: _Optional[_Union[AlignMeta, _Mapping]] = ...) -> None: ...

class AlignedTrack(_message.Message):
    __slots__ = ("asset_id", "offset_ms", "drift_ppm", "confidence", "status", "method", "reason", "source_channels", "residual_ms", "drift_ppm_error", "alternatives")
    ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_PPM_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SOURCE_CHANNELS_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_MS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_PPM_ERROR_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    asset_id: str
    offset_ms: float
    drift_ppm: float
    confidence: float
    status: AlignStatus
    method: AlignMethod
    reason: str
    source_channels: _containers.RepeatedScalarFieldContainer[int]
    residual_ms: float
    drift_ppm_error: float
    alternatives: _containers.RepeatedCompositeFieldContainer[AlignAlternative]
    def __init__(self, asset_id: _Optional[str] = ..., offset_ms: _Optional[float] = ..., drift_ppm: _Optional[float] = ..., confidence: _Optional[float] = ..., status: _Optional[_Union[AlignStatus, str]] = ..., method: _Optional[_Union[AlignMethod, str]] = ..., reason: _Optional[str] = ..., source_channels: _Optional[_Iterable[int]] = ..., residual_ms: _Optional[float] = ..., drift_ppm_error: _Optional[float] = ..., alternatives: _Optional[_Iterable[_Union[AlignAlternative, _Mapping]]] = ...) -> None: ...

class AlignAlternative(_message.Message):
    __slots__ = ("offset_ms", "confidence")
    OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    offset_ms: float
    confidence: float
    def __init__(self, offset_ms: _Optional[float] = ..., confidence: _Optional[float] = ...) -> None: ...

class AlignMeta(_message.Message):
    __slots__ = ("alignment_version", "strategy", "cache_hit", "cache_key", "warnings", "inputs_used", "fallbacks")
    ALIGNMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    CACHE_HIT_FIELD_NUMBER: _ClassVar[int]
    CACHE_KEY_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    INPUTS_USED_FIELD_NUMBER: _ClassVar[int]
    FALLBACKS_FIELD_NUMBER: _ClassVar[int]
    alignment_version: str
    strategy: AlignStrategy
    cache_hit: bool
    cache_key: str
    warnings: _containers.RepeatedScalarFieldContainer[str]
    inputs_used: _containers.RepeatedScalarFieldContainer[str]
    fallbacks: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, alignment_version: _Optional[str] = ..., strategy: _Optional[_Union[AlignStrategy, str]] = ..., cache_hit: bool = ..., cache_key: _Optional[str] = ..., warnings: _Optional[_Iterable[str]] = ..., inputs_used: _Optional[_Iterable[str]] = ..., fallbacks: _Optional[_Iterable[str]] = ...) -> None: ...
