"""Each component alone finds the moment that has it, and the reply says so."""

import re
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
from multicam_server.domain.artifacts import AudioEventKind
from multicam_server.domain.highlights import Highlights, HighlightsRequest, HighlightWeights
from multicam_server.domain.session import SessionTrack

Make = Callable[..., Any]
LENGTH_MS = 200_000.0
SPECIAL = 11
"""The sentence that has what the component looks for."""
PERSON = {"x": 0.4, "y": 0.1, "width": 0.2, "label": "person", "confidence": 0.9}
FACE = {"x": 0.45, "y": 0.1, "width": 0.1, "label": "face", "confidence": 0.9}


def _events() -> list[dict[str, Any]]:
    return [
        {"start": 8_000.0 * at + 1_000.0, "end": 8_000.0 * at + 6_000.0, "speaker": "host",
         "text": "and that was how it went for us.", "loudness": -24.0, "confidence": 0.8}
        for at in range(24)
    ]  # fmt: skip


def _frames(special: dict[str, Any], usual: dict[str, Any]) -> list[dict[str, Any]]:
    begin = 8_000.0 * SPECIAL
    return [
        {"time": 500.0 * at, **(special if begin <= 500.0 * at < begin + 8_000.0 else usual)}
        for at in range(400)
    ]


def _subject(height: float) -> dict[str, Any]:
    return {"x": 0.5, "y": 0.11, "subjects": [PERSON | {"height": height}]}


def _session(component: str, make_track: Make) -> SessionTrack:
    """A session of even sentences of which one has what this component looks for."""
    events = _events()
    frames = None
    if component == "speech":
        events[SPECIAL]["confidence"] = 0.98
    elif component == "emphasis":
        events[SPECIAL]["loudness"] = -16.0
    elif component == "transcript":
        events[SPECIAL]["text"] = "and it was the best of all 42!"
    elif component == "reaction":
        laugh = {"kind": AudioEventKind.OTHER, "confidence": 0.9, "text": "[laughter]"}
        begin = events[SPECIAL]["end"] + 100.0
        events.append(laugh | {"start": begin, "end": begin + 1_500.0})
    elif component == "subject":
        frames = _frames(_subject(0.6), _subject(0.1))
    elif component == "face":
        frames = _frames({"subjects": [FACE | {"height": 0.15}]}, {"subjects": []})
    elif component == "motion":
        frames = _frames({"motion": 0.8}, {"motion": 0.1})
    return make_track("a", LENGTH_MS, events=events, frames=frames)


def _only(component: str) -> HighlightWeights:
    return HighlightWeights(
        **{field.name: float(field.name == component) for field in fields(HighlightWeights)}
    )


def _value(highlights: Highlights, component: str) -> float:
    values = {one.name: one.value for one in highlights.decisions[0].components}
    return values[component]


@pytest.mark.parametrize(
    "component", ["speech", "emphasis", "subject", "face", "motion", "reaction", "transcript"]
)
def test_a_component_alone_finds_its_moment(
    make_track: Make, make_request: Make, pick: Make, in_session: Make, component: str
) -> None:
    request = make_request(
        [_session(component, make_track)], target_duration_ms=7_000.0, weights=_only(component)
    )
    highlights = pick(request)
    start, end = in_session(highlights, request)[0]
    sentence = _events()[SPECIAL]
    assert start <= sentence["start"] < sentence["end"] <= end
    assert _value(highlights, component) > 0.1


