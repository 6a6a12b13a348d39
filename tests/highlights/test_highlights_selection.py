"""The exact choice, compared with an independent integer programme (HiGHS)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.highlights.selection import Problem, choose, total_of
from scipy.optimize import Bounds, LinearConstraint, milp


def _random_problem(seed: int, *, nodes: int, clips: int, groups: int, share: float) -> Problem:
    random = np.random.default_rng(seed)
    first = random.integers(0, nodes, clips)
    last = first + random.integers(1, 4, clips)
    length = random.integers(500, 9_000, clips) * (last - first)
    value = (length * random.uniform(0.1, 2.0, clips)).astype(np.int64) + 1
    masks = np.zeros(clips, dtype=np.int64)
    for bit in range(groups):
        masks |= (random.random(clips) < 0.3).astype(np.int64) << bit
    bonus = tuple(int(value) for value in random.integers(0, 4_000, groups))
    budget = int(share * length.sum())
    return Problem(first, last, length, value, masks, bonus, budget)


def _milp_total(problem: Problem) -> int:
    """The optimum by integer programming: x per clip, y per group."""
    clips, groups = len(problem.first), len(problem.bonus)
    rows: list[np.ndarray] = []
    upper: list[float] = []
    for node in range(int(problem.last.max())):
        row = np.zeros(clips + groups)
        row[:clips] = (problem.first <= node) & (problem.last > node)
        rows.append(row)
        upper.append(1.0)
    row = np.zeros(clips + groups)
    row[:clips] = problem.length
    rows.append(row)
    upper.append(float(problem.budget))
    for bit in range(groups):
        row = np.zeros(clips + groups)
        row[:clips] = -(problem.groups >> bit & 1)
        row[clips + bit] = 1.0
        rows.append(row)
        upper.append(0.0)
    solved = milp(
        c=-np.concatenate([problem.value, problem.bonus]).astype(np.float64),
        constraints=LinearConstraint(np.array(rows), -np.inf, np.array(upper)),
        bounds=Bounds(0.0, 1.0),
        integrality=np.ones(clips + groups),
        options={"mip_rel_gap": 0.0},
    )
    return round(-solved.fun)


def _check(problem: Problem) -> int:
    """The choice is a path within the budget, its total is true and proven."""
    choice = choose(problem)
    clips = np.array(choice.clips, dtype=np.int64)
    assert choice.shortfall == 0
    assert choice.total == total_of(problem, clips)
    assert problem.length[clips].sum() <= problem.budget
    assert (problem.last[clips][:-1] <= problem.first[clips][1:]).all()
    return choice.total


@pytest.mark.parametrize("seed", range(60))
def test_total_is_that_of_the_integer_programme(seed: int) -> None:
    problem = _random_problem(
        seed,
        nodes=10 + seed % 30,
        clips=8 + seed,
        groups=seed % 6,
        share=(0.05, 0.15, 0.4, 1.1)[seed % 4],
    )
    assert _check(problem) == _milp_total(problem)


@given(
    seed=st.integers(0, 10_000),
    clips=st.integers(1, 40),
    groups=st.integers(0, 4),
    share=st.floats(0.0, 1.2),
)
@settings(deadline=None, derandomize=True, max_examples=40)
def test_any_problem_is_solved_exactly(seed: int, clips: int, groups: int, share: float) -> None:
    problem = _random_problem(seed, nodes=15, clips=clips, groups=groups, share=share)
    assert _check(problem) == _milp_total(problem)


def test_nothing_to_choose_from() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert choose(Problem(nothing, nothing, nothing, nothing, nothing, (), 10)).clips == ()


def test_equal_values_go_to_the_earlier_clip() -> None:
    problem = Problem(
        first=np.array([4, 0, 2]),
        last=np.array([5, 1, 3]),
        length=np.array([10, 10, 10]),
        value=np.array([7, 7, 7]),
        groups=np.zeros(3, dtype=np.int64),
        bonus=(),
        budget=20,
    )
    assert choose(problem).clips == (1, 2)


def test_the_choice_does_not_depend_on_the_order_of_clips() -> None:
    problem = _random_problem(7, nodes=30, clips=80, groups=3, share=0.1)
    chosen = {
        (int(problem.first[at]), int(problem.last[at]), int(problem.value[at]))
        for at in choose(problem).clips
    }
    shuffled = np.random.default_rng(0).permutation(80)
    again = Problem(
        problem.first[shuffled],
        problem.last[shuffled],
        problem.length[shuffled],
        problem.value[shuffled],
        problem.groups[shuffled],
        problem.bonus,
        problem.budget,
    )
    assert chosen == {
        (int(again.first[at]), int(again.last[at]), int(again.value[at]))
        for at in choose(again).clips
    }
