"""What the noise leaves: `python -m benchmarks.highlights.bound`.

Shares of the best whole sentences on the truth, as in `run`, when the same moments are
picked by another score:

- `truth`: each moment's true importance. What is missing to 1 is due to handles, to jitter
  and misses of detectors, and to questions that come with their answers.
- `learned`: the best quadratic regression of importance on all components of the moment and
  of its four neighbours, learned on other sessions of the same generator. No session tells
  as much of its own noise: little more can be had from the artifacts.
- `multicam`: the score of the product, which has never seen the truth.
"""

import argparse
from collections.abc import Callable, Sequence
from unittest import mock

import numpy as np
from multicam_server.highlights import pick
from multicam_server.highlights.agreement import witnesses
from multicam_server.highlights.evidence import Evidence, collect
from multicam_server.highlights.moments import SpokenMoment
from multicam_server.highlights.scoring import Worth, assess
from multicam_server.highlights.session import Session, open_session
from multicam_server.highlights.timeline import Timeline, divide
from multicam_server.highlights.weights import SPEECH

from .baselines import MAX_CLIP_MS, best_sentences
from .loadings import importance
from .metrics import measure
from .run import TARGETS_MS, ours
from .scenes import STYLES, Scene, Style, make_scene

# How much the regression is held towards 0, in moments.
RIDGE = 3.0
NEIGHBOURS = (1, 2)

Values = Callable[[Worth, Timeline], np.ndarray]


def compared(timeline: Timeline) -> np.ndarray:
    """The moments that are compared: spoken ones, or tiles where nobody speaks."""
    return timeline.is_tile if timeline.is_tile.all() else ~timeline.is_tile


def features(worth: Worth, timeline: Timeline) -> np.ndarray:
    """Witnesses of the compared moments, their squares, products with length, neighbours."""
    over = compared(timeline)
    said = witnesses(worth, over)
    said = (said - said.mean(axis=0)) / np.maximum(said.std(axis=0), 1e-6)
    length = np.log(timeline.length_ms[over])
    length = (length - length.mean())[:, None]
    columns = [np.ones((len(said), 1)), said, said**2, length, length * said]
    for step in NEIGHBOURS:
        beside = np.zeros_like(said)
        beside[step:] += said[:-step]
        beside[:-step] += said[step:]
        columns.append(beside)
    return np.hstack(columns)


def learn(style: Style, seeds: Sequence[int]) -> np.ndarray:
    """Coefficients of the regression on these sessions."""
    rows, truth = [], []
    for seed in seeds:
        scene = make_scene(style, seed)
        session = open_session(scene.tracks)
        evidence = collect(session)
        moments, timeline = divide(session, evidence, max_clip_ms=MAX_CLIP_MS)
        rows.append(features(assess(session, evidence, moments, timeline), timeline))
        truth.append(importance(scene, timeline)[compared(timeline)])
    known = np.vstack(rows)
    normal = known.T @ known + RIDGE * np.eye(known.shape[1])
    coefficients: np.ndarray = np.linalg.solve(normal, known.T @ np.concatenate(truth))
    return coefficients


def picked_by(values: Values, scene: Scene, target_ms: float) -> list[tuple[float, float]]:
    """The stretches that are shown when the compared moments have these values."""

    def valued(
        session: Session, evidence: Evidence, moments: list[SpokenMoment], timeline: Timeline
    ) -> Worth:
        worth = assess(session, evidence, moments, timeline)
        heard = np.zeros_like(worth.heard)
        heard[compared(timeline), SPEECH] = np.maximum(values(worth, timeline), 0.0)
        return Worth(heard, np.zeros_like(worth.seen), worth.preference)

    with (
        mock.patch.object(pick, "assess", valued),
        mock.patch.object(pick, "scaled_by_agreement", lambda worth, _: worth),
    ):
        return ours(scene, target_ms)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=8, help="scenes per style")
    parser.add_argument("--first-seed", type=int, default=1_000)
    parser.add_argument("--learn-from", type=int, default=40, help="other scenes per style")
    args = parser.parse_args()
    measured = range(args.first_seed, args.first_seed + args.seeds)
    others = range(args.first_seed + 100_000, args.first_seed + 100_000 + args.learn_from)
    print(f"{'session':24}  truth  learned  multicam")
    heard = []
    for style in STYLES:
        coefficients = learn(style, others)
        row = np.mean(
            [
                _shares(make_scene(style, seed), target, coefficients)
                for seed in measured
                for target in TARGETS_MS
            ],
            axis=0,
        )
        heard += [row] if style.audio and not style.measured else []
        _print_row(style.name, row)
    _print_row("audio artifacts", np.mean(heard, axis=0))


def _shares(scene: Scene, target_ms: float, coefficients: np.ndarray) -> list[float]:
    """The three scores' shares of the best sentences."""
    best = best_sentences(scene, target_ms)
    shown = (
        picked_by(
            lambda _, timeline: importance(scene, timeline)[compared(timeline)], scene, target_ms
        ),
        picked_by(
            lambda worth, timeline: features(worth, timeline) @ coefficients, scene, target_ms
        ),
        ours(scene, target_ms),
    )
    return [
        measure(scene, one, target_ms, best_clips=best, best_sentences=best).of_sentences
        for one in shown
    ]


def _print_row(name: str, row: np.ndarray) -> None:
    truth, learned, multicam = row.tolist()
    print(f"{name:24}  {truth:.3f}  {learned:7.3f}  {multicam:8.3f}")


if __name__ == "__main__":
    main()
