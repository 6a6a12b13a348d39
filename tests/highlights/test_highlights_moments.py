"""Moments: what belongs together, and where speech may be cut."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multicam_server.highlights.moments import (
    MomentKind,
    SpokenMoment,
    parted_at_recordings,
    spoken_moments,
)
from multicam_server.highlights.reactions import gather_reactions
from multicam_server.highlights.sentences import Sentences, gather_sentences
from multicam_server.highlights.session import open_session

Make = Callable[..., Any]
LONGEST_MS = 20_000.0


def _moments(
    make_track: Make, events: list[dict[str, Any]], *, longest_ms: float = LONGEST_MS
) -> tuple[list[SpokenMoment], Sentences]:
    session = open_session([make_track("a", 1e7, events=events)])
    sentences = gather_sentences(session)
    moments = spoken_moments(
        sentences, gather_reactions(session), longest_ms=longest_ms, finest_ms=1.0
    )
    return moments, sentences


def _spans(moments: list[SpokenMoment]) -> list[tuple[float, float]]:
    return [(moment.start_ms, moment.end_ms) for moment in moments]


def test_sentences_with_a_pause_are_moments_of_their_own(make_track: Make) -> None:
    events = [{"start": 0.0, "end": 3_000.0}, {"start": 3_050.0, "end": 6_000.0}]
    assert _spans(_moments(make_track, events)[0]) == [(0.0, 3_000.0), (3_050.0, 6_000.0)]


def test_speech_over_speech_is_one_moment(make_track: Make) -> None:
    events = [
        {"start": 0.0, "end": 5_000.0, "speaker": "a"},
        {"start": 4_000.0, "end": 7_000.0, "speaker": "b"},
    ]
    assert _spans(_moments(make_track, events)[0]) == [(0.0, 7_000.0)]


def test_jitter_is_no_overlap(make_track: Make) -> None:
    events = [{"start": 0.0, "end": 5_050.0}, {"start": 4_950.0, "end": 7_000.0}]
    assert _spans(_moments(make_track, events)[0]) == [(0.0, 5_000.0), (5_000.0, 7_000.0)]


def test_a_sentence_in_pieces_is_told_by_its_punctuation(make_track: Make) -> None:
    events = [
        {"start": 0.0, "end": 2_000.0, "text": "It was so."},
        {"start": 2_300.0, "end": 4_000.0, "text": "And we went"},
        {"start": 4_300.0, "end": 6_000.0, "text": "all the way home."},
    ]
    assert _spans(_moments(make_track, events)[0]) == [(0.0, 2_000.0), (2_300.0, 6_000.0)]


def test_words_make_sentences(make_track: Make) -> None:
    said = ["so", "we", "went", "home.", "and", "then?", "nobody", "knew"]
    events = [
        {"start": 500.0 * at, "end": 500.0 * at + 350.0, "text": word, "speaker": "a"}
        for at, word in enumerate(said)
    ]
    assert _spans(_moments(make_track, events)[0]) == [
        (0.0, 1_850.0),
        (2_000.0, 2_850.0),
        (3_000.0, 3_850.0),
    ]


def test_speech_without_a_pause_is_cut_into_pieces(make_track: Make) -> None:
    moments, _ = _moments(make_track, [{"start": 0.0, "end": 50_000.0}])
    assert {moment.kind for moment in moments} == {MomentKind.PIECE}
    assert max(end - start for start, end in _spans(moments)) <= LONGEST_MS


def test_pieces_end_where_the_words_end_sentences(make_track: Make) -> None:
    text = "a" * 39 + ". " + "b" * 57 + "."
    moments, _ = _moments(make_track, [{"start": 0.0, "end": 30_000.0, "text": text}])
    assert _spans(moments)[0][1] == pytest.approx(12_000.0, abs=400.0)


def test_one_detectors_missed_pauses_do_not_matter(make_track: Make) -> None:
    spoken = [{"start": 5_000.0 * at, "end": 5_000.0 * at + 4_000.0} for at in range(8)]
    events = [*spoken, {"start": 0.0, "end": 39_000.0}]
    moments, _ = _moments(make_track, events)
    assert len(moments) == 8
    assert {moment.kind for moment in moments} == {MomentKind.SPEECH}


def test_a_sound_named_otherwise_is_no_reaction(make_track: Make) -> None:
    from multicam_server.domain.artifacts import AudioEventKind

    speech = {"start": 0.0, "end": 3_000.0}
    sound = {"kind": AudioEventKind.OTHER, "start": 3_200.0, "end": 4_500.0}
    for text, end in (("", 4_500.0), ("[laughter]", 4_500.0), ("door slams", 3_000.0)):
        moments, _ = _moments(make_track, [speech, dict(sound, text=text)])
        assert _spans(moments) == [(0.0, end)]


_EVENT = st.tuples(st.integers(0, 120_000), st.sampled_from([300, 2_000, 9_000, 45_000]))


@given(st.lists(_EVENT, min_size=1, max_size=14), st.sampled_from([1_000.0, 6_000.0, 20_000.0]))
@settings(
    deadline=None,
    derandomize=True,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_moments_never_overlap_and_never_exceed_the_longest(
    make_track: Make, drawn: list[tuple[int, int]], longest_ms: float
) -> None:
    events = [{"start": float(start), "end": float(start + length)} for start, length in drawn]
    moments, sentences = _moments(make_track, events, longest_ms=longest_ms)
    spans = _spans(moments)
    assert all(end - start <= longest_ms + 1e-6 for start, end in spans)
    assert all(end > start for start, end in spans)
    assert all(one[1] <= other[0] + 1e-9 for one, other in pairwise(spans))
    assert all(moment.sentences for moment in moments)
    # A border inside a sentence, beyond jitter, is always confessed.
    starts, ends = sentences.start_ms, sentences.end_ms
    for before, after in pairwise(moments):
        cut = (starts < before.end_ms - 151.0) & (ends > before.end_ms + 151.0)
        if cut.any() and np.all(ends[cut] - starts[cut] <= longest_ms):
            assert MomentKind.PIECE in {before.kind, after.kind}


def test_speech_that_no_recording_holds_whole_is_parted_where_they_begin_and_end() -> None:
    held = SpokenMoment(1_000.0, 9_000.0, [0])
    across = SpokenMoment(9_500.0, 19_000.0, [1])
    recordings = [(0.0, 16_000.0), (3_217.0, 19_217.0)]
    assert parted_at_recordings([held, across], recordings) == [held, across]
    recordings = [(0.0, 16_000.0), (12_000.0, 19_217.0)]
    first, *rest = parted_at_recordings([held, across], recordings)
    assert first is held
    assert _spans(rest) == [(9_500.0, 12_000.0), (12_000.0, 16_000.0), (16_000.0, 19_000.0)]
    assert {piece.kind for piece in rest} == {MomentKind.PIECE}
