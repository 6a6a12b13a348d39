"""What a call can fail with: one table from status code and reason to exception.

Every failed call raises a `MulticamError`. Its class says what went wrong, its
attributes say what about: catch `InvalidRequest` for one reason, `NotFound` for
every reason of a status code, `MulticamError` for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import grpc


@dataclass(frozen=True)
class FieldViolation:
    """One broken rule: the field's path in the request, and what would be right."""

    field: str
    description: str


@dataclass(frozen=True)
class QuotaViolation:
    """One exhausted quota: whose, and what would help."""

    subject: str
    description: str


@dataclass(frozen=True)
class Resource:
    """The thing that the call was about: its kind, its name and what about it."""

    type: str
    name: str
    description: str


@dataclass(frozen=True)
class ErrorReport:
    """What a service says about a failed call.

    `reason` is the name of a `multicam.v1.ErrorReason` without its prefix, or ""
    where the error does not come from the service (no connection, deadline
    passed). A newer service may send reasons that this client does not know.
    `metadata` is ErrorInfo's.
    """

    code: grpc.StatusCode
    message: str
    reason: str = ""
    request_id: str = ""
    field_violations: tuple[FieldViolation, ...] = ()
    quota_violations: tuple[QuotaViolation, ...] = ()
    resource: Resource | None = None
    retry_delay_s: float | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class MulticamError(Exception):
    """A call failed. Base of every exception that a call raises."""

    def __init__(self, report: ErrorReport) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        report = self.report
        name = " ".join(part for part in (report.code.name, report.reason) if part)
        request = f" (request {report.request_id})" if report.request_id else ""
        return f"{name}: {report.message}{request}"

    @property
    def code(self) -> grpc.StatusCode:
        """The canonical status code."""
        return self.report.code

    @property
    def reason(self) -> str:
        """The service's reason, or "" (see ErrorReport)."""
        return self.report.reason

    @property
    def message(self) -> str:
        """What happened, in a sentence."""
        return self.report.message

    @property
    def request_id(self) -> str:
        """The id under which the service's log tells about this call."""
        return self.report.request_id

    @property
    def field_violations(self) -> tuple[FieldViolation, ...]:
        """Every broken rule of the request."""
        return self.report.field_violations

    @property
    def quota_violations(self) -> tuple[QuotaViolation, ...]:
        """Every exhausted quota."""
        return self.report.quota_violations

    @property
    def resource(self) -> Resource | None:
        """The thing that the call was about, where the service names one."""
        return self.report.resource

    @property
    def retry_delay_s(self) -> float | None:
        """After how many seconds another try makes sense, where the service says so."""
        return self.report.retry_delay_s

    @property
    def metadata(self) -> Mapping[str, str]:
        """Further facts from the service, such as the offending metadata key."""
        return self.report.metadata


class InvalidArgument(MulticamError):
    """The call itself is wrong; it will fail again as it is."""


class TenantInvalid(InvalidArgument):
    """The tenant id is malformed."""


class EnvInvalid(InvalidArgument):
    """The environment is none of the server's."""


class MetadataInvalid(InvalidArgument):
    """Another metadata key is malformed; `metadata["key"]` names it."""


class InvalidRequest(InvalidArgument):
    """The request breaks its rules; see `field_violations`."""


class UploadInvalid(InvalidArgument):
    """The upload is not what its header announced."""


class Unauthenticated(MulticamError):
    """It is not known who calls."""


class TenantMissing(Unauthenticated):
    """No tenant id was sent."""


class EnvMissing(Unauthenticated):
    """No environment was sent."""


class CredentialsMissing(Unauthenticated):
    """No token was sent, and the server asks for one."""


class CredentialsInvalid(Unauthenticated):
    """The token does not hold: expired, forged, or meant for somebody else."""


class PermissionDenied(MulticamError):
    """The caller may not do this."""


class TenantMismatch(PermissionDenied):
    """The credentials are for another tenant or environment; `metadata["key"]` tells which."""


class MediaForbidden(PermissionDenied):
    """A URI does not lead into the tenant's media."""


class NotFound(MulticamError):
    """Something named in the request does not exist; see `resource`."""


class MediaNotFound(NotFound):
    """The tenant's media has no such file."""


class UploadNotFound(NotFound):
    """The tenant has no such upload."""


class FailedPrecondition(MulticamError):
    """The request is well formed, but its media does not allow it."""


class MediaUnreadable(FailedPrecondition):
    """A file cannot be read as media."""


class MediaWithoutAudio(FailedPrecondition):
    """A file has neither sound nor timecode, so that it cannot be aligned."""


class ResourceExhausted(MulticamError):
    """A limit is reached: message size, quota, load."""


class UploadTooLarge(ResourceExhausted):
    """The upload is longer than the server allows."""


