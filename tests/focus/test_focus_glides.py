"""Hold, then glide: what an editor gets to change by hand."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.focus import AutomationProperty, FocusOptions, Interpolation
from multicam_server.focus import reframe
from multicam_server.focus.window import largest_window

X, Y = AutomationProperty.CROP_X, AutomationProperty.CROP_Y
HALF_WINDOW = 0.5 * largest_window((9, 16), (1920, 1080)).width


def face(places, step_ms=100.0):
    return [(i * step_ms, "p", "face", x - 0.035, 0.34, 0.07, 0.12) for i, x in enumerate(places)]


def from_place_to_place(stops, *, rest=20, way=25):
    """Rests of `rest` steps with minimum-jerk ways of `way` steps in between."""
    p = np.arange(1, way + 1) / way
    places = [stops[0]] * rest
    for before, after in pairwise(stops):
        places += (before + (after - before) * (10 * p**3 - 15 * p**4 + 6 * p**5)).tolist()
        places += [after] * rest
    return places


def test_a_walk_from_rest_to_rest_is_one_eased_span(visual_meta, request_for, play):
    focus = reframe(request_for(visual_meta(face(from_place_to_place([0.25, 0.75])))))
    keys = focus.automations[0].keyframes
    assert [key.interpolation for key in keys] == [
        Interpolation.STEP,
        Interpolation.EASE_IN_OUT,
        Interpolation.STEP,
    ]
    assert keys[0].value == keys[1].value
    begin, end = keys[1].time_ms, keys[2].time_ms
    half_way = 0.5 * (keys[1].value + keys[2].value)
    assert play(focus, X, [0.5 * (begin + end)])[0] == pytest.approx(half_way)
    length_s, way = (end - begin) * 1e-3, keys[2].value - keys[1].value
    assert 1.5 * way / length_s <= 0.5
    assert 6.0 * way / length_s**2 <= 1.0
    assert {key.interpolation for key in focus.automations[1].keyframes} == {Interpolation.STEP}


def test_who_goes_to_and_fro_gets_holds_between_the_glides(visual_meta, request_for):
    stops = [0.25, 0.75, 0.25, 0.75, 0.25]
    focus = reframe(request_for(visual_meta(face(from_place_to_place(stops, rest=6)))))
    keys = focus.automations[0].keyframes
    glides = [key for key in keys if key.interpolation == Interpolation.EASE_IN_OUT]
    assert len(glides) == 4
    assert len(keys) <= 10
    held = [
        after.time_ms - before.time_ms
        for before, after in pairwise(keys)
        if before.interpolation == Interpolation.STEP
    ]
    assert min(held[1:]) >= 500.0


def test_who_sways_within_the_window_moves_nothing(visual_meta, request_for):
    places = 0.5 + 0.08 * np.sin(np.arange(300) / 6.0)
    focus = reframe(request_for(visual_meta(face(places))))
    assert len(focus.automations[0].keyframes) == 1


def test_a_slow_drift_is_held_and_made_up_for_instead_of_crept_after(
    visual_meta, request_for, play
):
    places = 0.4 + 0.2 * np.arange(600) / 600.0
    focus = reframe(request_for(visual_meta(face(places))))
    times = np.arange(0.0, 60_000.0, 1e3 / 30)
    centre = play(focus, X, times)
    speed = np.abs(np.diff(centre)) * 30
    assert np.mean(speed < 1e-6) > 0.8
    face_at = np.interp(times, np.arange(600) * 100.0, places)
    assert np.all(np.abs(centre - face_at) <= HALF_WINDOW - 0.035)


def test_a_long_walk_at_one_pace_is_panned_at_one_pace(visual_meta, request_for, play):
    places = [0.2] * 20 + np.linspace(0.2, 0.8, 100).tolist() + [0.8] * 20
    focus = reframe(request_for(visual_meta(face(places))))
    assert len(focus.automations[0].keyframes) <= 8
    centre = play(focus, X, np.arange(len(places)) * 100.0)
    assert np.all(np.abs(centre - places) <= HALF_WINDOW - 0.035)


@pytest.mark.parametrize("velocity", [0.1, 0.2, 0.5])
def test_the_greatest_speed_is_the_one_asked_for(visual_meta, request_for, play, velocity):
    places = from_place_to_place([0.3, 0.7, 0.3], way=60)
    options = FocusOptions(max_velocity=velocity, max_acceleration=0.5)
    focus = reframe(request_for(visual_meta(face(places)), options=options))
    centre = play(focus, X, np.arange(0.0, len(places) * 100.0, 1e3 / 30))
    assert 0.05 < np.max(np.abs(np.diff(centre))) * 30 <= velocity + 1e-9


EXTREME = st.sampled_from([0.0, 5e-324, 1e-300, 1e-9, 0.5, 1.0, 1e16, 1e308, -1e308, -1e-300])


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    boxes=st.lists(st.tuples(EXTREME, EXTREME, EXTREME, EXTREME), min_size=1, max_size=12),
    label=st.sampled_from(["face", "person", "ball"]),
    size=st.sampled_from([(1920, 1080), (1, 65_536), (65_536, 1)]),
)
def test_any_finite_number_gives_finite_keyframes(factories, *, boxes, label, size):
    seen, asked, _ = factories
    rows = [
        (at * 300.0, "p", label, x, y, abs(width), abs(height))
        for at, (x, y, width, height) in enumerate(boxes)
    ]
    focus = reframe(asked(seen(rows), size=size, out_ms=4_000.0))
    for automation in focus.automations:
        numbers = [(key.time_ms, key.value) for key in automation.keyframes]
        assert np.all(np.isfinite(numbers))
        assert numbers[0][0] == 0.0
