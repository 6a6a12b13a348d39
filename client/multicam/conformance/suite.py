"""All checks, and what came of running them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import MulticamError
from .answers import ANSWERS
from .checks import Breach, Check
from .refusals import REFUSALS
from .rules import DETERMINISM, LIMITS, METADATA, TENANTS
from .service import Service

CHECKS: tuple[Check, ...] = tuple(
    check
    for area in (ANSWERS, REFUSALS, METADATA, DETERMINISM, LIMITS, TENANTS)
    for check in area.checks
)


@dataclass(frozen=True)
class Outcome:
    """One check's end. `breach` is empty where the promise was kept."""

    check: Check
    breach: str
    took_s: float


def run(service: Service, checks: Sequence[Check] = CHECKS) -> Iterator[Outcome]:
    """Runs the checks one after the other.

    A call that fails where none should is a breach like any other.

    Raises:
        MulticamError: The service cannot be reached, or does not let the caller in.
    """
    for check in checks:
        started_s = time.monotonic()
        breach = ""
        try:
            check.verify(service)
        except Breach as error:
            breach = str(error)
        except MulticamError as error:
            if _keeps_the_caller_out(error):
                raise
            breach = f"a call failed: {error}"
        yield Outcome(check, breach, time.monotonic() - started_s)


def _keeps_the_caller_out(error: MulticamError) -> bool:
    """Whether every further check would fail for the same reason, which is not the contract's."""
    return error.code.name in ("UNAVAILABLE", "UNAUTHENTICATED")
