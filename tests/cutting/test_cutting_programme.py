"""A programme is valid whatever the cameras did, and follows the conversation."""

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multicam_server.cutting import SCORING_VERSION, auto_cut
from multicam_server.domain.artifacts import Artifacts
from multicam_server.domain.cutting import (
    AutoCut,
    AutoCutRequest,
    AutoCutWeights,
    LockedShot,
    Pacing,
)
from multicam_server.domain.faults import InvalidRequest
from multicam_server.domain.media import CameraRole, FrameRate
from multicam_server.domain.session import SessionTrack

Check = Callable[[AutoCut, AutoCutRequest], None]
Make = Callable[..., SessionTrack]
Heard = Callable[..., Artifacts]
Shots = Callable[[AutoCut, AutoCutRequest], list[tuple[str, float, float]]]

RATES = [FrameRate(25, 1), FrameRate(30000, 1001), FrameRate(24000, 1001), FrameRate(60, 1)]


def interview(camera: Make, heard: Heard) -> tuple[SessionTrack, ...]:
    """Two people take turns of 7 s with pauses of 0.6 s; a close camera each, one wide."""
    turns = [(n * 7_600.0, n * 7_600.0 + 7_000.0, f"spk_{n % 2}") for n in range(7)]
    near = {who: [-20.0 if t[2] == who else -32.0 for t in turns] for who in ("spk_0", "spk_1")}
    return (
        camera("a", CameraRole.PRIMARY, artifacts=heard(turns, near["spk_0"])),
        camera("b", CameraRole.SECONDARY, artifacts=heard(turns, near["spk_1"])),
        camera("w", CameraRole.WIDE, artifacts=heard(turns, [-26.0] * len(turns))),
    )


def test_shows_who_speaks(camera: Make, heard: Heard, check_valid: Check, shots_of: Shots) -> None:
    request = AutoCutRequest("talk", interview(camera, heard), end_ms=52_000.0)
    cut = auto_cut(request)
    check_valid(cut, request)
    wrong = 0.0
    for name, start, end in shots_of(cut, request):
        for n in range(7):
            other = "ab"[(n + 1) % 2]
            overlap = min(end, n * 7_600.0 + 7_000.0) - max(start, n * 7_600.0)
            wrong += max(0.0, overlap) * (name == other)
    assert wrong < 0.02 * 49_000.0
    assert any("spk_1" in decision.reason for decision in cut.decisions)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cameras=st.integers(2, 5),
    seed=st.integers(0, 10_000),
    pacing=st.sampled_from(list(Pacing)),
    rate=st.sampled_from([None, *RATES]),
    locks=st.integers(0, 3),
    span=st.sampled_from([(None, None), (0.0, 49_000.0), (1_234.567, None), (None, 41_000.1)]),
)
def test_every_programme_is_valid(
    *,
    camera: Make,
    heard: Heard,
    check_valid: Check,
    shots_of: Shots,
    cameras: int,
    seed: int,
    pacing: Pacing,
    rate: FrameRate | None,
    locks: int,
    span: tuple[float | None, float | None],
) -> None:
    rng = np.random.default_rng(seed)
    tracks = tuple(
        camera(
            f"cam{n}",
            CameraRole(int(rng.integers(0, 6))),
            offset_ms=0.0 if n == 0 else float(rng.uniform(-20_000, 30_000)),
            drift_ppm=float(rng.uniform(-200, 200)),
            duration_ms=50_000.0 if n == 0 else float(rng.uniform(3_000, 60_000)),
            artifacts=random_speech(rng, heard) if rng.random() < 0.7 else None,
        )
        for n in range(cameras)
    )
    locked = []
    for n in range(locks):
        track = tracks[int(rng.integers(0, cameras))]
        low = max(track.start_ms, n * 13_000.0, 1_300.0)
        high = min(track.end_ms, n * 13_000.0 + 12_000.0, 40_900.0)
        if high - low > 1_000.0:
            start = float(rng.uniform(low, high - 500.0))
            locked.append(
                LockedShot(track.asset_id, start, float(rng.uniform(start + 100.0, high)))
            )
    request = AutoCutRequest(
        "s",
        tracks,
        pacing,
        locked_shots=tuple(locked),
        start_ms=span[0],
        end_ms=span[1],
        frame_rate=rate,
    )
    cut = auto_cut(request)
    check_valid(cut, request)
    check_locks(cut, request)
    if rate is None and None not in span:
        assert cut.sequence.duration_ms == pytest.approx(49_000.0, abs=1e-6)
    shuffled = replace(
        request,
        tracks=tuple(tracks[i] for i in rng.permutation(cameras)),
        locked_shots=tuple(locked[i] for i in rng.permutation(len(locked))),
    )
    assert auto_cut(shuffled) == cut
    if not locked:
        check_bounds(cut, request, shots_of(cut, request))


