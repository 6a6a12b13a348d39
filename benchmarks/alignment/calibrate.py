"""Fits the coefficients of `multicam_server.alignment.confidence` on generated scenes.

    python benchmarks/alignment/calibrate.py --seeds 0:14

Prints the two tuples to put into confidence.py. How well the probability is calibrated
on other scenes `run.py` tells.
"""

import argparse
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import scipy.optimize
from material import RATE_HZ
from multicam_server.alignment.confidence import PairEvidence
from multicam_server.alignment.heard import Heard, listen
from multicam_server.alignment.pairs import PairMatch, compare
from multicam_server.alignment.recording import Recording
from multicam_server.domain.media import Sound
from scenes import BORDERLINE, IMPOSSIBLE, POSSIBLE, SceneRecording, make_scene

RIGHT_S, SAME_PLACE_S = 0.020, 0.150
# Keeps a weight finite where a measure separates the examples perfectly.
RIDGE = 0.02


def examples(
    families: tuple[str, ...], seeds: range, voices: list[Path]
) -> Iterator[tuple[str, PairEvidence, float]]:
    """Family, evidence and error in seconds (infinite without truth) of every pair.

    Besides, each scene's first recording is compared with that of the scene before, which
    has nothing to do with it.
    """
    for family in families:
        stranger = None
        for seed in seeds:
            # Even seeds speak with recorded voices where there are any, odd ones never.
            scene = make_scene(family, seed, voices if seed % 2 == 0 else [])
            heard = {
                one.asset_id: listen(
                    Recording(one.asset_id, one.camera_id, Sound(RATE_HZ, one.samples[None, :]))
                )
                for one in scene.recordings
            }
            for a, b in combinations(scene.recordings, 2):
                if a.camera_id != b.camera_id:
                    match = _compared(heard[a.asset_id], heard[b.asset_id])
                    if match is not None:
                        yield family, match.evidence, _error_s(a, b, match)
            match = _compared(heard[scene.recordings[0].asset_id], stranger)
            if match is not None:
                yield family, match.evidence, float("inf")
            stranger = heard[scene.recordings[0].asset_id]


def _compared(first: Heard | None, second: Heard | None) -> PairMatch | None:
    if first is None or second is None:
        return None
    return compare(first, second, window_s=10.0, largest_shift_s=float("inf"))


def _error_s(a: SceneRecording, b: SceneRecording, match: PairMatch) -> float:
    if a.truth is None or b.truth is None:
        return float("inf")
    pace_a, pace_b = 1 + a.truth.drift_ppm * 1e-6, 1 + b.truth.drift_ppm * 1e-6
    event_s = a.truth.start_ms / 1e3 + match.fit.at_a_s / pace_a
    return abs(match.fit.at_b_s - (event_s - b.truth.start_ms / 1e3) * pace_b)


def fit(measures: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Weights, none below 0, and constant of a ridge logistic regression."""

    def loss(weights: np.ndarray) -> float:
        logit = measures @ weights[:-1] + weights[-1]
        likelihood = np.sum(np.logaddexp(0, logit) - right * logit)
        return float(likelihood + RIDGE * np.sum(weights[:-1] ** 2))

    count = measures.shape[1]
    bounds = [(0.0, None)] * count + [(None, None)]
    return scipy.optimize.minimize(loss, np.zeros(count + 1), bounds=bounds).x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:14", help="first:stop")
    parser.add_argument("--voices", type=Path, help="a folder of recorded speech (WAV)")
    given = parser.parse_args()
    first, stop = (int(part) for part in given.seeds.split(":"))
    voices = sorted(given.voices.rglob("*.wav")) if given.voices else []
    found = list(examples((*POSSIBLE, *BORDERLINE, *IMPOSSIBLE), range(first, stop), voices))
    error = np.array([row[2] for row in found])
    place = np.array([row[1].right_candidate() for row in found])
    direct = np.array([row[1].direct_sound() for row in found])
    same = error < SAME_PLACE_S
    print("RIGHT_CANDIDATE =", tuple(np.round(fit(place, same.astype(float)), 3).tolist()))
    right = (error < RIGHT_S).astype(float)
    print("DIRECT_SOUND =", tuple(np.round(fit(direct[same], right[same]), 3).tolist()))


if __name__ == "__main__":
    main()
