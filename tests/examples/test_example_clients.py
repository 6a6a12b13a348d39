"""The Go and TypeScript examples: built from our protos by the standard plugins, and run."""

import os
import re
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from multicam_server.app import Server
from multicam_server.config import CacheConfig, ListenConfig, ServerConfig

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BUF_FOLDER = str(Path(sys.executable).parent)
RATE_HZ = 16_000
LATER_MS = 2_750.0
BUILD_S = 300
RUN_S = 120


def tool(name: str) -> None:
    """CI has the tool; without it, a user's run skips."""
    if shutil.which(name) is None:
        assert os.environ.get("CI") != "true", f"CI must have {name} on its PATH"
        pytest.skip(f"{name} is not installed")


def build(folder: Path, *command: str) -> None:
    path = os.pathsep.join((BUF_FOLDER, os.environ["PATH"]))
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_S,
    )
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="module")
def go() -> list[str]:
    tool("go")
    folder = EXAMPLES / "go"
    build(folder, "buf", "generate")
    build(folder, "go", "vet", ".")
    build(folder, "go", "build", "-o", "gen/align-and-cut", ".")
    return [str(folder / "gen" / "align-and-cut")]


@pytest.fixture(scope="module")
def typescript() -> list[str]:
    tool("npm")
    folder = EXAMPLES / "typescript"
    build(folder, "npm", "ci", "--no-audit", "--no-fund")
    build(folder, "npm", "run", "generate")
    build(folder, "npm", "run", "build")
    return ["node", str(folder / "dist" / "src" / "align-and-cut.js")]


@pytest.fixture(params=["go", "typescript"])
def program(request: pytest.FixtureRequest) -> list[str]:
    """The built program of each language."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = Server(
        ServerConfig(
            cache=CacheConfig(tmp_path_factory.mktemp("cache")), listen=ListenConfig(port=0)
        )
    )
    server.start()
    yield server.address
    server.drain(1)


def words(seconds: float, seed: int) -> np.ndarray:
    """Sound with the rhythm of speech, int16."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(int(seconds * RATE_HZ))
    position = 0
    while position < len(sound) - RATE_HZ:
        length = int(rng.uniform(0.1, 0.4) * RATE_HZ)
        tones = rng.uniform(150, 3_000, 5)[:, None] * np.arange(length) / RATE_HZ
        burst = np.hanning(length) * np.sin(2 * np.pi * tones).sum(axis=0)
        sound[position : position + length] = rng.uniform(0.02, 0.12) * burst
        position += length + int(rng.uniform(0.05, 0.5) * RATE_HZ)
    noise = 0.001 * rng.standard_normal(len(sound))
    return np.round(np.clip(sound + noise, -1, 1) * 32_767).astype("<i2")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`a.wav`, `b.wav`, which starts later, and `notes.txt`, which is no recording."""
    folder = tmp_path_factory.mktemp("recordings")
    event = words(25.0, seed=8)
    for name, start_ms in (("a.wav", 0.0), ("b.wav", LATER_MS)):
        with wave.open(str(folder / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(event[round(start_ms * RATE_HZ / 1e3) :].tobytes())
    (folder / "notes.txt").write_text("no recording")
    return folder


def run(
    program: list[str], folder: Path, server: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*program, "--server", server, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )


def test_two_files_are_aligned_and_cut(program, recordings, address):
    done = run(program, recordings, address, "a.wav", "b.wav")
    assert done.returncode == 0, done.stderr
    placed, clips = done.stdout.splitlines()[:2], done.stdout.splitlines()[2:]
    assert re.fullmatch(r"a\.wav starts at 0\.0 ms \(confidence 1\.00\)", placed[0])
    assert placed[1].startswith("b.wav starts at ")
    assert float(placed[1].split()[3]) == pytest.approx(LATER_MS, abs=1)
    assert len(clips) > 1
    starts_ms = [float(clip.split()[0]) for clip in clips]
    assert starts_ms[0] == 0
    assert starts_ms == sorted(starts_ms)
    assert {clip.split()[2] for clip in clips} <= {"a.wav", "b.wav"}


def test_a_refusal_is_told_with_the_field(program, recordings, address):
    done = run(program, recordings, address, "a.wav")
    assert done.returncode == 1
    assert "tracks" in done.stderr


def test_a_service_that_is_not_there_is_told(program, recordings):
    done = run(program, recordings, "127.0.0.1:1", "a.wav", "b.wav")
    assert done.returncode == 1
    assert "navailable" in done.stderr
