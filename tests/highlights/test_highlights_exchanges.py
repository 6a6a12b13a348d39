"""A question and its answer: never the one without the other, and without a long pause."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multicam_server.domain.highlights import HighlightOrder, HighlightsRequest
from multicam_server.highlights import pick_highlights

Make = Callable[..., Any]
ASKED, ANSWERED = 12, 13


def _events(
    *, pause_ms: float, question_ms: float = 3_000.0, answer_ms: float = 4_000.0
) -> list[dict[str, Any]]:
    """Plain sentences of a host, and in their midst a loud question that a guest answers."""
    events: list[dict[str, Any]] = []
    at = 1_000.0
    for index in range(26):
        event = {"speaker": "host", "text": "And then we went on with it.", "loudness": -25.0}
        length, gap = 4_500.0, 1_500.0
        if index == ASKED:
            event |= {"text": "And what was the best of it?", "loudness": -14.0}
            length, gap = question_ms, pause_ms
        if index == ANSWERED:
            event |= {"speaker": "guest", "text": "The best was it all!", "loudness": -13.0}
            length = answer_ms
        events.append(event | {"start": at, "end": at + length, "confidence": 0.9})
        at += length + gap
    return events


def _near(
    events: list[dict[str, Any]], shown: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """The clips that show something of the exchange."""
    begin, end = events[ASKED]["start"], events[ANSWERED]["end"]
    return [one for one in shown if one[0] < end and one[1] > begin]


@pytest.fixture
def ask(make_track: Make, make_request: Make) -> Callable[..., HighlightsRequest]:
    """A request of one or two cameras that hear these events."""

    def make(events: list[dict[str, Any]], **more: Any) -> HighlightsRequest:
        tracks = [
            make_track(name, 170_000.0, events=events, subject_ids=(subject,))
            for name, subject in (("a", "host"), ("b", "guest"))
        ]
        return make_request(tracks, **({"target_duration_ms": 10_000.0} | more))

    return make


def test_a_long_pause_before_the_answer_is_cut_out(ask: Make, pick: Make, in_session: Make) -> None:
    events = _events(pause_ms=2_500.0)
    highlights = pick(request := ask(events))
    question, answer = _near(events, in_session(highlights, request))
    assert question[0] <= events[ASKED]["start"]
    assert events[ASKED]["end"] <= question[1] < answer[0] <= events[ANSWERED]["start"]
    assert answer[1] >= events[ANSWERED]["end"]
    assert answer[0] - question[1] >= 400.0


def test_each_of_the_two_is_shown_from_its_own_best_camera(ask: Make, pick: Make) -> None:
    highlights = pick(ask(_events(pause_ms=2_500.0)))
    assert [clip.asset_id for clip in highlights.sequence.tracks[0].clips] == ["a", "b"]
    question, answer = highlights.decisions
    assert "a question, whose answer follows" in question.reason
    assert "it answers the question before it" in answer.reason


def test_a_short_pause_stays(ask: Make, pick: Make, in_session: Make) -> None:
    events = _events(pause_ms=450.0)
    highlights = pick(request := ask(events))
    (whole,) = _near(events, in_session(highlights, request))
    assert whole[0] <= events[ASKED]["start"]
    assert whole[1] >= events[ANSWERED]["end"]
    assert any("a question with its answer" in one.reason for one in highlights.decisions)


def test_by_score_an_exchange_is_one_clip(ask: Make, pick: Make, in_session: Make) -> None:
    events = _events(pause_ms=2_500.0)
    highlights = pick(request := ask(events, order=HighlightOrder.SCORE))
    (whole,) = _near(events, in_session(highlights, request))
    assert whole[0] <= events[ASKED]["start"]
    assert whole[1] >= events[ANSWERED]["end"]


def test_a_short_question_keeps_what_the_shortest_clip_needs_of_the_pause(
    ask: Make, pick: Make, in_session: Make
) -> None:
    events = _events(pause_ms=2_800.0, question_ms=900.0)
    highlights = pick(request := ask(events))
    question, answer = _near(events, in_session(highlights, request))
    assert question[1] - question[0] >= 2_000.0 - 2e-3
    assert question[1] < answer[0] <= events[ANSWERED]["start"]


def test_an_answer_that_comes_late_is_a_moment_of_its_own(
    ask: Make, pick: Make, in_session: Make
) -> None:
    events = _events(pause_ms=3_500.0)
    events[ASKED]["loudness"] = -35.0
    request = ask(events, target_duration_ms=4_200.0)
    ((start, end),) = in_session(pick(request), request)
    assert events[ASKED]["end"] < start <= events[ANSWERED]["start"]
    assert end >= events[ANSWERED]["end"]


def test_where_no_recording_holds_both_each_is_a_moment_of_its_own(
    make_track: Make, make_request: Make, pick: Make, in_session: Make
) -> None:
    events = _events(pause_ms=2_500.0)
    border = 0.5 * (events[ASKED]["end"] + events[ANSWERED]["start"])
    later = [
        event | {"start": event["start"] - border, "end": event["end"] - border}
        for event in events[ANSWERED:]
    ]
    request = make_request(
        [
            make_track("a", border, events=events[:ANSWERED]),
            make_track("b", 170_000.0 - border, events=later, offset_ms=border),
        ],
        target_duration_ms=120_000.0,
    )
    shown = _near(events, in_session(pick(request), request))
    assert any(start <= events[ASKED]["start"] < end for start, end in shown)
    assert any(start < events[ANSWERED]["end"] <= end for start, end in shown)


_SENTENCE = st.tuples(
    st.sampled_from([900.0, 2_500.0, 6_000.0]),
    st.sampled_from([250.0, 900.0, 2_400.0]),
    st.sampled_from(["host", "guest"]),
    st.sampled_from(["So it was.", "Was it so?", "It was the best, was it not?"]),
    st.sampled_from([-28.0, -24.0, -15.0]),
)


@given(
    drawn=st.lists(_SENTENCE, min_size=2, max_size=16),
    target=st.sampled_from([4_000.0, 12_000.0, 40_000.0]),
    order=st.sampled_from(list(HighlightOrder)),
)
@settings(
    deadline=None,
    derandomize=True,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_question_without_its_answer(
    make_track: Make, in_session: Make, drawn: list[Any], target: float, order: HighlightOrder
) -> None:
    events: list[dict[str, Any]] = []
    at = 500.0
    for length, pause, speaker, text, loudness in drawn:
        events.append(
            {"start": at, "end": at + length, "speaker": speaker, "text": text,
             "loudness": loudness}
        )  # fmt: skip
        at += length + pause
    request = HighlightsRequest(
        "s",
        (make_track("a", at, events=events),),
        target_duration_ms=target,
        order=order,
    )
    highlights = pick_highlights(request)
    shown = in_session(highlights, request)
    assert sum(end - start for start, end in shown) <= target + 1e-6

    def seen(event: dict[str, Any]) -> bool:
        return any(start <= event["start"] and event["end"] <= end for start, end in shown)

    longest = highlights.max_clip_ms - 200.0
    for index in range(len(events) - 1):
        question, answer = events[index], events[index + 1]
        begin = index
        while begin > 0 and events[begin - 1]["text"].endswith("?"):
            begin -= 1
        if (
            question["text"].endswith("?")
            and question["speaker"] != answer["speaker"]
            and answer["end"] - events[begin]["start"] <= longest
        ):
            assert seen(question) == seen(answer)


def test_the_exchange_does_not_depend_on_the_order_of_events(ask: Make) -> None:
    request = ask(_events(pause_ms=2_500.0))
    shuffled = replace(request, tracks=tuple(reversed(request.tracks)))
    assert pick_highlights(request) == pick_highlights(shuffled)
