"""What reading sound costs, beside decoding all of it, in the same run.

    python -m benchmarks.media.read_sound [--minutes 60] [--rounds 3]

The measure is what the ffmpeg command takes to decode one file to 16 kHz mono, or, where
it is not installed, a plain loop over PyAV. Every figure is a ratio to it; the least of
the rounds counts, and a round measures everything once, so that a busy machine is busy
for all.
"""

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from multicam_server.media.decode import decode_sound
from multicam_server.media.reader import open_sound
from scipy import signal

RATE_HZ = 48_000
PIECE_S = 60
FRAME_SAMPLES = 1_024
WINDOWS = 24
WINDOW_MS = 10_000.0
BLOCK_S = 60.0
SEED = 11


def write_recording(path: Path, minutes: int) -> None:
    """`minutes` of AAC: one minute of speech-like noise, its packets written again and again."""
    rng = np.random.default_rng(SEED)
    noise = rng.standard_normal((2, PIECE_S * RATE_HZ))
    band = signal.butter(2, (150, 6_000), "bandpass", fs=RATE_HZ, output="sos")
    syllables = np.repeat(rng.uniform(0, 1, PIECE_S * 5) ** 2, RATE_HZ // 5)
    samples = (0.3 * signal.sosfilt(band, noise) * syllables).astype(np.float32)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=RATE_HZ, layout="stereo")
        packets = []
        for start in range(0, samples.shape[1], FRAME_SAMPLES):
            piece = np.ascontiguousarray(samples[:, start : start + FRAME_SAMPLES])
            frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
            frame.sample_rate = RATE_HZ
            frame.pts = start
            packets += [bytes(packet) for packet in stream.encode(frame)]
        for number in range(minutes * PIECE_S * RATE_HZ // FRAME_SAMPLES):
            packet = av.Packet(packets[number % len(packets)])
            packet.stream = stream
            packet.time_base = Fraction(1, RATE_HZ)
            packet.pts = packet.dts = number * FRAME_SAMPLES
            packet.duration = FRAME_SAMPLES
            out.mux(packet)


def by_ffmpeg(path: Path) -> None:
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-i", str(path)]
    subprocess.run([*command, "-ac", "1", "-ar", "16000", "-f", "null", "-"], check=True)


def by_pyav(path: Path) -> None:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", 16_000, frame_size=16_384)
        for frame in container.decode(audio=0):
            resampler.resample(frame)


def all_of_it(path: Path, threads: int, channels: list[int] | None = None) -> None:
    with open_sound(path, "cam", threads=threads) as source:
        for _ in source.blocks(BLOCK_S, channels=channels):
            pass


def some_of_it(path: Path, threads: int) -> None:
    with open_sound(path, "cam", threads=threads) as source:
        starts = np.linspace(source.start_ms, source.end_ms - WINDOW_MS, WINDOWS)
        source.read_windows([(start, start + WINDOW_MS) for start in starts])


def four_cameras(path: Path) -> None:
    """One recording dense, three others by windows."""
    all_of_it(path, 2)
    for _ in range(3):
        some_of_it(path, 2)


def seconds_of(work: Callable[[], object]) -> tuple[float, float]:
    """Wall clock and processor time, child processes included."""
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    work()
    return time.perf_counter() - wall, sum(os.times()[:4]) - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    has_ffmpeg = shutil.which("ffmpeg") is not None
    floor = by_ffmpeg if has_ffmpeg else by_pyav
    with tempfile.TemporaryDirectory() as name:
        path = Path(name).resolve() / "recording.m4a"
        write_recording(path, asked.minutes)
        works: dict[str, Callable[[], object]] = {
            "measure": lambda: floor(path),
            "blocks, 1 thread": lambda: all_of_it(path, 1),
            "blocks, 2 threads": lambda: all_of_it(path, 2),
            "blocks, 2 threads, one channel": lambda: all_of_it(path, 2, [0]),
            f"{WINDOWS} windows of 10 s, 1 thread": lambda: some_of_it(path, 1),
            f"{WINDOWS} windows of 10 s, 2 threads": lambda: some_of_it(path, 2),
            "4 cameras: 1 in blocks, 3 by windows": lambda: four_cameras(path),
        }
        rounds: list[dict[str, tuple[float, float]]] = []
        for _ in range(asked.rounds):
            rounds.append({name: seconds_of(work) for name, work in works.items()})
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        whole = seconds_of(lambda: decode_sound(path, "cam"))
    best = {name: np.min([one[name] for one in rounds], axis=0) for name in works}
    wall_s, cpu_s = best["measure"]
    tool = "ffmpeg -ac 1 -ar 16000" if has_ffmpeg else "a plain PyAV loop"
    print(f"{asked.minutes} min of stereo AAC at 48 kHz; the measure is {tool}:")
    print(f"{wall_s:.2f} s, {cpu_s:.2f} s of processor time\n")
    print(f"{'':40}{'time':>8}{'processor':>12}")
    for name, (wall, cpu) in best.items():
        files = 4 if name.startswith("4 cameras") else 1
        print(f"{name:40}{wall / wall_s / files:7.2f}x{cpu / cpu_s / files:11.2f}x")
    print(f"{'decode_sound':40}{whole[0] / wall_s:7.2f}x{whole[1] / cpu_s:11.2f}x")
    print("(4 cameras: against decoding four files)")
    print(f"\npeak memory {peak_mb:.0f} MB, before decode_sound, with the material's making")


if __name__ == "__main__":
    main()
