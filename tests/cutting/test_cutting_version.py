"""Whoever changes a constant, or how programmes come about, changes SCORING_VERSION."""

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
from multicam_server import conversation, cutting
from multicam_server.cutting import SCORING_VERSION, auto_cut
from multicam_server.domain.cutting import AutoCutRequest, Pacing

HISTORY = Path(__file__).parent / "scoring_versions.txt"
"""One line per version: its name, the digest of its constants, that of its programmes."""

PACKAGES = (conversation, cutting)


def constants() -> Iterator[tuple[str, str]]:
    """Every constant of the packages that AutoCut is made of: its full name and its value."""
    for package in PACKAGES:
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for name, value in vars(module).items():
                if name.isupper() and not name.endswith("_VERSION"):
                    yield f"{module.__name__}.{name}", repr(value)


def programmes(benchmark: dict[str, ModuleType]) -> Iterator[tuple[str, int]]:
    """Camera and end, in whole milliseconds, of the shots of a few programmes."""
    make = benchmark["conversations"]
    for seed, words in ((611, False), (612, True)):
        spoken = make.talk(seed, minutes=1.5, people=2 + seed % 3)
        noise = make.Noise(transcription=words, absent_ids=words, merged_ms=500.0 * words)
        tracks = make.detect(seed, spoken, make.layout(seed, spoken), noise)
        for pacing in (Pacing.FAST, Pacing.MEDIUM, Pacing.SLOW):
            for clip in auto_cut(AutoCutRequest("s", tracks, pacing)).sequence.tracks[0].clips:
                end = clip.start_ms_on_timeline + clip.duration_on_timeline_ms
                yield clip.asset_id, int(np.rint(end))


def digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def test_the_version_changes_with_constants_and_programmes(
    benchmark: dict[str, ModuleType],
) -> None:
    lines = [line.split() for line in HISTORY.read_text("utf-8").splitlines()]
    versions = [line[0] for line in lines]
    assert len(set(versions)) == len(versions), "each version has one line"
    now = [SCORING_VERSION, digest(sorted(constants())), digest(list(programmes(benchmark)))]
    assert lines[-1] == now, (
        f"AutoCut cuts differently: raise SCORING_VERSION in cutting/reply.py and add its "
        f"line {' '.join(now)!r} to {HISTORY.name}"
    )


def test_constants_are_found() -> None:
    found = dict(constants())
    assert found["multicam_server.cutting.autocut.CUT_SECONDS"] == "8.0"
    assert found["multicam_server.conversation.floor.BACK_CHANNEL_MS"] == "700.0"
    assert "Preset(min_shot_ms=1000.0" in found["multicam_server.cutting.pacing.PRESETS"]
    assert len(found) > 100
