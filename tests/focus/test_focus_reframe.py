"""The answer as a whole: shape, bounds, times, fallbacks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.focus import AutomationProperty, FocusOptions, Interpolation
from multicam_server.focus import AUTOMATION_VERSION, reframe
from multicam_server.focus.window import largest_window, parse_aspect_ratio

X, Y, SCALE = AutomationProperty.CROP_X, AutomationProperty.CROP_Y, AutomationProperty.SCALE
FPS_MS = 1000.0 / 30.0


def face_rows(center_of, times_ms, name="p1", size=(0.08, 0.14), label="face"):
    return [
        (t, name, label, center_of(t)[0] - size[0] / 2, center_of(t)[1] - size[1] / 2, *size)
        for t in times_ms
    ]


def walking(t):
    return 0.2 + 0.6 * min(1.0, max(0.0, (t - 2000.0) / 6000.0)), 0.4


def test_a_resting_subject_needs_one_keyframe(visual_meta, request_for):
    rows = face_rows(lambda t: (0.7, 0.4), np.arange(0, 20_000, 100.0))
    focus = reframe(request_for(visual_meta(rows)))
    assert [a.property for a in focus.automations] == [X, Y, SCALE]
    assert all(len(a.keyframes) == 1 for a in focus.automations)
    assert focus.automations[0].keyframes[0].value == pytest.approx(0.7, abs=0.01)
    assert focus.automations[0].keyframes[0].time_ms == 0.0
    assert focus.automation_version == AUTOMATION_VERSION
    assert focus.source_artifacts == ("visual_meta vis_1",)
    assert [(s.subject_ids, s.start_ms, s.end_ms) for s in focus.stretches] == [
        (("p1",), 0.0, 20_000.0)
    ]


def test_a_walking_subject_stays_in(visual_meta, request_for, play):
    rows = face_rows(walking, np.arange(0, 10_000, 100.0))
    focus = reframe(request_for(visual_meta(rows)))
    times = np.arange(0, 10_000, FPS_MS)
    centre = play(focus, X, times)
    width = largest_window((9, 16), (1920, 1080)).width
    face = np.array([walking(t)[0] for t in times])
    assert np.all(face - 0.04 >= centre - width / 2 - 1e-9)
    assert np.all(face + 0.04 <= centre + width / 2 + 1e-9)
    velocity = np.diff(centre) * 30
    assert np.max(np.abs(velocity)) <= 0.5 + 1e-9
    assert np.max(np.abs(np.diff(velocity))) * 30 <= 1.0 + 1e-6
    assert np.all(velocity > -1e-9)


def test_nothing_moves_over_a_shot_boundary(visual_meta, request_for, play):
    rows = face_rows(lambda t: (0.25, 0.4), np.arange(0, 5000, 100.0))
    rows += face_rows(lambda t: (0.75, 0.4), np.arange(5000, 9000, 100.0), name="p2")
    focus = reframe(request_for(visual_meta(rows, cuts_ms=[5000.0])))
    keys = focus.automations[0].keyframes
    assert [(k.time_ms, k.interpolation) for k in keys] == [
        (0.0, Interpolation.STEP),
        (5000.0, Interpolation.STEP),
    ]
    before, after = play(focus, X, [4999.999, 5000.0])
    assert before == pytest.approx(0.25, abs=0.01)
    assert after == pytest.approx(0.75, abs=0.01)
    assert [s.subject_ids for s in focus.stretches] == [("p1",), ("p2",)]


def test_a_subject_moving_at_the_boundary_is_not_smeared_over_it(visual_meta, request_for, play):
    rows = face_rows(lambda t: (0.2 + t * 1e-4, 0.4), np.arange(0, 5000, 100.0))
    rows += face_rows(lambda t: (0.2, 0.4), np.arange(5000, 9000, 100.0))
    focus = reframe(request_for(visual_meta(rows, cuts_ms=[5000.0])))
    assert 5000.0 in [k.time_ms for k in focus.automations[0].keyframes]
    assert play(focus, X, [5000.0])[0] == pytest.approx(0.2, abs=0.02)
    assert np.ptp(play(focus, X, np.arange(5000, 9000, FPS_MS))) == 0.0


def test_nobody_to_follow_is_centred_and_said(visual_meta, timeline, request_for):
    for visual, audio, words in (
        (None, None, "no visual_meta"),
        (None, timeline([(0.0, 4000.0, "s1")]), "no visual_meta"),
        (visual_meta([], frames_ms=[0.0, 500.0]), None, "no usable subject"),
        (visual_meta([(0.0, "p", "face", 0.5, 0.5, 0.0, 0.1)]), None, "no usable subject"),
        (visual_meta(face_rows(walking, [90_000.0])), None, "no frame within the clip"),
    ):
        focus = reframe(request_for(visual, audio, out_ms=4000.0))
        assert [len(a.keyframes) for a in focus.automations] == [1, 1, 1]
        assert [a.keyframes[0].value for a in focus.automations] == [0.5, 0.5, 1.0]
        assert any(words in told for told in focus.fallbacks)
        assert [(s.start_ms, s.end_ms, s.subject_ids) for s in focus.stretches] == [
            (0.0, 4000.0, ())
        ]


def test_key_times_count_from_the_in_point(visual_meta, request_for, play):
    rows = face_rows(walking, np.arange(0, 10_000, 100.0))
    whole = reframe(request_for(visual_meta(rows)))
    part = reframe(request_for(visual_meta(rows), in_ms=3000.0, out_ms=7000.0))
    keys = part.automations[0].keyframes
    assert keys[0].time_ms == 0.0
    assert keys[-1].time_ms <= 4000.0
    width = largest_window((9, 16), (1920, 1080)).width
    for time, centre in zip(
        np.arange(0, 4000, 100.0), play(part, X, np.arange(0, 4000, 100.0)), strict=True
    ):
        assert abs(centre - walking(time + 3000.0)[0]) < width / 2
    assert whole.stretches[-1].end_ms == 10_000.0
    assert part.stretches[-1].end_ms == 4000.0


def test_unknown_source_size_is_named(visual_meta, request_for):
    rows = face_rows(walking, np.arange(0, 10_000, 100.0))
    unknown = reframe(request_for(visual_meta(rows), size=(0, 0)))
    known = reframe(request_for(visual_meta(rows), size=(3840, 2160)))
    assert unknown.automations == known.automations
    assert any("16:9 assumed" in told for told in unknown.fallbacks)
    assert not any("16:9" in told for told in known.fallbacks)


def test_a_small_subject_is_shown_larger_within_bounds(visual_meta, request_for):
    rows = face_rows(lambda t: (0.5, 0.4), np.arange(0, 5000, 100.0), size=(0.03, 0.05))
    focus = reframe(request_for(visual_meta(rows)))
    assert focus.automations[2].keyframes[0].value == 1.5
    kept = reframe(request_for(visual_meta(rows), options=FocusOptions(max_scale=1.0)))
    assert kept.automations[2].keyframes[0].value == 1.0


def test_only_a_centre_is_known(visual_meta, request_for):
    times = [float(t) for t in range(0, 5000, 500)]
    visual = visual_meta([], frames_ms=times, primary=dict.fromkeys(times, (0.7, 0.5)))
    focus = reframe(request_for(visual))
    assert focus.automations[0].keyframes[0].value == pytest.approx(0.7, abs=0.01)


def test_a_subject_too_fast_for_the_limits_is_told(visual_meta, request_for):
    rows = face_rows(lambda t: (0.5 + 0.35 * np.sin(t / 300.0), 0.4), np.arange(0, 10_000, 50.0))
    focus = reframe(request_for(visual_meta(rows), options=FocusOptions(max_velocity=0.1)))
    (told,) = focus.warnings
    assert "not wholly in the window" in told


@pytest.mark.parametrize("text", ["9", "9:", ":16", "9:0", "a:b", "9:16:1", "-9:16", "9.5:16"])
def test_a_malformed_ratio_is_refused(text):
    with pytest.raises(ValueError, match="aspect ratio"):
        parse_aspect_ratio(text)


BOX = st.floats(-0.2, 1.1)
SIDE = st.floats(0.0, 0.6)
ROWS = st.lists(
    st.tuples(
        st.integers(0, 300).map(lambda k: k * 100.0),
        st.sampled_from(["", "p1", "p2", "p3"]),
        st.sampled_from(["face", "person", "", "ball"]),
        BOX,
        BOX,
        SIDE,
        SIDE,
    ),
    max_size=40,
)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    rows=ROWS,
    cuts=st.lists(st.integers(0, 300).map(lambda k: k * 100.0), max_size=4),
    ratio=st.sampled_from(["9:16", "1:1", "4:5", "16:9", "21:9", "10:1", "1:10"]),
    size=st.sampled_from([(1920, 1080), (1080, 1920), (640, 480), (0, 0), (3000, 1000)]),
    clip=st.sampled_from([(0.0, None), (0.0, 30_000.0), (4321.0, 17_777.0), (50_000.0, 51_000.0)]),
    seed=st.randoms(use_true_random=False),
)
def test_any_input(factories, *, rows, cuts, ratio, size, clip, seed):
    seen, asked, played = factories
    times = sorted({row[0] for row in rows} | set(cuts))
    visual = seen(rows, frames_ms=times, cuts_ms=cuts)
    request = asked(visual, in_ms=clip[0], out_ms=clip[1], ratio=ratio, size=size)
    focus = reframe(request)
    keys = [[k.time_ms for k in a.keyframes] for a in focus.automations]
    assert keys[0] == keys[1] == keys[2]
    assert keys[0][0] == 0.0
    assert keys[0] == sorted(set(keys[0]))
    duration = focus.stretches[-1].end_ms
    assert keys[0][-1] <= duration
    assert focus.stretches[0].start_ms == 0.0
    for before, after in zip(focus.stretches[:-1], focus.stretches[1:], strict=True):
        assert before.end_ms == after.start_ms

    window = largest_window(parse_aspect_ratio(ratio), size if size[0] else (16, 9))
    shown = np.arange(0.0, duration + 1.0, FPS_MS)
    x, y, scale = (played(focus, which, shown) for which in (X, Y, SCALE))
    assert np.all((scale >= 1.0) & (scale <= 1.5))
    for centre, side in ((x, window.width), (y, window.height)):
        assert np.all(np.isfinite(centre))
        assert np.all(centre - side / scale / 2 >= -1e-9)
        assert np.all(centre + side / scale / 2 <= 1.0 + 1e-9)

    order = list(range(len(rows)))
    seed.shuffle(order)
    again = reframe(
        asked(
            seen(rows, frames_ms=times, cuts_ms=cuts, order=order),
            in_ms=clip[0],
            out_ms=clip[1],
            ratio=ratio,
            size=size,
        )
    )
    assert again == focus
