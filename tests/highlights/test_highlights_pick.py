"""What a request gets back: whole moments, once, within the target, explained."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from multicam_server.domain.artifacts import AudioEventKind
from multicam_server.domain.highlights import (
    HighlightOrder,
    Highlights,
    HighlightsRequest,
    HighlightWeights,
)
from multicam_server.domain.media import Asset, Waveform
from multicam_server.domain.sequence import SequenceClip, TrackKind, VideoRole
from multicam_server.domain.session import SessionTrack
from multicam_server.highlights import SCORING_VERSION, pick_highlights

Make = Callable[..., Any]
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


def _pictures(highlights: Highlights) -> tuple[SequenceClip, ...]:
    return highlights.sequence.tracks[0].clips


def _in_session(highlights: Highlights, request: HighlightsRequest) -> list[tuple[float, float]]:
    clock = {track.asset_id: track.clock for track in request.tracks}
    return [
        (
            float(clock[clip.asset_id].to_session_ms(clip.in_ms)),
            float(clock[clip.asset_id].to_session_ms(clip.out_ms)),
        )
        for clip in _pictures(highlights)
    ]


def assert_valid(highlights: Highlights, request: HighlightsRequest) -> None:
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


def _pick(request: HighlightsRequest) -> Highlights:
    highlights = pick_highlights(request)
    assert_valid(highlights, request)
    return highlights


def _values(highlights: Highlights, name: str) -> list[float]:
    return [
        component.value
        for decision in highlights.decisions
        for component in decision.components
        if component.name == name
    ]


def test_defaults_are_the_contracts(make_track: Make, make_request: Make, sentences: Make) -> None:
    events = sentences(60)
    highlights = _pick(make_request([make_track("a", 400_000.0, events=events)]))
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
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    for target in (8_000.0, 12_345.678, 30_000.0, 60_000.0):
        request = make_request(
            [make_track("a", 400_000.0, events=sentences(70))], target_duration_ms=target
        )
        assert _pick(request).sequence.duration_ms >= 0.98 * target


def test_no_sentence_is_cut(make_track: Make, make_request: Make, sentences: Make) -> None:
    events = sentences(70)
    request = make_request([make_track("a", 400_000.0, events=events)])
    for start, end in _in_session(_pick(request), request):
        for border in (start, end):
            assert not any(event["start"] < border < event["end"] for event in events)


def test_picks_what_is_spoken_up(make_track: Make, make_request: Make, sentences: Make) -> None:
    events = sentences(70)
    request = make_request([make_track("a", 400_000.0, events=events)])
    shown = _in_session(_pick(request), request)
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
    make_track: Make, make_request: Make, sentences: Make
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
    highlights = _pick(request)
    late = [clip for clip, (start, _) in zip(
        _pictures(highlights), _in_session(highlights, request), strict=True
    ) if start > 3_217.0]  # fmt: skip
    assert {clip.asset_id for clip in late} == {"b"}
    decision = highlights.decisions[-1]
    assert decision.runner_up_asset_id == "a"
    assert decision.runner_up_score is not None
    assert decision.runner_up_score < decision.score


def test_by_score_the_best_comes_first(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    request = make_request(
        [make_track("a", 400_000.0, events=sentences(70))], order=HighlightOrder.SCORE
    )
    scores = [decision.score for decision in _pick(request).decisions]
    assert scores == sorted(scores, reverse=True)
    chronological = replace(request, order=HighlightOrder.CHRONOLOGICAL)
    assert sorted(_in_session(_pick(request), request)) == _in_session(
        _pick(chronological), chronological
    )


def test_a_question_comes_with_its_answer(make_track: Make, make_request: Make) -> None:
    events = [
        {"start": 1_000.0 + 6_000.0 * index, "end": 5_500.0 + 6_000.0 * index, "speaker": "host",
         "text": "And then we went on with it.", "loudness": -25.0}
        for index in range(30)
    ]  # fmt: skip
    events[12] |= {"text": "And what was the best of it?", "loudness": -25.0}
    events[13] |= {"speaker": "guest", "text": "The best was 42 people in 1 boat!", "loudness": -14}
    request = make_request([make_track("a", 190_000.0, events=events)], target_duration_ms=12_000.0)
    highlights = _pick(request)
    start, end = _in_session(highlights, request)[0]
    assert start <= events[12]["start"]
    assert end >= events[13]["end"]
    assert "a question with its answer" in highlights.decisions[0].reason


def test_a_laugh_belongs_to_its_joke(make_track: Make, make_request: Make) -> None:
    events: list[dict[str, Any]] = [
        {"start": 1_000.0 + 8_000.0 * index, "end": 5_500.0 + 8_000.0 * index, "speaker": "host"}
        for index in range(20)
    ]
    laugh = {"kind": AudioEventKind.OTHER, "start": 69_700.0, "end": 71_500.0, "confidence": 0.9}
    request = make_request(
        [make_track("a", 170_000.0, events=[*events, laugh])], target_duration_ms=8_000.0
    )
    highlights = _pick(request)
    start, end = _in_session(highlights, request)[0]
    assert start <= 65_000.0
    assert end >= 71_500.0
    assert "with the reaction to it" in highlights.decisions[0].reason
    assert _values(highlights, "reaction")[0] > 0.5


def test_without_speech_motion_and_subjects_decide(make_track: Make, make_request: Make) -> None:
    frames = [
        {"time": float(time), "motion": 0.9 if 60_000 <= time < 70_000 else 0.1}
        for time in range(0, 200_000, 500)
    ]
    request = make_request([make_track("a", 200_000.0, frames=frames)], target_duration_ms=8_000.0)
    highlights = _pick(request)
    assert all(
        60_000.0 <= start < end <= 70_000.0 for start, end in _in_session(highlights, request)
    )
    assert any("no speech is known" in fallback for fallback in highlights.fallbacks)


def test_without_anything_known_stretches_are_spread_evenly(
    make_track: Make, make_request: Make
) -> None:
    request = make_request([make_track("b", 300_000.0), make_track("a", 300_000.0)])
    highlights = _pick(request)
    starts = [start for start, _ in _in_session(highlights, request)]
    assert len(starts) >= 4
    assert np.diff(starts) == pytest.approx(np.full(len(starts) - 1, 300_000.0 / len(starts)))
    assert highlights.sequence.duration_ms >= 0.98 * 30_000.0
    assert any("nothing is known" in fallback for fallback in highlights.fallbacks)
    assert all(decision.score < 0.2 for decision in highlights.decisions)


def test_measured_speech_is_named_as_a_fallback(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    measured = make_track("a", 400_000.0, events=sentences(40), audio={"from_audio": True})
    highlights = _pick(make_request([measured]))
    assert highlights.inputs_used == ("a: audio",)
    assert any(fallback.startswith("a: no audio_semantic_timeline") for fallback in
               highlights.fallbacks)  # fmt: skip


def test_an_asset_without_artifacts_changes_nothing_for_the_others(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    known = make_track("a", 400_000.0, events=sentences(70))
    alone = make_request([known])
    beside = make_request([make_track("z", 400_000.0), known])
    assert _in_session(_pick(alone), alone) == _in_session(_pick(beside), beside)


def test_one_cameras_level_does_not_matter(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    events = sentences(70)
    soft = [dict(event, loudness=event["loudness"] - 20.0) for event in events]
    one = make_request([make_track("a", 400_000.0, events=events)])
    other = make_request([make_track("a", 400_000.0, events=soft)])
    assert _in_session(_pick(one), one) == _in_session(_pick(other), other)


def test_shorter_than_the_target_is_shown_as_far_as_it_goes(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    highlights = _pick(make_request([make_track("a", 12_000.0, events=sentences(2))]))
    assert highlights.sequence.duration_ms > 9_000.0
    assert any("only" in warning for warning in highlights.warnings)
    nothing_known = _pick(make_request([make_track("a", 12_000.0)]))
    assert nothing_known.sequence.duration_ms == pytest.approx(12_000.0, abs=0.01)


def test_a_target_shorter_than_any_sentence_cuts_and_says_so(
    make_track: Make, make_request: Make
) -> None:
    track = make_track("a", 5_000.0, events=[{"start": 0.0, "end": 5_000.0}])
    highlights = _pick(make_request([track], target_duration_ms=1_500.0))
    assert highlights.sequence.duration_ms == pytest.approx(1_500.0, rel=0.02)
    assert any("longer than max_clip_ms" in warning for warning in highlights.warnings)


def test_a_silent_asset_gives_stretches(make_track: Make, make_request: Make) -> None:
    silence = {"kind": AudioEventKind.SILENCE, "start": 0.0, "end": 90_000.0}
    highlights = _pick(make_request([make_track("a", 90_000.0, events=[silence])]))
    assert highlights.sequence.duration_ms >= 0.98 * 30_000.0
    assert any("nothing is known" in fallback for fallback in highlights.fallbacks)


def test_events_of_no_length_and_beyond_the_end_are_ignored(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    events = sentences(30)
    odd = [
        {"start": 20_000.0, "end": 20_000.0},
        {"start": 900_000.0, "end": 905_000.0},
        {"start": -9_000.0, "end": -2_000.0},
    ]
    clean = make_request([make_track("a", 170_000.0, events=events)])
    soiled = make_request([make_track("a", 170_000.0, events=[*odd, *events])])
    assert _in_session(_pick(clean), clean) == _in_session(_pick(soiled), soiled)


@pytest.mark.parametrize("target", [0.0001, 0.3, 1.0, 33.3, 500.0, 1_999.0])
def test_tiny_targets_give_a_valid_sequence(
    make_track: Make, make_request: Make, sentences: Make, target: float
) -> None:
    for track in (
        make_track("a", 60_000.0, events=sentences(10)),
        make_track("a", 60_000.0),
        make_track("a", 0.5),
    ):
        _pick(make_request([track], target_duration_ms=target))


def test_the_longest_target_shows_everything_once(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    track = make_track("a", 100_000.0, events=sentences(15))
    highlights = _pick(make_request([track], target_duration_ms=86_400_000.0))
    assert highlights.sequence.duration_ms > 90_000.0


def test_sound_only_recordings_are_heard_and_not_shown(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    from multicam_server.domain.media import Asset, Waveform

    waveform = Waveform(16_000.0, np.zeros(16, dtype=np.float32))
    recorder = make_track("a", 200_000.0, events=sentences(30), asset=Asset("a", waveform=waveform))
    camera: SessionTrack = make_track("b", 200_000.0)
    highlights = _pick(make_request([recorder, camera]))
    assert {clip.asset_id for clip in _pictures(highlights)} == {"b"}
    assert {clip.asset_id for clip in highlights.sequence.tracks[1].clips} == {"a"}


def test_music_is_cut_on_its_beats(make_track: Make, make_request: Make) -> None:
    beats = [250.0 + 600.0 * beat for beat in range(300)]
    music = [
        {"kind": AudioEventKind.MUSIC, "start": 0.0, "end": 90_000.0, "loudness": -30.0},
        {"kind": AudioEventKind.MUSIC, "start": 90_000.0, "end": 180_000.0, "loudness": -15.0},
    ]
    request = make_request(
        [make_track("a", 180_000.0, events=music, beats_ms=beats)], target_duration_ms=9_000.0
    )
    highlights = _pick(request)
    for start, _ in _in_session(highlights, request):
        assert start >= 90_000.0
        assert min(abs(start - beat) for beat in beats) < 2.0
    assert highlights.fallbacks == (
        "no speech is known in this session; moments were picked by motion, subjects, "
        "reactions and music",
    )


def test_everyone_who_talks_is_heard_when_it_costs_little(
    make_track: Make, make_request: Make
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
    shown = _in_session(_pick(request), request)
    heard = {
        event["speaker"]
        for event in events
        for start, end in shown
        if start <= event["start"] and event["end"] <= end
    }
    assert heard == {"host", "guest"}
    assert min(start for start, _ in shown) < 150_000.0 < max(end for _, end in shown)


def test_the_camera_meant_for_the_speaker_shows_the_speaker(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    events = sentences(40)
    request = make_request(
        [
            make_track("a", 240_000.0, events=events, subject_ids=("s0",)),
            make_track("b", 240_000.0, events=events, subject_ids=("s1",)),
        ]
    )
    highlights = _pick(request)
    for clip, (start, end) in zip(
        _pictures(highlights), _in_session(highlights, request), strict=True
    ):
        talk = {"s0": 0.0, "s1": 0.0}
        for event in events:
            inside = min(end, event["end"]) - max(start, event["start"])
            talk[event["speaker"]] += max(0.0, inside)
        if abs(talk["s0"] - talk["s1"]) > 500.0:
            assert clip.asset_id == ("a" if talk["s0"] > talk["s1"] else "b")


def test_bounds_hold_and_give_way_to_each_other(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    track = make_track("a", 400_000.0, events=sentences(70))
    for least, most in ((None, 4_000.0), (6_000.0, None), (25_000.0, None), (5_000.0, 5_000.0)):
        highlights = _pick(
            make_request([track], target_duration_ms=60_000.0, min_clip_ms=least, max_clip_ms=most)
        )
        assert highlights.sequence.tracks[0].clips
        assert least is None or highlights.min_clip_ms == least
        assert most is None or highlights.max_clip_ms == most


def test_what_is_not_recorded_whole_is_not_shown(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    """Two recordings one after the other, with a hole in between."""
    first = make_track("a", 60_000.0, events=sentences(14))
    second = make_track("b", 60_000.0, events=sentences(14, seed=2), offset_ms=65_000.0)
    for target in (30_000.0, 200_000.0):
        request = make_request([second, first], target_duration_ms=target)
        for start, end in _in_session(_pick(request), request):
            assert end <= 60_000.001 or start >= 64_999.999


def test_weights_of_zero_leave_the_time(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    nothing = HighlightWeights(*[0.0] * 8)
    request = make_request([make_track("a", 200_000.0, events=sentences(30))], weights=nothing)
    highlights = _pick(request)
    assert highlights.weights == nothing
    assert {decision.score for decision in highlights.decisions} == {0.0}
    assert highlights.sequence.duration_ms >= 0.98 * 30_000.0


def test_ties_go_to_the_earlier_moment_and_the_first_asset(
    make_track: Make, make_request: Make
) -> None:
    events = [{"start": 10_000.0 * at, "end": 10_000.0 * at + 4_000.0} for at in range(1, 9)]
    no_position = HighlightWeights(position=0.0)
    for target, expected in ((4_500.0, [10_000.0]), (9_000.0, [10_000.0, 20_000.0])):
        request = make_request(
            [make_track(asset, 100_000.0, events=events) for asset in ("c", "a", "b")],
            target_duration_ms=target,
            weights=no_position,
        )
        highlights = _pick(request)
        starts = [start for start, _ in _in_session(highlights, request)]
        assert starts == pytest.approx(expected, abs=400.0)
        assert {clip.asset_id for clip in _pictures(highlights)} == {"a"}
        assert {clip.asset_id for clip in highlights.sequence.tracks[1].clips} == {"a"}


def test_speech_that_no_camera_records_whole_is_shown_in_parts(make_track: Make) -> None:
    tracks = [
        make_track("a", 16_000.0, events=[{"start": 0.0, "end": 16_000.0}]),
        make_track("b", 16_000.0, offset_ms=3_217.0, events=[{"start": 0.0, "end": 16_000.0}]),
    ]
    request = HighlightsRequest("ses", tuple(tracks))
    highlights = _pick(request)
    shown = [(clip.asset_id, clip.in_ms, clip.out_ms) for clip in _pictures(highlights)]
    assert shown == [
        ("a", 0.0, pytest.approx(16_000.0, abs=0.01)),
        ("b", pytest.approx(12_783.0, abs=0.01), pytest.approx(16_000.0, abs=0.01)),
    ]
    parted = _pick(replace(request, max_clip_ms=8_000.0))
    assert all(clip.out_ms - clip.in_ms <= 8_000.01 for clip in _pictures(parted))


def test_a_recording_of_sound_alone_is_heard_and_not_shown(
    make_track: Make, make_request: Make, sentences: Make
) -> None:
    sound = Asset("recorder", waveform=Waveform(1_000.0, np.zeros(10, dtype=np.float32)))
    recorder = make_track("recorder", 240_000.0, events=sentences(40), asset=sound)
    camera = make_track("video", 240_000.0, asset=Asset("video", uri="video.mp4"))
    for target in (30_000.0, 400_000.0):
        request = make_request([recorder, camera], target_duration_ms=target)
        highlights = _pick(request)
        assert {clip.asset_id for clip in _pictures(highlights)} == {"video"}
        assert {clip.asset_id for clip in highlights.sequence.tracks[1].clips} == {"recorder"}
        assert {decision.runner_up_asset_id for decision in highlights.decisions} == {""}
    alone = _pick(make_request([recorder]))
    assert {clip.asset_id for clip in _pictures(alone)} == {"recorder"}
    assert any("no recording has a picture" in fallback for fallback in alone.fallbacks)
