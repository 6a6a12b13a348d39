"""The one table of every error that a caller can see: fault -> code, reason, details.

Every refusal carries google.rpc.ErrorInfo (domain "multicam", a reason of
multicam.v1.ErrorReason, the request id) and the details that fit its code. What
is not in the table is the server's own fault: INTERNAL, with a text that tells
nothing of the inside.

A status travels in HTTP/2 trailers, of which gRPC runtimes take 8 KiB by
default, so texts and lists are cut to fit; ErrorInfo then tells the full count.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (
    BadRequest,
    ErrorInfo,
    PreconditionFailure,
    QuotaFailure,
    ResourceInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status
from multicam.v1 import errors_pb2

from .domain import faults

DOMAIN = "multicam"

RETRY_AFTER_S = 1
"""When to try again where that helps: time enough to find another server."""

MESSAGE_BYTES = 512
"""Longest status message. It travels twice, once percent-encoded at up to three times the size."""

VALUE_BYTES = 256
"""Longest single text inside a detail."""

VIOLATIONS_BYTES = 2048
"""All violations of one status together. With base64 the trailers stay under 8 KiB."""

_ELLIPSIS = "…"
_REASON_PREFIX = "ERROR_REASON_"

F = TypeVar("F", bound=Exception)


@dataclass(frozen=True)
class Row(Generic[F]):
    """How one fault looks to the caller.

    A fault of a metadata key (`key`) may have a row of its own; the row without
    a key stands for all others. `reason` is a value of multicam.v1.ErrorReason,
    None only where nobody is left to read it.
    """

    fault: type[F]
    code: grpc.StatusCode
    reason: int | None
    metadata: Callable[[F], Mapping[str, str]] = lambda _: {}
    details: Callable[[F], Sequence[Message]] = lambda _: ()
    key: str = ""

    @property
    def reason_name(self) -> str:
        """The reason as ErrorInfo carries it: without its enum's prefix."""
        if self.reason is None:
            return ""
        return errors_pb2.ErrorReason.Name(self.reason).removeprefix(_REASON_PREFIX)


