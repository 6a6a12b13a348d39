"""Where speech starts and ends when detectors err, each its own way."""

from collections.abc import Callable

import numpy as np
import pytest
from multicam_server.conversation import infer_conversation
from multicam_server.conversation.edges import EDGE_SIGMA_MS, REACH_MS, Sounding, locate_speech
from multicam_server.conversation.hearing import hear
from multicam_server.conversation.model import Grid
from multicam_server.domain.session import SessionTrack

Make = Callable[..., SessionTrack]
Event = tuple[float, float, str, float]

PHRASES = [(2_000.0 * n + 310.0, 2_000.0 * n + 1_700.0) for n in range(29)]
GRID = Grid.over(0.0, 60_000.0)


def sounding(*tracks: SessionTrack) -> Sounding:
    hearings = [hear(track, GRID) for track in tracks]
    heard = np.any([hearing.speech for hearing in hearings if hearing is not None], axis=0)
    return locate_speech(heard[None], hearings, GRID)


def jittered(seed: int, sigma_ms: float) -> list[Event]:
    rng = np.random.default_rng(seed)
    return [
        (a + rng.normal(0, sigma_ms), b + rng.normal(0, sigma_ms), "x", -20.0) for a, b in PHRASES
    ]


def depth_error_ms(found: Sounding) -> float:
    """Root mean square error of the edges, from the depth beside each."""
    errors = []
    for start, end in PHRASES:
        for time, sign in ((start, 1.0), (end, -1.0)):
            at = GRID.edge(time)
            true = sign * (at * GRID.step_ms - time)
            errors.append(found.depth_ms[at] - true)
    return float(np.sqrt(np.mean(np.square(errors))))


def test_edges_lie_where_they_are_told_to_the_millisecond(recording: Make) -> None:
    events = [(a, b, "x", -20.0) for a, b in PHRASES]
    assert depth_error_ms(sounding(recording("a", events), recording("b", events))) < 1e-6


def test_four_recordings_err_less_than_one(recording: Make) -> None:
    tracks = [recording(name, jittered(seed, 40.0)) for seed, name in enumerate("abcd")]
    alone = [depth_error_ms(sounding(track)) for track in tracks]
    assert depth_error_ms(sounding(*tracks)) < 0.65 * np.mean(alone)


def test_what_one_recording_missed_is_speech_all_the_same(recording: Make) -> None:
    events = [(a, b, "x", -20.0) for a, b in PHRASES]
    found = sounding(
        recording("a", events), recording("b", events[:9] + events[10:]), recording("c", events)
    )
    assert found.chance[GRID.edge(sum(PHRASES[9]) / 2.0)] > 0.9


def test_what_one_of_three_made_up_is_doubted(recording: Make) -> None:
    events = [(a, b, "x", -20.0) for a, b in PHRASES]
    made_up = sorted([*events[:9], *events[10:], (PHRASES[9][0], PHRASES[9][1], "x", -20.0)])
    rest = events[:9] + events[10:]
    found = sounding(recording("a", made_up), recording("b", rest), recording("c", rest))
    assert found.chance[GRID.edge(sum(PHRASES[9]) / 2.0)] < 0.5


@pytest.mark.parametrize(("copies", "sure"), [(1, False), (3, True)])
def test_a_long_silence_is_sure_when_several_tell_of_it(
    recording: Make, copies: int, sure: bool
) -> None:
    events = [(a, b, "x", -20.0) for a, b in PHRASES]
    gap = events[:9] + events[10:]
    found = sounding(*(recording(name, gap) for name in "abc"[:copies]))
    middle, beside = (PHRASES[8][1] + PHRASES[10][0]) / 2.0, PHRASES[8][1] + 160.0
    assert (found.chance[GRID.edge(middle)] < 0.05) == sure
    assert found.chance[GRID.edge(beside)] < 0.15


def test_a_single_edge_is_doubted_by_what_detectors_err(recording: Make) -> None:
    found = sounding(recording("a", [(a, b, "x", -20.0) for a, b in PHRASES]))
    at = GRID.edge(PHRASES[3][0])
    assert 0.0 < found.chance[at] < 1.0
    assert abs(found.depth_ms[at]) < EDGE_SIGMA_MS
    assert np.max(np.abs(found.depth_ms)) <= REACH_MS


def test_rare_names_that_nobody_else_heard_are_slips(recording: Make) -> None:
    turns = [(n * 7_500.0, n * 7_500.0 + 6_800.0, n % 2) for n in range(8)]
    first: list[Event] = [(a, b, "x", -20.0) for a, b, who in turns if who == 0]
    second: list[Event] = [(a, b, "y", -20.0) for a, b, who in turns if who == 1]
    first.insert(1, (first[0][1] + 100.0, first[0][1] + 600.0, "z", -20.0))
    talk = infer_conversation(
        [recording("a", first), recording("b", second)], GRID, lead_ms=160.0, target_ms=4_000.0
    )
    assert talk.speakers == ("x", "y")
