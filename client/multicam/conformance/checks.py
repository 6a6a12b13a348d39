"""What a check is: a promise of the contract, and the function that puts it to the test."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NoReturn

from ..calls import Metadata
from ..errors import ErrorReport
from .service import Service


class Breach(AssertionError):
    """The service does not keep a promise; the message says what it did instead."""


@dataclass(frozen=True)
class Check:
    """One promise. `area` groups the table; `verify` raises `Breach`."""

    area: str
    verify: Callable[[Service], None]

    @property
    def name(self) -> str:
        """A short name, unique within the suite."""
        return self.verify.__name__

    @property
    def promise(self) -> str:
        """The promise in a sentence: what `verify` says of itself."""
        return (self.verify.__doc__ or self.name).removesuffix(".")


class Area:
    """Collects the checks of one area, in the order in which they are written."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.checks: list[Check] = []

    def check(self, verify: Callable[[Service], None]) -> Callable[[Service], None]:
        """Makes a function a check; its docstring is the promise."""
        self.checks.append(Check(self.name, verify))
        return verify


def expect(kept: bool, instead: str) -> None:
    """Raises `Breach` unless a promise is kept."""
    if not kept:
        broken(instead)


def broken(instead: str) -> NoReturn:
    """Raises `Breach`."""
    raise Breach(instead)


def refusal(
    service: Service, rpc: str, requests: Iterable[bytes], metadata: Metadata
) -> ErrorReport:
    """What the service says to a call that it has to refuse."""
    found = service.call(rpc, requests, metadata).refusal
    if found is None:
        broken(f"{rpc} accepted the call")
    return found
