"""Benchmark of AutoCut: python benchmarks/cutting/run.py [--seeds N] [--from SEED].

Cuts conversations with known truth from noisy artifacts and prints, per kind of
noise and averaged over seeds and pacings, what a viewer would notice, beside
simple tools and the same optimiser given the truth; then the time for an hour.
"""

import argparse
import random
import time
from dataclasses import astuple, fields, replace

import numpy as np
from baselines import greedy_windows, loudest_microphone, round_robin
from conversations import CLEAN, Noise, detect, layout, talk
from metrics import Quality, judge, objective, shown_by
from multicam_server.cutting import auto_cut
from multicam_server.cutting.pacing import PRESETS
from multicam_server.domain.cutting import AutoCutRequest, Pacing

KINDS = {
    "usual": Noise(),
    "long events": Noise(merged_ms=700.0),
    "with words": Noise(merged_ms=700.0, transcription=True),
    "no subject ids": Noise(subject_ids=False),
    "no names": Noise(subject_ids=False, absent_ids=True),
    "rough": Noise(missed=0.12, false_per_minute=4.0, wrong_id=0.2, level_db=3.0),
    "much bleed": Noise(subject_ids=False, bleed_db=4.0),
    "no bleed": Noise(subject_ids=False, isolated=True),
    "no pictures": Noise(visual=False),
    "no levels": Noise(levels=False),
}
PACINGS = (Pacing.FAST, Pacing.MEDIUM, Pacing.SLOW)
MINUTES = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--from", type=int, default=1000, dest="first")
    parser.add_argument("--kinds", default=",".join(KINDS))
    options = parser.parse_args()
    names = [field.name for field in fields(Quality)]
    print(f"{'':34s}" + " ".join(f"{name[:12]:>12s}" for name in names))
    for kind in options.kinds.split(","):
        noise = KINDS[kind]
        results: dict[str, list[Quality]] = {}
        same = total = 0
        for seed in range(options.first, options.first + options.seeds):
            for pacing in PACINGS:
                for tool, quality in compare(seed, noise, pacing, first=kind == "usual").items():
                    results.setdefault(tool, []).append(quality)
                total += 1
                same += order_blind(seed, noise, pacing)
        for tool, qualities in results.items():
            mean = np.mean([astuple(quality) for quality in qualities], axis=0)
            print(f"{kind:16s}{tool:18s}" + " ".join(f"{value:12.3f}" for value in mean))
        print(f"{kind:16s}identical in any order: {same} of {total}", flush=True)
    time_an_hour()


def compare(seed: int, noise: Noise, pacing: Pacing, *, first: bool) -> dict[str, Quality]:
    """Quality of each tool's programme; the objective as a share of the true optimum."""
    spoken = talk(seed, minutes=MINUTES, people=2 + seed % 3)
    plans = layout(seed, spoken)
    tracks = detect(seed, spoken, plans, noise)
    truth = detect(seed, spoken, plans, CLEAN)
    preset, request = PRESETS[pacing], AutoCutRequest("bench", tracks, pacing)
    best = shown_by(auto_cut(replace(request, tracks=truth)), truth)
    tools = {"autocut": shown_by(auto_cut(request), tracks)}
    if first:
        end = spoken.duration_ms
        tools["knows the truth"] = best
        tools["greedy per window"] = greedy_windows(tracks, end, preset.min_shot_ms)
        tools["loudest mic"] = loudest_microphone(tracks, end, preset.min_shot_ms)
        tools["round robin"] = round_robin(tracks, end, preset.target_ms)
    optimum = objective(best, request, truth)
    bounds = (preset.min_shot_ms, preset.max_shot_ms)
    return {
        tool: replace(quality, objective=quality.objective / optimum)
        for tool, shots in tools.items()
        for quality in [
            judge(
                shots, spoken, plans, request, truth, bounds_ms=bounds, target_ms=preset.target_ms
            )
        ]
    }


def order_blind(seed: int, noise: Noise, pacing: Pacing) -> bool:
    """Whether tracks in another order give the same programme."""
    spoken = talk(seed, minutes=MINUTES, people=2 + seed % 3)
    tracks = detect(seed, spoken, layout(seed, spoken), noise)
    shuffled = random.Random(seed).sample(tracks, len(tracks))
    cuts = [auto_cut(AutoCutRequest("b", t, pacing)) for t in (tracks, tuple(shuffled))]
    return cuts[0] == cuts[1]


def time_an_hour() -> None:
    """Seconds of processor time for 60 minutes and four cameras."""
    spoken = talk(1, minutes=60.0, people=2)
    tracks = detect(1, spoken, layout(1, spoken), Noise())
    for pacing in PACINGS:
        started = time.process_time()
        cut = auto_cut(AutoCutRequest("hour", tracks, pacing))
        taken = time.process_time() - started
        print(
            f"60 min, {len(tracks)} cameras, {pacing.name}: {taken:.2f} s, "
            f"{len(cut.decisions)} shots"
        )


if __name__ == "__main__":
    main()
