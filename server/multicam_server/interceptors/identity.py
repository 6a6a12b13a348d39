"""Who calls: tenant and environment, required of every call, read from its metadata.

The service believes what the metadata says. Whoever can reach it can name any
tenant, so it belongs behind something that authenticates (docs/operations.md).
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from .. import logs
from ..domain.faults import InvalidMetadata, MissingMetadata
from . import request_id
from .around import Around, Call, Metadata
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

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Names tenant and environment in every log line from here on. Raises their faults."""
        check(call.metadata, self._environment)
        known = caller(context)
        logs.bind(tenant=known.tenant_id, env=known.env)
        yield
