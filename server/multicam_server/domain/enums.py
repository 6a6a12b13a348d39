"""Enums that keep numbers they do not know, as proto3's do."""

from enum import IntEnum
from typing import Self


class OpenEnum(IntEnum):
    """An enum of the contract as a request may hold it.

    A number without a name (from a newer client, or a mistake) becomes a member
    of its own instead of an exception, so that validation can report it together
    with everything else that is wrong.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member

    @property
    def known(self) -> bool:
        """Whether the contract has a name for the number."""
        return self.name in type(self).__members__
