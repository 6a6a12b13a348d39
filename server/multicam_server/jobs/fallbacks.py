"""Whoever runs the service learns of fallbacks, too."""

import logging
from typing import Protocol, TypeVar

log = logging.getLogger(__name__)


class HasFallbacks(Protocol):
    """A result that names what was done for want of something better."""

    @property
    def fallbacks(self) -> tuple[str, ...]:
        """One sentence each."""


Result = TypeVar("Result", bound=HasFallbacks)


def logged(result: Result) -> Result:
    """The result as it is, its fallbacks logged."""
    for fallback in result.fallbacks:
        log.info("fallback: %s", fallback)
    return result
