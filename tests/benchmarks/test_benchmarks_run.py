"""Every benchmark runs, in its smallest size: what it prints is for people to judge."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 300

# The folder, the command, and a word of the table that it prints.
SMALLEST = [
    (
        "alignment",
        "benchmarks/alignment/run.py --seeds 100:101 --families plain --tools",
        "GCC-PHAT",
    ),
    ("alignment", "benchmarks/alignment/many.py --counts 3 --seconds 10", "placed"),
    ("cutting", "benchmarks/cutting/whole_call.py --minutes 2 --rounds 1", "serialise"),
    ("cutting", "benchmarks/cutting/calibration.py --seeds 1 --kinds usual", "expected"),
    ("cutting", "-m benchmarks.cutting.voice_activity", "an energy gate"),
    ("engines", "-m benchmarks.engines.convert_artifacts --frames 200 --rounds 1", "to floor"),
    ("focus", "-m benchmarks.focus --seeds 1 --seconds 10 --kinds still", "per-frame follow"),
    ("highlights", "-m benchmarks.highlights.run --seeds 1 --only multicam", "multicam"),
    ("highlights", "-m benchmarks.highlights.bound --seeds 1 --learn-from 2", "learned"),
    ("media", "-m benchmarks.media.read_sound --minutes 1 --rounds 1", "windows"),
    ("service", "-m benchmarks.service.align_and_decode --minutes 1", "decoding"),
    ("service", "-m benchmarks.service.rpc_overhead --seconds 0.2", "AutoCut"),
    ("service", "-m benchmarks.service.interrupt --rounds 1", "cancel"),
    ("service", "-m benchmarks.service.load --seconds 0.3 --clients 2", "Align cached"),
]


@pytest.mark.parametrize(("folder", "command", "word"), SMALLEST)
def test_a_benchmark_runs(folder: str, command: str, word: str) -> None:
    assert folder in command
    done = subprocess.run(
        [sys.executable, *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert word in done.stdout


def test_no_benchmark_is_left_out() -> None:
    folders = {path.name for path in (ROOT / "benchmarks").iterdir() if path.is_dir()}
    folders.discard("__pycache__")
    assert {folder for folder, _, _ in SMALLEST} == folders
