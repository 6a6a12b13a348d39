"""How the window moves: limits, exact keyframes, holds, cuts."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.focus import AutomationProperty, FocusOptions, Interpolation
from multicam_server.focus import reframe
from multicam_server.focus.window import largest_window, parse_aspect_ratio

X, Y, SCALE = AutomationProperty.CROP_X, AutomationProperty.CROP_Y, AutomationProperty.SCALE
FPS = 30.0


def takes(focus, times):
    """Frame numbers of each stretch of time in which the window itself does not cut."""
    cuts = sorted(
        {
            after.time_ms
            for automation in focus.automations
            for before, after in pairwise(automation.keyframes)
            if before.interpolation == Interpolation.STEP and before.value != after.value
        }
    )
    return np.split(np.arange(len(times)), np.searchsorted(times, cuts))


@settings(deadline=None, derandomize=True, max_examples=12)
@given(
    seed=st.integers(0, 1000),
    velocity=st.sampled_from([0.2, 0.5, 2.0]),
    acceleration=st.sampled_from([0.5, 1.0, 4.0]),
    ratio=st.sampled_from(["9:16", "1:1", "21:9"]),
    axis=st.sampled_from([0, 1]),
)
def test_limits_hold_between_cuts(factories, stroll, *, seed, velocity, acceleration, ratio, axis):
    seen, asked, played = factories
    options = FocusOptions(max_velocity=velocity, max_acceleration=acceleration)
    visual = seen(stroll(seed, axis=axis), cuts_ms=[12_000.0])
    focus = reframe(asked(visual, ratio=ratio, options=options))
    times = np.arange(0.0, 30_000.0, 1e3 / FPS)
    path = np.column_stack((played(focus, X, times), played(focus, Y, times) * 9 / 16))
    for take in takes(focus, times):
        speed = np.diff(path[take], axis=0) * FPS
        assert np.all(np.hypot(*speed.T) <= 1.02 * velocity)
        # The last frame before a cut may fall into the rest of 2 ms before it.
        change = np.diff(speed[:-1], axis=0) * FPS
        assert np.all(np.hypot(*change.T) <= 1.05 * acceleration)


@pytest.mark.parametrize("seed", range(4))
def test_the_face_stays_in_with_few_keyframes(visual_meta, request_for, play, seed, stroll):
    rows = stroll(seed)
    focus = reframe(request_for(visual_meta(rows)))
    times = np.array([row[0] for row in rows])
    centre = play(focus, X, times)
    half = 0.5 * largest_window((9, 16), (1920, 1080)).width
    left, right = (np.array([row[3] + side for row in rows]) for side in (0.0, 0.07))
    assert np.all(left >= centre - half)
    assert np.all(right <= centre + half)
    assert len(focus.automations[0].keyframes) <= 25
    kinds = {key.interpolation for key in focus.automations[0].keyframes}
    assert Interpolation.EASE_IN_OUT in kinds


def test_a_vertical_walk_moves_only_y(visual_meta, request_for, stroll):
    focus = reframe(request_for(visual_meta(stroll(3, axis=1)), ratio="3:1"))
    assert {key.value for key in focus.automations[0].keyframes} == {0.5}
    assert len({key.value for key in focus.automations[1].keyframes}) > 1


def test_the_shape_of_the_source_is_the_whole_picture(visual_meta, request_for, stroll):
    focus = reframe(request_for(visual_meta(stroll(1)), ratio="16:9"))
    assert [[k.value for k in a.keyframes] for a in focus.automations] == [[0.5], [0.5], [1.0]]


@pytest.mark.parametrize(
    ("ratio", "size", "expected"),
    [
        ("9:16", (1920, 1080), ((9 / 16) ** 2, 1.0)),
        ("1:1", (1080, 1920), (1.0, 9 / 16)),
        ("16:9", (1080, 1920), (1.0, (9 / 16) ** 2)),
        ("21:9", (1920, 1080), (1.0, 16 / 21)),
        ("4:3", (640, 480), (1.0, 1.0)),
    ],
)
def test_the_largest_window(ratio, size, expected):
    window = largest_window(parse_aspect_ratio(ratio), size)
    assert (window.width, window.height) == pytest.approx(expected)


def test_a_subject_moving_when_the_shot_ends_is_followed_to_the_end(visual_meta, request_for, play):
    way = [0.1 + 0.5 * max(0.0, t - 3500.0) / 1500.0 for t in np.arange(0, 5000, 100.0)]
    rows = [(i * 100.0, "p", "face", x, 0.3, 0.07, 0.12) for i, x in enumerate(way)]
    rows += [(t, "q", "face", 0.15, 0.3, 0.07, 0.12) for t in np.arange(5000, 8000, 100.0)]
    focus = reframe(request_for(visual_meta(rows, cuts_ms=[5000.0])))
    keys = focus.automations[0].keyframes
    (cut,) = [i for i, key in enumerate(keys) if key.time_ms == 5000.0]
    assert keys[cut - 1].interpolation == Interpolation.STEP
    assert 4500.0 < keys[cut - 1].time_ms < 4998.001
    assert 0.4 < play(focus, X, [4997.0])[0] < 0.7
    assert play(focus, X, [5000.0])[0] < 0.25


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    seed=st.integers(0, 1000),
    cuts=st.lists(st.floats(500.0, 9_500.0), max_size=6),
    beside=st.lists(st.sampled_from([0.4, 1.0, 1.6, 2.5, 40.0]), min_size=6, max_size=6),
    end=st.floats(9_000.0, 10_000.0),
)
def test_times_in_whole_milliseconds_mean_the_same(factories, stroll, *, seed, cuts, beside, end):
    seen, asked, played = factories
    boundaries = cuts + [cut + gap for cut, gap in zip(cuts, beside, strict=False)]
    rows = stroll(seed, seconds=10, speed=0.3)
    rows += [(cut, *rows[int(cut / 100.0)][1:]) for cut in boundaries]
    focus = reframe(asked(seen(rows, cuts_ms=boundaries), out_ms=end))
    times = [key.time_ms for key in focus.automations[0].keyframes]
    assert np.all(np.diff(times) >= 1.999)
    assert len({round(time) for time in times}) == len(times)
    rounded = replace(
        focus,
        automations=tuple(
            replace(a, keyframes=tuple(replace(k, time_ms=round(k.time_ms)) for k in a.keyframes))
            for a in focus.automations
        ),
    )
    # Away from the cuts, an editor that rounds shows the same but for a thousandth.
    moments = np.arange(0.0, end, 10.0)
    near = np.array([[0.0, *times]]) - moments[:, None]
    far = moments[np.min(np.abs(near), axis=1) > 3.0]
    assert np.allclose(played(focus, X, far), played(rounded, X, far), atol=1.5e-3)


def test_a_window_at_the_edge_is_exactly_there(visual_meta, request_for):
    rows = [(t, "p", "face", 0.93, 0.3, 0.07, 0.12) for t in np.arange(0, 5000, 100.0)]
    focus = reframe(request_for(visual_meta(rows)))
    width = largest_window((9, 16), (1920, 1080)).width
    assert focus.automations[0].keyframes[0].value == 1.0 - 0.5 * width
