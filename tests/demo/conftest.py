"""One run of the demo, for all tests of its media and of its results."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Demo:
    """What a run left behind and said."""

    folder: Path
    printed: str
    exit_code: int

    def json(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text("utf-8"))


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo as `make demo` runs it, in a folder of its own."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "examples.two_camera_interview.run", "--out", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert (folder / "truth.json").exists(), done.stderr
    return Demo(folder, done.stdout, done.returncode)


@pytest.fixture(scope="session")
def truth(demo: Demo) -> Any:
    """What is true of the interview."""
    return demo.json("truth.json")


@pytest.fixture(scope="session")
def media(demo: Demo) -> Callable[[str], Path]:
    """The file of a camera."""
    return lambda asset_id: demo.folder / "media" / "t_demo" / f"{asset_id}.mp4"
