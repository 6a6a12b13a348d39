"""The command line as a program, a recording to name, and a service made for the test."""

import io
import os
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures
from pathlib import Path

import grpc
import pytest
from multicam.cli import main
from multicam.v1.media_analysis_service_pb2_grpc import (
    add_MediaAnalysisServiceServicer_to_server,
)

Multicam = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def command() -> list[str]:
    """The command line's beginning: this interpreter's `multicam`."""
    return [sys.executable, "-m", "multicam"]


@pytest.fixture
def multicam(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Multicam:
    """Runs `multicam ARGUMENTS` in this process, in the test's folder; text in, text out."""

    def run(
        *arguments: str | Path, stdin: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        out, err = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, code, out, err)

    return run


@pytest.fixture
def multicam_process(command: list[str], tmp_path: Path) -> Multicam:
    """As `multicam`, in a process of its own."""

    def run(
        *arguments: str | Path, stdin: str = "", environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=60,
            env={**os.environ, **(environment or {})},
        )

    return run


@pytest.fixture
def serve() -> Iterator[Callable[..., list[str]]]:
    """Serves a servicer on a real port; returns the options that lead to it."""
    servers = []

    def start(servicer: object, credentials: grpc.ServerCredentials | None = None) -> list[str]:
        server = grpc.server(futures.ThreadPoolExecutor(4))
        add_MediaAnalysisServiceServicer_to_server(servicer, server)
        address = "127.0.0.1:0"
        port = (
            server.add_secure_port(address, credentials)
            if credentials
            else server.add_insecure_port(address)
        )
        server.start()
        servers.append(server)
        return ["--server", f"127.0.0.1:{port}", "--tenant", "t_a", "--env", "dev"]

    yield start
    for server in servers:
        server.stop(grace=None).wait()


@pytest.fixture
def write_wav() -> Callable[[Path, Sequence[int], int], Path]:
    """Writes mono 16-bit samples as a WAV file."""

    def write(path: Path, samples: Sequence[int], sample_rate_hz: int = 16_000) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(sample_rate_hz)
            file.writeframes(
                b"".join(sample.to_bytes(2, "little", signed=True) for sample in samples)
            )
        return path

    return write


@pytest.fixture
def recordings(tmp_path: Path, write_wav: Callable[..., Path]) -> tuple[Path, Path]:
    """Two short WAV files, a.wav and b.wav, in the test's folder."""
    return (
        write_wav(tmp_path / "a.wav", [0, 1, -1] * 100),
        write_wav(tmp_path / "b.wav", [0, 2, -2] * 100),
    )
