"""What an engine fails with. All of it is a ValueError: today's routes answer nothing else."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .. import errors
from ..errors import ErrorReport, MulticamError

_TOLD_VIOLATIONS = 3  # of one refusal; the report holds all of them


class EngineError(ValueError):
    """The engine could not do what it was asked; nothing was written unless it says so.

    `report` is what the service or the connection said, where the failure came from
    there.
    """

    report: ErrorReport | None = None


class ServiceDown(EngineError):
    """The service cannot be reached, or takes no more calls."""


class ServiceSlow(EngineError):
    """The service did not answer in time."""


class ServiceRefused(EngineError):
    """The service will not do it; the message says why."""


class ServiceFailed(EngineError):
    """The service broke on it; its log tells more under the request id."""


class SourceUnreachable(EngineError):
    """An asset's media can neither be named to the service nor sent to it."""


@dataclass(frozen=True)
class Written:
    """One record that was stored: what it is, and its id ("" where the store told none)."""

    kind: str
    id: str


class WriteFailed(EngineError):
    """Storing a result broke off. `written` is what had been stored until then, in order."""

    def __init__(self, message: str, written: Sequence[Written]) -> None:
        super().__init__(message)
        self.written = tuple(written)


_KINDS: tuple[tuple[type[MulticamError], type[EngineError], str], ...] = (
    (errors.Unavailable, ServiceDown, "the multicam service cannot be reached"),
    (errors.ResourceExhausted, ServiceRefused, "a limit of the multicam service is reached"),
    (errors.DeadlineExceeded, ServiceSlow, "the multicam service did not answer in time"),
    (errors.Cancelled, ServiceDown, "the call to the multicam service was cancelled"),
    (errors.Internal, ServiceFailed, "the multicam service failed"),
    (errors.Unimplemented, ServiceRefused, "the multicam service is too old for this call"),
)


@contextmanager
def told_as_value_error(task: str) -> Iterator[None]:
    """Turns what a call fails with into an EngineError that names the task."""
    try:
        yield
    except EngineError:
        raise
    except MulticamError as error:
        kind, what = _kind(error)
        told = kind(f"{task} failed: {what}: {_details(error)}")
        told.report = error.report
        raise told from error
    except ValueError as error:  # gRPC: a closed channel, metadata that cannot be sent
        raise ServiceDown(f"{task} failed: the call could not be made: {error}") from error
    except OSError as error:  # a file that was to be sent
        raise SourceUnreachable(f"{task} failed: a file cannot be read: {error}") from error


def _kind(error: MulticamError) -> tuple[type[EngineError], str]:
    if isinstance(error, errors.Overloaded):
        return ServiceDown, "the multicam service is overloaded"
    for met, kind, what in _KINDS:
        if isinstance(error, met):
            return kind, what
    return ServiceRefused, "the multicam service refused"


def _details(error: MulticamError) -> str:
    """The report in one line: the message, the broken rules, the request id."""
    message = error.message or error.code.name
    violations = [f"{one.field}: {one.description}" for one in error.field_violations]
    told = [message, *(one for one in violations if one not in message)][: 1 + _TOLD_VIOLATIONS]
    request = f" (request {error.request_id})" if error.request_id else ""
    return "; ".join(told) + request
