"""Alignment of files beside plain decoding of the same files, in the same run.

    python -m benchmarks.service.align_and_decode [--minutes 10] [--cameras 2] [--ffmpeg]
        [--rounds 1] [--folder DIR]

The floor is what any tool pays that listens to everything: decoding each file to
16 kHz mono, one after the other, with PyAV or, by --ffmpeg, with the ffmpeg command.
The ratio is what counts. Every camera's clock drifts. Alignment runs in a process of
its own, whose peak memory is told.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from multicam_server import jobs
from multicam_server.cache import AlignmentCache, ResultStore
from multicam_server.domain.alignment import AlignRequest, AlignTrack
from multicam_server.domain.media import Asset
from scipy import signal

RATE_HZ = 48_000
SEED = 7
LATER_S = 3.217
DRIFTS_PPM = (0.0, 40.0, -25.0, 12.0)
TIMES = ("s", "cpu_s", "again_s")


def speech_like(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Noise with the long-term spectrum and the syllables of speech, float32 mono."""
    filters = signal.butter(2, (150, 3_500), "bandpass", fs=RATE_HZ, output="sos")
    state = np.zeros((len(filters), 2))
    out = np.empty(int(seconds * RATE_HZ), dtype=np.float32)
    for first in range(0, len(out), 60 * RATE_HZ):
        part = out[first : first + 60 * RATE_HZ]
        shaped, state = signal.sosfilt(filters, rng.standard_normal(len(part)), zi=state)
        steps = np.repeat(rng.uniform(0, 1, len(part) * 5 // RATE_HZ + 1) ** 2, RATE_HZ // 5)
        part[:] = 0.3 * shaped * steps[: len(part)]
    return out


def write_aac(path: Path, samples: np.ndarray) -> None:
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        for start in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(
                samples[None, start : start + 1024], format="fltp", layout="mono"
            )
            frame.sample_rate = RATE_HZ
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def decode(path: Path) -> None:
    with av.open(path) as container:
        resampler = av.AudioResampler("flt", "mono", 16_000, frame_size=16_384)
        for frame in container.decode(audio=0):
            resampler.resample(frame)


def decode_by_ffmpeg(path: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", "16000"]
    subprocess.run([*command, "-f", "null", "-"], check=True)


def recorded(event: np.ndarray, start_s: float, seconds: float, drift_ppm: float) -> np.ndarray:
    """What a recorder hears whose clock is `drift_ppm` fast, by cubic interpolation."""
    out = np.empty(int(seconds * RATE_HZ), dtype=np.float32)
    for first in range(0, len(out), 60 * RATE_HZ):
        stop = min(len(out), first + 60 * RATE_HZ)
        at = start_s * RATE_HZ + np.arange(first, stop) / (1 + drift_ppm * 1e-6)
        whole = np.floor(at).astype(int)
        f = at - whole
        before, here, after, next_but_one = (
            event[np.clip(whole + step, 0, len(event) - 1)] for step in (-1, 0, 1, 2)
        )
        out[first:stop] = (
            -f * (f - 1) * (f - 2) / 6 * before
            + (f + 1) * (f - 1) * (f - 2) / 2 * here
            - (f + 1) * f * (f - 2) / 2 * after
            + (f + 1) * f * (f - 1) / 6 * next_but_one
        )
    return out


def align_and_tell(folder: Path, cameras: int) -> None:
    """Aligns the cameras in `folder`; prints seconds, peak memory and clocks as JSON."""
    names = [f"cam_{camera}" for camera in range(cameras)]
    tracks = tuple(AlignTrack(Asset(name, uri=str(folder / f"{name}.m4a"))) for name in names)
    memory = tempfile.TemporaryDirectory()
    cache = AlignmentCache(ResultStore(Path(memory.name)))

    def placed() -> tuple[float, list[tuple[float | None, float | None]]]:
        start_s = time.perf_counter()
        placement = jobs.align(
            AlignRequest("bench", names[0], tracks),
            lambda asset: Path(asset.uri or ""),
            cache,
            tenant_id="t_bench",
        )
        took_s = time.perf_counter() - start_s
        return took_s, [(t.offset_ms, t.drift_ppm) for t in placement.alignment.tracks]

    began_cpu_s = cpu_used_s(resource.RUSAGE_SELF)
    took_s, clocks = placed()
    cpu_s = cpu_used_s(resource.RUSAGE_SELF) - began_cpu_s
    peak_mb = peak_memory_mb()
    again_s, _ = placed()
    memory.cleanup()
    told = {"s": took_s, "cpu_s": cpu_s, "again_s": again_s, "mb": peak_mb, "clocks": clocks}
    print(json.dumps(told))


def cpu_used_s(who: int) -> float:
    spent = resource.getrusage(who)
    return spent.ru_utime + spent.ru_stime


def peak_memory_mb() -> float:
    """Peak of resident memory since this program began.

    `ru_maxrss` would count the parent's, which a child holds until it executes.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peak.split()[1]) / 1024


def worst_error_ms(camera: int, clock: list[float | None], at_s: float) -> float:
    """How far a moment of the base is told wrong in a camera."""
    offset_ms, drift_ppm = clock
    if offset_ms is None:
        return float("inf")
    speed = 1 + DRIFTS_PPM[camera % len(DRIFTS_PPM)] * 1e-6
    told = (at_s * 1e3 - offset_ms) * (1 + (drift_ppm or 0.0) * 1e-6)
    return abs(told - (at_s - LATER_S * camera) * 1e3 * speed)


def make_files(folder: Path, cameras: int, seconds: float) -> list[Path]:
    """The cameras' files; those that are there already are left as they are."""
    paths = [folder / f"cam_{camera}.m4a" for camera in range(cameras)]
    if all(path.exists() for path in paths):
        return paths
    rng = np.random.default_rng(SEED)
    event = speech_like(seconds + 10 * cameras, rng)
    for camera, path in enumerate(paths):
        drift_ppm = DRIFTS_PPM[camera % len(DRIFTS_PPM)]
        heard = recorded(event, LATER_S * camera, seconds, drift_ppm)
        heard += 0.01 * rng.standard_normal(len(heard), dtype=np.float32)
        write_aac(path, heard)
    return paths


def time_decoding(paths: Sequence[Path], *, by_ffmpeg: bool) -> tuple[float, float]:
    """Seconds on the clock and of CPU to decode all files, one after the other."""
    who = resource.RUSAGE_CHILDREN if by_ffmpeg else resource.RUSAGE_SELF
    began_s, began_cpu_s = time.perf_counter(), cpu_used_s(who)
    for path in paths:
        (decode_by_ffmpeg if by_ffmpeg else decode)(path)
    return time.perf_counter() - began_s, cpu_used_s(who) - began_cpu_s


def time_alignment(folder: Path, cameras: int) -> dict[str, Any]:
    """What `align_and_tell` tells, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.service.align_and_decode"]
    command += ["--cameras", str(cameras), "--align-only", str(folder)]
    told: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True).stdout
    )
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--cameras", type=int, default=2)
    parser.add_argument("--ffmpeg", action="store_true", help="the floor is the ffmpeg command")
    parser.add_argument("--rounds", type=int, default=1, help="medians of so many rounds in turn")
    parser.add_argument("--folder", type=Path, help="keeps the files here and uses them again")
    parser.add_argument("--align-only", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.align_only is not None:
        align_and_tell(asked.align_only, asked.cameras)
        return
    seconds = asked.minutes * 60
    with tempfile.TemporaryDirectory() as name:
        folder = asked.folder or Path(name)
        paths = make_files(folder, asked.cameras, seconds)
        for path in paths:
            path.read_bytes()  # both start from a warm page cache
        floors, aligned = [], []
        for _ in range(asked.rounds):
            floors.append(time_decoding(paths, by_ffmpeg=asked.ffmpeg))
            aligned.append(time_alignment(folder, asked.cameras))
    floor_s, floor_cpu_s = (statistics.median(column) for column in zip(*floors, strict=True))
    took = {name: statistics.median(one[name] for one in aligned) for name in TIMES}
    ratio = statistics.median(
        told["s"] / wall_s for told, (wall_s, _) in zip(aligned, floors, strict=True)
    )
    ratio_cpu = statistics.median(
        told["cpu_s"] / cpu_s for told, (_, cpu_s) in zip(aligned, floors, strict=True)
    )
    print(f"{asked.cameras} cameras of {asked.minutes:g} min AAC at 48 kHz")
    by = "ffmpeg" if asked.ffmpeg else "PyAV"
    print(f"decode only   {floor_s:7.2f} s   {floor_cpu_s:6.2f} s of CPU   by {by}")
    print(
        f"align         {took['s']:7.2f} s   {took['cpu_s']:6.2f} s of CPU   "
        f"{ratio:.2f} x decoding, {ratio_cpu:.2f} x its CPU"
    )
    print(f"align again   {took['again_s']:7.3f} s   from the cache")
    print(f"peak memory   {max(one['mb'] for one in aligned):7.0f} MB")
    clocks = aligned[-1]["clocks"]
    for place, at_s in (("start", 0.0), ("middle", seconds / 2), ("end", seconds)):
        errors = [worst_error_ms(camera, clock, at_s) for camera, clock in enumerate(clocks)]
        print(f"worst error at the {place:<6} {max(errors):.3f} ms")


if __name__ == "__main__":
    main()
