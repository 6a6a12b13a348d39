"""Little, odd or no material: a valid sequence all the same, and what was done is named."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from multicam_server.domain.artifacts import AudioEventKind
from multicam_server.domain.highlights import (
    Highlights,
    HighlightsRequest,
)
from multicam_server.domain.media import Asset, Waveform
from multicam_server.domain.sequence import SequenceClip

Make = Callable[..., Any]


def _pictures(highlights: Highlights) -> tuple[SequenceClip, ...]:
    return highlights.sequence.tracks[0].clips


def test_without_speech_motion_and_subjects_decide(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    frames = [
        {"time": float(time), "motion": 0.9 if 60_000 <= time < 70_000 else 0.1}
        for time in range(0, 200_000, 500)
    ]
    request = make_request([make_track("a", 200_000.0, frames=frames)], target_duration_ms=8_000.0)
    highlights = pick(request)
    assert all(
        60_000.0 <= start < end <= 70_000.0 for start, end in in_session(highlights, request)
    )
    assert highlights.fallbacks == (
        "nothing tells of this session's sound; moments were picked by motion and subjects, "
        "and clips may begin or end inside a sentence",
    )


def test_without_anything_known_stretches_are_spread_evenly(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    request = make_request([make_track("b", 300_000.0), make_track("a", 300_000.0)])
    highlights = pick(request)
    starts = [start for start, _ in in_session(highlights, request)]
    assert len(starts) >= 4
    assert np.diff(starts) == pytest.approx(np.full(len(starts) - 1, 300_000.0 / len(starts)))
    assert highlights.sequence.duration_ms >= 0.98 * 30_000.0
    assert any("nothing is known" in fallback for fallback in highlights.fallbacks)
    assert all(decision.score < 0.2 for decision in highlights.decisions)


def test_measured_speech_is_named_as_a_fallback(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    measured = make_track("a", 400_000.0, events=sentences(40), audio={"from_audio": True})
    highlights = pick(make_request([measured]))
    assert highlights.inputs_used == ("a: audio",)
    assert any(fallback.startswith("a: no audio_semantic_timeline") for fallback in
               highlights.fallbacks)  # fmt: skip


def test_an_asset_without_artifacts_changes_nothing_for_the_others(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    known = make_track("a", 400_000.0, events=sentences(70))
    alone = make_request([known])
    beside = make_request([make_track("z", 400_000.0), known])
    assert in_session(pick(alone), alone) == in_session(pick(beside), beside)


def test_shorter_than_the_target_is_shown_as_far_as_it_goes(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    highlights = pick(make_request([make_track("a", 12_000.0, events=sentences(2))]))
    assert highlights.sequence.duration_ms > 9_000.0
    assert any("only" in warning for warning in highlights.warnings)
    nothing_known = pick(make_request([make_track("a", 12_000.0)]))
    assert nothing_known.sequence.duration_ms == pytest.approx(12_000.0, abs=0.01)


def test_a_target_shorter_than_any_sentence_cuts_and_says_so(
    make_track: Make, make_request: Make, pick: Make
) -> None:
    track = make_track("a", 5_000.0, events=[{"start": 0.0, "end": 5_000.0}])
    highlights = pick(make_request([track], target_duration_ms=1_500.0))
    assert highlights.sequence.duration_ms == pytest.approx(1_500.0, rel=0.02)
    assert any("longer than max_clip_ms" in warning for warning in highlights.warnings)


def test_a_silent_asset_gives_stretches(make_track: Make, make_request: Make, pick: Make) -> None:
    silence = {"kind": AudioEventKind.SILENCE, "start": 0.0, "end": 90_000.0}
    highlights = pick(make_request([make_track("a", 90_000.0, events=[silence])]))
    assert highlights.sequence.duration_ms >= 0.98 * 30_000.0
    assert any("nothing is known" in fallback for fallback in highlights.fallbacks)


def test_events_of_no_length_and_beyond_the_end_are_ignored(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    events = sentences(30)
    odd = [
        {"start": 20_000.0, "end": 20_000.0},
        {"start": 900_000.0, "end": 905_000.0},
        {"start": -9_000.0, "end": -2_000.0},
    ]
    clean = make_request([make_track("a", 170_000.0, events=events)])
    soiled = make_request([make_track("a", 170_000.0, events=[*odd, *events])])
    assert in_session(pick(clean), clean) == in_session(pick(soiled), soiled)


@pytest.mark.parametrize("target", [0.0001, 0.3, 1.0, 33.3, 500.0, 1_999.0])
def test_tiny_targets_give_a_valid_sequence(
    make_track: Make, make_request: Make, sentences: Make, target: float, pick: Make
) -> None:
    for track in (
        make_track("a", 60_000.0, events=sentences(10)),
        make_track("a", 60_000.0),
        make_track("a", 0.5),
    ):
        pick(make_request([track], target_duration_ms=target))


def test_the_longest_target_shows_everything_once(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    track = make_track("a", 100_000.0, events=sentences(15))
    highlights = pick(make_request([track], target_duration_ms=86_400_000.0))
    assert highlights.sequence.duration_ms > 90_000.0


def test_a_recording_of_sound_alone_is_heard_and_not_shown(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    sound = Asset("recorder", waveform=Waveform(1_000.0, np.zeros(10, dtype=np.float32)))
    recorder = make_track("recorder", 240_000.0, events=sentences(40), asset=sound)
    camera = make_track("video", 240_000.0, asset=Asset("video", uri="video.mp4"))
    for target in (30_000.0, 400_000.0):
        request = make_request([recorder, camera], target_duration_ms=target)
        highlights = pick(request)
        assert {clip.asset_id for clip in _pictures(highlights)} == {"video"}
        assert {clip.asset_id for clip in highlights.sequence.tracks[1].clips} == {"recorder"}
        assert {decision.runner_up_asset_id for decision in highlights.decisions} == {""}
    alone = pick(make_request([recorder]))
    assert {clip.asset_id for clip in _pictures(alone)} == {"recorder"}
    assert any("no recording has a picture" in fallback for fallback in alone.fallbacks)


def test_what_is_not_recorded_whole_is_not_shown(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    """Two recordings one after the other, with a hole in between."""
    first = make_track("a", 60_000.0, events=sentences(14))
    second = make_track("b", 60_000.0, events=sentences(14, seed=2), offset_ms=65_000.0)
    for target in (30_000.0, 200_000.0):
        request = make_request([second, first], target_duration_ms=target)
        for start, end in in_session(pick(request), request):
            assert end <= 60_000.001 or start >= 64_999.999


def test_speech_that_no_camera_records_whole_is_shown_in_parts(
    make_track: Make, pick: Make
) -> None:
    tracks = [
        make_track("a", 16_000.0, events=[{"start": 0.0, "end": 16_000.0}]),
        make_track("b", 16_000.0, offset_ms=3_217.0, events=[{"start": 0.0, "end": 16_000.0}]),
    ]
    request = HighlightsRequest("ses", tuple(tracks))
    highlights = pick(request)
    shown = [(clip.asset_id, clip.in_ms, clip.out_ms) for clip in _pictures(highlights)]
    assert shown == [
        ("a", 0.0, pytest.approx(16_000.0, abs=0.01)),
        ("b", pytest.approx(12_783.0, abs=0.01), pytest.approx(16_000.0, abs=0.01)),
    ]
    parted = pick(replace(request, max_clip_ms=8_000.0))
    assert all(clip.out_ms - clip.in_ms <= 8_000.01 for clip in _pictures(parted))