def clipped(text: str, limit_bytes: int) -> str:
    """The text, or its beginning and an ellipsis, in at most `limit_bytes` of UTF-8."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= limit_bytes:
        return encoded.decode("utf-8")
    kept = encoded[: limit_bytes - len(_ELLIPSIS.encode("utf-8"))]
    return kept.decode("utf-8", "ignore") + _ELLIPSIS


def _key(
    fault: faults.MissingMetadata | faults.InvalidMetadata | faults.TenantMismatch,
) -> Mapping[str, str]:
    return {"key": fault.key}


def _asset(fault: faults.AssetFault) -> Mapping[str, str]:
    return {"asset_id": fault.asset_id}


def _violations(fault: faults.InvalidRequest) -> Sequence[Message]:
    """As many violations as fit, at least the first."""
    told = BadRequest()
    for violation in fault.violations:
        entry = BadRequest.FieldViolation(
            field=clipped(violation.field, VALUE_BYTES),
            description=clipped(violation.description, VALUE_BYTES),
        )
        if told.field_violations and told.ByteSize() + entry.ByteSize() > VIOLATIONS_BYTES:
            break
        told.field_violations.append(entry)
    return (told,)


def _precondition(kind: str) -> Callable[[faults.AssetFault], Sequence[Message]]:
    def details(fault: faults.AssetFault) -> Sequence[Message]:
        violation = PreconditionFailure.Violation(
            type=kind,
            subject=clipped(fault.asset_id, VALUE_BYTES),
            description=clipped(str(fault), MESSAGE_BYTES),
        )
        return (PreconditionFailure(violations=[violation]),)

    return details


def _file(fault: faults.MediaNotFound) -> Sequence[Message]:
    name = clipped(fault.uri, MESSAGE_BYTES)
    return (ResourceInfo(resource_type="file", resource_name=name, description="no such file"),)


def _upload(fault: faults.UploadNotFound) -> Sequence[Message]:
    name = clipped(fault.upload_id, VALUE_BYTES)
    return (ResourceInfo(resource_type="upload", resource_name=name, description="no such upload"),)


def _upload_quota(fault: faults.UploadTooLarge) -> Sequence[Message]:
    violation = QuotaFailure.Violation(subject="upload", description=str(fault))
    return (QuotaFailure(violations=[violation]),)


def _load_quota(fault: faults.Overloaded) -> Sequence[Message]:
    whose = f"{fault.kind} of {fault.tenant_id}" if fault.tenant_id else fault.kind
    violation = QuotaFailure.Violation(subject=whose, description=str(fault))
    return (*_retry(fault), QuotaFailure(violations=[violation]))


def _assets_read(fault: faults.WorkFault) -> Mapping[str, str]:
    return {"asset_ids": ",".join(fault.asset_ids)} if fault.asset_ids else {}


def _resource_read(fault: faults.WorkFault) -> Sequence[Message]:
    """The asset that was read last; ErrorInfo tells them all."""
    if not fault.asset_ids:
        return ()
    name = clipped(fault.asset_ids[-1], VALUE_BYTES)
    read = ResourceInfo(resource_type="asset", resource_name=name, description="was being read")
    return (read,)


def _retry(_: faults.Fault) -> Sequence[Message]:
    return (RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)),)


TABLE: tuple[Row[Any], ...] = (
    Row(
        faults.MissingMetadata,
        grpc.StatusCode.UNAUTHENTICATED,
        errors_pb2.ERROR_REASON_TENANT_MISSING,
        metadata=_key,
        key="x-tenant-id",
    ),
    Row(
        faults.MissingMetadata,
        grpc.StatusCode.UNAUTHENTICATED,
        errors_pb2.ERROR_REASON_ENV_MISSING,
        metadata=_key,
        key="x-env",
    ),
    Row(
        faults.InvalidMetadata,
        grpc.StatusCode.INVALID_ARGUMENT,
        errors_pb2.ERROR_REASON_TENANT_INVALID,
        metadata=_key,
        key="x-tenant-id",
    ),
    Row(
        faults.InvalidMetadata,
        grpc.StatusCode.INVALID_ARGUMENT,
        errors_pb2.ERROR_REASON_ENV_INVALID,
        metadata=_key,
        key="x-env",
    ),
    Row(
        faults.InvalidMetadata,
        grpc.StatusCode.INVALID_ARGUMENT,
        errors_pb2.ERROR_REASON_METADATA_INVALID,
        metadata=_key,
    ),
    Row(
        faults.InvalidRequest,
        grpc.StatusCode.INVALID_ARGUMENT,
        errors_pb2.ERROR_REASON_REQUEST_INVALID,
        metadata=lambda fault: {"violations": str(len(fault.violations))},
        details=_violations,
    ),
    Row(
        faults.MediaForbidden,
        grpc.StatusCode.PERMISSION_DENIED,
        errors_pb2.ERROR_REASON_MEDIA_FORBIDDEN,
        metadata=_asset,
    ),
    Row(
        faults.MediaNotFound,
        grpc.StatusCode.NOT_FOUND,
        errors_pb2.ERROR_REASON_MEDIA_NOT_FOUND,
        metadata=_asset,
        details=_file,
    ),
    Row(
        faults.MediaUnreadable,
        grpc.StatusCode.FAILED_PRECONDITION,
        errors_pb2.ERROR_REASON_MEDIA_UNREADABLE,
        metadata=_asset,
        details=_precondition("MEDIA_UNREADABLE"),
    ),
    Row(
        faults.MediaWithoutAudio,
        grpc.StatusCode.FAILED_PRECONDITION,
        errors_pb2.ERROR_REASON_MEDIA_WITHOUT_AUDIO,
        metadata=_asset,
        details=_precondition("MEDIA_WITHOUT_AUDIO"),
    ),
    Row(
        faults.UploadNotFound,
        grpc.StatusCode.NOT_FOUND,
        errors_pb2.ERROR_REASON_UPLOAD_NOT_FOUND,
        metadata=_asset,
        details=_upload,
    ),
    Row(
        faults.UploadTooLarge,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        errors_pb2.ERROR_REASON_UPLOAD_TOO_LARGE,
        metadata=lambda fault: {"limit_bytes": str(fault.limit_bytes)},
        details=_upload_quota,
    ),
    Row(
        faults.UploadInvalid,
        grpc.StatusCode.INVALID_ARGUMENT,
        errors_pb2.ERROR_REASON_UPLOAD_INVALID,
    ),
    Row(
        faults.ShuttingDown,
        grpc.StatusCode.UNAVAILABLE,
        errors_pb2.ERROR_REASON_SHUTTING_DOWN,
        details=_retry,
    ),
    Row(
        faults.Overloaded,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        errors_pb2.ERROR_REASON_OVERLOADED,
        metadata=lambda fault: {f"limit_{fault.kind}": str(fault.limit)},
        details=_load_quota,
    ),
    Row(
        faults.WorkerDied,
        grpc.StatusCode.INTERNAL,
        errors_pb2.ERROR_REASON_WORKER_DIED,
        metadata=_assets_read,
        details=_resource_read,
    ),
    Row(
        faults.WorkTooLarge,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        errors_pb2.ERROR_REASON_WORK_TOO_LARGE,
        metadata=_assets_read,
        details=_resource_read,
    ),
    Row(
        faults.DeadlinePassed,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        errors_pb2.ERROR_REASON_DEADLINE_PASSED,
        metadata=_assets_read,
        details=_resource_read,
    ),
    Row(
        faults.UploadNotStored,
        grpc.StatusCode.UNAVAILABLE,
        errors_pb2.ERROR_REASON_UPLOAD_NOT_STORED,
        details=_retry,
    ),
    Row(
        faults.UploadStalled,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        errors_pb2.ERROR_REASON_UPLOAD_STALLED,
    ),
    Row(
        faults.CredentialsMissing,
        grpc.StatusCode.UNAUTHENTICATED,
        errors_pb2.ERROR_REASON_CREDENTIALS_MISSING,
    ),
    Row(
        faults.CredentialsInvalid,
        grpc.StatusCode.UNAUTHENTICATED,
        errors_pb2.ERROR_REASON_CREDENTIALS_INVALID,
    ),
    Row(
        faults.TenantMismatch,
        grpc.StatusCode.PERMISSION_DENIED,
        errors_pb2.ERROR_REASON_TENANT_MISMATCH,
        metadata=_key,
    ),
    Row(faults.Cancelled, grpc.StatusCode.CANCELLED, None),
    Row(CancelledError, grpc.StatusCode.CANCELLED, None),
    Row(Exception, grpc.StatusCode.INTERNAL, errors_pb2.ERROR_REASON_INTERNAL),
)

_ROWS = {(row.fault, row.key): row for row in TABLE}
UNFORESEEN = _ROWS[Exception, ""]
"""The row of what the table does not know."""


def row_for(error: Exception) -> Row[Any]:
    """The table's row for an error; the INTERNAL row for what the table does not know."""
    rows = (_ROWS.get((type(error), key)) for key in (getattr(error, "key", ""), ""))
    return next((row for row in rows if row is not None), UNFORESEEN)


