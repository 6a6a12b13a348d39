"""Collecting violations, and the rules for single values."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ..domain.enums import OpenEnum
from ..domain.faults import InvalidRequest, Violation

# A reply's trailers must stay under the 8 KiB that HTTP/2 peers accept by
# default; with base64 and framing that leaves about this much for violations.
MAX_REPORTED_CHARACTERS = 4_000

# Of one column (a million NaN samples) the first few places suffice.
MAX_PER_COLUMN = 5

DAY_MS = 86_400_000.0
MAX_TIME_MS = 10 * DAY_MS
MAX_NAME_CHARACTERS = 256


class Report:
    """The violations found so far."""

    def __init__(self) -> None:
        self._violations: list[Violation] = []

    def add(self, path: str, description: str) -> None:
        """Notes one violation: the field's path, and what would be right."""
        self._violations.append(Violation(path, description))

    def close(self) -> None:
        """Raises InvalidRequest if anything was noted."""
        if self._violations:
            raise InvalidRequest(tuple(_shortened(self._violations)))

    def number(
        self, path: str, value: float | None, *, least: float, most: float, default: str = ""
    ) -> bool:
        """Whether `value` is absent, or finite and between `least` and `most`; notes it if not."""
        if value is None or least <= value <= most:  # false for NaN
            return True
        suffix = f"; leave it out for {default}" if default else ""
        if not math.isfinite(value):
            self.add(path, f"must be a finite number from {least:,g} to {most:,g}{suffix}")
        else:
            self.add(path, f"is {value:,.10g}; must be from {least:,g} to {most:,g}{suffix}")
        return False

    def time(self, path: str, value: float | None) -> bool:
        """Whether `value` is absent, or a usable time; notes it if not."""
        return self.number(path, value, least=-MAX_TIME_MS, most=MAX_TIME_MS)

    def duration(self, path: str, value: float) -> bool:
        """Whether `value` is a length of media (0 = unknown); notes it if not."""
        return self.number(path, value, least=0.0, most=DAY_MS)

    def name(self, path: str, value: str, *, required: bool = False) -> bool:
        """Whether `value` may name something; notes it if not."""
        if not value:
            if required:
                self.add(path, "must not be empty")
            return not required
        if len(value) > MAX_NAME_CHARACTERS:
            self.add(path, f"has {len(value)} characters; at most {MAX_NAME_CHARACTERS}")
            return False
        if not value.isprintable():
            self.add(path, "must not contain control characters")
            return False
        return True

    def enum(self, path: str, value: OpenEnum) -> bool:
        """Whether the contract knows `value`; notes it if not."""
        if value.known:
            return True
        names = ", ".join(f"{member.name} ({member.value})" for member in type(value))
        self.add(path, f"has no value {int(value)}; one of {names}")
        return False

    def column(
        self,
        bad: npt.NDArray[np.bool_],
        path_of: Callable[[int], str],
        description: str,
    ) -> None:
        """Notes the elements marked in `bad`, shape (n,): the first few and how many more."""
        places = np.flatnonzero(bad)
        for place in places[:MAX_PER_COLUMN]:
            self.add(path_of(int(place)), description)
        if len(places) > MAX_PER_COLUMN:
            more = len(places) - MAX_PER_COLUMN
            self.add(path_of(int(places[MAX_PER_COLUMN])), f"{description} ({more} more like this)")


def _shortened(violations: list[Violation]) -> list[Violation]:
    """The violations that fit into a reply, and a last one that counts the others."""
    room = MAX_REPORTED_CHARACTERS
    for index, violation in enumerate(violations):
        room -= len(violation.field) + len(violation.description)
        if room < 0:
            left = len(violations) - index
            last = Violation(
                violation.field,
                f"{violation.description[:200]} (and {left - 1} further violations)",
            )
            return [*violations[:index], last]
    return violations