def random_speech(rng: np.random.Generator, heard: Heard) -> Artifacts:
    events, now = [], 0.0
    while now < 60_000.0:
        end = now + float(rng.uniform(300, 6_000))
        events.append((now, end, f"spk_{rng.integers(0, 3)}"))
        now = end + float(rng.uniform(-300, 2_500))
    return heard(events, [float(level) for level in rng.uniform(-40, -15, len(events))])


def check_locks(cut: AutoCut, request: AutoCutRequest) -> None:
    tracks = {track.asset_id: track for track in request.tracks}
    clips = cut.sequence.tracks[0].clips
    start = tracks[clips[0].asset_id].clock.to_session_ms(clips[0].in_ms)
    for lock in request.locked_shots:
        assert any(
            clip.asset_id == lock.asset_id
            and abs(start + clip.start_ms_on_timeline - lock.start_ms) < 1e-3
            and abs(clip.duration_on_timeline_ms - (lock.end_ms - lock.start_ms)) < 1e-3
            for clip in clips
        )


def check_bounds(
    cut: AutoCut, request: AutoCutRequest, shots: list[tuple[str, float, float]]
) -> None:
    """Bounds hold, or a warning names the shot; never the one without the other."""
    broken = sum(
        end - start < cut.min_shot_ms - 0.01 or end - start > cut.max_shot_ms + 0.01
        for _, start, end in shots
    )
    told = sum("shorter than min" in w or "longer than max" in w for w in cut.warnings)
    assert broken == told


def test_full_coverage_never_breaks_bounds(
    camera: Make, heard: Heard, check_valid: Check, shots_of: Shots
) -> None:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        tracks = tuple(camera(f"c{n}", artifacts=random_speech(rng, heard)) for n in range(3))
        for pacing in (Pacing.FAST, Pacing.MEDIUM, Pacing.SLOW):
            request = AutoCutRequest("s", tracks, pacing)
            cut = auto_cut(request)
            check_valid(cut, request)
            for _, start, end in shots_of(cut, request):
                assert cut.min_shot_ms - 1e-3 <= end - start <= cut.max_shot_ms + 1e-3


def test_nothing_known_alternates_by_role_and_pace(
    camera: Make, check_valid: Check, shots_of: Shots
) -> None:
    request = AutoCutRequest(
        "s", (camera("a", CameraRole.PRIMARY), camera("b"), camera("w", CameraRole.WIDE))
    )
    cut = auto_cut(request)
    check_valid(cut, request)
    shots = shots_of(cut, request)
    assert {name for name, _, _ in shots} == {"a", "b", "w"}
    assert np.median([end - start for _, start, end in shots]) == pytest.approx(4_000, rel=0.25)
    assert "no speech known: the cameras alternate by role and pace" in cut.fallbacks