def _message(error: Exception, row: Row[Any], request_id: str) -> str:
    if row is UNFORESEEN:
        return f"internal fault; the server's log has the details under request id {request_id}"
    if isinstance(error, faults.InvalidRequest) and len(error.violations) > 1:
        first = error.violations[0]
        count = len(error.violations)
        return f"the request has {count} violations; first: {first.field}: {first.description}"
    return str(error) or row.code.name.lower()


def to_status(error: Exception, *, request_id: str) -> grpc.Status:
    """The status of a failed call, for `ServicerContext.abort_with_status`.

    Args:
        error: what the call raised; anything that is not in the table is INTERNAL.
        request_id: of the call; it goes into ErrorInfo, so that a report of the
            error leads to the server's log.
    """
    row = row_for(error)
    details: list[Message] = []
    if row.reason is not None:
        values = {"request_id": request_id, **row.metadata(error)}
        clip = {key: clipped(value, VALUE_BYTES) for key, value in sorted(values.items())}
        details.append(ErrorInfo(reason=row.reason_name, domain=DOMAIN, metadata=clip))
    details.extend(row.details(error))
    status = Status(
        code=row.code.value[0],
        message=clipped(_message(error, row, request_id), MESSAGE_BYTES),
    )
    for detail in details:
        packed = Packed()
        packed.Pack(detail)
        status.details.append(packed)
    return rpc_status.to_status(status)
