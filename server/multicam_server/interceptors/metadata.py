"""Reading call metadata: one value a key, in the form that its rule asks for."""

import re
from dataclasses import dataclass

from ..domain.faults import InvalidMetadata
from .around import Metadata

MAX_LENGTH = 128
"""Longest value of any of our keys, in characters; a UUID has 36."""


@dataclass(frozen=True)
class Rule:
    """The form of one key's value; `expected` completes "must be ..."."""

    key: str
    pattern: re.Pattern[str]
    expected: str

    def read(self, metadata: Metadata) -> str | None:
        """The key's value, None when it is absent.

        Raises:
            InvalidMetadata: the key stands there more than once, or its value is malformed.
        """
        values = [value for key, value in metadata if key == self.key]
        if not values:
            return None
        if len(values) > 1:
            raise InvalidMetadata(self.key, f"it stands there {len(values)} times, not once")
        (value,) = values
        if (
            not isinstance(value, str)
            or len(value) > MAX_LENGTH
            or not self.pattern.fullmatch(value)
        ):
            raise InvalidMetadata(self.key, f"it must be {self.expected}")
        return value
