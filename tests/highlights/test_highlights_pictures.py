"""What each camera shows: subject, faces, motion; unknown is not bad."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from multicam_server.domain.artifacts import Artifacts, RegionSummary
from multicam_server.highlights.pictures import Pictures, watch
from multicam_server.highlights.session import open_session

Make = Callable[..., Any]


def _box(height: float, label: str = "person", **more: Any) -> dict[str, Any]:
    return {"x": 0.4, "y": 0.1, "width": 0.2, "height": height, "label": label, **more}


def _watch(track: Any, *moments: tuple[float, float]) -> Pictures:
    start, end = np.array(moments, dtype=np.float64).T
    return watch(open_session([track]), start, end)


def test_a_large_subject_counts_in_full_and_a_missing_one_not_at_all(make_track: Make) -> None:
    frames = [
        {"time": 0.0, "x": 0.5, "y": 0.15, "subjects": [_box(0.5)]},
        {"time": 500.0, "x": 0.5, "y": 0.15, "subjects": [_box(0.175)]},
        {"time": 1_000.0, "subjects": []},
    ]
    pictures = _watch(
        make_track("a", 1_500.0, frames=frames), (0.0, 400.0), (400.0, 900.0), (900.0, 1_500.0)
    )
    assert pictures.subject[:, 0] == pytest.approx([1.0, 0.5, 0.0])


def test_the_subject_is_whom_the_camera_is_meant_to_frame(make_track: Make) -> None:
    boxes = [_box(0.5, track_id="host"), _box(0.07, track_id="guest")]
    frames = [{"time": 0.0, "x": 0.5, "y": 0.15, "subjects": boxes}]
    track = make_track("a", 1_000.0, frames=frames, subject_ids=("guest",))
    assert _watch(track, (0.0, 1_000.0)).subject[0, 0] == pytest.approx(0.2)


def test_doubted_and_empty_boxes_are_left_out(make_track: Make) -> None:
    boxes = [_box(0.0, "face"), _box(0.5, "face", confidence=0.1), _box(0.06, "face")]
    frames = [{"time": 0.0, "subjects": boxes}]
    assert _watch(make_track("a", 1_000.0, frames=frames), (0.0, 1_000.0)).face[0, 0] == (
        pytest.approx(0.5)
    )


def test_motion_is_against_the_cameras_own(make_track: Make) -> None:
    frames = [{"time": 500.0 * at, "motion": 0.7 + (0.25 if at == 5 else 0.0)} for at in range(20)]
    moments = [(500.0 * at - 100.0, 500.0 * at + 100.0) for at in range(20)]
    motion = _watch(make_track("a", 10_000.0, frames=frames), *moments).motion
    assert motion[5] == 1.0
    assert np.delete(motion, 5) == pytest.approx(np.zeros(19))


def test_a_moment_between_two_frames_takes_the_nearest(make_track: Make) -> None:
    frames = [
        {"time": 0.0, "x": 0.5, "y": 0.15, "subjects": [_box(0.5)]},
        {"time": 2_000.0, "x": 0.5, "y": 0.15, "subjects": [_box(0.175)]},
    ]
    track = make_track("a", 9_000.0, frames=frames)
    near, far = _watch(track, (1_500.0, 1_900.0), (8_000.0, 8_500.0)).subject[:, 0]
    assert near == pytest.approx(0.5)
    assert np.isnan(far)


def test_what_no_detector_saw_is_unknown(make_track: Make) -> None:
    pictures = _watch(make_track("a", 1_000.0), (0.0, 1_000.0))
    for values in (pictures.subject, pictures.face, pictures.motion):
        assert np.isnan(values).all()


def test_regions_tell_of_faces_where_no_box_does(make_track: Make) -> None:
    regions = RegionSummary("r", np.array([4_000.0, 9_000.0]), ("face", "background"))
    track = replace(make_track("a", 10_000.0), artifacts=Artifacts(region_summary=regions))
    face = _watch(track, (3_000.0, 5_000.0), (8_000.0, 10_000.0)).face[:, 0]
    assert face.tolist() == [1.0, 0.0]


def test_drift_and_offset_are_taken_into_account(make_track: Make) -> None:
    frames = [
        {"time": 100.0 * at, "x": 0.5, "y": 0.15, "subjects": [_box(0.5)] if at >= 500 else []}
        for at in range(1_000)
    ]
    track = make_track("a", 100_000.0, frames=frames, offset_ms=10_000.0, drift_ppm=-50_000.0)
    border = float(track.clock.to_session_ms(50_000.0))
    before, after = _watch(
        track, (border - 1_000.0, border - 110.0), (border + 110.0, border + 1_000.0)
    ).subject[:, 0]
    assert before < 0.6
    assert after == pytest.approx(1.0)


def test_one_frame_does_not_win_by_chance(make_track: Make) -> None:
    random = np.random.default_rng(3)
    frames = [{"time": 500.0 * at, "motion": random.uniform(0.2, 0.6)} for at in range(400)]
    for at in range(100, 110):
        frames[at]["motion"] = 0.8
    frames[300]["motion"] = 0.8
    track = make_track("a", 200_000.0, frames=frames)
    starts = [5_000.0 * at for at in range(40)]
    moments = [(start, start + 4_900.0) for start in starts if start != 150_000.0]
    motion = _watch(track, *moments, (149_900.0, 150_100.0)).motion
    assert motion[-1] < 0.7 * motion[moments.index((50_000.0, 54_900.0))]


def test_two_cameras_tell_more_of_motion_than_one(make_track: Make) -> None:
    random = np.random.default_rng(4)
    truth = random.uniform(0.2, 0.6, 40)
    moments = [(2_000.0 * at, 2_000.0 * at + 2_000.0) for at in range(40)]

    def camera(name: str, level: float) -> Any:
        return make_track(
            name,
            80_000.0,
            frames=[
                {"time": 500.0 * at, "motion": level + truth[at // 4] + random.normal(0.0, 0.2)}
                for at in range(160)
            ],
        )

    start, end = np.array(moments).T
    tracks = [camera("a", 0.0), camera("b", 0.3)]
    one = watch(open_session(tracks[:1]), start, end).motion
    two = watch(open_session(tracks), start, end).motion
    assert np.corrcoef(two, truth)[0, 1] > np.corrcoef(one, truth)[0, 1] > 0.5
