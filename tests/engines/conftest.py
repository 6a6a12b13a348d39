"""The engines' services (examples/engines) with pydantic models, plain objects or mocks."""

import json
import random
import signal
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from concurrent import futures
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import grpc
import pytest
from multicam import Client
from multicam.engines import AssistEngine, FocusEngine, MulticamEngine, SourceSettings
from multicam.v1 import media_analysis_service_pb2_grpc as service_grpc
from pydantic import BaseModel

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # examples are read from the repository's top

from examples.engines.interview import contents  # noqa: E402
from examples.engines.models import (  # noqa: E402
    ENGINE_MODELS,
    MODELS,
    DerivedArtifact,
    MediaAsset,
    MultiCamTrackSpec,
    VideoProject,
)
from examples.engines.stores import MediaService, StoreBroke, TimelineService  # noqa: E402
from examples.two_camera_interview.service import address  # noqa: E402

RATE_HZ = 16_000


def _plain(value: Any, make: Callable[..., Any]) -> Any:
    """A model with everything in it as objects of another kind; dicts stay dicts."""
    if isinstance(value, BaseModel):
        fields = {name: _plain(getattr(value, name), make) for name in type(value).model_fields}
        return make(**fields)
    return [_plain(one, make) for one in value] if isinstance(value, list) else value


def _mock(**fields: Any) -> Any:
    mock = MagicMock()
    mock.configure_mock(**fields)
    return mock


KINDS = {"pydantic": lambda model: model}
KINDS["plain"] = lambda model: _plain(model, SimpleNamespace)
KINDS["mock"] = lambda model: _plain(model, _mock)


class World:
    """The engines of one installation, with records of one kind, for one tenant."""

    store_broke = StoreBroke

    def __init__(self, kind: str, tenant_id: str = "t_demo", env: str = "dev") -> None:
        self.kind = kind
        self.convert = KINDS[kind]
        self.owner = {"tenant_id": tenant_id, "env": env}
        self.media = MediaService()
        self.timeline = TimelineService(self.convert)
        self.engine_models = ENGINE_MODELS if kind == "pydantic" else None
        self._names = count(1)

    def asset(self, asset_id: str, source_uri: str, **fields: Any) -> Any:
        values = {"kind": "video", **self.owner, **fields}
        asset = self.convert(MediaAsset(id=asset_id, source_uri=source_uri, **values))
        self.media.assets[asset_id] = asset
        return asset

    def artifact(self, asset_id: str, kind: str, **fields: Any) -> Any:
        values = {"id": f"art_{next(self._names)}", "uri": "gs://none", **self.owner, **fields}
        artifact = self.convert(DerivedArtifact(parent_asset_id=asset_id, kind=kind, **values))
        self.media.artifacts[artifact.id] = artifact
        return artifact

    def request(self, kind: str, **fields: Any) -> Any:
        values = fields if kind == "FocusRequest" else {**self.owner, **fields}
        return self.convert(MODELS[kind](**values))

    def project(self) -> Any:
        return self.timeline.create_project(
            self.convert(VideoProject(title="A project", **self.owner))
        )

    def multicam(self, client: Any, **options: Any) -> MulticamEngine:
        options = {"models": self.engine_models, "sources": SourceSettings(), **options}
        return MulticamEngine(
            client, media_service=self.media, timeline_service=self.timeline, **options
        )

    def assist(self, client: Any) -> AssistEngine:
        return AssistEngine(
            client,
            media_service=self.media,
            timeline_service=self.timeline,
            models=self.engine_models,
            sources=SourceSettings(),
        )

    def focus(self, client: Any) -> FocusEngine:
        return FocusEngine(
            client,
            media_service=self.media,
            models=self.engine_models,
            sources=SourceSettings(),
        )

    def session(self, engine: MulticamEngine, *asset_ids: str, **fields: Any) -> Any:
        roles = ("primary", "secondary", "wide", "detail", "alt")
        tracks = [
            MultiCamTrackSpec(asset_id=one, role=role)
            for one, role in zip(asset_ids, roles, strict=False)
        ]
        request = self.request(
            "CreateMultiCamSessionRequest", name="A talk", tracks=tracks, **fields
        )
        return engine.create_session(request)


@pytest.fixture(params=list(KINDS))
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


@pytest.fixture
def make_world() -> Callable[[str], World]:
    return World


@pytest.fixture
def plain_world() -> World:
    return World("plain")


class Server:
    """A multicam-server of one's own, as a process that can be killed."""

    def __init__(self, folder: Path, media_root: Path | None = None) -> None:
        command = [sys.executable, "-m", "multicam_server", "--listen", "127.0.0.1:0"]
        command += ["--cache-dir", str(folder / "cache")]
        command += ["--media-root", str(media_root)] if media_root else []
        log = folder / "server.log"
        with log.open("w") as stderr:
            self.process = subprocess.Popen(command, stderr=stderr)
        self.target = address(self.process, log)
        self.log = log

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def calls(self) -> list[dict[str, Any]]:
        """What the server has logged about calls."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [one for one in map(json.loads, lines) if one.get("message") == "call"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server that reaches no media by itself: everything is sent to it."""
    started = Server(tmp_path_factory.mktemp("server"))
    yield started
    started.stop()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.target, tenant_id="t_client", env="dev") as connected:
        yield connected


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers of the test's own."""
    started: list[Server] = []

    def start(media_root: Path | None = None) -> Server:
        folder = tmp_path / f"server{len(started)}"
        folder.mkdir()
        started.append(Server(folder, media_root))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def serve() -> Iterator[Callable[[object], str]]:
    """Serves a servicer made for the test on a real port; returns the target."""
    servers = []

    def start(servicer: object) -> str:
        started = grpc.server(futures.ThreadPoolExecutor(4))
        service_grpc.add_MediaAnalysisServiceServicer_to_server(servicer, started)
        port = started.add_insecure_port("127.0.0.1:0")
        started.start()
        servers.append(started)
        return f"127.0.0.1:{port}"

    yield start
    for one in servers:
        one.stop(grace=None).wait()


@pytest.fixture(scope="session")
def room(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Recordings of one noisy room: WAV files that start at a given moment of it (s)."""
    folder = tmp_path_factory.mktemp("room")
    chance = random.Random(11)
    heard: list[int] = []
    while len(heard) < 40 * RATE_HZ:
        loudness = chance.randrange(1_000, 9_000)
        heard += [round(chance.gauss(0, loudness)) for _ in range(chance.randrange(1_000, 6_000))]
        heard += [round(chance.gauss(0, 30)) for _ in range(chance.randrange(500, 4_000))]

    def record(name: str, start_s: float, end_s: float = 20.0, seed: int = 0) -> Path:
        path = folder / f"{name}.wav"
        samples = heard[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
        if seed:
            other = random.Random(seed)
            samples = [round(other.gauss(0, 2_000)) for _ in samples]
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            clipped = (max(-32_768, min(32_767, sample)) for sample in samples)
            file.writeframes(b"".join(s.to_bytes(2, "little", signed=True) for s in clipped))
        return path

    return record


@pytest.fixture(scope="session")
def interview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's two cameras: media, artifacts and truth."""
    out = tmp_path_factory.mktemp("interview")
    command = [sys.executable, "-m", "examples.two_camera_interview.make_media", "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    return out


@pytest.fixture(scope="session")
def detected(interview: Path) -> Callable[[str], tuple[dict[str, Any], dict[str, Any]]]:
    """What detectors found in a camera: the contents of its two artifacts."""

    def load(asset_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return contents(interview / "artifacts" / f"{asset_id}.json")

    return load