def test_position_alone_finds_the_opening_and_the_ending(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    request = make_request(
        [make_track("a", LENGTH_MS, events=_events())],
        target_duration_ms=12_000.0,
        weights=_only("position"),
    )
    for start, end in in_session(pick(request), request):
        assert end < 0.1 * LENGTH_MS or start > 0.9 * LENGTH_MS


def test_emphasis_is_above_the_speakers_own_level_not_the_others(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    events = _events()
    for event in events[0::2]:
        event |= {"speaker": "loud guest", "loudness": -14.0}
    events[SPECIAL]["loudness"] = -17.0
    request = make_request(
        [make_track("a", LENGTH_MS, events=events)],
        target_duration_ms=7_000.0,
        weights=_only("emphasis"),
    )
    highlights = pick(request)
    start, end = in_session(highlights, request)[0]
    assert start <= events[SPECIAL]["start"] < events[SPECIAL]["end"] <= end
    assert "louder than the speaker's usual level" in highlights.decisions[0].reason


@pytest.mark.parametrize("gain_lu", [-25.0, 25.0])
def test_one_of_two_cameras_gain_changes_nothing(
    make_track: Make, sentences: Make, pick: Make, in_session: Make, gain_lu: float
) -> None:
    events = sentences(40)
    turned = [dict(event, loudness=event["loudness"] + gain_lu) for event in events]

    def shown(second: list[dict[str, Any]]) -> list[tuple[float, float]]:
        tracks = (make_track("a", 2e5, events=events), make_track("b", 2e5, events=second))
        request = HighlightsRequest("session", tracks)
        clips: list[tuple[float, float]] = in_session(pick(request), request)
        return clips

    assert shown(events) == shown(turned)


def test_words_of_a_language_without_a_list_count_nothing(
    make_track: Make, make_request: Make, pick: Make
) -> None:
    events = [dict(event, text="ja to jest najlepszy dzień tego roku.") for event in _events()]
    highlights = pick(make_request([make_track("a", LENGTH_MS, events=events)]))
    assert {one.value for decision in highlights.decisions for one in decision.components
            if one.name == "transcript"} == {0.0}  # fmt: skip
    assert any("language of the transcriptions" in text for text in highlights.fallbacks)


def test_one_moment_in_four_cameras_is_one_candidate_from_the_best(
    make_track: Make, make_request: Make, sentences: Make, pick: Make, in_session: Make
) -> None:
    """The cameras show a subject of four sizes; each sentence is heard by all of them."""
    offsets = {"a": 0.0, "b": 1_250.5, "c": -2_000.25, "d": 3_217.0}
    sizes = {"a": 0.1, "b": 0.5, "c": 0.2, "d": 0.05}
    events = sentences(36, start_ms=4_000.0)
    tracks = []
    for name, offset in offsets.items():
        heard = [
            event | {"start": event["start"] - offset, "end": event["end"] - offset}
            for event in events
        ]
        frames = [{"time": 500.0 * at, **_subject(sizes[name])} for at in range(400)]
        tracks.append(make_track(name, 2e5, events=heard, frames=frames, offset_ms=offset))
    request = make_request(tracks, target_duration_ms=40_000.0)
    highlights = pick(request)
    assert {clip.asset_id for clip in highlights.sequence.tracks[0].clips} == {"b"}
    assert {decision.runner_up_asset_id for decision in highlights.decisions} == {"c"}
    assert len(in_session(highlights, request)) > 4


def test_the_best_moment_left_out_is_named(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    """Three loud sentences, and a target for two of them: the third is the best left out."""
    events = _events()
    for at, loudness in ((4, -10.0), (9, -10.0), (15, -13.0)):
        events[at]["loudness"] = loudness
    request = make_request([make_track("a", LENGTH_MS, events=events)], target_duration_ms=10_400.0)
    highlights = pick(request)
    shown = in_session(highlights, request)
    assert [round(start / 8_000.0) for start, _ in shown] == [4, 9]
    for decision in highlights.decisions:
        assert "; the best left out that would fit here: 2:0" in decision.reason


def test_where_none_would_fit_the_best_left_out_is_named_all_the_same(
    make_track: Make, make_request: Make, pick: Make
) -> None:
    events = [
        {"start": 1_000.0, "end": 4_000.0, "loudness": -20.0},
        {"start": 8_000.0, "end": 15_000.0, "loudness": -20.0},
    ]
    request = make_request(
        [make_track("a", 16_000.0, events=events)],
        target_duration_ms=4_000.0,
        max_clip_ms=4_000.0,
        min_clip_ms=1_000.0,
    )
    reasons = [decision.reason for decision in pick(request).decisions]
    assert all("; the best left out" in reason for reason in reasons)


def test_nothing_that_is_shown_is_called_left_out(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    """Also where stretches are spread evenly over what nothing is known of."""
    request = make_request([make_track("a", 30_000.0)], target_duration_ms=15_000.0)
    highlights = pick(request)
    shown = in_session(highlights, request)
    for decision in highlights.decisions:
        named = re.search(r"left out.*?: (\d+):([\d.]+) from a, ([\d.]+) s", decision.reason)
        if named:
            start = 1e3 * (60.0 * float(named[1]) + float(named[2]))
            end = start + 1e3 * float(named[3])
            assert all(until <= start + 100.0 or begin >= end - 100.0 for begin, until in shown)
