"""The optimiser against all programmes, counted out."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.cutting.semi_markov import Shot, ShotProblem, solve
from multicam_server.domain.media import Floats


def length_value(length_ms: Floats) -> Floats:
    return np.asarray(-np.square(np.log(np.maximum(length_ms, 1.0) / 3_000.0)))


def allowed(problem: ShotProblem, shot: Shot) -> bool:
    if shot.first in {other.first for other in problem.fixed}:
        return shot in problem.fixed
    length = problem.time_ms[shot.last] - problem.time_ms[shot.first]
    overrun = problem.bound_ms[shot.last] - problem.time_ms[shot.first]
    return (
        not any(shot.first < other.last <= shot.last for other in problem.fixed)
        and bool(np.all(problem.available[shot.camera, shot.first : shot.last]))
        and length >= problem.min_shot_ms
        and overrun <= problem.max_shot_ms
    )


def all_programmes(problem: ShotProblem) -> Iterator[tuple[tuple[Shot, ...], float]]:
    """Every programme that keeps the bounds, with its value."""
    cameras, points = problem.value.shape
    fixed = {shot.first for shot in problem.fixed}

    def go_on(shots: tuple[Shot, ...], value: float) -> Iterator[tuple[tuple[Shot, ...], float]]:
        first = shots[-1].last if shots else 0
        if first == points - 1:
            yield shots, value
            return
        for camera in range(cameras):
            if shots and shots[-1].camera == camera:
                continue
            for last in range(first + 1, points):
                if not allowed(problem, Shot(first, last, camera)):
                    continue
                gained = problem.value[camera, last] - problem.value[camera, first]
                if first not in fixed:
                    gained += float(
                        problem.length_value(
                            np.array(problem.time_ms[last] - problem.time_ms[first])
                        )
                    )
                if shots:
                    gained += problem.cut_value[first]
                if len(shots) > 1 and shots[-2].camera == camera:
                    gained -= problem.return_cost[first]
                yield from go_on((*shots, Shot(first, last, camera)), value + gained)

    yield from go_on((), 0.0)


@st.composite
def problems(draw: st.DrawFn) -> ShotProblem:
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    cameras, points = draw(st.integers(2, 4)), draw(st.integers(3, 8))
    time = np.cumsum(rng.uniform(300, 1_500, points))
    steps = rng.normal(0, 1, (cameras, points - 1))
    available = rng.random((cameras, points - 1)) > draw(st.sampled_from([0.0, 0.0, 0.15]))
    shortest = draw(st.sampled_from([400.0, 1_000.0, 2_000.0]))
    fixed: tuple[Shot, ...] = ()
    if draw(st.booleans()):
        first = int(rng.integers(0, points - 1))
        fixed = (Shot(first, first + 1, int(rng.integers(0, cameras))),)
    return ShotProblem(
        time_ms=time,
        value=np.concatenate([np.zeros((cameras, 1)), np.cumsum(steps, axis=1)], axis=1),
        cut_value=-rng.uniform(0, 2, points),
        available=available,
        bound_ms=time,
        min_shot_ms=shortest,
        max_shot_ms=shortest * draw(st.sampled_from([1.5, 3.0, 6.0])),
        return_cost=rng.uniform(0, draw(st.sampled_from([0.0, 0.5, 3.0])), points),
        length_value=length_value,
        fixed=fixed,
    )


@settings(deadline=None, derandomize=True, max_examples=120)
@given(problem=problems())
def test_is_the_best_of_all_programmes(problem: ShotProblem) -> None:
    found = solve(problem)
    everything = list(all_programmes(problem))
    if not everything:
        assert found is None or found.slack > 1.0 or found.objective < -1e8
        return
    assert found is not None
    assert found.slack == 1.0
    best = max(value for _, value in everything)
    assert found.objective == pytest.approx(best, abs=1e-9)
    values = dict(everything)
    assert values[found.shots] == pytest.approx(best, abs=1e-9)


def test_bounds_that_cannot_be_kept_are_broken_least() -> None:
    """Ten seconds cannot be cut into shots of six to nine: one of ten it is."""
    time = np.arange(11) * 1_000.0
    problem = ShotProblem(
        time_ms=time,
        value=np.zeros((2, 11)),
        cut_value=np.zeros(11),
        available=np.ones((2, 10), dtype=bool),
        bound_ms=time,
        min_shot_ms=6_000.0,
        max_shot_ms=9_000.0,
        return_cost=np.zeros(11),
        length_value=length_value,
    )
    found = solve(problem)
    assert found is not None
    assert found.slack > 1.0
    assert len(found.shots) == 1


def test_a_camera_that_stops_without_another_is_no_programme() -> None:
    time = np.arange(6) * 1_000.0
    available = np.ones((2, 5), dtype=bool)
    available[:, 3] = False
    problem = ShotProblem(
        time_ms=time,
        value=np.zeros((2, 6)),
        cut_value=np.zeros(6),
        available=available,
        bound_ms=time,
        min_shot_ms=1_000.0,
        max_shot_ms=9_000.0,
        return_cost=np.zeros(6),
        length_value=length_value,
    )
    assert solve(problem) is None
