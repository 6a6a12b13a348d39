"""Measures the highlights and their rivals: `python -m benchmarks.highlights.run`."""

import argparse
import gc
import time
import tracemalloc
from collections.abc import Callable

import numpy as np
from multicam.v1 import highlights_pb2
from multicam_server import validation, wire
from multicam_server.domain.highlights import HighlightsRequest
from multicam_server.highlights import pick_highlights

from .baselines import (
    Stretches,
    best_clips,
    best_sentences,
    chronological,
    engines_rule,
    greedy,
)
from .messages import request_of
from .metrics import Measured, measure, stretches_of
from .scenes import STYLES, Scene, Style, make_scene

TARGETS_MS = (20_000.0, 30_000.0, 60_000.0)
LONG_TARGETS_MS = (30_000.0, 180_000.0, 600_000.0)
LONG_MINUTES = (60.0, 240.0)


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
    """Time and memory of the choice alone on long sessions of four cameras."""
    print("minutes  target     wall      CPU      peak memory")
    for minutes in LONG_MINUTES:
        scene = _long_scene(minutes)
        for target in LONG_TARGETS_MS:
            wall, cpu = _fastest(lambda scene=scene, target=target: ours(scene, target))
            tracemalloc.start()
            ours(scene, target)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            print(
                f"{minutes:7.0f}  {target / 1e3:4.0f} s  {wall:6.0f} ms  {cpu:6.0f} ms  "
                f"{peak / 1e6:8.1f} MB"
            )


def rpc() -> None:
    """Time of the whole call in process: bytes in, conversion, rules, choice, bytes out.

    What was loaded before is left out of garbage collection (`gc.freeze`): otherwise the
    interpreter walks through all of its modules again and again while it converts.
    """
    gc.collect()
    gc.freeze()
    print("minutes  target  request     wall      CPU")
    for minutes in LONG_MINUTES:
        scene = _long_scene(minutes)
        for target in LONG_TARGETS_MS:
            asked = request_of(scene, target).SerializeToString()
            wall, cpu = _fastest(lambda asked=asked: _answer(asked))
            print(
                f"{minutes:7.0f}  {target / 1e3:4.0f} s  {len(asked) / 1e6:4.1f} MB  "
                f"{wall:6.0f} ms  {cpu:6.0f} ms"
            )


def _answer(asked: bytes) -> bytes:
    """The servicer's way of one request, without the network."""
    request = wire.read_highlights(highlights_pb2.HighlightsRequest.FromString(asked))
    validation.check_highlights(request)
    return wire.write_highlights(pick_highlights(request)).SerializeToString()


def _long_scene(minutes: float) -> Scene:
    return make_scene(Style("long", cameras=4, minutes=minutes), 1)


def _fastest(call: Callable[[], object]) -> tuple[float, float]:
    """The least wall and CPU time of five calls, in milliseconds."""
    wall, cpu = [], []
    for _ in range(5):
        began, began_cpu = time.perf_counter(), time.process_time()
        call()
        wall.append((time.perf_counter() - began) * 1e3)
        cpu.append((time.process_time() - began_cpu) * 1e3)
    return min(wall), min(cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speed", action="store_true", help="measure time and memory instead")
    parser.add_argument("--rpc", action="store_true", help="measure whole calls instead")
    parser.add_argument("--seeds", type=int, default=8, help="scenes per style")
    parser.add_argument("--first-seed", type=int, default=1_000)
    parser.add_argument("--only", default="", help="only this method")
    args = parser.parse_args()
    if args.speed:
        speed()
        return
    if args.rpc:
        rpc()
        return
    methods = {name: pick for name, pick in METHODS.items() if args.only in ("", name)}
    rows: dict[tuple[str, str], list[Measured]] = {}
    spent: dict[str, float] = dict.fromkeys(methods, 0.0)
    for style in STYLES:
        for seed in range(args.first_seed, args.first_seed + args.seeds):
            scene = make_scene(style, seed)
            for target in TARGETS_MS:
                optima = {
                    "best_clips": best_clips(scene, target),
                    "best_sentences": best_sentences(scene, target),
                }
                for name, pick in methods.items():
                    began = time.perf_counter()
                    shown = pick(scene, target)
                    spent[name] += time.perf_counter() - began
                    rows.setdefault((style.name, name), []).append(
                        measure(scene, shown, target, **optima)
                    )
    print(
        f"{'session':24} {'method':20} value  of sentences  over    use  cut starts  "
        "cut ends  twice"
    )
    for name in methods:
        everything: list[Measured] = []
        heard: list[Measured] = []
        for style in STYLES:
            measured = rows[style.name, name]
            _print_row(style.name, name, measured)
            everything += measured
            heard += measured if style.audio and not style.measured else []
        _print_row("audio artifacts", name, heard)
        _print_row("all", name, everything)
        print(f"{'':24} {name:20} {spent[name] / len(everything) * 1e3:.1f} ms per request")


def _print_row(style: str, name: str, measured: list[Measured]) -> None:
    def mean(column: str) -> float:
        return float(np.mean([getattr(one, column) for one in measured]))

    print(
        f"{style:24} {name:20} {mean('value'):.3f}  {mean('of_sentences'):12.3f}  "
        f"{mean('over_target'):4.0%}  {mean('use'):5.3f}  {mean('cut_starts'):10.1%}  "
        f"{mean('cut_ends'):8.1%}  {mean('twice_ms') / 1e3:4.1f} s"
    )


if __name__ == "__main__":
    main()
