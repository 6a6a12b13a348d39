"""On whose behalf a call is made, and whose records it may touch."""

import logging
import os
import re
from collections.abc import Mapping

from ..config import CallerIdentity
from .reading import Record, text

TENANT_MISMATCH = "Access Denied: Tenant mismatch"
ENV_MISMATCH = "Access Denied: Environment mismatch"

_GUARDS = (("tenant_id", TENANT_MISMATCH), ("env", ENV_MISMATCH))

# Where the process says in which environment it runs, the first that is set.
ENV_VARIABLES = ("ENV", "APP_ENV")
DEFAULT_ENV = "dev"

# What the service takes as call metadata beside tenant and environment
# (docs/operations.md). These only serve its log: what cannot be sent is left out.
_PRINTABLE = re.compile(r"[\x20-\x7e]{1,128}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")

_log = logging.getLogger(__name__)


def process_env(environ: Mapping[str, str] = os.environ) -> str:
    """The environment that the process runs in."""
    told = (environ.get(name, "").strip().lower() for name in ENV_VARIABLES)
    return next((env for env in told if env), DEFAULT_ENV)


class Caller:
    """Who asks: read from a request, the engines' RequestContext and stored records.

    Each of them may be None and may leave out anything; the first that tells a value
    counts. Where several tell a tenant or an environment, they must agree.

    Raises:
        ValueError: "Access Denied: ..." where they do not.
    """

    def __init__(self, *given: Record) -> None:
        self._given = given
        for name, message in _GUARDS:
            if len(set(self._values(name))) > 1:
                raise ValueError(message)

    @property
    def user_id(self) -> str | None:
        """Who asks, where anything tells it."""
        return self._first("user_id")

    @property
    def request_id(self) -> str | None:
        """The id under which the service's log is to tell about the call."""
        return _sendable("request id", self._first("request_id"), _REQUEST_ID)

    def owning(self, record: Record) -> "Caller":
        """The caller as the owner of a stored record, which completes who that is.

        Raises:
            ValueError: "Access Denied: ..." where the record is another's.
        """
        return Caller(*self._given, record)

    def admit(self, record: Record) -> None:
        """Refuses a stored record of another tenant or environment.

        A record, or a caller, that names none is not refused.

        Raises:
            ValueError: "Access Denied: ...", in today's words.
        """
        self.owning(record)

    def may_see(self, record: Record) -> bool:
        """Whether `admit` lets the record pass."""
        try:
            self.admit(record)
        except ValueError:
            return False
        return True

    def identity(
        self, client: CallerIdentity | None, *, project_id: str | None = None
    ) -> CallerIdentity:
        """What is sent with a call.

        The client's own tenant counts where nothing else tells one, and the process's
        environment likewise. What is malformed goes as it is: the service refuses it.
        """
        own = client.tenant_id if isinstance(client, CallerIdentity) else ""
        project = self._first("project_id") or project_id
        return CallerIdentity(
            tenant_id=self._first("tenant_id") or own,
            env=self._first("env") or process_env(),
            user_id=_sendable("user id", self.user_id, _PRINTABLE),
            project_id=_sendable("project id", project, _PRINTABLE),
            trace_id=_sendable("trace id", self._first("trace_id"), _PRINTABLE),
        )

    def _values(self, name: str) -> list[str]:
        values = (text(record, name) for record in self._given)
        return [value for value in values if value is not None]

    def _first(self, name: str) -> str | None:
        return next(iter(self._values(name)), None)


def _sendable(what: str, value: str | None, form: re.Pattern[str]) -> str | None:
    if value is None or form.fullmatch(value):
        return value
    _log.info("the %s cannot travel as call metadata and is left out: %.40r", what, value)
    return None
