"""Paths for receivers that know straight lines only, and for those that know more."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam.engines.keyframes import MOST_ERROR, keyframes, linear_poses
from multicam.engines.models import EngineModels
from multicam.engines.project_assets import placed_assets, used_clips
from multicam.v1 import focus_pb2 as pb

EASINGS = {
    "LINEAR": lambda p: p,
    "EASE_IN": lambda p: p * p,
    "EASE_OUT": lambda p: 1 - (1 - p) ** 2,
    "EASE_IN_OUT": lambda p: 3 * p**2 - 2 * p**3,
}
NAMES = [*EASINGS, "STEP"]


def response(spans):
    """A path whose three properties take the same values."""
    reply = pb.FocusResponse()
    for name in ("CROP_X", "CROP_Y", "SCALE"):
        automation = reply.automations.add(property=f"AUTOMATION_PROPERTY_{name}")
        for time, value, interpolation in spans:
            automation.keyframes.add(
                time_ms=time, value=value, interpolation=f"INTERPOLATION_{interpolation}"
            )
    return reply


def exact(spans, time):
    """The value at a time, by the contract."""
    for (start, a, interpolation), (end, b, _) in pairwise(spans):
        if start <= time < end:
            if interpolation == "STEP":
                return a
            return a + EASINGS[interpolation]((time - start) / (end - start)) * (b - a)
    return spans[-1][1]


def straight(poses, time):
    for a, b in pairwise(poses):
        if a["time_ms"] <= time <= b["time_ms"]:
            share = (time - a["time_ms"]) / (b["time_ms"] - a["time_ms"])
            return a["crop_x"] + share * (b["crop_x"] - a["crop_x"])
    return poses[-1]["crop_x"]


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(50, 4_000), st.floats(0, 1), st.sampled_from(NAMES)),
        min_size=2,
        max_size=6,
    )
)
def test_straight_lines_follow_the_curves(steps):
    spans, at = [], 0
    for length, value, interpolation in steps:
        spans.append((at, value, interpolation))
        at += length
    poses = linear_poses(response(spans))
    times = [pose["time_ms"] for pose in poses]
    assert times == sorted(set(times))
    assert all(isinstance(time, int) for time in times)
    assert (times[0], times[-1]) == (0, spans[-1][0])
    for time in range(0, spans[-1][0], 7):
        jumping = any(
            end - 1 <= time < end for (_, _, i), (end, _, _) in pairwise(spans) if i == "STEP"
        )
        if not jumping:
            # A millisecond's rounding of where a piece begins moves a short curve a little.
            tolerance = MOST_ERROR + 6.0 / (8 * 50**2) + 1e-9
            assert abs(straight(poses, time) - exact(spans, time)) <= tolerance


def test_keyframes_keep_their_interpolation():
    spans = [(0.0, 0.5, "EASE_IN_OUT"), (40.4, 0.6, "STEP"), (40.6, 0.7, "LINEAR")]
    made = keyframes(response(spans).automations[0], EngineModels())
    assert [(one.time_ms, one.value, one.interpolation) for one in made] == [
        (0, 0.5, "ease_in_out"),
        (40, 0.6, "step"),
        (41, 0.7, "linear"),
    ]


def test_no_keyframes_no_poses():
    assert linear_poses(pb.FocusResponse()) == []


class Lanes:
    """A timeline of one sequence: (track, asset, start, in, out, meta) per clip."""

    def __init__(self, *clips):
        self._clips = clips

    def list_tracks_for_sequence(self, sequence_id):
        return [{"id": name, "kind": "video"} for name in sorted({one[0] for one in self._clips})]

    def list_clips_for_track(self, track_id):
        return [
            {
                "asset_id": asset_id,
                "start_ms_on_timeline": start,
                "in_ms": in_ms,
                "out_ms": out_ms,
                "meta": meta,
            }
            for track, asset_id, start, in_ms, out_ms, meta in self._clips
            if track == track_id
        ]


def offsets(timeline, **durations):
    used = used_clips(timeline, {"sequence_ids": ["s"]})
    return {name: clock.offset_ms for name, clock in placed_assets(used, durations).items()}


def test_what_runs_side_by_side_is_in_sync():
    timeline = Lanes(
        ("t1", "a", 0, 0, 9_000, {}), ("t2", "b", 2_000, 500, 5_000, {}), ("t3", "c", 0, 0, 1, {})
    )
    found = offsets(timeline, a=9_000.0, b=5_000.0, c=9_000.0)
    assert found["b"] - found["a"] == 1_500
    assert found["c"] == found["a"]


def test_what_follows_each_other_on_one_track_is_not():
    timeline = Lanes(("t1", "a", 0, 0, 9_000, {}), ("t1", "b", 9_000, 3_000, 5_000, {}))
    found = offsets(timeline, a=9_000.0, b=5_000.0)
    assert found["b"] > found["a"] + 9_000


def test_what_a_clip_tells_of_its_session_counts():
    def told(offset):
        return {"multicam": {"session_id": "s", "offset_ms_exact": offset, "drift_ppm": 8.0}}

    timeline = Lanes(
        ("t1", "a", 0, 0, 2_000, told(0.0)), ("t1", "b", 2_000, 500, 900, told(1_500.25))
    )
    found = offsets(timeline, a=9_000.0, b=5_000.0)
    assert found["b"] - found["a"] == pytest.approx(1_500.25)
