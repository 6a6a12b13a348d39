"""Aligns generated scenes with known truth and prints how well.

    python benchmarks/alignment/run.py --seeds 100:104 [--families plain,noisy] [--plain]

`--plain` also measures GCC-PHAT of whole files with the base, the textbook method.
Seeds from 100 on are used for nothing else. Figures depend on the seeds only.
"""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.fft
from material import RATE_HZ
from multicam_server.alignment import Recording, align
from multicam_server.domain.alignment import AlignOptions, AlignStatus
from multicam_server.domain.media import Sound
from scenes import IMPOSSIBLE, POSSIBLE, Scene, make_scene

RIGHT_MS = 20.0


@dataclass
class Tally:
    """What came out for one family: one entry per track other than the base."""

    errors_ms: list[float] = field(default_factory=list)
    beyond_travel_ms: list[float] = field(default_factory=list)
    drift_errors_ppm: list[float] = field(default_factory=list)
    confidences: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    aligned: list[bool] = field(default_factory=list)
    possible: list[bool] = field(default_factory=list)
    sessions: int = 0
    whole_sessions: int = 0

    def add(self, other: "Tally") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def measure(scene: Scene) -> Tally:
    """Aligns one scene with its first recording as the base."""
    recordings = [
        Recording(one.asset_id, one.camera_id, Sound(RATE_HZ, one.samples[None, :]))
        for one in scene.recordings
    ]
    found = align(recordings, base_asset_id=recordings[0].asset_id, options=AlignOptions())
    tally = Tally(sessions=1)
    base = scene.recordings[0].truth
    for one, track in zip(scene.recordings[1:], found.tracks[1:], strict=True):
        tally.confidences.append(track.confidence)
        tally.possible.append(one.truth is not None and base is not None)
        tally.aligned.append(track.status is AlignStatus.ALIGNED)
        error = beyond = np.inf
        if one.truth is not None and base is not None and track.offset_ms is not None:
            pace_base, pace = 1 + base.drift_ppm * 1e-6, 1 + one.truth.drift_ppm * 1e-6
            late = track.offset_ms - (one.truth.start_ms - base.start_ms) * pace_base
            # Sound that reaches this microphone later makes its file seem to start earlier.
            travel = [p - q for p, q in zip(base.travel_ms, one.truth.travel_ms, strict=True)]
            error = abs(late)
            beyond = max(0.0, min(travel) - late, late - max(travel))
            if track.drift_ppm is not None:
                true_drift = (pace / pace_base - 1) * 1e6
                tally.drift_errors_ppm.append(abs(track.drift_ppm - true_drift))
        tally.errors_ms.append(error)
        tally.beyond_travel_ms.append(beyond)
        tally.right.append(bool(error < RIGHT_MS))
    possible = base is not None
    whole = all(a and r for a, r in zip(tally.aligned, tally.right, strict=True))
    tally.whole_sessions = int(whole if possible else not any(tally.aligned))
    return tally


def plain_gcc_phat_errors_ms(scene: Scene) -> list[float]:
    """The textbook method: one GCC-PHAT of the whole files with the base."""
    base = scene.recordings[0]
    errors = []
    for one in scene.recordings[1:]:
        if base.truth is None or one.truth is None:
            continue
        size = scipy.fft.next_fast_len(len(base.samples) + len(one.samples), real=True)
        product = scipy.fft.rfft(base.samples, size) * np.conj(scipy.fft.rfft(one.samples, size))
        product /= np.abs(product) + 1e-12
        lag = int(np.argmax(scipy.fft.irfft(product, size)))
        lag -= size if lag > len(base.samples) else 0
        errors.append(abs(lag / RATE_HZ * 1e3 - (one.truth.start_ms - base.truth.start_ms)))
    return errors


def calibration_error(confidence: np.ndarray, right: np.ndarray, *, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(
            np.mean(index == k) * abs(confidence[index == k].mean() - right[index == k].mean())
            for k in range(bins)
            if np.any(index == k)
        )
    )


def area_under_roc(confidence: np.ndarray, right: np.ndarray) -> float:
    """Probability that a right placement is held more confident than a wrong one."""
    yes, no = confidence[right], confidence[~right]
    if not len(yes) or not len(no):
        return float("nan")
    return float(np.mean(yes[:, None] > no[None, :]) + 0.5 * np.mean(yes[:, None] == no[None, :]))


def row(name: str, tally: Tally) -> str:
    """One line of the table; shares are of the tracks that can be placed."""
    errors = np.array(tally.errors_ms)
    beyond = np.array(tally.beyond_travel_ms)
    possible = np.array(tally.possible)
    drift = f"{np.median(tally.drift_errors_ppm):9.2f}" if tally.drift_errors_ppm else f"{'-':>9s}"
    false = sum(a and not r for a, r in zip(tally.aligned, tally.right, strict=True))
    shares = (beyond <= 1.0, errors <= 5.0, errors <= RIGHT_MS)
    told = [f"{np.mean(one[possible]):7.2f}" if possible.any() else f"{'-':>7s}" for one in shares]
    return (
        f"{name:20s}{tally.whole_sessions:4d}/{tally.sessions:<4d}{''.join(told)}{drift}{false:7d}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="100:103", help="first:stop")
    parser.add_argument("--families", default=",".join((*POSSIBLE, *IMPOSSIBLE)))
    parser.add_argument("--voices", type=Path, help="a folder of recorded speech (WAV)")
    parser.add_argument("--plain", action="store_true", help="measure plain GCC-PHAT too")
    given = parser.parse_args()
    first, stop = (int(part) for part in given.seeds.split(":"))
    voices = sorted(given.voices.rglob("*.wav")) if given.voices else []
    print(
        f"{'family':20s}{'sessions':>9s}{'<1 ms*':>7s}{'<5 ms':>7s}{'<20 ms':>7s}"
        f"{'drift/ppm':>10s}{'false':>6s}"
    )
    everything, plain = Tally(), []
    sound_s = cpu_s = 0.0
    for family in given.families.split(","):
        tally = Tally()
        for seed in range(first, stop):
            scene = make_scene(family, seed, voices)
            sound_s += sum(len(one.samples) for one in scene.recordings) / RATE_HZ
            started = time.process_time()
            tally.add(measure(scene))
            cpu_s += time.process_time() - started
            if given.plain:
                plain += plain_gcc_phat_errors_ms(scene)
        everything.add(tally)
        print(row(family, tally), flush=True)
    print(row("all", everything))
    confidence, right = np.array(everything.confidences), np.array(everything.right)
    print("* beyond what sound's travel time in the room leaves open")
    print(f"false: ALIGNED but not within {RIGHT_MS:.0f} ms, or nothing to align to")
    print(
        f"calibration error {calibration_error(confidence, right):.3f}, "
        f"AUROC {area_under_roc(confidence, right):.3f}, {len(right)} tracks"
    )
    print(f"{1e3 * cpu_s / sound_s:.1f} ms of CPU per second of sound")
    if plain:
        print(
            f"plain GCC-PHAT, possible sessions: {np.mean(np.array(plain) < RIGHT_MS):.2f} "
            f"of tracks within {RIGHT_MS:.0f} ms"
        )


if __name__ == "__main__":
    main()
