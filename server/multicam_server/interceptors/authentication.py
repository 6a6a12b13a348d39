"""Authentication: who calls, by bearer token or certificate, and whether its tenant is theirs.

Stands before `Identity`, so that a stranger learns nothing of what the metadata must be,
and runs before the body is received. A caller whose credentials do not hold is told just
that; why, the log tells.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import grpc

from .. import logs
from ..domain.faults import CredentialsInvalid, CredentialsMissing, InvalidMetadata, TenantMismatch
from .around import Around, Call, Metadata
from .identity import TENANT, environment_rule

AUTHORIZATION = "authorization"

# RFC 6750, section 2.1, and RFC 7235: the scheme's case does not matter.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)


class Credential(Protocol):
    """What a caller's credentials are for."""

    @property
    def subject(self) -> str:
        """Whom they name, for the log."""

    def is_for_tenant(self, tenant_id: str) -> bool:
        """Whether they are for a tenant."""

    def is_for_environment(self, name: str) -> bool:
        """Whether they are for an environment."""


class Tokens(Protocol):
    """Knows what a token is for."""

    def credential(self, token: str) -> Credential:
        """What it is for. Raises CredentialsInvalid."""


class Certificates(Protocol):
    """Knows what a client's certificate is for."""

    def credential(self, auth_context: Any) -> Credential:
        """What a connection's certificate is for. Raises a fault of credentials."""


class Authentication(Around):
    """Refuses a call whose credentials do not hold, or are not for its tenant.

    With both kinds of credentials, a call must pass both.
    """

    def __init__(
        self,
        environments: Sequence[str],
        *,
        tokens: Tokens | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self._environment = environment_rule(environments)
        self._tokens = tokens
        self._certificates = certificates

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Names the caller in every log line from here on."""
        if self._certificates is not None:
            self._admit(call.metadata, self._certificates.credential(context.auth_context()))
        if self._tokens is not None:
            self._admit(call.metadata, self._tokens.credential(bearer_token(call.metadata)))
        yield

    def _admit(self, metadata: Metadata, credential: Credential) -> None:
        if credential.subject:
            logs.bind(subject=credential.subject)
        try:
            tenant_id, environment = TENANT.read(metadata), self._environment.read(metadata)
        except InvalidMetadata:
            return  # `Identity` says so
        if tenant_id is not None and not credential.is_for_tenant(tenant_id):
            raise TenantMismatch(TENANT.key)
        if environment is not None and not credential.is_for_environment(environment):
            raise TenantMismatch(self._environment.key)


def bearer_token(metadata: Metadata) -> str:
    """The call's bearer token.

    Raises:
        CredentialsMissing: there is none.
        CredentialsInvalid: there are several, or what stands there is none.
    """
    values = [value for key, value in metadata if key == AUTHORIZATION]
    if not values:
        raise CredentialsMissing
    if len(values) > 1 or not isinstance(values[0], str):
        raise CredentialsInvalid("there are several")
    found = _BEARER.fullmatch(values[0])
    if found is None:
        raise CredentialsInvalid("it is no bearer token")
    return found[1]
