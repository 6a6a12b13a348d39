"""What is known of a call when it has ended, and who is told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .tally import Tally

Metadata = Sequence[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Outcome:
    """How a call ended, and what it did.

    `code` is the status code's name, `reason` that of ErrorInfo, empty where the call was
    not refused. `seconds` counts from the call's thread to its end.
    """

    code: str
    reason: str
    seconds: float
    tally: Tally


class Observer(Protocol):
    """Sees every call. Must not raise, and must not take long."""

    def begin(self, method: str, metadata: Metadata) -> Callable[[Outcome], None]:
        """A call has begun, `method` being its RPC's name; what is returned is told its end."""


class Traces(Observer, Protocol):
    """An observer that has something to send when the server stops."""

    def close(self) -> None:
        """Sends what is left."""
