from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CameraRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMERA_ROLE_UNSPECIFIED: _ClassVar[CameraRole]
    CAMERA_ROLE_PRIMARY: _ClassVar[CameraRole]
    CAMERA_ROLE_SECONDARY: _ClassVar[CameraRole]
    CAMERA_ROLE_WIDE: _ClassVar[CameraRole]
    CAMERA_ROLE_DETAIL: _ClassVar[CameraRole]
    CAMERA_ROLE_ALT: _ClassVar[CameraRole]
CAMERA_ROLE_UNSPECIFIED: CameraRole
CAMERA_ROLE_PRIMARY: CameraRole
CAMERA_ROLE_SECONDARY: CameraRole
CAMERA_ROLE_WIDE: CameraRole
CAMERA_ROLE_DETAIL: CameraRole
CAMERA_ROLE_ALT: CameraRole

class Asset(_message.Message):
    __slots__ = ("asset_id", "uri", "waveform", "upload_id", "duration_ms")
    ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    URI_FIELD_NUMBER: _ClassVar[int]
    WAVEFORM_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_ID_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    asset_id: str
    uri: str
    waveform: Waveform
    upload_id: str
    duration_ms: float
    def __init__(self, asset_id: _Optional[str] = ..., uri: _Optional[str] = ..., waveform: _Optional[_Union[Waveform, _Mapping]] = ..., upload_id: _Optional[str] = ..., duration_ms: _Optional[float] = ...) -> None: ...

class Waveform(_message.Message):
    __slots__ = ("sample_rate_hz", "samples")
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    SAMPLES_FIELD_NUMBER: _ClassVar[int]
    sample_rate_hz: float
    samples: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, sample_rate_hz: _Optional[float] = ..., samples: _Optional[_Iterable[float]] = ...) -> None: ...

class FrameRate(_message.Message):
    __slots__ = ("numerator", "denominator")
    NUMERATOR_FIELD_NUMBER: _ClassVar[int]
    DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    numerator: int
    denominator: int
    def __init__(self, numerator: _Optional[int] = ..., denominator: _Optional[int] = ...) -> None: ...

class Timecode(_message.Message):
    __slots__ = ("value", "frame_rate")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    value: str
    frame_rate: FrameRate
    def __init__(self, value: _Optional[str] = ..., frame_rate: _Optional[_Union[FrameRate, _Mapping]] = ...) -> None: ...
