"""Faults as JSON: a worker tells one, the server raises it."""

from collections.abc import Mapping
from typing import Any

from ..domain import faults


class UnforeseenFault(Exception):
    """What nobody foresaw, raised in a worker; the text is its traceback."""


def pack(fault: faults.Fault) -> dict[str, Any]:
    """A fault as JSON: its class, its sentence and what it carries."""
    carried = dict(vars(fault))
    if isinstance(fault, faults.InvalidRequest):
        carried["violations"] = [[one.field, one.description] for one in fault.violations]
    return {"fault": type(fault).__name__, "text": str(fault), "carried": carried}


def unpack(told: Mapping[str, Any]) -> faults.Fault:
    """The fault again. Raises ValueError for what is none."""
    kind = getattr(faults, told["fault"], None)
    if not (isinstance(kind, type) and issubclass(kind, faults.Fault)):
        raise ValueError(f"{told['fault']!r} is no fault")
    # Not by its constructor, which takes what the sentence was made of.
    fault: faults.Fault = kind.__new__(kind)
    fault.args = (told["text"],)
    carried = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in told["carried"].items()
    }
    if isinstance(fault, faults.InvalidRequest):
        carried["violations"] = tuple(faults.Violation(*one) for one in carried["violations"])
    fault.__dict__.update(carried)
    return fault
