"""Runs the focus benchmark: `python -m benchmarks.focus --help`."""

import argparse
from collections.abc import Callable
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
from multicam_server.focus import reframe
from multicam_server.focus.window import Window, largest_window, parse_aspect_ratio

from .baselines import exact_l1, per_frame_follow, static_centre
from .clips import KINDS, Clip
from .metrics import Score, Shown, fewest_turns, score, shown_by
from .pictures import picture
from .whole_call import STAGES, peak_bytes, request_bytes, stages_of

Method = Callable[[Clip, Window], Shown]

METHODS: dict[str, Method] = {
    "multicam": lambda clip, _: shown_by(reframe(clip.request), clip),
    "static centre": lambda clip, _: static_centre(clip),
    "per-frame follow": per_frame_follow,
    "exact L1, detections": lambda clip, window: exact_l1(clip, window, on_truth=False),
    "exact L1, truth": lambda clip, window: exact_l1(clip, window, on_truth=True),
}

HEADS = (
    "centre %",
    "face %",
    "jerk",
    "rev/min",
    "over %",
    "cross",
    "outside",
    "keys/min",
    "v max",
    "a max",
)


def main() -> None:
    """Prints one table per kind of clip."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.focus", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="clips per kind")
    parser.add_argument("--first-seed", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of a clip")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--draw", type=Path, help="write a picture per kind to this folder instead")
    parser.add_argument("--speed", action="store_true", help="time an hour of each kind instead")
    parser.add_argument("--memory", action="store_true", help="peak memory by length instead")
    chosen = parser.parse_args()
    if chosen.draw:
        draw(chosen.kinds, chosen.first_seed, chosen.draw)
        return
    if chosen.speed:
        time_an_hour(chosen.kinds)
        return
    if chosen.memory:
        weigh(chosen.kinds)
        return
    print(f"{'':30}" + "".join(f"{head:>9}" for head in HEADS))
    for kind in chosen.kinds:
        clips = [KINDS[kind](chosen.first_seed + n, chosen.seconds) for n in range(chosen.seeds)]
        forced = np.mean([fewest_turns(clip, window_of(clip)) for clip in clips])
        print(f"{kind:8} changes of direction per minute that the faces force: {forced:.1f}")
        for name in chosen.methods:
            print(f"{kind:8} {name:21}" + line(mean_score(METHODS[name], clips)), flush=True)


def mean_score(method: Method, clips: list[Clip]) -> Score:
    """Means over clips; sums of what may never happen, maxima of the limits."""
    scores = []
    for clip in clips:
        window = window_of(clip)
        scores.append(score(method(clip, window), clip, window))
    columns = dict(
        zip([f.name for f in fields(Score)], np.array([astuple(s) for s in scores]).T, strict=True)
    )
    joined = {name: float(column.mean()) for name, column in columns.items()}
    for name in ("crossings", "outside_source"):
        joined[name] = int(columns[name].sum())
    for name in ("greatest_speed", "greatest_acceleration"):
        joined[name] = float(columns[name].max())
    return Score(**joined)


def line(found: Score) -> str:
    """A score as columns."""
    return "".join(
        f"{value:9d}" if isinstance(value, int) else f"{value:9.2f}" for value in astuple(found)
    )


DRAWN_S = 40.0
"""Length of the clips in the pictures."""


def draw(kinds: list[str], seed: int, folder: Path) -> None:
    """Writes one picture per kind of clip."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        clip = KINDS[kind](seed, DRAWN_S)
        found = picture(clip, reframe(clip.request), window_of(clip))
        (folder / f"{kind}.svg").write_text(found, encoding="utf-8")


def window_of(clip: Clip) -> Window:
    """The clip's window at scale 1."""
    request = clip.request
    return largest_window(
        parse_aspect_ratio(request.target_aspect_ratio),
        (request.source_width, request.source_height),
    )


ROUNDS = 5
"""Calls of which the fastest counts: other programs only make a call slower."""


def time_an_hour(kinds: list[str]) -> None:
    """Prints the processor time of a whole call for an hour at ten detections a second."""
    print(f"{'seconds of one core':30}" + "".join(f"{head:>9}" for head in (*STAGES, "whole")))
    for kind in kinds:
        clip = KINDS[kind](0, 3600.0)
        content = request_bytes(clip.request)
        rounds = [stages_of(content) for _ in range(ROUNDS)]
        least = [min(taken[stage] for taken in rounds) for stage in STAGES]
        whole = min(sum(taken.values()) for taken in rounds)
        cells = "".join(f"{seconds:9.3f}" for seconds in (*least, whole))
        print(f"{kind:8} {len(content) / 1e6:4.1f} MB{'':13}" + cells, flush=True)


WEIGHED_MINUTES = (15, 30, 60)


def weigh(kinds: list[str]) -> None:
    """Prints the peak memory of a call, beyond its request, per minute of the clip."""
    heads = "".join(f"{f'{minutes} min':>9}" for minutes in WEIGHED_MINUTES)
    print(f"{'MB at the peak, per minute':30}" + heads)
    for kind in kinds:
        clips = [KINDS[kind](0, 60.0 * minutes) for minutes in WEIGHED_MINUTES]
        peaks = [
            peak_bytes(clip.request) / minutes
            for clip, minutes in zip(clips, WEIGHED_MINUTES, strict=True)
        ]
        print(f"{kind:30}" + "".join(f"{peak / 1e6:9.2f}" for peak in peaks), flush=True)


if __name__ == "__main__":
    main()
