"""grpcurl and buf curl work against a running server, for every RPC, without protos at hand."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from multicam.v1 import media_analysis_service_pb2
from multicam_server.app import Server
from multicam_server.config import CacheConfig, ListenConfig, MediaConfig, ServerConfig
from scipy import signal

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = ROOT / "examples" / "requests"
SERVICE = media_analysis_service_pb2.DESCRIPTOR.services_by_name["MediaAnalysisService"]
RPCS = [method.name for method in SERVICE.methods]
BUF = Path(sys.executable).parent / "buf"
RATE_HZ = 48_000
WAIT_S = 120


def request_file(rpc: str) -> Path:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in rpc)
    return REQUESTS / f"{snake.lstrip('_')}.json"


@pytest.fixture(scope="module")
def grpcurl() -> str:
    """The real grpcurl: CI installs it; without it, a user's run skips."""
    found = shutil.which("grpcurl")
    if found is None:
        assert os.environ.get("CI") != "true", "CI must have grpcurl on its PATH"
        pytest.skip("grpcurl is not installed: go install .../grpcurl/cmd/grpcurl@v1.9.4")
    return found


def write_mp4(path: Path, samples: np.ndarray) -> None:
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(
                samples[None, start : start + 1024], format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE_HZ, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two cameras that the example requests name, 20 seconds of each."""
    folder = tmp_path_factory.mktemp("tools") / "t_demo"
    folder.mkdir()
    rng = np.random.default_rng(5)
    band = signal.butter(2, (200, 3_000), "bandpass", fs=RATE_HZ, output="sos")
    noise = signal.sosfilt(band, rng.standard_normal(24 * RATE_HZ))
    syllables = np.repeat(rng.uniform(0, 1, 24 * 5) ** 2, RATE_HZ // 5)
    event = (0.4 * noise * syllables).astype(np.float32)
    write_mp4(folder / "camera_a.mp4", event[: 20 * RATE_HZ])
    write_mp4(folder / "camera_b.mp4", event[3 * RATE_HZ : 23 * RATE_HZ])
    return folder.parent


@pytest.fixture(scope="module")
def address(media: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all tools: what they call leaves nothing behind that others see."""
    config = ServerConfig(
        cache=CacheConfig(tmp_path_factory.mktemp("cache")),
        listen=ListenConfig(port=0),
        media=MediaConfig(roots=(media,)),
    )
    server = Server(config)
    server.start()
    yield server.address
    server.drain(0)


def run(*command: str, stdin: bytes = b"") -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def documents(text: str) -> list[dict[str, Any]]:
    """The JSON documents of a reply, one after the other."""
    decoder, found, rest = json.JSONDecoder(), [], text.lstrip()
    while rest:
        document, end = decoder.raw_decode(rest)
        found.append(document)
        rest = rest[end:].lstrip()
    return found


# One field of each reply that shows that the call did its work.
SHOWN: dict[str, Callable[[list[dict[str, Any]]], object]] = {
    "Align": lambda replies: round(replies[0]["tracks"][1]["offset_ms"]) == 3_000,
    "AutoCut": lambda replies: replies[0]["decisions"],
    "Highlights": lambda replies: replies[0]["sequence"]["duration_ms"] > 0,
    "Focus": lambda replies: len(replies[0]["automations"]) == 3,
    "ProbeMedia": lambda replies: replies[0]["media"][0]["audio_streams"],
    "Analyze": lambda replies: "progress" in replies[0] and replies[-1]["result"]["auto_cut"],
    "UploadMedia": lambda replies: replies[0]["upload_id"],
}


def snake_keys(value: Any) -> Any:
    """buf curl writes lowerCamelCase names."""
    if isinstance(value, list):
        return [snake_keys(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake_keys(item)
        for key, item in value.items()
    }


@pytest.mark.parametrize("rpc", RPCS)
def test_buf_curl_calls(rpc: str, address: str) -> None:
    printed = run(
        *(str(BUF), "curl", "--protocol", "grpc", "--http2-prior-knowledge"),
        *("-H", "x-tenant-id: t_demo", "-H", "x-env: dev", "-d", "@-"),
        f"http://{address}/{SERVICE.full_name}/{rpc}",
        stdin=request_file(rpc).read_bytes(),
    )
    assert SHOWN[rpc](snake_keys(documents(printed)))


def test_buf_curl_lists_methods(address: str) -> None:
    listed = run(
        *(str(BUF), "curl", "--protocol", "grpc", "--http2-prior-knowledge", "--list-methods"),
        f"http://{address}",
    )
    assert {f"{SERVICE.full_name}/{rpc}" for rpc in RPCS} <= set(listed.split())


@pytest.mark.parametrize("rpc", RPCS)
def test_grpcurl_describes_and_calls(rpc: str, address: str, grpcurl: str) -> None:
    described = run(grpcurl, "-plaintext", address, "describe", f"{SERVICE.full_name}.{rpc}")
    assert f"rpc {rpc} (" in described
    printed = run(
        *(grpcurl, "-plaintext", "-H", "x-tenant-id: t_demo", "-H", "x-env: dev", "-d", "@"),
        *(address, f"{SERVICE.full_name}/{rpc}"),
        stdin=request_file(rpc).read_bytes(),
    )
    assert SHOWN[rpc](documents(printed))


def test_grpcurl_lists_services(address: str, grpcurl: str) -> None:
    assert SERVICE.full_name in run(grpcurl, "-plaintext", address, "list").split()
