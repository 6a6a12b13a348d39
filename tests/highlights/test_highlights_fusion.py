"""One sentence heard by several recorders is one sentence."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from multicam_server.highlights.levels import emphasis
from multicam_server.highlights.sentences import gather_sentences
from multicam_server.highlights.session import open_session

Make = Callable[..., Any]


def _jittered(
    sentences: list[dict[str, Any]], sigma_ms: float, seed: int, **more: Any
) -> list[dict[str, Any]]:
    random = np.random.default_rng(seed)
    return [
        dict(
            event,
            start=event["start"] + random.normal(0.0, sigma_ms),
            end=event["end"] + random.normal(0.0, sigma_ms),
            **more,
        )
        for event in sentences
    ]


def test_four_recorders_hear_each_sentence_once(make_track: Make, sentences: Make) -> None:
    truth = sentences(200)
    tracks = [
        make_track(f"cam{camera}", 2e6, events=_jittered(truth, 60.0, camera))
        for camera in range(4)
    ]
    heard = gather_sentences(open_session(tracks))
    assert len(heard) == 200
    error = heard.end_ms - np.array([event["end"] for event in truth])
    assert float(error.std()) < 45.0
    assert heard.boundary_error_ms == pytest.approx(30.0, abs=8.0)


def test_speakers_are_the_same_under_other_names(make_track: Make, sentences: Make) -> None:
    truth = sentences(40)
    renamed = [dict(event, speaker={"s0": "x", "s1": "y"}[event["speaker"]]) for event in truth]
    heard = gather_sentences(
        open_session([make_track("a", 3e5, events=truth), make_track("b", 3e5, events=renamed)])
    )
    assert heard.speakers == 2
    assert set(heard.speaker[0::2].tolist()) != set(heard.speaker[1::2].tolist())
    assert len(set(heard.speaker[0::2].tolist())) == 1


def test_recorders_that_hear_one_person_each_add_up(make_track: Make, sentences: Make) -> None:
    truth = sentences(40)
    heard = gather_sentences(
        open_session(
            [make_track("a", 3e5, events=truth[0::2]), make_track("b", 3e5, events=truth[1::2])]
        )
    )
    assert len(heard) == 40
    assert heard.speakers == 2


def test_emphasis_is_against_the_speakers_own_level() -> None:
    loudness = np.array([-20.0, -30.0] * 10)
    speaker = ["loud", "soft"] * 10
    assert emphasis(loudness, speaker) == pytest.approx(np.zeros(20))
    loudness[1] = -22.0
    assert emphasis(loudness, speaker)[1] == 1.0
    assert emphasis(loudness - 15.0, speaker) == pytest.approx(emphasis(loudness, speaker))


def test_unknown_loudness_stays_unknown() -> None:
    assert np.isnan(emphasis(np.array([np.nan, np.nan]), ["a", ""])).all()
    assert np.isnan(emphasis(np.array([np.nan, -20.0]), ["a", ""])).tolist() == [True, False]
