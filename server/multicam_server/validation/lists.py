"""Rules for lists of named things."""

from collections.abc import Sequence

from .report import Report

MAX_TRACKS = 32


def check_count(report: Report, path: str, count: int, *, least: int) -> None:
    """How many elements a list has."""
    if not least <= count <= MAX_TRACKS:
        report.add(path, f"has {count} elements; must have {least} to {MAX_TRACKS}")


def check_length(report: Report, path: str, length: int, most: int) -> None:
    """How many elements a long list may have, of which none is required."""
    if length > most:
        report.add(path, f"has {length:,} elements; at most {most:,}")


def check_unique(report: Report, names: Sequence[tuple[str, str]]) -> None:
    """Names as (path, name); the second of two equal ones is at fault."""
    first: dict[str, str] = {}
    for path, name in names:
        if name and name in first:
            report.add(path, f"{name[:80]!r} is the same as {first[name]}; it must be unique")
        first.setdefault(name, path)
