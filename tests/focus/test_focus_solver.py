"""The interior-point solver against HiGHS, and the plan's promises."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.focus.l1 import Rows, Walls, minimise
from scipy.optimize import linprog


def dense(rows, count):
    """All costs as (row vector, knee, below, above)."""
    vectors, knees, belows, aboves = [], [], [], []
    for part in rows:
        first = np.arange(len(part)) if part.first is None else part.first
        for row in range(len(part)):
            vector = np.zeros(count)
            for place, coefficient in enumerate(part.coefficients[:, row]):
                vector[first[row] + place] += coefficient
            for cost in range(len(part.knee)):
                vectors.append(vector)
                knees.append(part.knee[cost, row])
                belows.append(part.below[cost, row])
                aboves.append(part.above[cost, row])
    return np.array(vectors), np.array(knees), np.array(belows), np.array(aboves)


def total(rows, x):
    vectors, knee, below, above = dense(rows, len(x))
    away = vectors @ x - knee
    return float(above @ np.maximum(away, 0.0) + below @ np.maximum(-away, 0.0))


def exact(rows, count):
    """The least total cost by HiGHS: z - knee = p - q, p and q priced."""
    vectors, knee, below, above = dense(rows, count)
    one = np.eye(len(knee))
    answer = linprog(
        np.concatenate((np.zeros(count), above, below)),
        A_eq=np.hstack((vectors, -one, one)),
        b_eq=knee,
        bounds=[(None, None)] * count + [(0.0, None)] * (2 * len(knee)),
        method="highs",
    )
    return answer.fun


def differences(count, order, price):
    signs = [(-1.0) ** (order - place) * comb(order, place) for place in range(order + 1)]
    return Rows.of(np.repeat(np.array(signs)[:, None], count - order, 1), (0.0, price, price))


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 10_000), count=st.integers(5, 40))
def test_as_cheap_as_the_simplex(seed, count):
    rng = np.random.default_rng(seed)
    middle = np.cumsum(rng.normal(0.0, 0.1, count))
    width = rng.uniform(0.05, 0.4, count)
    rows = [
        Rows.of(np.ones((1, count)), (middle + width, 0.0, 50.0), (middle - width, 50.0, 0.0)),
        differences(count, 1, 1.0),
        differences(count, 2, 3.0),
        differences(count, 3, 2.0),
    ]
    found = minimise(rows, middle)
    best = exact(rows, count)
    assert total(rows, found) <= best + 1e-3 * (best + 1e-3)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(seed=st.integers(0, 10_000), count=st.integers(5, 40), reach=st.sampled_from([0.0, 0.1]))
def test_walls_that_nothing_touches_change_nothing(seed, count, reach):
    rng = np.random.default_rng(seed)
    middle = np.cumsum(rng.normal(0.0, 0.1, count))
    width = rng.uniform(0.05, 0.4, count)
    priced = [
        Rows.of(np.ones((1, count)), (middle, 0.01, 0.01)),
        differences(count, 1, 1.0),
        differences(count, 2, 3.0),
    ]
    walls = Rows.of(np.ones((1, count)), (middle + width, 0.0, 50.0), (middle - width, 50.0, 0.0))
    found = minimise(priced, middle, walls=[Walls(walls, reach)], guess=np.zeros(count))
    best = exact([*priced, walls], count)
    # A wall that was left out may be broken by its tolerance, at its price.
    assert total([*priced, walls], found) <= best + 1e-3 * (best + 1e-3) + 50.0 * count * 1e-4


def test_rows_that_begin_anywhere():
    rng = np.random.default_rng(1)
    first = rng.integers(0, 6, 30)
    rows = [
        Rows.of(rng.normal(size=(3, 30)), (rng.normal(size=30), 1.0, 2.0), first=first),
        Rows.of(np.ones((1, 8)), (0.0, 0.1, 0.1)),
    ]
    found = minimise(rows, np.zeros(8))
    assert total(rows, found) == pytest.approx(exact(rows, 8), rel=1e-3)


def test_the_time_grows_with_the_length_only():
    """The number of steps does not: ten times the length costs about ten times the work."""
    steps = []
    for count in (200, 2000):
        middle = np.sin(np.arange(count) / 15.0)
        seen = 0

        class Counted(Rows):
            def add_normal(self, weights, band):
                nonlocal seen
                seen += 1
                super().add_normal(weights, band)

        place = Rows.of(np.ones((1, count)), (middle + 0.3, 0.0, 50.0), (middle - 0.3, 50.0, 0.0))
        counted = Counted(place.coefficients, place.knee, place.below, place.above)
        minimise([counted, differences(count, 1, 1.0), differences(count, 2, 3.0)], middle)
        steps.append(seen)
    assert max(steps) < 40
