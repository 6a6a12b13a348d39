"""How each witness goes with the true importance: `python -m benchmarks.highlights.loadings`.

The figures stand behind the usual loadings of `multicam_server.highlights.agreement`: they are
more cautious, and the session's own correlations soon outweigh them.
"""

import argparse

import numpy as np
from multicam_server.highlights.agreement import witnesses
from multicam_server.highlights.evidence import collect
from multicam_server.highlights.scoring import assess
from multicam_server.highlights.session import open_session
from multicam_server.highlights.timeline import Timeline, divide

from .baselines import MAX_CLIP_MS
from .scenes import STYLES, Scene, make_scene

NAMES = ("speech", "emphasis", "subject and face", "motion", "reaction", "transcript")


def correlations(scene: Scene) -> np.ndarray:
    """Correlation of each witness with importance over the moments; NaN without variation."""
    session = open_session(scene.tracks)
    evidence = collect(session)
    moments, timeline = divide(session, evidence, max_clip_ms=MAX_CLIP_MS)
    spoken = ~timeline.is_tile
    over = spoken if spoken.any() else timeline.is_tile
    said = witnesses(assess(session, evidence, moments, timeline), over)
    truth = importance(scene, timeline)[over]
    with np.errstate(invalid="ignore"):
        return np.array([np.corrcoef(one, truth)[0, 1] for one in said.T])


def importance(scene: Scene, timeline: Timeline) -> np.ndarray:
    """Mean true importance of each moment; 0 where nobody speaks or laughs."""
    talk = scene.talk
    shown = np.minimum(timeline.end_ms[:, None], talk.until_ms) - np.maximum(
        timeline.start_ms[:, None], talk.start_ms
    )
    return np.maximum(shown, 0.0) @ talk.importance / timeline.length_ms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="scenes per style")
    parser.add_argument("--first-seed", type=int, default=1)
    args = parser.parse_args()
    print(f"{'session':24} " + "  ".join(NAMES))
    rows = []
    for style in STYLES:
        seeds = range(args.first_seed, args.first_seed + args.seeds)
        row = np.mean([correlations(make_scene(style, seed)) for seed in seeds], axis=0)
        rows.append(row)
        _print_row(style.name, row)
    _print_row("all", np.nanmean(rows, axis=0))


def _print_row(name: str, row: np.ndarray) -> None:
    cells = (f"{one:{len(title)}.2f}" for title, one in zip(NAMES, row.tolist(), strict=True))
    print(f"{name:24} " + "  ".join(cells))


if __name__ == "__main__":
    main()