class Unavailable(MulticamError):
    """No server answers, after the retries of the service config."""


class ShuttingDown(Unavailable):
    """The server takes no new calls; another one will answer."""


class UploadNotStored(Unavailable):
    """The server's disk does not take the upload at the moment."""


class Overloaded(ResourceExhausted):
    """The server has as many calls as it takes; `retry_delay_s` says when to try again."""


class WorkTooLarge(ResourceExhausted):
    """The request needs more memory or processor time than the server gives to one."""


class DeadlineExceeded(MulticamError):
    """The answer did not come within the call's timeout."""


class DeadlinePassed(DeadlineExceeded):
    """The call had no timeout, and took longer than the server's default."""


class UploadStalled(DeadlineExceeded):
    """No part of the upload came for longer than the server waits."""


class Cancelled(MulticamError):
    """The call was cancelled."""


class Internal(MulticamError):
    """The server is at fault; its log tells more under `request_id`."""


class WorkerDied(Internal):
    """What worked on the request died; `metadata["asset_ids"]` names what it was reading."""


class Unimplemented(MulticamError):
    """The server does not know this call: it is older than this client."""


ERRORS: Mapping[tuple[grpc.StatusCode, str], type[MulticamError]] = {
    (grpc.StatusCode.INVALID_ARGUMENT, ""): InvalidArgument,
    (grpc.StatusCode.INVALID_ARGUMENT, "TENANT_INVALID"): TenantInvalid,
    (grpc.StatusCode.INVALID_ARGUMENT, "ENV_INVALID"): EnvInvalid,
    (grpc.StatusCode.INVALID_ARGUMENT, "METADATA_INVALID"): MetadataInvalid,
    (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID"): InvalidRequest,
    (grpc.StatusCode.INVALID_ARGUMENT, "UPLOAD_INVALID"): UploadInvalid,
    (grpc.StatusCode.UNAUTHENTICATED, ""): Unauthenticated,
    (grpc.StatusCode.UNAUTHENTICATED, "TENANT_MISSING"): TenantMissing,
    (grpc.StatusCode.UNAUTHENTICATED, "ENV_MISSING"): EnvMissing,
    (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_MISSING"): CredentialsMissing,
    (grpc.StatusCode.UNAUTHENTICATED, "CREDENTIALS_INVALID"): CredentialsInvalid,
    (grpc.StatusCode.PERMISSION_DENIED, ""): PermissionDenied,
    (grpc.StatusCode.PERMISSION_DENIED, "TENANT_MISMATCH"): TenantMismatch,
    (grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"): MediaForbidden,
    (grpc.StatusCode.NOT_FOUND, ""): NotFound,
    (grpc.StatusCode.NOT_FOUND, "MEDIA_NOT_FOUND"): MediaNotFound,
    (grpc.StatusCode.NOT_FOUND, "UPLOAD_NOT_FOUND"): UploadNotFound,
    (grpc.StatusCode.FAILED_PRECONDITION, ""): FailedPrecondition,
    (grpc.StatusCode.FAILED_PRECONDITION, "MEDIA_UNREADABLE"): MediaUnreadable,
    (grpc.StatusCode.FAILED_PRECONDITION, "MEDIA_WITHOUT_AUDIO"): MediaWithoutAudio,
    (grpc.StatusCode.RESOURCE_EXHAUSTED, ""): ResourceExhausted,
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "UPLOAD_TOO_LARGE"): UploadTooLarge,
    (grpc.StatusCode.UNAVAILABLE, ""): Unavailable,
    (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN"): ShuttingDown,
    (grpc.StatusCode.UNAVAILABLE, "UPLOAD_NOT_STORED"): UploadNotStored,
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"): Overloaded,
    (grpc.StatusCode.RESOURCE_EXHAUSTED, "WORK_TOO_LARGE"): WorkTooLarge,
    (grpc.StatusCode.DEADLINE_EXCEEDED, ""): DeadlineExceeded,
    (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_PASSED"): DeadlinePassed,
    (grpc.StatusCode.DEADLINE_EXCEEDED, "UPLOAD_STALLED"): UploadStalled,
    (grpc.StatusCode.CANCELLED, ""): Cancelled,
    (grpc.StatusCode.INTERNAL, ""): Internal,
    (grpc.StatusCode.INTERNAL, "INTERNAL"): Internal,
    (grpc.StatusCode.INTERNAL, "WORKER_DIED"): WorkerDied,
    (grpc.StatusCode.UNIMPLEMENTED, ""): Unimplemented,
}


def error_from(report: ErrorReport) -> MulticamError:
    """The exception for a report: by code and reason, else by code, else the base."""
    by_code = ERRORS.get((report.code, ""), MulticamError)
    return ERRORS.get((report.code, report.reason), by_code)(report)
