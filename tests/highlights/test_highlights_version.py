"""Whoever changes a constant of the highlights changes their version."""

import hashlib
import importlib
import pkgutil
import re
from dataclasses import fields, is_dataclass
from pathlib import Path

import multicam_server.highlights
import numpy as np
from multicam_server.highlights import SCORING_VERSION

RECORD = Path(__file__).with_name("scoring_version.txt")
_CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*$")
_VERSION = "SCORING_VERSION"


def _canonical(value: object) -> str:
    """A text of the value that is the same in every process."""
    if isinstance(value, re.Pattern):
        value = value.pattern
    elif isinstance(value, np.ndarray):
        value = value.tolist()
    elif is_dataclass(value):
        value = [getattr(value, field.name) for field in fields(value)]
    elif isinstance(value, dict):
        value = frozenset(value.items())
    if isinstance(value, set | frozenset):
        return str(sorted(map(_canonical, value)))
    if isinstance(value, list | tuple):
        return str([_canonical(one) for one in value])
    return repr(value)


def _constants() -> dict[str, str]:
    """Every constant of the package, by module and name."""
    found = {}
    for info in pkgutil.iter_modules(multicam_server.highlights.__path__):
        module = importlib.import_module(f"{multicam_server.highlights.__name__}.{info.name}")
        for name, value in vars(module).items():
            if _CONSTANT.match(name) and name != _VERSION:
                found[f"{info.name}.{name}"] = _canonical(value)
    return found


def test_constants_change_only_with_the_version() -> None:
    """The record holds the version and the digest of the constants that belong to it."""
    constants = "\n".join(f"{name} = {value}" for name, value in sorted(_constants().items()))
    digest = hashlib.sha256(constants.encode()).hexdigest()
    assert RECORD.read_text("utf-8").split() == [SCORING_VERSION, digest], (
        f"constants have changed: give {_VERSION} another number and write it, and "
        f"{digest}, to {RECORD.name}"
    )


def test_the_digest_covers_the_constants_that_decide() -> None:
    names = set(_constants())
    assert {
        "weights.DEFAULT_WEIGHTS",
        "cues.LANGUAGES",
        "timeline._TAIL_MS",
        "candidates._CUT_COST_MS",
        "agreement._USUAL_LOADINGS",
        "pick._DEFAULT_TARGET_MS",
    } <= names
    assert len(names) > 60
