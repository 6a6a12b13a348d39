"""docs/operations.md lists every metric and nothing else, and its queries ask for what there is."""

import re
from pathlib import Path

import pytest
from multicam_server.telemetry.metrics import (
    OUTCOMES,
    STAGES,
    STORES,
    WORKER_ENDS,
    WORKER_STATES,
    Metrics,
)
from multicam_server.telemetry.outcome import Outcome
from multicam_server.telemetry.tally import Tally

OWN = "multicam_"


@pytest.fixture(scope="module")
def text() -> str:
    return (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    """Metrics of which each has at least one sample."""
    made = Metrics()
    made.watch_queue(lambda: 0)
    made.watch_workers(lambda: {"busy": 1.0})
    made.reloaded("certificates", taken=True)
    amounts = {
        ("cache", "notes", "hit"): 1.0,
        ("worker_ends", "died"): 1.0,
        ("decoded_seconds",): 1.0,
        ("received_bytes",): 1.0,
        ("sent_bytes",): 1.0,
    }
    made.begin("Align", ())(Outcome("OK", "OVERLOADED", 0.1, Tally(amounts=amounts)))
    made.begin("Align", ())(Outcome("OK", "", 0.1, Tally(seconds={"align": 1.0})))
    return made


def rows(text: str) -> dict[str, tuple[str, frozenset[str]]]:
    found = re.findall(r"^\| `(multicam_\w+)` \| (\w+) \|([^|]*)\| \S.* \|$", text, re.MULTILINE)
    listed = {
        name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in found
    }
    assert len(listed) == len(found)
    return listed


def test_every_metric_is_listed_with_its_type_and_labels(text: str, metrics: Metrics) -> None:
    registered = {}
    for family in metrics.registry.collect():
        if not family.name.startswith(OWN):
            continue
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        kind = "gauge" if family.type == "info" else family.type
        registered[family.name + suffix] = (kind, frozenset(labels))
    assert rows(text) == registered


def test_every_value_of_a_label_is_told(text: str) -> None:
    section = text.partition("## Metrics")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([a-z_]+)`", section))
    for values in (STAGES, STORES, OUTCOMES, WORKER_ENDS, WORKER_STATES):
        assert set(values) <= told


def test_every_query_asks_for_metrics_that_there_are(text: str, metrics: Metrics) -> None:
    samples = {sample.name for family in metrics.registry.collect() for sample in family.samples}
    section = text.partition("### Queries")[2].partition("\n## ")[0]
    asked = set(re.findall(r"multicam_\w+", section))
    assert asked
    assert asked <= samples
    everywhere = set(re.findall(r"\b(multicam_[a-z_]+_(?:total|seconds|bytes))\b", text))
    assert everywhere <= samples | set(rows(text))


def test_each_flag_is_explained_beyond_the_table(text: str) -> None:
    """The flags of doors and of telemetry: what they do together stands in the prose."""
    from multicam_server.config.door_settings import DOOR_SETTINGS

    prose = "\n".join(line for line in text.splitlines() if not line.startswith("| `--"))
    for setting in DOOR_SETTINGS:
        assert setting.flag in prose, setting.flag
