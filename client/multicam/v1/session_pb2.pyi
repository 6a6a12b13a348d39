from multicam.v1 import artifacts_pb2 as _artifacts_pb2
from multicam.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionTrack(_message.Message):
    __slots__ = ("asset_id", "camera_id", "role", "offset_ms", "drift_ppm", "duration_ms", "subject_ids", "artifacts", "asset")
    ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    CAMERA_ID_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    DRIFT_PPM_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_IDS_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    ASSET_FIELD_NUMBER: _ClassVar[int]
    asset_id: str
    camera_id: str
    role: _media_pb2.CameraRole
    offset_ms: float
    drift_ppm: float
    duration_ms: float
    subject_ids: _containers.RepeatedScalarFieldContainer[str]
    artifacts: _artifacts_pb2.Artifacts
    asset: _media_pb2.Asset
    def __init__(self, asset_id: _Optional[str] = ..., camera_id: _Optional[str] = ..., role: _Optional[_Union[_media_pb2.CameraRole, str]] = ..., offset_ms: _Optional[float] = ..., drift_ppm: _Optional[float] = ..., duration_ms: _Optional[float] = ..., subject_ids: _Optional[_Iterable[str]] = ..., artifacts: _Optional[_Union[_artifacts_pb2.Artifacts, _Mapping]] = ..., asset: _Optional[_Union[_media_pb2.Asset, _Mapping]] = ...) -> None: ...

class ScoreComponent(_message.Message):
    __slots__ = ("name", "value", "weight")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: float
    weight: float
    def __init__(self, name: _Optional[str] = ..., value: _Optional[float] = ..., weight: _Optional[float] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("clip_index", "score", "components", "runner_up_asset_id", "runner_up_score", "reason")
    CLIP_INDEX_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    RUNNER_UP_ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    RUNNER_UP_SCORE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    clip_index: int
    score: float
    components: _containers.RepeatedCompositeFieldContainer[ScoreComponent]
    runner_up_asset_id: str
    runner_up_score: float
    reason: str
    def __init__(self, clip_index: _Optional[int] = ..., score: _Optional[float] = ..., components: _Optional[_Iterable[_Union[ScoreComponent, _Mapping]]] = ..., runner_up_asset_id: _Optional[str] = ..., runner_up_score: _Optional[float] = ..., reason: _Optional[str] = ...) -> None: ...
