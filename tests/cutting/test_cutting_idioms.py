"""What editors do, one test each: on conversations whose every word is known."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multicam_server.cutting import auto_cut
from multicam_server.cutting.pacing import PRESETS, resolve_pace
from multicam_server.domain.artifacts import Artifacts, Subjects, VisualMeta
from multicam_server.domain.cutting import AutoCut, AutoCutRequest, AutoCutWeights, Pacing
from multicam_server.domain.media import CameraRole
from multicam_server.domain.session import SessionTrack

Make = Callable[..., SessionTrack]
Heard = Callable[..., Artifacts]
Shots = Callable[[AutoCut, AutoCutRequest], list[tuple[str, float, float]]]
Event = tuple[float, float, str]

SECONDS = 60.0


def phrases(spoken: Sequence[Event], pause_ms: float = 400.0) -> list[Event]:
    """Turns as phrases of about two seconds with pauses between them."""
    parts: list[Event] = []
    for start, end, who in spoken:
        count = max(1, round((end - start) / 2_400.0))
        length = (end - start + pause_ms) / count
        parts += [
            (start + n * length, start + (n + 1) * length - pause_ms, who) for n in range(count)
        ]
    return sorted(parts)


def set_of(
    camera: Make, heard: Heard, spoken: Sequence[Event], *, wide: bool = False
) -> tuple[SessionTrack, ...]:
    """A close camera for x and one for y, each with the nearer voice louder; perhaps a wide."""
    near = {who: [-20.0 if e[2] == who else -32.0 for e in spoken] for who in "xy"}
    tracks = [
        camera("a", CameraRole.PRIMARY, artifacts=heard(spoken, near["x"])),
        camera("b", CameraRole.SECONDARY, artifacts=heard(spoken, near["y"])),
    ]
    if wide:
        artifacts = heard(spoken, [-26.0] * len(spoken))
        tracks.append(camera("w", CameraRole.WIDE, artifacts=artifacts))
    return tuple(tracks)


def shown(shots: Sequence[tuple[str, float, float]], start: float, end: float) -> dict[str, float]:
    """For how long each camera is shown within a span, in ms."""
    time: dict[str, float] = {}
    for name, first, last in shots:
        time[name] = time.get(name, 0.0) + max(0.0, min(end, last) - max(start, first))
    return {name: held for name, held in time.items() if held > 0.0}


TURNS: list[Event] = [(n * 5_600.0, n * 5_600.0 + 5_000.0, "xy"[n % 2]) for n in range(10)]


@pytest.mark.parametrize(("length_ms", "stays"), [(250.0, True), (600.0, True)])
def test_a_back_channel_does_not_switch(
    camera: Make, heard: Heard, shots_of: Shots, length_ms: float, stays: bool
) -> None:
    murmur = (7_400.0, 7_400.0 + length_ms, "x")
    request = AutoCutRequest("s", set_of(camera, heard, sorted([*phrases(TURNS), murmur])))
    before = shown(shots_of(auto_cut(request), request), 6_500.0, 9_500.0)
    assert (before == {"b": 3_000.0}) == stays


def test_a_collision_waits_until_one_gives_way(camera: Make, heard: Heard, shots_of: Shots) -> None:
    """y comes in 0.3 s early: the picture changes no sooner than y has the floor."""
    spoken = [(0.0, 5_000.0, "x"), (4_700.0, 10_000.0, "y"), (10_600.0, 15_600.0, "x")]
    request = AutoCutRequest("s", set_of(camera, heard, spoken), end_ms=15_600.0)
    changes = [start for name, start, _ in shots_of(auto_cut(request), request) if name == "b"]
    assert min(abs(start - 5_000.0) for start in changes) <= 200.0
    assert not any(4_300.0 < start < 4_700.0 for start in changes)


@pytest.mark.parametrize(("overlap_ms", "goes_wide"), [(1_000.0, False), (4_000.0, True)])
def test_only_sustained_crosstalk_goes_wide(
    camera: Make, heard: Heard, shots_of: Shots, overlap_ms: float, goes_wide: bool
) -> None:
    spoken = phrases([(0.0, 16_000.0, "x"), (33_000.0, 60_000.0, "y")])
    both = [(20_000.0, 30_000.0, "x"), (30_000.0 - overlap_ms, 32_500.0, "y")]
    request = AutoCutRequest("s", set_of(camera, heard, sorted([*spoken, *both]), wide=True))
    held = shown(shots_of(auto_cut(request), request), 30_000.0 - overlap_ms, 30_000.0)
    assert (held.get("w", 0.0) > 0.6 * overlap_ms) == goes_wide


def test_a_long_turn_takes_a_short_reaction_amid_it_and_returns(
    camera: Make, heard: Heard, shots_of: Shots
) -> None:
    spoken = phrases([(0.0, 4_000.0, "y"), (4_600.0, 17_000.0, "x"), (17_600.0, 22_000.0, "y")])
    request = AutoCutRequest("s", set_of(camera, heard, spoken), end_ms=22_000.0)
    shots = shots_of(auto_cut(request), request)
    assert shown(shots, 4_600.0, 7_100.0) == {"a": 2_500.0}, "who takes the floor is shown"
    reactions = [(a, b) for name, a, b in shots if name == "b" and a > 6_000.0 and b < 17_000.0]
    assert reactions
    assert all(end - start <= 3_400.0 for start, end in reactions)
    assert shown(shots, 4_600.0, 17_000.0)["a"] > 8_000.0


def test_a_long_turn_takes_the_wide_where_there_is_one(
    camera: Make, heard: Heard, shots_of: Shots
) -> None:
    spoken = phrases([(0.0, 4_000.0, "y"), (4_600.0, 30_000.0, "x"), (30_600.0, 40_000.0, "y")])
    tracks = set_of(camera, heard, spoken, wide=True)
    request = AutoCutRequest("s", tracks, end_ms=40_000.0)
    held = shown(shots_of(auto_cut(request), request), 7_000.0, 29_000.0)
    assert set(held) == {"a", "w"}
    assert held["a"] > held["w"]


def test_the_programme_is_established_by_the_wide(
    camera: Make, heard: Heard, shots_of: Shots
) -> None:
    request = AutoCutRequest("s", set_of(camera, heard, phrases(TURNS), wide=True))
    assert shots_of(auto_cut(request), request)[0][0] == "w"


def moving(times_ms: Sequence[float], motion: Sequence[float]) -> VisualMeta:
    none = np.empty(0)
    return VisualMeta(
        artifact_id="v",
        duration_ms=60_000.0,
        frame_sample_interval_ms=500.0,
        timestamp_ms=np.array(times_ms),
        primary_subject_center_x=np.full(len(times_ms), np.nan),
        primary_subject_center_y=np.full(len(times_ms), np.nan),
        motion_score=np.array(motion, dtype=np.float64),
        shot_boundary=np.zeros(len(times_ms), dtype=bool),
        subjects=Subjects(none.astype(np.int64), (), (), none, none, none, none, none),
    )


def test_a_detail_is_for_silences_in_which_it_is_active(
    camera: Make, heard: Heard, shots_of: Shots
) -> None:
    spoken = phrases([(0.0, 20_000.0, "x"), (26_000.0, 40_000.0, "y"), (40_600.0, 60_000.0, "x")])
    time = np.arange(0.0, 60_000.0, 500.0)
    still = moving(time, np.full(len(time), 0.2))
    people = [
        replace(track, artifacts=replace(track.artifacts, visual_meta=still))
        for track in set_of(camera, heard, spoken)
    ]
    held = []
    for motion in (0.9, 0.0):
        active = Artifacts(visual_meta=moving(time, np.full(len(time), motion)))
        detail = camera("d", CameraRole.DETAIL, artifacts=active)
        request = AutoCutRequest("s", (*people, detail))
        shots = shots_of(auto_cut(request), request)
        held.append(shown(shots, 20_000.0, 26_000.0).get("d", 0.0))
        assert "d" not in shown(shots, 0.0, 20_000.0)
        assert "d" not in shown(shots, 27_000.0, 60_000.0)
    assert held[0] >= 2_000.0
    assert held[0] > held[1]


@pytest.mark.parametrize("pacing", [Pacing.FAST, Pacing.MEDIUM, Pacing.SLOW])
def test_the_picture_leads_a_reply_by_the_pace(
    camera: Make, heard: Heard, shots_of: Shots, pacing: Pacing
) -> None:
    spoken = [(n * 3_800.0, n * 3_800.0 + 2_600.0, "xy"[n % 2]) for n in range(15)]
    request = AutoCutRequest("s", set_of(camera, heard, spoken), pacing)
    shots = shots_of(auto_cut(request), request)
    leads = [
        reply - start
        for name, start, _ in shots[1:]
        for reply, _, who in spoken
        if abs(reply - start) < 600.0 and name == {"x": "a", "y": "b"}[who]
    ]
    assert len(leads) >= 5
    assert np.median(leads) == pytest.approx(PRESETS[pacing].lead_ms, abs=45.0)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10_000), pacing=st.sampled_from(list(PRESETS)))
def test_no_word_is_cut_where_there_is_an_alternative(
    camera: Make, heard: Heard, shots_of: Shots, seed: int, pacing: Pacing
) -> None:
    """Phrases of up to 1.4 s and pauses from 0.4 s: bounds always leave a pause to cut in."""
    rng = np.random.default_rng(seed)
    spoken, now, who = [], 500.0, "x"
    while now < 58_000.0:
        end = now + float(rng.uniform(400, 1_400))
        spoken.append((now, end, who))
        now = end + float(rng.uniform(400, 900))
        who = "xy"[int(rng.random() < 0.5)] if rng.random() < 0.3 else who
    request = AutoCutRequest("s", set_of(camera, heard, spoken, wide=True), pacing)
    for _, start, _ in shots_of(auto_cut(request), request)[1:]:
        assert not any(first < start < last for first, last, _ in spoken)


def test_the_paces_are_those_of_the_contract() -> None:
    values = {
        pacing: (preset.min_shot_ms, preset.target_ms, preset.max_shot_ms)
        for pacing, preset in PRESETS.items()
    }
    assert values == {
        Pacing.FAST: (1_000.0, 2_500.0, 4_000.0),
        Pacing.MEDIUM: (2_000.0, 4_000.0, 6_000.0),
        Pacing.SLOW: (3_000.0, 6_000.0, 9_000.0),
    }


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    shortest=st.none() | st.floats(200.0, 600_000.0),
    longest=st.none() | st.floats(200.0, 3_600_000.0),
    pacing=st.sampled_from(list(Pacing)),
)
def test_given_bounds_stand_and_defaults_yield(
    shortest: float | None, longest: float | None, pacing: Pacing
) -> None:
    if shortest is not None and longest is not None and shortest > longest:
        shortest, longest = longest, shortest
    pace = resolve_pace(AutoCutRequest("s", (), pacing, min_shot_ms=shortest, max_shot_ms=longest))
    assert shortest in (None, pace.min_shot_ms)
    assert longest in (None, pace.max_shot_ms)
    assert 0.0 < pace.min_shot_ms <= pace.target_ms <= pace.max_shot_ms


@pytest.mark.parametrize("name", ["speech", "face", "motion", "role", "pause", "pace"])
def test_the_version_changes_with_each_weight(camera: Make, name: str) -> None:
    tracks = (camera("a"), camera("b"))
    usual = auto_cut(AutoCutRequest("s", tracks)).scoring_version
    other = AutoCutWeights(**{name: 0.77})
    assert auto_cut(AutoCutRequest("s", tracks, weights=other)).scoring_version != usual


def test_a_shot_is_explained(camera: Make, heard: Heard, shots_of: Shots) -> None:
    spoken: list[Event] = [(0.0, 5_000.0, "spk_0"), (5_800.0, 11_000.0, "spk_1")]
    near = [[-20.0, -32.0], [-32.0, -20.0]]
    tracks = tuple(
        camera(name, artifacts=heard(spoken, level)) for name, level in zip("ab", near, strict=True)
    )
    cut = auto_cut(AutoCutRequest("s", tracks, end_ms=11_000.0))
    reasons = [decision.reason for decision in cut.decisions]
    assert "spk_1 starts; b frames spk_1; cut in the pause at 5.6 s" in reasons
    reply = cut.decisions[reasons.index("spk_1 starts; b frames spk_1; cut in the pause at 5.6 s")]
    assert reply.runner_up_asset_id == "a"
    assert reply.runner_up_score is not None
    assert reply.runner_up_score < reply.score


def test_a_picture_that_nobody_looked_at_is_neutral(
    camera: Make, heard: Heard, benchmark: dict[str, object]
) -> None:
    """Whichever of the two cameras has no visual_meta: its face and motion count as nothing."""
    spoken = phrases(TURNS)
    time = np.arange(0.0, 60_000.0, 500.0)
    tracks = list(set_of(camera, heard, spoken))
    tracks[0] = replace(
        tracks[0],
        artifacts=replace(tracks[0].artifacts, visual_meta=moving(time, np.full(len(time), 0.5))),
    )
    cut = auto_cut(AutoCutRequest("s", tuple(tracks)))
    for decision in cut.decisions:
        values = {part.name: part.value for part in decision.components}
        assert values["face"] == values["motion"] == 0.0
    assert "b: no visual_meta; its picture counts as neutral" in cut.fallbacks
