"""A server whose metrics can be read."""

import urllib.request
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from multicam import Client
from multicam_server.app import Server
from multicam_server.config import (
    CacheConfig,
    LimitsConfig,
    ListenConfig,
    MediaConfig,
    ServerConfig,
    TelemetryConfig,
)
from prometheus_client.parser import text_string_to_metric_families

RATE_HZ = 16_000
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def write_take(path: Path, start_s: float) -> None:
    """Ten seconds of bursts of noise, from `start_s` of a common clock on."""
    random = np.random.default_rng(5)
    loudness = np.repeat(random.choice([0.01, 0.3], 150), RATE_HZ // 10)
    noise = random.standard_normal(len(loudness)) * loudness
    first = round(start_s * RATE_HZ)
    samples = (noise[first : first + 10 * RATE_HZ] * 8_000).astype("<i2")
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(samples.tobytes())


@pytest.fixture(scope="session")
def media_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same two takes for two tenants."""
    root = tmp_path_factory.mktemp("media")
    for tenant in ("t_a", "t_b"):
        write_take(root / tenant / "a.wav", 0.0)
        write_take(root / tenant / "b.wav", 1.25)
    return root


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, media_root: Path) -> Iterator[Server]:
    config = ServerConfig(
        cache=CacheConfig(tmp_path_factory.mktemp("cache")),
        listen=ListenConfig(port=0),
        media=MediaConfig((media_root,)),
        limits=LimitsConfig(workers=1),
        telemetry=TelemetryConfig(metrics=ListenConfig(port=0)),
    )
    running = Server(config, ready_workers=1)
    running.start()
    running.wait_ready()
    yield running
    running.drain(0)


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.address, tenant_id="t_a", env="dev") as made:
        yield made


def read_text(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as reply:
        return str(reply.read().decode())


@pytest.fixture
def read(server: Server) -> Callable[[], Samples]:
    """The metrics as they are now, by name and labels."""

    def run() -> Samples:
        families = text_string_to_metric_families(read_text(server.metrics_address))
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }

    return run


@pytest.fixture
def counted(read: Any) -> Callable[..., float]:
    """One sample's value; 0 where it is not there yet."""

    def run(name: str, **labels: str) -> float:
        return float(read().get((name, frozenset(labels.items())), 0.0))

    return run
