"""Whoever changes a constant, or how paths come about, changes AUTOMATION_VERSION."""

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path

from multicam_server import focus
from multicam_server.domain.focus import FocusOptions
from multicam_server.focus import AUTOMATION_VERSION, reframe

HISTORY = Path(__file__).parent / "automation_versions.txt"
"""One line per version: its name, the digest of its constants, that of its paths."""


def constants() -> Iterator[tuple[str, str]]:
    """Every constant that Focus is made of: its full name and its value."""
    for found in pkgutil.iter_modules(focus.__path__):
        module = importlib.import_module(f"{focus.__name__}.{found.name}")
        for name, value in vars(module).items():
            if name.isupper() and not name.endswith("_VERSION"):
                yield f"{module.__name__}.{name}", repr(value)


def paths(factories, stroll) -> Iterator[tuple[int, int]]:
    """Tenth of a second and interpolation of the keyframes of a few paths."""
    seen, asked, _ = factories
    for seed, ratio, axis, speed in (
        (1, "9:16", 0, 0.15),
        (2, "9:16", 0, 0.4),
        (3, "3:1", 1, 0.2),
    ):
        rows = stroll(seed, axis=axis, speed=speed)
        visual = seen(rows, cuts_ms=[12_000.0])
        for options in (FocusOptions(), FocusOptions(max_velocity=0.2, max_acceleration=0.3)):
            for key in (
                reframe(asked(visual, ratio=ratio, options=options)).automations[axis].keyframes
            ):
                yield round(key.time_ms / 100.0), int(key.interpolation)


def digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def test_the_version_changes_with_constants_and_paths(factories, stroll) -> None:
    lines = [line.split() for line in HISTORY.read_text("utf-8").splitlines()]
    versions = [line[0] for line in lines]
    assert len(set(versions)) == len(versions), "each version has one line"
    now = [
        AUTOMATION_VERSION,
        digest(sorted(constants())),
        digest(list(paths(factories, stroll))),
    ]
    assert lines[-1] == now, (
        f"Focus moves differently: raise AUTOMATION_VERSION in focus/reframe.py and add its "
        f"line {' '.join(now)!r} to {HISTORY.name}"
    )


def test_constants_are_found() -> None:
    found = dict(constants())
    assert found["multicam_server.focus.window.DEFAULT_MAX_VELOCITY"] == "0.5"
    assert found["multicam_server.focus.holds.HOLD_ERROR"] == "0.04"
    assert "tolerance=0.04" in found["multicam_server.focus.reduction.FREE"]
    assert len(found) > 60
