"""Aligns generated scenes with known truth and prints how well.

    python benchmarks/alignment/run.py --seeds 100:104 [--families plain,noisy] [--tools]

`--tools` also writes the scenes as WAV files and has every tool of tools.py align these
files, each in a process of its own: this project, other programs, the textbook
methods, and mere decoding. `--python` names the interpreter whose environment has the
other programs; what it lacks is named. Seeds from 100 on are used for nothing else.
Figures other than times depend on the seeds only.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.io.wavfile
from figures import HEADER, RIGHT_MS, Answer, Tally, area_under_roc, calibration_error, judge, row
from material import RATE_HZ
from multicam_server.alignment import Recording, align
from multicam_server.domain.alignment import AlignOptions, AlignStatus
from multicam_server.domain.media import Sound
from scenes import IMPOSSIBLE, POSSIBLE, Scene, Truth, make_scene
from tools import TOOLS

TOOLS_SCRIPT = Path(__file__).with_name("tools.py")
# Tools of this project's own environment.
OWN = ("multicam", "GCC-PHAT", "plain correlation", "decoding only")
TELLS_PROBABILITY = "multicam"


def measure(scene: Scene) -> Tally:
    """Aligns one scene with its first recording as the base."""
    recordings = [
        Recording(one.asset_id, one.camera_id, Sound(RATE_HZ, one.samples[None, :]))
        for one in scene.recordings
    ]
    found = align(recordings, base_asset_id=recordings[0].asset_id, options=AlignOptions())
    answers = [
        Answer(one.offset_ms, one.confidence, one.status is AlignStatus.ALIGNED, one.drift_ppm)
        for one in found.tracks[1:]
    ]
    return judge(_truths(scene), answers)


def _truths(scene: Scene) -> list[Truth | None]:
    return [one.truth for one in scene.recordings]


def write_files(scene: Scene, folder: Path) -> None:
    """One 16 bit WAV for each recording, whose names sort in the recordings' order."""
    folder.mkdir(parents=True)
    for number, one in enumerate(scene.recordings):
        pcm = (np.clip(one.samples, -1, 1) * 32_767).astype(np.int16)
        scipy.io.wavfile.write(folder / f"{number:02}.wav", RATE_HZ, pcm)


def run_tool(
    name: str, folder: Path, scenes: dict[str, list[Truth | None]], python: str, sound_s: float
) -> str:
    """The tool's line of the table, or why there is none."""
    command = [sys.executable if name in OWN else python, str(TOOLS_SCRIPT), name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if lines and "missing" in lines[0]:
        return f"{name:22s} not installed ({lines[0]['missing']})"
    if done.returncode or not lines:
        return f"{name:22s} ended with {done.stderr.strip().splitlines()[-1:]}"
    *sessions, last = lines
    tally = Tally()
    for session in sessions:
        answers = [Answer(*said) for said in session["answers"]]
        tally.add(judge(scenes[session["session"]], answers))
    score, right = np.array(tally.scores), np.array(tally.right)
    judged = name != "decoding only"
    told = row(tally) if judged else " " * len(row(tally))
    curve = f"{area_under_roc(score, right):7.3f}" if judged else " " * 7
    error = f"{calibration_error(score, right):7.3f}" if name == TELLS_PROBABILITY else f"{'-':>7s}"
    cpu = 1e3 * sum(session["cpu_s"] for session in sessions) / sound_s
    return f"{name:22s}{told}{curve}{error}{cpu:8.1f}{last['peak_mb']:6.0f}"


def compare_tools(folder: Path, scenes: dict[str, Scene], python: str) -> None:
    """Prints one line for each tool."""
    sound_s = sum(
        len(one.samples) / RATE_HZ for scene in scenes.values() for one in scene.recordings
    )
    truths = {name: _truths(scene) for name, scene in scenes.items()}
    print(f"\n{'tool':22s}{HEADER}{'AUROC':>7s}{'ECE':>7s}{'CPU+':>8s}{'MB':>6s}")
    for name in TOOLS:
        print(run_tool(name, folder, truths, python, sound_s), flush=True)
    print("+ ms per second of sound, from WAV files on; MB: peak of the process")


def print_families(families: Sequence[str], seeds: range, scenes: dict[str, Scene]) -> None:
    """Prints one line for each family, and what holds for all of them."""
    print(f"{'family':22s}{HEADER}")
    everything = Tally()
    sound_s = cpu_s = 0.0
    for family in families:
        tally = Tally()
        for seed in seeds:
            scene = scenes[_name(family, seed)]
            sound_s += sum(len(one.samples) for one in scene.recordings) / RATE_HZ
            started = time.process_time()
            tally.add(measure(scene))
            cpu_s += time.process_time() - started
        everything.add(tally)
        print(f"{family:22s}{row(tally)}", flush=True)
    print(f"{'all':22s}{row(everything)}")
    confidence, right = np.array(everything.scores), np.array(everything.right)
    print("* beyond what sound's travel time in the room leaves open")
    print(f"false: ALIGNED but not within {RIGHT_MS:.0f} ms, or nothing to align to")
    print(
        f"calibration error {calibration_error(confidence, right):.3f}, "
        f"AUROC {area_under_roc(confidence, right):.3f}, {len(right)} tracks"
    )
    print(f"{1e3 * cpu_s / sound_s:.1f} ms of CPU per second of sound")


def _name(family: str, seed: int) -> str:
    return f"{family}-{seed:04}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="100:103", help="first:stop")
    parser.add_argument("--families", default=",".join((*POSSIBLE, *IMPOSSIBLE)))
    parser.add_argument("--voices", type=Path, help="a folder of recorded speech (WAV)")
    parser.add_argument("--tools", action="store_true", help="compare with other tools")
    parser.add_argument("--python", default=sys.executable, help="where other tools are installed")
    given = parser.parse_args()
    first, stop = (int(part) for part in given.seeds.split(":"))
    voices = sorted(given.voices.rglob("*.wav")) if given.voices else []
    families = given.families.split(",")
    scenes = {
        _name(family, seed): make_scene(family, seed, voices)
        for family in families
        for seed in range(first, stop)
    }
    print_families(families, range(first, stop), scenes)
    if given.tools:
        with tempfile.TemporaryDirectory() as name:
            for scene_name, scene in scenes.items():
                write_files(scene, Path(name) / scene_name)
            compare_tools(Path(name), scenes, given.python)


if __name__ == "__main__":
    main()
