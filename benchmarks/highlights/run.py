"""Measures the highlights and their rivals: `python -m benchmarks.highlights.run`."""

import argparse
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from multicam_server.domain.highlights import HighlightsRequest
from multicam_server.highlights import pick_highlights

from .baselines import Stretches, best_on_truth, chronological, engines_rule, greedy
from .metrics import Measured, measure, stretches_of
from .scenes import STYLES, Scene, Style, make_scene

TARGETS_MS = (20_000.0, 30_000.0, 60_000.0)


def ours(scene: Scene, target_ms: float) -> Stretches:
    request = HighlightsRequest("benchmark", scene.tracks, target_duration_ms=target_ms)
    return stretches_of(scene, pick_highlights(request))


METHODS: dict[str, Callable[[Scene, float], Stretches]] = {
    "chronological": chronological,
    "engines' rule": engines_rule,
    "greedy by loudness": greedy,
    "multicam": ours,
}


def speed() -> None:
    """Time and memory of one request on long sessions of four cameras."""
    print("minutes  target     wall      CPU      peak memory")
    for minutes in (60.0, 240.0):
        scene = make_scene(Style("long", cameras=4, minutes=minutes), 1)
        for target in (30_000.0, 180_000.0, 600_000.0):
            wall, cpu = [], []
            for _ in range(5):
                began, began_cpu = time.perf_counter(), time.process_time()
                ours(scene, target)
                wall.append(time.perf_counter() - began)
                cpu.append(time.process_time() - began_cpu)
            tracemalloc.start()
            ours(scene, target)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            print(
                f"{minutes:7.0f}  {target / 1e3:4.0f} s  {min(wall) * 1e3:6.0f} ms  "
                f"{min(cpu) * 1e3:6.0f} ms  {peak / 1e6:8.1f} MB"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true", help="measure time and memory instead")
    parser.add_argument("--seeds", type=int, default=8, help="scenes per style")
    parser.add_argument("--first-seed", type=int, default=1_000)
    parser.add_argument("--only", default="", help="only this method")
    args = parser.parse_args()
    if args.speed:
        speed()
        return
    methods = {name: pick for name, pick in METHODS.items() if args.only in ("", name)}
    rows: dict[tuple[str, str], list[Measured]] = {}
    spent: dict[str, float] = dict.fromkeys(methods, 0.0)
    for style in STYLES:
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            scene = make_scene(style, seed)
            for target in TARGETS_MS:
                optimum = best_on_truth(scene, target)
                for name, pick in methods.items():
                    began = time.perf_counter()
                    shown = pick(scene, target)
                    spent[name] += time.perf_counter() - began
                    rows.setdefault((style.name, name), []).append(
                        measure(scene, shown, target, optimum)
                    )
    print(f"{'session':24} {'method':20} value   over    use   cut ends  twice")
    for name in methods:
        everything: list[Measured] = []
        for style in STYLES:
            _print_row(style.name, name, rows[style.name, name])
            everything += rows[style.name, name]
        _print_row("all", name, everything)
        print(f"{'':24} {name:20} {spent[name] / len(everything) * 1e3:.1f} ms per request")


def _print_row(style: str, name: str, measured: list[Measured]) -> None:
    print(
        f"{style:24} {name:20} {np.mean([one.value for one in measured]):.3f}  "
        f"{np.mean([one.over_target for one in measured]):5.0%}  "
        f"{np.mean([one.use for one in measured]):6.3f}  "
        f"{np.mean([one.cut_ends for one in measured]):6.1%}  "
        f"{np.mean([one.twice_ms for one in measured]) / 1e3:6.1f} s"
    )


if __name__ == "__main__":
    main()
