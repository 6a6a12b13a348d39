"""What holds for any session: never too long, nothing twice, the order of inputs is nothing."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multicam_server.domain.artifacts import (
    Artifacts,
    AudioEvents,
    AudioSemanticTimeline,
    Subjects,
    VisualMeta,
)
from multicam_server.domain.highlights import HighlightOrder, HighlightsRequest
from multicam_server.domain.session import SessionTrack
from multicam_server.highlights import pick_highlights

Make = Callable[..., Any]
_TIMES = st.floats(-5_000.0, 90_000.0).map(lambda value: round(value, 3))
_LENGTHS = st.sampled_from([0.0, 1.0, 400.0, 1_500.0, 3_333.3, 9_000.0, 40_000.0])
_EVENT = st.fixed_dictionaries(
    {
        "kind": st.integers(0, 4),
        "start": _TIMES,
        "length": _LENGTHS,
        "speaker": st.sampled_from(["", "a", "b"]),
        "loudness": st.sampled_from([np.nan, -30.0, -20.0]),
        "confidence": st.sampled_from([np.nan, 0.0, 0.5, 1.0]),
        "text": st.sampled_from(["", "So it was.", "Why?", "The best of 3 things!"]),
    }
)
_BOX = st.fixed_dictionaries(
    {
        "x": st.sampled_from([-0.5, 0.2, 1.5]),
        "y": st.sampled_from([0.0, 0.4]),
        "width": st.sampled_from([0.0, 0.3]),
        "height": st.sampled_from([0.0, 0.2, 1.0]),
        "label": st.sampled_from(["", "face", "person"]),
        "track_id": st.sampled_from(["", "p", "q"]),
    }
)
_FRAME = st.fixed_dictionaries(
    {
        "time": _TIMES,
        "motion": st.sampled_from([np.nan, 0.0, 0.4, 1.0]),
        "x": st.sampled_from([np.nan, 0.3]),
        "y": st.just(0.5),
        "subjects": st.lists(_BOX, max_size=2),
    }
)
_TRACK = st.fixed_dictionaries(
    {
        "duration_ms": st.sampled_from([0.7, 900.0, 20_000.0, 61_234.567]),
        "events": st.none() | st.lists(_EVENT, max_size=8),
        "frames": st.none() | st.lists(_FRAME, max_size=6),
        "beats_ms": st.lists(_TIMES, max_size=3),
        "offset_ms": st.sampled_from([0.0, -40_000.0, 3_217.25, 70_000.125]),
        "drift_ppm": st.sampled_from([0.0, 8.0, -100_000.0]),
        "subject_ids": st.sampled_from([(), ("a",), ("p", "b")]),
    }
)
_SESSION = st.lists(_TRACK, min_size=1, max_size=3)
_TARGET = st.sampled_from([0.3, 1_000.0, 7_654.321, 30_000.0, 500_000.0])


def _tracks(drawn: list[dict[str, Any]], make_track: Make) -> list[SessionTrack]:
    tracks = []
    for index, one in enumerate(drawn):
        more = dict(one)
        if more["events"] is not None:
            more["events"] = [
                dict(event, end=event["start"] + event["length"]) for event in more["events"]
            ]
        tracks.append(make_track(f"cam{index}", more.pop("duration_ms"), **more))
    return tracks


def _shuffled(track: SessionTrack, random: np.random.Generator) -> SessionTrack:
    """The same recording with its events, beats, frames and subjects in another order."""
    audio, visual = track.artifacts.audio_semantic_timeline, track.artifacts.visual_meta
    return replace(
        track,
        artifacts=Artifacts(
            audio_semantic_timeline=None if audio is None else _shuffled_audio(audio, random),
            visual_meta=None if visual is None else _shuffled_visual(visual, random),
        ),
    )


def _shuffled_audio(
    audio: AudioSemanticTimeline, random: np.random.Generator
) -> AudioSemanticTimeline:
    order = random.permutation(len(audio.events))
    beats = random.permutation(len(audio.beats.time_ms))
    events = audio.events
    return replace(
        audio,
        events=AudioEvents(
            kind=events.kind[order],
            start_ms=events.start_ms[order],
            end_ms=events.end_ms[order],
            speaker_id=tuple(events.speaker_id[at] for at in order),
            loudness_lufs=events.loudness_lufs[order],
            confidence=events.confidence[order],
            transcription=tuple(events.transcription[at] for at in order),
        ),
        beats=replace(audio.beats, time_ms=audio.beats.time_ms[beats]),
    )


def _shuffled_visual(visual: VisualMeta, random: np.random.Generator) -> VisualMeta:
    frames = random.permutation(len(visual.timestamp_ms))
    moved_to = np.argsort(frames)
    boxes = visual.subjects
    order = random.permutation(len(boxes))
    return replace(
        visual,
        timestamp_ms=visual.timestamp_ms[frames],
        primary_subject_center_x=visual.primary_subject_center_x[frames],
        primary_subject_center_y=visual.primary_subject_center_y[frames],
        motion_score=visual.motion_score[frames],
        shot_boundary=visual.shot_boundary[frames],
        subjects=Subjects(
            frame=moved_to[boxes.frame[order]] if len(order) else boxes.frame,
            track_id=tuple(boxes.track_id[at] for at in order),
            label=tuple(boxes.label[at] for at in order),
            confidence=boxes.confidence[order],
            bbox_x=boxes.bbox_x[order],
            bbox_y=boxes.bbox_y[order],
            bbox_width=boxes.bbox_width[order],
            bbox_height=boxes.bbox_height[order],
        ),
    )


_QUICK = settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(drawn=_SESSION, target=_TARGET, order=st.sampled_from(list(HighlightOrder)))
@_QUICK
def test_never_over_the_target_and_nothing_twice(
    make_track: Make, drawn: list[dict[str, Any]], target: float, order: HighlightOrder
) -> None:
    tracks = _tracks(drawn, make_track)
    picked = pick_highlights(
        HighlightsRequest("s", tuple(tracks), target_duration_ms=target, order=order)
    )
    by_id = {track.asset_id: track for track in tracks}
    for lane in picked.sequence.tracks:
        assert sum(clip.duration_on_timeline_ms for clip in lane.clips) <= target
        for clip in lane.clips:
            assert 0.0 <= clip.in_ms < clip.out_ms <= by_id[clip.asset_id].duration_ms
            assert clip.duration_on_timeline_ms >= picked.min_clip_ms - 2e-3
            assert clip.duration_on_timeline_ms <= picked.max_clip_ms + 1e-6
    assert picked.sequence.duration_ms <= target
    shown = sorted(
        (
            float(by_id[clip.asset_id].clock.to_session_ms(clip.in_ms)),
            float(by_id[clip.asset_id].clock.to_session_ms(clip.out_ms)),
        )
        for clip in picked.sequence.tracks[0].clips
    )
    assert all(one[1] <= other[0] + 1e-6 for one, other in pairwise(shown))
    for decision in picked.decisions:
        assert decision.score == pytest.approx(
            sum(one.value * one.weight for one in decision.components), abs=1e-9
        )
    if order is HighlightOrder.SCORE:
        scores = [decision.score for decision in picked.decisions]
        assert scores == sorted(scores, reverse=True)


@given(drawn=_SESSION, target=_TARGET, seed=st.integers(0, 1_000))
@_QUICK
def test_the_order_of_inputs_is_nothing(
    make_track: Make, drawn: list[dict[str, Any]], target: float, seed: int
) -> None:
    tracks = _tracks(drawn, make_track)
    random = np.random.default_rng(seed)
    shuffled = [_shuffled(tracks[at], random) for at in random.permutation(len(tracks))]
    one = pick_highlights(HighlightsRequest("s", tuple(tracks), target_duration_ms=target))
    other = pick_highlights(HighlightsRequest("s", tuple(shuffled), target_duration_ms=target))
    assert one == other
