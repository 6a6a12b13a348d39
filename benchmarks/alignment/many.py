"""How the cost of alignment grows with the number of recordings.

    python benchmarks/alignment/many.py [--counts 4,8,16,32] [--seconds 60]

Recordings of an event that lasts a sixth of them all, each somewhere in it, so that all
hang together though most pairs have nothing in common. Prints CPU seconds per recording
and how many were placed within 5 ms.
"""

import argparse
import resource
import time

import numpy as np
from material import RATE_HZ, synthetic_voice
from multicam_server.alignment import Recording, align
from multicam_server.domain.alignment import AlignOptions, AlignStatus
from multicam_server.domain.media import Sound

SEED = 11
RIGHT_MS = 5.0
NOISE = 0.1


def session(count: int, seconds: float) -> tuple[list[Recording], list[float]]:
    """The recordings, and when each starts in milliseconds after the first."""
    rng = np.random.default_rng([SEED, count])
    event = synthetic_voice(max(2.0, count / 6) * seconds + 1, rng)
    length = int(seconds * RATE_HZ)
    starts = np.linspace(0, len(event) - length, count) + rng.uniform(0, RATE_HZ, count)
    starts = np.clip(starts.astype(int), 0, len(event) - length)
    recordings = []
    for number, start in enumerate(starts):
        heard = event[start : start + length] + NOISE * rng.standard_normal(length)
        sound = Sound(RATE_HZ, (0.1 * heard).astype(np.float32)[None, :])
        recordings.append(Recording(f"{number:02}", "", sound))
    return recordings, [float(start - starts[0]) / RATE_HZ * 1e3 for start in starts]


def cpu_s() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counts", default="4,8,16,32")
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    print(f"{'recordings':>10s}{'placed':>8s}{'CPU s':>8s}{'each':>8s}{'clock s':>9s}")
    for count in (int(one) for one in given.counts.split(",")):
        recordings, truth_ms = session(count, given.seconds)
        began_s, began_cpu_s = time.perf_counter(), cpu_s()
        found = align(recordings, base_asset_id="00", options=AlignOptions())
        took_s, took_cpu_s = time.perf_counter() - began_s, cpu_s() - began_cpu_s
        right = sum(
            track.status in {AlignStatus.ALIGNED, AlignStatus.BASE}
            and abs((track.offset_ms or 0.0) - true_ms) < RIGHT_MS
            for track, true_ms in zip(found.tracks, truth_ms, strict=True)
        )
        print(
            f"{count:10d}{right:8d}{took_cpu_s:8.2f}{took_cpu_s / count:8.3f}{took_s:9.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
