from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_TENANT_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_TENANT_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_ENV_MISSING: _ClassVar[ErrorReason]
    ERROR_REASON_ENV_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_METADATA_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_REQUEST_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_MEDIA_FORBIDDEN: _ClassVar[ErrorReason]
    ERROR_REASON_MEDIA_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_MEDIA_UNREADABLE: _ClassVar[ErrorReason]
    ERROR_REASON_MEDIA_WITHOUT_AUDIO: _ClassVar[ErrorReason]
    ERROR_REASON_UPLOAD_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_UPLOAD_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_UPLOAD_INVALID: _ClassVar[ErrorReason]
    ERROR_REASON_SHUTTING_DOWN: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNAL: _ClassVar[ErrorReason]
    ERROR_REASON_OVERLOADED: _ClassVar[ErrorReason]
    ERROR_REASON_WORKER_DIED: _ClassVar[ErrorReason]
    ERROR_REASON_WORK_TOO_LARGE: _ClassVar[ErrorReason]
    ERROR_REASON_DEADLINE_PASSED: _ClassVar[ErrorReason]
    ERROR_REASON_UPLOAD_STALLED: _ClassVar[ErrorReason]
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_TENANT_MISSING: ErrorReason
ERROR_REASON_TENANT_INVALID: ErrorReason
ERROR_REASON_ENV_MISSING: ErrorReason
ERROR_REASON_ENV_INVALID: ErrorReason
ERROR_REASON_METADATA_INVALID: ErrorReason
ERROR_REASON_REQUEST_INVALID: ErrorReason
ERROR_REASON_MEDIA_FORBIDDEN: ErrorReason
ERROR_REASON_MEDIA_NOT_FOUND: ErrorReason
ERROR_REASON_MEDIA_UNREADABLE: ErrorReason
ERROR_REASON_MEDIA_WITHOUT_AUDIO: ErrorReason
ERROR_REASON_UPLOAD_NOT_FOUND: ErrorReason
ERROR_REASON_UPLOAD_TOO_LARGE: ErrorReason
ERROR_REASON_UPLOAD_INVALID: ErrorReason
ERROR_REASON_SHUTTING_DOWN: ErrorReason
ERROR_REASON_INTERNAL: ErrorReason
ERROR_REASON_OVERLOADED: ErrorReason
ERROR_REASON_WORKER_DIED: ErrorReason
ERROR_REASON_WORK_TOO_LARGE: ErrorReason
ERROR_REASON_DEADLINE_PASSED: ErrorReason
ERROR_REASON_UPLOAD_STALLED: ErrorReason
