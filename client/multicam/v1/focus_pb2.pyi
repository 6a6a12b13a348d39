from multicam.v1 import artifacts_pb2 as _artifacts_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AutomationProperty(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AUTOMATION_PROPERTY_UNSPECIFIED: _ClassVar[AutomationProperty]
    AUTOMATION_PROPERTY_CROP_X: _ClassVar[AutomationProperty]
    AUTOMATION_PROPERTY_CROP_Y: _ClassVar[AutomationProperty]
    AUTOMATION_PROPERTY_SCALE: _ClassVar[AutomationProperty]

class Interpolation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERPOLATION_UNSPECIFIED: _ClassVar[Interpolation]
    INTERPOLATION_STEP: _ClassVar[Interpolation]
    INTERPOLATION_LINEAR: _ClassVar[Interpolation]
    INTERPOLATION_EASE_IN: _ClassVar[Interpolation]
    INTERPOLATION_EASE_OUT: _ClassVar[Interpolation]
    INTERPOLATION_EASE_IN_OUT: _ClassVar[Interpolation]
AUTOMATION_PROPERTY_UNSPECIFIED: AutomationProperty
AUTOMATION_PROPERTY_CROP_X: AutomationProperty
AUTOMATION_PROPERTY_CROP_Y: AutomationProperty
AUTOMATION_PROPERTY_SCALE: AutomationProperty
INTERPOLATION_UNSPECIFIED: Interpolation
INTERPOLATION_STEP: Interpolation
INTERPOLATION_LINEAR: Interpolation
INTERPOLATION_EASE_IN: Interpolation
INTERPOLATION_EASE_OUT: Interpolation
INTERPOLATION_EASE_IN_OUT: Interpolation

class FocusRequest(_message.Message):
    __slots__ = ("clip_id", "asset_id", "in_ms", "out_ms", "target_aspect_ratio", "source_width", "source_height", "artifacts", "options")
    CLIP_ID_FIELD_NUMBER: _ClassVar[int]
    ASSET_ID_FIELD_NUMBER: _ClassVar[int]
    IN_MS_FIELD_NUMBER: _ClassVar[int]
    OUT_MS_FIELD_NUMBER: _ClassVar[int]
    TARGET_ASPECT_RATIO_FIELD_NUMBER: _ClassVar[int]
    SOURCE_WIDTH_FIELD_NUMBER: _ClassVar[int]
    SOURCE_HEIGHT_FIELD_NUMBER: _ClassVar[int]
    ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    clip_id: str
    asset_id: str
    in_ms: float
    out_ms: float
    target_aspect_ratio: str
    source_width: int
    source_height: int
    artifacts: _artifacts_pb2.Artifacts
    options: FocusOptions
    def __init__(self, clip_id: _Optional[str] = ..., asset_id: _Optional[str] = ..., in_ms: _Optional[float] = ..., out_ms: _Optional[float] = ..., target_aspect_ratio: _Optional[str] = ..., source_width: _Optional[int] = ..., source_height: _Optional[int] = ..., artifacts: _Optional[_Union[_artifacts_pb2.Artifacts, _Mapping]] = ..., options: _Optional[_Union[FocusOptions, _Mapping]] = ...) -> None: ...

class FocusOptions(_message.Message):
    __slots__ = ("max_velocity", "max_acceleration", "max_scale")
    MAX_VELOCITY_FIELD_NUMBER: _ClassVar[int]
    MAX_ACCELERATION_FIELD_NUMBER: _ClassVar[int]
    MAX_SCALE_FIELD_NUMBER: _ClassVar[int]
    max_velocity: float
    max_acceleration: float
    max_scale: float
    def __init__(self, max_velocity: _Optional[float] = ..., max_acceleration: _Optional[float] = ..., max_scale: _Optional[float] = ...) -> None: ...

class FocusResponse(_message.Message):
    __slots__ = ("clip_id", "automations", "meta")
    CLIP_ID_FIELD_NUMBER: _ClassVar[int]
    AUTOMATIONS_FIELD_NUMBER: _ClassVar[int]
    META_FIELD_NUMBER: _ClassVar[int]
    clip_id: str
    automations: _containers.RepeatedCompositeFieldContainer[Automation]
    meta: FocusMeta
    def __init__(self, clip_id: _Optional[str] = ..., automations: _Optional[_Iterable[_Union[Automation, _Mapping]]] = ..., meta: _Optional[_Union[FocusMeta, _Mapping]] = ...) -> None: ...

class Automation(_message.Message):
    __slots__ = ("property", "keyframes")
    PROPERTY_FIELD_NUMBER: _ClassVar[int]
    KEYFRAMES_FIELD_NUMBER: _ClassVar[int]
    property: AutomationProperty
    keyframes: _containers.RepeatedCompositeFieldContainer[Keyframe]
    def __init__(self, property: _Optional[_Union[AutomationProperty, str]] = ..., keyframes: _Optional[_Iterable[_Union[Keyframe, _Mapping]]] = ...) -> None: ...

class Keyframe(_message.Message):
    __slots__ = ("time_ms", "value", "interpolation")
    TIME_MS_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    INTERPOLATION_FIELD_NUMBER: _ClassVar[int]
    time_ms: float
    value: float
    interpolation: Interpolation
    def __init__(self, time_ms: _Optional[float] = ..., value: _Optional[float] = ..., interpolation: _Optional[_Union[Interpolation, str]] = ...) -> None: ...

class FocusMeta(_message.Message):
    __slots__ = ("automation_version", "source_artifacts", "fallbacks", "warnings", "stretches")
    AUTOMATION_VERSION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_ARTIFACTS_FIELD_NUMBER: _ClassVar[int]
    FALLBACKS_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    STRETCHES_FIELD_NUMBER: _ClassVar[int]
    automation_version: str
    source_artifacts: _containers.RepeatedScalarFieldContainer[str]
    fallbacks: _containers.RepeatedScalarFieldContainer[str]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    stretches: _containers.RepeatedCompositeFieldContainer[FocusStretch]
    def __init__(self, automation_version: _Optional[str] = ..., source_artifacts: _Optional[_Iterable[str]] = ..., fallbacks: _Optional[_Iterable[str]] = ..., warnings: _Optional[_Iterable[str]] = ..., stretches: _Optional[_Iterable[_Union[FocusStretch, _Mapping]]] = ...) -> None: ...

class FocusStretch(_message.Message):
    __slots__ = ("start_ms", "end_ms", "subject_ids", "reason")
    START_MS_FIELD_NUMBER: _ClassVar[int]
    END_MS_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_IDS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    start_ms: float
    end_ms: float
    subject_ids: _containers.RepeatedScalarFieldContainer[str]
    reason: str
    def __init__(self, start_ms: _Optional[float] = ..., end_ms: _Optional[float] = ..., subject_ids: _Optional[_Iterable[str]] = ..., reason: _Optional[str] = ...) -> None: ...
