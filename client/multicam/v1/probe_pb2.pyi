from multicam.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TimecodeSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIMECODE_SOURCE_UNSPECIFIED: _ClassVar[TimecodeSource]
    TIMECODE_SOURCE_CONTAINER: _ClassVar[TimecodeSource]
    TIMECODE_SOURCE_BWF: _ClassVar[TimecodeSource]
    TIMECODE_SOURCE_LTC: _ClassVar[TimecodeSource]
TIMECODE_SOURCE_UNSPECIFIED: TimecodeSource
TIMECODE_SOURCE_CONTAINER: TimecodeSource
TIMECODE_SOURCE_BWF: TimecodeSource
TIMECODE_SOURCE_LTC: TimecodeSource

class ProbeMediaRequest(_message.Message):
    __slots__ = ("assets",)
    ASSETS_FIELD_NUMBER: _ClassVar[int]
    assets: _containers.RepeatedCompositeFieldContainer[_media_pb2.Asset]
    def __init__(self, assets: _Optional[_Iterable[_Union[_media_pb2.Asset, _Mapping]]] = ...) -> None: ...

class ProbeMediaResponse(_message.Message):
    __slots__ = ("media",)
    MEDIA_FIELD_NUMBER: _ClassVar[int]
    media: _containers.RepeatedCompositeFieldContainer[MediaInfo]
    def __init__(self, media: _Optional[_Iterable[_Union[MediaInfo, _Mapping]]] = ...) -> None: ...

class MediaInfo(_message.Message):
    __slots__ = ("asset_id", "container", "duration_ms", "video", "audio_streams", "timecodes", "warnings")
    ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    AUDIO_STREAMS_FIELD_NUMBER: _ClassVar[int]
    TIMECODES_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    asset_id: str
    container: str
    duration_ms: float
    video: VideoInfo
    audio_streams: _containers.RepeatedCompositeFieldContainer[AudioInfo]
    timecodes: _containers.RepeatedCompositeFieldContainer[FoundTimecode]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, asset_id: _Optional[str] = ..., container: _Optional[str] = ..., duration_ms: _Optional[float] = ..., video: _Optional[_Union[VideoInfo, _Mapping]] = ..., audio_streams: _Optional[_Iterable[_Union[AudioInfo, _Mapping]]] = ..., timecodes: _Optional[_Iterable[_Union[FoundTimecode, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ...) -> None: ...

class VideoInfo(_message.Message):
    __slots__ = ("codec", "width", "height", "rotation_degrees", "frame_rate", "variable_frame_rate", "start_ms")
    CODEC_FIELD_NUMBER: _ClassVar[int]
    WIDTH_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEGREES_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    VARIABLE_FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    codec: str
    width: int
    height: int
    rotation_degrees: int
    frame_rate: _media_pb2.FrameRate
    variable_frame_rate: bool
    start_ms: float
    def __init__(self, codec: _Optional[str] = ..., width: _Optional[int] = ..., height: _Optional[int] = ..., rotation_degrees: _Optional[int] = ..., frame_rate: _Optional[_Union[_media_pb2.FrameRate, _Mapping]] = ..., variable_frame_rate: bool = ..., start_ms: _Optional[float] = ...) -> None: ...

class AudioInfo(_message.Message):
    __slots__ = ("codec", "channels", "sample_rate_hz", "start_ms", "first_channel")
    CODEC_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    FIRST_CHANNEL_FIELD_NUMBER: _ClassVar[int]
    codec: str
    channels: int
    sample_rate_hz: int
    start_ms: float
    first_channel: int
    def __init__(self, codec: _Optional[str] = ..., channels: _Optional[int] = ..., sample_rate_hz: _Optional[int] = ..., start_ms: _Optional[float] = ..., first_channel: _Optional[int] = ...) -> None: ...

class FoundTimecode(_message.Message):
    __slots__ = ("timecode", "source", "time_of_day_ms", "channel")
    TIMECODE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TIME_OF_DAY_MS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    timecode: _media_pb2.Timecode
    source: TimecodeSource
    time_of_day_ms: float
    channel: int
    def __init__(self, timecode: _Optional[_Union[_media_pb2.Timecode, _Mapping]] = ..., source: _Optional[_Union[TimecodeSource, str]] = ..., time_of_day_ms: _Optional[float] = ..., channel: _Optional[int] = ...) -> None: ...
