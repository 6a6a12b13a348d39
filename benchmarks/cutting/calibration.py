"""Whether cuts fall into words as often as expected: benchmarks/cutting/calibration.py.

Per kind of noise: the chance that somebody speaks at a cut, as the conversation tells
it, and how often somebody truly does; for all cuts, and by the chance that was told.
Where both agree, more certainty would take other evidence, not another rule.
"""

import argparse
from itertools import pairwise

import numpy as np
from conversations import detect, layout, talk
from metrics import STEP_MS, shown_by
from multicam_server.conversation import Grid, infer_conversation
from multicam_server.conversation.edges import locate_speech
from multicam_server.conversation.hearing import hear
from multicam_server.cutting import auto_cut
from multicam_server.cutting.pacing import PRESETS
from multicam_server.domain.cutting import AutoCutRequest
from run import KINDS, MINUTES, PACINGS

EDGES = (0.0, 0.01, 0.05, 0.2, 0.6, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--from", type=int, default=1000, dest="first")
    parser.add_argument("--kinds", default="usual,rough,no bleed")
    options = parser.parse_args()
    print(f"{'':24s}{'cuts':>8s}{'expected':>10s}{'true':>8s}")
    for kind in options.kinds.split(","):
        seeds = range(options.first, options.first + options.seeds)
        told, true = map(np.concatenate, zip(*(cuts(kind, seed) for seed in seeds), strict=True))
        _print_row(kind, told, true)
        for low, high in pairwise(EDGES):
            within = (told >= low) & ((told < high) | (high == 1.0))
            _print_row(f"  told {low:g} to {high:g}", told[within], true[within])


def _print_row(title: str, told: np.ndarray, true: np.ndarray) -> None:
    if len(told):
        print(f"{title:24s}{len(told):8d}{np.mean(told):10.3f}{np.mean(true):8.3f}", flush=True)


def cuts(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """What was told and what is true of speech at each cut, shape (cuts,) each."""
    spoken = talk(seed, minutes=MINUTES, people=2 + seed % 3)
    tracks = detect(seed, spoken, layout(seed, spoken), KINDS[kind])
    tracks = tuple(sorted(tracks, key=lambda track: track.asset_id))
    grid = Grid.over(0.0, max(track.end_ms for track in tracks))
    target_ms = PRESETS[PACINGS[0]].target_ms
    conversation = infer_conversation(tracks, grid, lead_ms=0.0, target_ms=target_ms)
    hearings = [hear(track, grid) for track in tracks]
    chance = locate_speech(conversation.speaking, hearings, grid).chance
    anybody = np.any(spoken.speaking(), axis=0)
    times = np.array(
        [
            shot.start_ms
            for pacing in PACINGS
            for shot in shown_by(auto_cut(AutoCutRequest("b", tracks, pacing)), tracks)[1:]
        ]
    )
    told = np.interp(times / grid.step_ms, np.arange(grid.cells + 1), chance)
    return told, anybody[np.minimum((times / STEP_MS).astype(int), len(anybody) - 1)]


if __name__ == "__main__":
    main()
