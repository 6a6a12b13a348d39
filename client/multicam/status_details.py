"""Reads a failed call: gRPC status plus google.rpc details into an ErrorReport."""

from collections.abc import Iterable
from typing import TypeVar, cast

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from .errors import ErrorReport, FieldViolation, QuotaViolation, Resource

_DETAILS_KEY = "grpc-status-details-bin"
_DOMAIN = "multicam"

Trailers = Iterable[tuple[str, str | bytes]]
Detail = TypeVar("Detail", bound=Message)


def read_failure(failure: grpc.RpcError, request_id: str) -> ErrorReport:
    """What the service says about a failed call.

    Details that cannot be read are left out: the status code and its message
    always remain.
    """
    trailers = cast(Trailers, failure.trailing_metadata() or ())
    details = _details(trailers)
    info = next(
        (info for info in _of(details, error_details_pb2.ErrorInfo) if info.domain == _DOMAIN),
        error_details_pb2.ErrorInfo(),
    )
    retries = _of(details, error_details_pb2.RetryInfo)
    resources = _of(details, error_details_pb2.ResourceInfo)
    return ErrorReport(
        code=failure.code(),
        message=failure.details() or "",
        reason=info.reason,
        request_id=request_id,
        field_violations=tuple(
            FieldViolation(violation.field, violation.description)
            for request in _of(details, error_details_pb2.BadRequest)
            for violation in request.field_violations
        ),
        quota_violations=tuple(
            QuotaViolation(violation.subject, violation.description)
            for quota in _of(details, error_details_pb2.QuotaFailure)
            for violation in quota.violations
        ),
        resource=next(
            (Resource(r.resource_type, r.resource_name, r.description) for r in resources), None
        ),
        retry_delay_s=next(
            (r.retry_delay.seconds + r.retry_delay.nanos * 1e-9 for r in retries), None
        ),
        metadata=dict(info.metadata),
    )


def _details(trailers: Trailers) -> tuple[Any, ...]:
    """The details of a google.rpc.Status among the trailers; none where it is unreadable."""
    for key, value in trailers:
        if key == _DETAILS_KEY and isinstance(value, bytes):
            try:
                return tuple(status_pb2.Status.FromString(value).details)
            except DecodeError:
                return ()
    return ()


def _of(details: Iterable[Any], kind: type[Detail]) -> tuple[Detail, ...]:
    """The details of one kind, in their order, without those that are unreadable."""
    found = []
    for detail in details:
        message = kind()
        try:
            if detail.Unpack(message):
                found.append(message)
        except DecodeError:
            continue
    return tuple(found)
