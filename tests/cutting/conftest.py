"""Makers of small sessions, and the checks that every programme must pass."""

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from multicam_server.domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioEvents,
    AudioSemanticTimeline,
    Beats,
)
from multicam_server.domain.cutting import AutoCut, AutoCutRequest
from multicam_server.domain.media import CameraRole
from multicam_server.domain.sequence import SequenceClip, TrackKind
from multicam_server.domain.session import SessionTrack

TOLERANCE_MS = 1e-3

Event = tuple[float, float, str]

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "cutting"


@pytest.fixture(scope="session")
def benchmark() -> Iterator[dict[str, ModuleType]]:
    """The benchmark's own modules: its conversations with truth, and its measures."""
    modules: dict[str, ModuleType] = {}
    for name in ("conversations", "metrics"):
        spec = importlib.util.spec_from_file_location(name, BENCHMARK / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        modules[name] = importlib.util.module_from_spec(spec)
        sys.modules[name] = modules[name]
        spec.loader.exec_module(modules[name])
    yield modules
    for name in modules:
        del sys.modules[name]


@pytest.fixture
def heard() -> Callable[..., Artifacts]:
    def make(
        events: Sequence[Event], levels: Sequence[float] | None = None, artifact_id: str = "a"
    ) -> Artifacts:
        none = np.empty(0, dtype=np.int64)
        loudness = np.full(len(events), np.nan) if levels is None else np.array(levels, dtype=float)
        return Artifacts(
            AudioSemanticTimeline(
                artifact_id=artifact_id,
                duration_ms=0.0,
                events=AudioEvents(
                    kind=np.full(len(events), AudioEventKind.SPEECH, dtype=np.int64),
                    start_ms=np.array([e[0] for e in events], dtype=np.float64),
                    end_ms=np.array([e[1] for e in events], dtype=np.float64),
                    speaker_id=tuple(e[2] for e in events),
                    loudness_lufs=loudness,
                    confidence=np.full(len(events), np.nan),
                    transcription=("",) * len(events),
                ),
                beats=Beats(np.empty(0), none, none, none),
            )
        )

    return make


@pytest.fixture
def camera() -> Callable[..., SessionTrack]:
    def make(
        asset_id: str,
        role: CameraRole = CameraRole.SECONDARY,
        *,
        offset_ms: float = 0.0,
        drift_ppm: float = 0.0,
        duration_ms: float = 60_000.0,
        camera_id: str = "",
        subject_ids: tuple[str, ...] = (),
        artifacts: Artifacts | None = None,
    ) -> SessionTrack:
        return SessionTrack(
            asset_id=asset_id,
            camera_id=camera_id,
            role=role,
            offset_ms=offset_ms,
            drift_ppm=drift_ppm,
            duration_ms=duration_ms,
            subject_ids=subject_ids,
            artifacts=artifacts or Artifacts(),
        )

    return make


def _merged(
    clips: Sequence[SequenceClip], request: AutoCutRequest
) -> list[tuple[str, float, float]]:
    """Shots of one camera in a row as one: (camera, start, end) on the timeline."""
    names = {t.asset_id: t.camera_id or t.asset_id for t in request.tracks}
    shots: list[tuple[str, float, float]] = []
    for clip in clips:
        start = clip.start_ms_on_timeline
        end = start + clip.duration_on_timeline_ms
        if shots and shots[-1][0] == names[clip.asset_id]:
            start = shots.pop()[1]
        shots.append((names[clip.asset_id], start, end))
    return shots


@pytest.fixture
def shots_of() -> Callable[[AutoCut, AutoCutRequest], list[tuple[str, float, float]]]:
    return lambda cut, request: _merged(cut.sequence.tracks[0].clips, request)


@pytest.fixture
def check_valid() -> Callable[[AutoCut, AutoCutRequest], None]:
    """Everything that holds for every programme, whatever the request."""

    def check(cut: AutoCut, request: AutoCutRequest) -> None:
        tracks = {track.asset_id: track for track in request.tracks}
        picture, sound = cut.sequence.tracks
        assert (picture.kind, sound.kind) == (TrackKind.VIDEO, TrackKind.AUDIO)
        for lane in (picture, sound):
            now = 0.0
            for clip in lane.clips:
                track = tracks[clip.asset_id]
                assert clip.start_ms_on_timeline == pytest.approx(now, abs=TOLERANCE_MS)
                assert 0.0 <= clip.in_ms < clip.out_ms <= track.duration_ms
                assert clip.speed == track.clock.speed
                now = clip.start_ms_on_timeline + clip.duration_on_timeline_ms
            assert now == pytest.approx(cut.sequence.duration_ms, abs=TOLERANCE_MS)
        _check_sync(cut, request)
        assert [d.clip_index for d in cut.decisions] == list(range(len(picture.clips)))
        for decision in cut.decisions:
            assert [p.name for p in decision.components] == [
                "speech",
                "face",
                "motion",
                "role",
                "pause",
                "pace",
            ]
            assert decision.score == sum(p.value * p.weight for p in decision.components)
            assert decision.reason
            assert (decision.runner_up_asset_id == "") == (decision.runner_up_score is None)
        for said in (cut.inputs_used, cut.fallbacks, cut.warnings):
            assert list(said) == sorted(set(said))
        if request.frame_rate is not None:
            _check_frames(cut, request)

    return check


def _check_sync(cut: AutoCut, request: AutoCutRequest) -> None:
    """One start serves all clips: each shows its session time."""
    tracks = {track.asset_id: track for track in request.tracks}
    starts = [
        tracks[clip.asset_id].clock.to_session_ms(clip.in_ms) - clip.start_ms_on_timeline
        for lane in cut.sequence.tracks
        for clip in lane.clips
    ]
    np.testing.assert_allclose(starts, starts[0], atol=2 * TOLERANCE_MS)
    if request.start_ms is not None:
        assert starts[0] == pytest.approx(request.start_ms, abs=2 * TOLERANCE_MS)


def _check_frames(cut: AutoCut, request: AutoCutRequest) -> None:
    """Every cut is the double nearest to a whole frame, locked edges excepted."""
    assert request.frame_rate is not None
    if request.locked_shots or any(track.camera_id for track in request.tracks):
        return
    frame_ms = 1000 / request.frame_rate.fraction
    for time in [c.start_ms_on_timeline for c in cut.sequence.tracks[0].clips] + [
        cut.sequence.duration_ms
    ]:
        nearest = round(Fraction(time) / frame_ms)
        assert time == float(nearest * frame_ms)
