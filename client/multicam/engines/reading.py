"""Reading records that may be models, plain objects, dicts or mocks: by name, and by type.

A mock has every attribute, and each of them is a mock. So a value counts only when it
is of the type that is asked for; anything else is as good as absent.
"""

import math
from collections.abc import Mapping
from enum import Enum
from numbers import Real
from pathlib import PurePath
from typing import Any

Record = Any  # an engine's model, a plain object, a dict or a mock


def attribute(record: Record, name: str) -> Any:
    """`record.name`, or `record[name]` of a mapping; None where there is none."""
    value = record.get(name) if isinstance(record, Mapping) else getattr(record, name, None)
    return value.value if isinstance(value, Enum) else value


def text(record: Record, name: str) -> str | None:
    """The attribute where it is a string and not empty; a path as a string."""
    value = attribute(record, name)
    if isinstance(value, PurePath):  # a mock is an os.PathLike too
        value = str(value)
    return value if isinstance(value, str) and value else None


def number(record: Record, name: str) -> float | None:
    """The attribute where it is a finite number."""
    return finite(attribute(record, name))


def whole(record: Record, name: str) -> int | None:
    """The attribute where it is a finite number, rounded."""
    value = number(record, name)
    return None if value is None else round(value)


def mapping(record: Record, name: str) -> dict[str, Any]:
    """The attribute where it is a mapping; else an empty dict."""
    value = attribute(record, name)
    return dict(value) if isinstance(value, Mapping) else {}


def listing(value: object) -> list[Any]:
    """The elements of a list or tuple; none of anything else."""
    return list(value) if isinstance(value, list | tuple) else []


def finite(value: object) -> float | None:
    """The value as a float where it is a finite number (a bool is none)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        converted = float(value)
    except OverflowError:  # an int of hundreds of digits
        return None
    return converted if math.isfinite(converted) else None


def write(record: Record, name: str, value: object) -> None:
    """Sets the attribute, or the mapping's key."""
    if isinstance(record, dict):
        record[name] = value
    else:
        setattr(record, name, value)