def test_parts_of_one_camera_are_one_shot(
    camera: Make, check_valid: Check, shots_of: Shots
) -> None:
    request = AutoCutRequest(
        "s",
        (
            camera("a1", camera_id="A", duration_ms=20_010.0),
            camera("a2", camera_id="A", offset_ms=20_010.0, duration_ms=40_000.0),
            camera("b"),
        ),
    )
    cut = auto_cut(request)
    check_valid(cut, request)
    for _, start, end in shots_of(cut, request):
        assert 2_000.0 - 1e-3 <= end - start <= 6_000.0 + 1e-3


def test_a_camera_alone_is_held_with_a_warning(
    camera: Make, check_valid: Check, shots_of: Shots
) -> None:
    request = AutoCutRequest(
        "s", (camera("a"), camera("b", offset_ms=20_000.0, duration_ms=20_000.0))
    )
    cut = auto_cut(request)
    check_valid(cut, request)
    shots = shots_of(cut, request)
    assert shots[0][0] == "a"
    assert shots[0][2] == pytest.approx(20_000.0, abs=40.0)
    assert sum("no other camera records" in warning for warning in cut.warnings) == 2


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "field"),
    [
        (-1.0, None, "start_ms"),
        (None, 60_001.0, "end_ms"),
        (10_000.0, 50_000.0, "end_ms"),
        (25_000.0, None, "start_ms"),
        (70_000.0, None, "start_ms"),
        (None, -5.0, "end_ms"),
    ],
)
def test_what_nobody_recorded_is_refused(
    camera: Make, start_ms: float | None, end_ms: float | None, field: str
) -> None:
    tracks = (
        camera("a", duration_ms=20_000.0),
        camera("b", offset_ms=30_000.0, duration_ms=30_000.0),
    )
    request = AutoCutRequest("s", tracks, start_ms=start_ms, end_ms=end_ms)
    with pytest.raises(InvalidRequest) as refused:
        auto_cut(request)
    assert [violation.field for violation in refused.value.violations] == [field]


def test_defaults_shrink_to_what_is_recorded(camera: Make, check_valid: Check) -> None:
    late = (camera("a", offset_ms=5_000.0), camera("b", offset_ms=8_000.0))
    request = AutoCutRequest("s", late)
    cut = auto_cut(request)
    check_valid(cut, request)
    assert cut.sequence.duration_ms == pytest.approx(63_000.0)
    assert cut.warnings[-1] == "nobody records from 0 to 5000 ms: left out"
    apart = (camera("a", duration_ms=20_000.0), camera("b", offset_ms=30_000.0))
    cut = auto_cut(AutoCutRequest("s", apart))
    assert cut.sequence.duration_ms == pytest.approx(60_000.0)
    assert any("recorded from 0 to 20000 ms" in warning for warning in cut.warnings)


def test_locks_outside_or_overlapping_are_refused(camera: Make) -> None:
    request = AutoCutRequest(
        "s",
        (camera("a"), camera("b", offset_ms=10_000.0)),
        locked_shots=(
            LockedShot("b", 5_000.0, 12_000.0),
            LockedShot("a", 20_000.0, 25_000.0),
            LockedShot("a", 24_000.0, 26_000.0),
        ),
    )
    with pytest.raises(InvalidRequest) as refused:
        auto_cut(request)
    assert [v.field for v in refused.value.violations] == ["locked_shots[0]", "locked_shots[2]"]


def test_weights_are_echoed_with_their_defaults(camera: Make) -> None:
    request = AutoCutRequest("s", (camera("a"), camera("b")), weights=AutoCutWeights(speech=2.0))
    cut = auto_cut(request)
    assert cut.weights == AutoCutWeights(2.0, 0.3, 0.1, 0.3, 1.0, 0.5)
    assert cut.scoring_version == f"{SCORING_VERSION}:2,0.3,0.1,0.3,1,0.5"


