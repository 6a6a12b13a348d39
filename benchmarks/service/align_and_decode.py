"""Alignment of files beside plain decoding of the same files, in the same run.

    python -m benchmarks.service.align_and_decode [--minutes 10] [--cameras 2]

The floor is what any tool pays that listens to everything: decoding each file to
16 kHz mono with PyAV, one after the other. The ratio is what counts.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import av
import numpy as np
from multicam_server import jobs
from multicam_server.cache import AlignmentCache, ResultStore
from multicam_server.domain.alignment import AlignRequest, AlignTrack
from multicam_server.domain.media import Asset
from scipy import signal

RATE_HZ = 48_000
SEED = 7


def speech_like(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Noise with the long-term spectrum and the syllables of speech, float32 mono."""
    noise = rng.standard_normal(int(seconds * RATE_HZ)).astype(np.float32)
    shaped = signal.sosfilt(
        signal.butter(2, (150, 3_500), "bandpass", fs=RATE_HZ, output="sos"), noise
    )
    steps = np.repeat(rng.uniform(0, 1, int(seconds * 5) + 1) ** 2, RATE_HZ // 5)[: len(noise)]
    return (0.3 * shaped * steps).astype(np.float32)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--cameras", type=int, default=2)
    asked = parser.parse_args()
    rng = np.random.default_rng(SEED)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        event = speech_like(asked.minutes * 60 + 10 * asked.cameras, rng)
        paths, offsets_ms = [], []
        for camera in range(asked.cameras):
            start = int(3.217 * camera * RATE_HZ)
            heard = event[start : start + int(asked.minutes * 60 * RATE_HZ)]
            noise = 0.01 * rng.standard_normal(len(heard)).astype(np.float32)
            path = folder / f"cam_{camera}.m4a"
            write_aac(path, heard + noise)
            paths.append(path)
            offsets_ms.append(start / RATE_HZ * 1e3)
        for path in paths:
            path.read_bytes()  # both start from a warm page cache
        start_s = time.perf_counter()
        for path in paths:
            decode(path)
        floor_s = time.perf_counter() - start_s
        request = AlignRequest(
            "bench",
            "cam_0",
            tuple(AlignTrack(Asset(f"cam_{i}", uri=str(path))) for i, path in enumerate(paths)),
        )
        start_s = time.perf_counter()
        placement = jobs.align(
            request,
            lambda asset: Path(asset.uri or ""),
            AlignmentCache(ResultStore(folder / "cache")),
            tenant_id="t_bench",
        )
        took_s = time.perf_counter() - start_s
        errors = [
            abs((track.offset_ms if track.offset_ms is not None else np.inf) - truth)
            for track, truth in zip(placement.alignment.tracks, offsets_ms, strict=True)
        ]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{asked.cameras} cameras of {asked.minutes:g} min AAC at 48 kHz")
        print(f"decode only   {floor_s:7.2f} s")
        print(f"align         {took_s:7.2f} s   {took_s / floor_s:.2f} x decoding")
        print(f"worst offset error {max(errors):.3f} ms")
        print(f"peak memory {peak_mb:.0f} MB, with the sound that was made in this process")


if __name__ == "__main__":
    main()
