"""What a request gets back: whole moments, once, within the target, explained."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from multicam_server.domain.artifacts import AudioEventKind
from multicam_server.domain.highlights import (
    HighlightOrder,
    Highlights,
    HighlightWeights,
)
from multicam_server.domain.sequence import SequenceClip
from multicam_server.highlights import SCORING_VERSION

Make = Callable[..., Any]


def _pictures(highlights: Highlights) -> tuple[SequenceClip, ...]:
    return highlights.sequence.tracks[0].clips


def _values(highlights: Highlights, name: str) -> list[float]:
    return [
        component.value
        for decision in highlights.decisions
        for component in decision.components
        if component.name == name
    ]


def test_defaults_are_the_contracts(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    events = sentences(60)
    highlights = pick(make_request([make_track("a", 400_000.0, events=events)]))
    assert highlights.scoring_version == SCORING_VERSION
    assert highlights.order is HighlightOrder.CHRONOLOGICAL
    assert (highlights.target_duration_ms, highlights.min_clip_ms, highlights.max_clip_ms) == (
        30_000.0,
        2_000.0,
        20_000.0,
    )
    assert highlights.weights == HighlightWeights(1.0, 0.6, 0.4, 0.3, 0.2, 0.4, 0.5, 0.1)
    assert highlights.inputs_used == ("a: audio_semantic_timeline audio-1",)
    assert highlights.fallbacks == ()
    assert highlights.sequence.name == "session highlights"


def test_uses_nearly_all_of_the_target(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    for target in (8_000.0, 12_345.678, 30_000.0, 60_000.0):
        request = make_request(
            [make_track("a", 400_000.0, events=sentences(70))], target_duration_ms=target
        )
        assert pick(request).sequence.duration_ms >= 0.98 * target


def test_no_sentence_is_cut(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    events = sentences(70)
    request = make_request([make_track("a", 400_000.0, events=events)])
    for start, end in in_session(pick(request), request):
        for border in (start, end):
            assert not any(event["start"] < border < event["end"] for event in events)


def test_picks_what_is_spoken_up(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    events = sentences(70)
    request = make_request([make_track("a", 400_000.0, events=events)])
    shown = in_session(pick(request), request)
    loud = quiet = 0.0
    for event in events:
        seen = sum(
            max(0.0, min(end, event["end"]) - max(start, event["start"])) for start, end in shown
        )
        if event["loudness"] > -20.0:
            loud += seen
        else:
            quiet += seen
    assert loud > 5.0 * quiet


def test_one_moment_is_shown_once_from_the_camera_that_shows_the_subject(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    events = sentences(40)
    moved = [dict(event, start=event["start"] - 3_217.0, end=event["end"] - 3_217.0)
             for event in events]  # fmt: skip
    subject = {"x": 0.4, "y": 0.2, "width": 0.2, "height": 0.6, "track_id": "p"}
    good = [
        {"time": float(time), "x": 0.5, "y": 0.5, "subjects": [subject]}
        for time in range(0, 240_000, 500)
    ]
    bad = [{"time": float(time), "subjects": []} for time in range(0, 240_000, 500)]
    request = make_request(
        [
            make_track("a", 240_000.0, events=events, frames=bad),
            make_track("b", 230_000.0, events=moved, frames=good, offset_ms=3_217.0, drift_ppm=8.0),
        ]
    )
    highlights = pick(request)
    late = [clip for clip, (start, _) in zip(
        _pictures(highlights), in_session(highlights, request), strict=True
    ) if start > 3_217.0]  # fmt: skip
    assert {clip.asset_id for clip in late} == {"b"}
    decision = highlights.decisions[-1]
    assert decision.runner_up_asset_id == "a"
    assert decision.runner_up_score is not None
    assert decision.runner_up_score < decision.score


def test_by_score_the_best_comes_first(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    request = make_request(
        [make_track("a", 400_000.0, events=sentences(70))], order=HighlightOrder.SCORE
    )
    scores = [decision.score for decision in pick(request).decisions]
    assert scores == sorted(scores, reverse=True)
    chronological = replace(request, order=HighlightOrder.CHRONOLOGICAL)
    assert sorted(in_session(pick(request), request)) == in_session(
        pick(chronological), chronological
    )


def test_a_question_comes_with_its_answer(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    events = [
        {"start": 1_000.0 + 6_000.0 * index, "end": 5_500.0 + 6_000.0 * index, "speaker": "host",
         "text": "And then we went on with it.", "loudness": -25.0}
        for index in range(30)
    ]  # fmt: skip
    events[12] |= {"text": "And what was the best of it?", "loudness": -25.0}
    events[13] |= {"speaker": "guest", "text": "The best was 42 people in 1 boat!", "loudness": -14}
    request = make_request([make_track("a", 190_000.0, events=events)], target_duration_ms=12_000.0)
    highlights = pick(request)
    start, end = in_session(highlights, request)[0]
    assert start <= events[12]["start"]
    assert end >= events[13]["end"]
    assert "a question with its answer" in highlights.decisions[0].reason


def test_a_laugh_belongs_to_its_joke(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    events: list[dict[str, Any]] = [
        {"start": 1_000.0 + 8_000.0 * index, "end": 5_500.0 + 8_000.0 * index, "speaker": "host"}
        for index in range(20)
    ]
    laugh = {"kind": AudioEventKind.OTHER, "start": 69_700.0, "end": 71_500.0, "confidence": 0.9}
    request = make_request(
        [make_track("a", 170_000.0, events=[*events, laugh])], target_duration_ms=8_000.0
    )
    highlights = pick(request)
    start, end = in_session(highlights, request)[0]
    assert start <= 65_000.0
    assert end >= 71_500.0
    assert "with the reaction to it" in highlights.decisions[0].reason
    assert _values(highlights, "reaction")[0] > 0.5


def test_one_cameras_level_does_not_matter(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    events = sentences(70)
    soft = [dict(event, loudness=event["loudness"] - 20.0) for event in events]
    one = make_request([make_track("a", 400_000.0, events=events)])
    other = make_request([make_track("a", 400_000.0, events=soft)])
    assert in_session(pick(one), one) == in_session(pick(other), other)


def test_music_is_cut_on_its_beats(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    beats = [250.0 + 600.0 * beat for beat in range(300)]
    music = [
        {"kind": AudioEventKind.MUSIC, "start": 0.0, "end": 90_000.0, "loudness": -30.0},
        {"kind": AudioEventKind.MUSIC, "start": 90_000.0, "end": 180_000.0, "loudness": -15.0},
    ]
    request = make_request(
        [make_track("a", 180_000.0, events=music, beats_ms=beats)], target_duration_ms=9_000.0
    )
    highlights = pick(request)
    for start, _ in in_session(highlights, request):
        assert start >= 90_000.0
        assert min(abs(start - beat) for beat in beats) < 2.0
    assert highlights.fallbacks == (
        "no speech is known in this session; moments were picked by motion, subjects, "
        "reactions and music",
    )


def test_everyone_who_talks_is_heard_when_it_costs_little(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    events = [
        {
            "start": 5_000.0 * at,
            "end": 5_000.0 * at + 4_400.0,
            "speaker": "host" if at % 3 else "guest",
            "confidence": 0.9 if at % 3 else 0.89,
        }
        for at in range(60)
    ]
    request = make_request([make_track("a", 300_000.0, events=events)], target_duration_ms=20_000.0)
    shown = in_session(pick(request), request)
    heard = {
        event["speaker"]
        for event in events
        for start, end in shown
        if start <= event["start"] and event["end"] <= end
    }
    assert heard == {"host", "guest"}
    assert min(start for start, _ in shown) < 150_000.0 < max(end for _, end in shown)


def test_the_camera_meant_for_the_speaker_shows_the_speaker(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    events = sentences(40)
    request = make_request(
        [
            make_track("a", 240_000.0, events=events, subject_ids=("s0",)),
            make_track("b", 240_000.0, events=events, subject_ids=("s1",)),
        ]
    )
    highlights = pick(request)
    for clip, (start, end) in zip(
        _pictures(highlights), in_session(highlights, request), strict=True
    ):
        talk = {"s0": 0.0, "s1": 0.0}
        for event in events:
            inside = min(end, event["end"]) - max(start, event["start"])
            talk[event["speaker"]] += max(0.0, inside)
        if abs(talk["s0"] - talk["s1"]) > 500.0:
            assert clip.asset_id == ("a" if talk["s0"] > talk["s1"] else "b")


def test_bounds_hold_and_give_way_to_each_other(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    track = make_track("a", 400_000.0, events=sentences(70))
    for least, most in ((None, 4_000.0), (6_000.0, None), (25_000.0, None), (5_000.0, 5_000.0)):
        highlights = pick(
            make_request([track], target_duration_ms=60_000.0, min_clip_ms=least, max_clip_ms=most)
        )
        assert highlights.sequence.tracks[0].clips
        assert least is None or highlights.min_clip_ms == least
        assert most is None or highlights.max_clip_ms == most


def test_weights_of_zero_leave_the_time(
    make_track: Make, make_request: Make, sentences: Make, pick: Make
) -> None:
    nothing = HighlightWeights(*[0.0] * 8)
    request = make_request([make_track("a", 200_000.0, events=sentences(30))], weights=nothing)
    highlights = pick(request)
    assert highlights.weights == nothing
    assert {decision.score for decision in highlights.decisions} == {0.0}
    assert highlights.sequence.duration_ms >= 0.98 * 30_000.0


def test_ties_go_to_the_earlier_moment_and_the_first_asset(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    events = [{"start": 10_000.0 * at, "end": 10_000.0 * at + 4_000.0} for at in range(1, 9)]
    no_position = HighlightWeights(position=0.0)
    for target, expected in ((4_500.0, [10_000.0]), (9_000.0, [10_000.0, 20_000.0])):
        request = make_request(
            [make_track(asset, 100_000.0, events=events) for asset in ("c", "a", "b")],
            target_duration_ms=target,
            weights=no_position,
        )
        highlights = pick(request)
        starts = [start for start, _ in in_session(highlights, request)]
        assert starts == pytest.approx(expected, abs=400.0)
        assert {clip.asset_id for clip in _pictures(highlights)} == {"a"}
        assert {clip.asset_id for clip in highlights.sequence.tracks[1].clips} == {"a"}