def test_what_is_too_short_beside_a_lock_holds_its_camera(
    camera: Make, check_valid: Check, shots_of: Shots
) -> None:
    request = AutoCutRequest(
        "s",
        (camera("a"), camera("b")),
        locked_shots=(LockedShot("a", 1_000.0, 5_000.0), LockedShot("b", 6_500.0, 9_000.0)),
    )
    cut = auto_cut(request)
    check_valid(cut, request)
    check_locks(cut, request)
    assert shots_of(cut, request)[:2] == [("a", 0.0, 6_500.0), ("b", 6_500.0, 9_000.0)]
    assert "too short for a shot of its own" in cut.decisions[0].reason
    assert not cut.warnings


def test_bounds_beyond_reason_cost_no_time(camera: Make, check_valid: Check) -> None:
    request = AutoCutRequest(
        "s",
        tuple(camera(name, duration_ms=600_000.0) for name in "abc"),
        min_shot_ms=200.0,
        max_shot_ms=3_600_000.0,
    )
    started = time.process_time()
    cut = auto_cut(request)
    check_valid(cut, request)
    assert time.process_time() - started < 10.0


@pytest.mark.parametrize("length_ms", [1.0, 500.0, 2_500.0])
def test_a_programme_of_one_short_shot_says_so(
    camera: Make, check_valid: Check, length_ms: float
) -> None:
    request = AutoCutRequest(
        "s", (camera("a", duration_ms=length_ms), camera("b", duration_ms=length_ms))
    )
    cut = auto_cut(request)
    check_valid(cut, request)
    assert len(cut.decisions) == 1
    assert len(cut.warnings) == (length_ms < 2_000.0)


def test_less_than_a_frame_is_refused(camera: Make) -> None:
    request = AutoCutRequest(
        "s",
        (camera("a", duration_ms=20.0), camera("b", duration_ms=20.0)),
        frame_rate=FrameRate(25, 1),
    )
    with pytest.raises(InvalidRequest, match="shorter than one frame"):
        auto_cut(request)


def test_the_primary_has_its_share_where_nothing_else_decides(
    camera: Make, shots_of: Shots
) -> None:
    shares = []
    for ratio in (0.2, 0.6, 0.9):
        request = AutoCutRequest(
            "s",
            (camera("a", CameraRole.PRIMARY), camera("b"), camera("c")),
            prefer_primary_ratio=ratio,
        )
        shots = shots_of(auto_cut(request), request)
        shares.append(sum(end - start for name, start, end in shots if name == "a") / 60_000.0)
    assert shares[0] < shares[1] < shares[2]
    assert shares[1] == pytest.approx(0.6, abs=0.06)


def test_crosstalk_goes_wide(camera: Make, heard: Heard, shots_of: Shots) -> None:
    spoken = [(0.0, 20_000.0, "x"), (20_600.0, 32_000.0, "y"), (25_000.0, 31_000.0, "x")]
    both = [*spoken, (33_000.0, 60_000.0, "y")]
    near = {"x": [-20.0 if e[2] == "x" else -32.0 for e in both]}
    near["y"] = [-20.0 if e[2] == "y" else -32.0 for e in both]
    request = AutoCutRequest(
        "s",
        (
            camera("a", artifacts=heard(both, near["x"])),
            camera("b", artifacts=heard(both, near["y"])),
            camera("w", CameraRole.WIDE, artifacts=heard(both, [-26.0] * 4)),
        ),
    )
    wide = sum(
        max(0.0, min(end, 31_000.0) - max(start, 25_000.0))
        for name, start, end in shots_of(auto_cut(request), request)
        if name == "w"
    )
    assert wide >= 3_500.0


def test_a_camera_without_artifacts_is_not_punished(camera: Make, heard: Heard) -> None:
    spoken = [(n * 5_000.0, n * 5_000.0 + 4_000.0, "x") for n in range(12)]
    request = AutoCutRequest("s", (camera("a", artifacts=heard(spoken)), camera("b")))
    cut = auto_cut(request)
    shown = {clip.asset_id for clip in cut.sequence.tracks[0].clips}
    assert shown == {"a", "b"}
    assert "b: no audio_semantic_timeline; its sound counts as neutral" in cut.fallbacks
