"""How good the choice is by the truth, on generated sessions and through noisy detectors."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from multicam_server.domain.highlights import HighlightsRequest
from multicam_server.highlights import pick_highlights

ROOT = Path(__file__).parents[2]
SEEDS = range(700, 704)
TARGETS_MS = (20_000.0, 40_000.0)
MINUTES = 6.0


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The benchmark's own modules: its sessions with truth, optima and measures."""
    monkeypatch.syspath_prepend(ROOT)
    names = ("scenes", "baselines", "metrics")
    return {name: importlib.import_module(f"benchmarks.highlights.{name}") for name in names}


def _measured(benchmark: dict[str, Any], name: str) -> list[Any]:
    """What a session of this style is worth, for each seed and target."""
    (style,) = (one for one in benchmark["scenes"].STYLES if one.name == name)
    found = []
    for seed in SEEDS:
        scene = benchmark["scenes"].make_scene(replace(style, minutes=MINUTES), seed)
        for target in TARGETS_MS:
            reply = pick_highlights(
                HighlightsRequest("session", scene.tracks, target_duration_ms=target)
            )
            best = benchmark["baselines"].best_sentences(scene, target)
            shown = benchmark["metrics"].stretches_of(scene, reply)
            found.append(
                benchmark["metrics"].measure(
                    scene, shown, target, best_clips=best, best_sentences=best
                )
            )
    return found


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("interview, two cameras", 0.92),
        ("one camera", 0.9),
        ("no words", 0.92),
        ("noisy detectors", 0.87),
        ("measured from sound", 0.92),
        ("pictures only", 0.8),
    ],
)
def test_most_of_the_best_sentences_and_never_over(
    benchmark: dict[str, Any], name: str, least: float
) -> None:
    measured = _measured(benchmark, name)
    assert not any(one.over_target for one in measured)
    assert max(one.twice_ms for one in measured) < 1e-3
    assert min(one.use for one in measured) >= 0.98
    assert np.mean([one.of_sentences for one in measured]) >= least
    if name != "pictures only":
        assert np.mean([one.cut_ends for one in measured]) <= 0.05
