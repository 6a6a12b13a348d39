"""Who calls: tenant and environment, required of every call, read from its metadata.

The service believes what the metadata says. Whoever can reach it can name any
tenant, so it belongs behind something that authenticates (docs/operations.md).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc

from .. import logs
from ..domain.faults import Fault, InvalidMetadata, MissingMetadata
from . import request_id
from .around import Around, Call, Continuation, Handler, Metadata, is_open
from .metadata import MAX_LENGTH, Rule

TENANT = Rule(
    "x-tenant-id",
    re.compile(r"t_[a-z0-9_-]+"),
    f"t_ and then lower-case letters, digits, _ or -, at most {MAX_LENGTH} characters",
)
UNKNOWN_TENANT = "t_unknown"
"""What callers send that have lost their tenant; nothing may be stored under it."""

# Printable without control characters; what else a user or project is called is not ours.
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")
USER = Rule("x-user-id", _PRINTABLE, f"1 to {MAX_LENGTH} characters without control characters")
PROJECT = Rule(
    "x-project-id", _PRINTABLE, f"1 to {MAX_LENGTH} characters without control characters"
)


@dataclass(frozen=True)
class Caller:
    """Who calls and for what; `user_id` and `project_id` are empty where not told."""

    tenant_id: str
    env: str
    user_id: str
    project_id: str
    request_id: str


def environment_rule(environments: Sequence[str]) -> Rule:
    """The form of x-env: one of these."""
    names = sorted(environments)
    return Rule("x-env", re.compile("|".join(map(re.escape, names))), f"one of {', '.join(names)}")


def check(metadata: Metadata, environment: Rule) -> None:
    """Raises the first fault of a call's metadata: MissingMetadata or InvalidMetadata."""
    tenant = _required(TENANT, metadata)
    if tenant == UNKNOWN_TENANT:
        raise InvalidMetadata(TENANT.key, f"{UNKNOWN_TENANT} is no tenant")
    _required(environment, metadata)
    for optional in (USER, PROJECT, request_id.REQUEST_ID):
        optional.read(metadata)


def _required(rule: Rule, metadata: Metadata) -> str:
    value = rule.read(metadata)
    if value is None:
        raise MissingMetadata(rule.key)
    return value


def caller(context: grpc.ServicerContext) -> Caller:
    """Who makes this call. For handlers behind `Identity`, which has checked the metadata."""
    values = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
    return Caller(
        tenant_id=values[TENANT.key],
        env=values["x-env"],
        user_id=values.get(USER.key, ""),
        project_id=values.get(PROJECT.key, ""),
        request_id=request_id.current(),
    )


class Identity(Around):
    """Refuses a call without a proper tenant and environment, before its body is read."""

    def __init__(self, environments: Sequence[str]) -> None:
        self._environment = environment_rule(environments)

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler as it is, or one that refuses."""
        handler = super().intercept_service(continuation, handler_call_details)
        if handler is None or is_open(handler_call_details.method):
            return handler
        try:
            check(tuple(handler_call_details.invocation_metadata), self._environment)
        except Fault as fault:
            return refusal(handler, fault)
        return handler

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Names tenant and environment in every log line from here on."""
        known = caller(context)
        logs.bind(tenant=known.tenant_id, env=known.env)
        yield


def refusal(handler: Handler, fault: Fault) -> Handler:
    """A handler that refuses without reading the body.

    On the wire one request is a stream of one. A handler for a stream starts at
    once, while for a single request gRPC waits for all of it first.
    """

    def refuse(_requests: Iterator[Any], _context: grpc.ServicerContext) -> NoReturn:
        raise fault

    if handler.response_streaming:
        return grpc.stream_stream_rpc_method_handler(refuse)
    return grpc.stream_unary_rpc_method_handler(refuse)
