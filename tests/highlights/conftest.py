"""Factories for sessions whose artifacts are written down event by event."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from multicam_server.domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioEvents,
    AudioSemanticTimeline,
    Beats,
    Subjects,
    VisualMeta,
)
from multicam_server.domain.highlights import Highlights, HighlightsRequest
from multicam_server.domain.sequence import TrackKind, VideoRole
from multicam_server.domain.session import SessionTrack
from multicam_server.highlights import pick_highlights

SPEECH = AudioEventKind.SPEECH


def _audio(events: Sequence[dict[str, Any]], beats_ms: Sequence[float], **more: Any) -> Any:
    return AudioSemanticTimeline(
        artifact_id=more.get("artifact_id", "audio-1"),
        duration_ms=0.0,
        events=AudioEvents(
            kind=np.array([event.get("kind", SPEECH) for event in events], dtype=np.int64),
            start_ms=np.array([event["start"] for event in events], dtype=np.float64),
            end_ms=np.array([event["end"] for event in events], dtype=np.float64),
            speaker_id=tuple(event.get("speaker", "") for event in events),
            loudness_lufs=np.array(
                [event.get("loudness", np.nan) for event in events], dtype=np.float64
            ),
            confidence=np.array(
                [event.get("confidence", np.nan) for event in events], dtype=np.float64
            ),
            transcription=tuple(event.get("text", "") for event in events),
        ),
        beats=Beats(
            time_ms=np.array(beats_ms, dtype=np.float64),
            bar_index=np.full(len(beats_ms), -1, dtype=np.int64),
            beat_index=np.full(len(beats_ms), -1, dtype=np.int64),
            subdivision=np.full(len(beats_ms), -1, dtype=np.int64),
        ),
        from_audio=more.get("from_audio", False),
    )


def _visual(frames: Sequence[dict[str, Any]]) -> VisualMeta:
    boxes = [
        (index, box) for index, frame in enumerate(frames) for box in frame.get("subjects", ())
    ]
    return VisualMeta(
        artifact_id="visual-1",
        duration_ms=0.0,
        frame_sample_interval_ms=0.0,
        timestamp_ms=np.array([frame["time"] for frame in frames], dtype=np.float64),
        primary_subject_center_x=np.array([frame.get("x", np.nan) for frame in frames]),
        primary_subject_center_y=np.array([frame.get("y", np.nan) for frame in frames]),
        motion_score=np.array([frame.get("motion", np.nan) for frame in frames]),
        shot_boundary=np.zeros(len(frames), dtype=np.bool_),
        subjects=Subjects(
            frame=np.array([index for index, _ in boxes], dtype=np.int64),
            track_id=tuple(box.get("track_id", "") for _, box in boxes),
            label=tuple(box.get("label", "person") for _, box in boxes),
            confidence=np.array([box.get("confidence", np.nan) for _, box in boxes]),
            bbox_x=np.array([box["x"] for _, box in boxes], dtype=np.float64),
            bbox_y=np.array([box["y"] for _, box in boxes], dtype=np.float64),
            bbox_width=np.array([box["width"] for _, box in boxes], dtype=np.float64),
            bbox_height=np.array([box["height"] for _, box in boxes], dtype=np.float64),
        ),
    )


@pytest.fixture
def make_track() -> Callable[..., SessionTrack]:
    """A recording: `events` and `frames` as dicts, None for no artifact at all."""

    def make(
        asset_id: str,
        duration_ms: float,
        *,
        events: Sequence[dict[str, Any]] | None = None,
        beats_ms: Sequence[float] = (),
        frames: Sequence[dict[str, Any]] | None = None,
        audio: dict[str, Any] | None = None,
        **more: Any,
    ) -> SessionTrack:
        return SessionTrack(
            asset_id=asset_id,
            duration_ms=duration_ms,
            artifacts=Artifacts(
                audio_semantic_timeline=(
                    None if events is None else _audio(events, beats_ms, **(audio or {}))
                ),
                visual_meta=None if frames is None else _visual(frames),
            ),
            **more,
        )

    return make


@pytest.fixture
def make_request() -> Callable[..., HighlightsRequest]:
    """A request for these recordings."""

    def make(tracks: Sequence[SessionTrack], **more: Any) -> HighlightsRequest:
        return HighlightsRequest(session_id="session", tracks=tuple(tracks), **more)

    return make


@pytest.fixture
def sentences() -> Callable[..., list[dict[str, Any]]]:
    """Sentences of 3 to 6 s with pauses of 0.6 s, two speakers, one in five spoken up."""

    def make(count: int, *, seed: int = 1, start_ms: float = 500.0) -> list[dict[str, Any]]:
        random = np.random.default_rng(seed)
        events: list[dict[str, Any]] = []
        at = start_ms
        for index in range(count):
            length = float(np.round(random.uniform(3_000.0, 6_000.0)))
            events.append(
                {
                    "start": at,
                    "end": at + length,
                    "speaker": f"s{index % 2}",
                    "loudness": -23.0 + (6.0 if index % 5 == 3 else 0.0) + random.normal(0, 0.5),
                    "confidence": 0.9,
                }
            )
            at += length + 600.0
        return events

    return make


COMPONENTS = [
    "speech",
    "emphasis",
    "subject",
    "face",
    "motion",
    "reaction",
    "transcript",
    "position",
]


def _in_session(highlights: Highlights, request: HighlightsRequest) -> list[tuple[float, float]]:
    clock = {track.asset_id: track.clock for track in request.tracks}
    return [
        (
            float(clock[clip.asset_id].to_session_ms(clip.in_ms)),
            float(clock[clip.asset_id].to_session_ms(clip.out_ms)),
        )
        for clip in highlights.sequence.tracks[0].clips
    ]


def _assert_valid(highlights: Highlights, request: HighlightsRequest) -> None:
    """Everything that holds for any answer."""
    target = 30_000.0 if request.target_duration_ms is None else request.target_duration_ms
    sequence = highlights.sequence
    assert [track.kind for track in sequence.tracks] == [TrackKind.VIDEO, TrackKind.AUDIO]
    assert sequence.tracks[0].video_role is VideoRole.MAIN
    assert sequence.tracks[1].video_role is VideoRole.NONE
    tracks = {track.asset_id: track for track in request.tracks}
    for lane in sequence.tracks:
        assert sum(clip.duration_on_timeline_ms for clip in lane.clips) <= target
        at = 0.0
        for clip in lane.clips:
            assert clip.start_ms_on_timeline == pytest.approx(at, abs=1e-6)
            at += clip.duration_on_timeline_ms
            assert 0.0 <= clip.in_ms < clip.out_ms <= tracks[clip.asset_id].duration_ms
            assert clip.speed == tracks[clip.asset_id].clock.speed
            assert clip.duration_on_timeline_ms >= highlights.min_clip_ms - 2e-3
            assert clip.duration_on_timeline_ms <= highlights.max_clip_ms + 2e-3
        assert sequence.duration_ms == pytest.approx(at, abs=1e-6)
    assert sequence.duration_ms <= target
    shown = sorted(_in_session(highlights, request))
    assert all(one[1] <= other[0] + 1e-3 for one, other in itertools.pairwise(shown))
    assert [decision.clip_index for decision in highlights.decisions] == list(range(len(shown)))
    for decision in highlights.decisions:
        assert [component.name for component in decision.components] == COMPONENTS
        assert decision.score == pytest.approx(
            sum(component.value * component.weight for component in decision.components), abs=1e-9
        )
        assert decision.reason
    assert highlights.fallbacks == tuple(sorted(set(highlights.fallbacks)))
    assert highlights.warnings == tuple(sorted(set(highlights.warnings)))
    assert highlights.inputs_used == tuple(sorted(set(highlights.inputs_used)))


@pytest.fixture
def in_session() -> Callable[[Highlights, HighlightsRequest], list[tuple[float, float]]]:
    """The picture clips' borders in session time."""
    return _in_session


@pytest.fixture
def pick() -> Callable[[HighlightsRequest], Highlights]:
    """The answer to a request, after everything that holds for any answer was checked."""

    def checked(request: HighlightsRequest) -> Highlights:
        highlights = pick_highlights(request)
        _assert_valid(highlights, request)
        return highlights

    return checked
