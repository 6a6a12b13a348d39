from multicam.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TrackKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRACK_KIND_UNSPECIFIED: _ClassVar[TrackKind]
    TRACK_KIND_VIDEO: _ClassVar[TrackKind]
    TRACK_KIND_AUDIO: _ClassVar[TrackKind]

class VideoRole(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VIDEO_ROLE_UNSPECIFIED: _ClassVar[VideoRole]
    VIDEO_ROLE_MAIN: _ClassVar[VideoRole]
    VIDEO_ROLE_B_ROLL: _ClassVar[VideoRole]
    VIDEO_ROLE_OVERLAY: _ClassVar[VideoRole]
    VIDEO_ROLE_GENERIC: _ClassVar[VideoRole]
TRACK_KIND_UNSPECIFIED: TrackKind
TRACK_KIND_VIDEO: TrackKind
TRACK_KIND_AUDIO: TrackKind
VIDEO_ROLE_UNSPECIFIED: VideoRole
VIDEO_ROLE_MAIN: VideoRole
VIDEO_ROLE_B_ROLL: VideoRole
VIDEO_ROLE_OVERLAY: VideoRole
VIDEO_ROLE_GENERIC: VideoRole

class Sequence(_message.Message):
    __slots__ = ("name", "duration_ms", "frame_rate", "tracks")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    name: str
    duration_ms: float
    frame_rate: _media_pb2.FrameRate
    tracks: _containers.RepeatedCompositeFieldContainer[SequenceTrack]
    def __init__(self, name: _Optional[str] = ..., duration_ms: _Optional[float] = ..., frame_rate: _Optional[_Union[_media_pb2.FrameRate, _Mapping]] = ..., tracks: _Optional[_Iterable[_Union[SequenceTrack, _Mapping]]] = ...) -> None: ...

class SequenceTrack(_message.Message):
    __slots__ = ("kind", "video_role", "clips")
    KIND_FIELD_NUMBER: _ClassVar[int]
    VIDEO_ROLE_FIELD_NUMBER: _ClassVar[int]
    CLIPS_FIELD_NUMBER: _ClassVar[int]
    kind: TrackKind
    video_role: VideoRole
    clips: _containers.RepeatedCompositeFieldContainer[SequenceClip]
    def __init__(self, kind: _Optional[_Union[TrackKind, str]] = ..., video_role: _Optional[_Union[VideoRole, str]] = ..., clips: _Optional[_Iterable[_Union[SequenceClip, _Mapping]]] = ...) -> None: ...

class SequenceClip(_message.Message):
    __slots__ = ("asset_id", "start_ms_on_timeline", "in_ms", "out_ms", "speed")
    ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    START_MS_ON_TIMELINE_FIELD_NUMBER: _ClassVar[int]
    IN_MS_FIELD_NUMBER: _ClassVar[int]
    OUT_MS_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    asset_id: str
    start_ms_on_timeline: float
    in_ms: float
    out_ms: float
    speed: float
    def __init__(self, asset_id: _Optional[str] = ..., start_ms_on_timeline: _Optional[float] = ..., in_ms: _Optional[float] = ..., out_ms: _Optional[float] = ..., speed: _Optional[float] = ...) -> None: ...
