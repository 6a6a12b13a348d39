"""One conversation from several recordings, each with its own names and levels."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from multicam_server.conversation import Conversation, Grid, infer_conversation
from multicam_server.conversation.hearing import hear
from multicam_server.domain.media import CameraRole
from multicam_server.domain.session import SessionTrack

Make = Callable[..., SessionTrack]
Spoken = Sequence[tuple[float, float, int]]

TURNS: Spoken = [(n * 7_500.0, n * 7_500.0 + 6_800.0, n % 2) for n in range(8)]
"""Two people take turns of 6.8 s with pauses of 0.7 s."""


def heard(
    spoken: Spoken, names: Sequence[str], near: int | None = None, gain: float = 0.0
) -> list[tuple[float, float, str, float]]:
    """What a microphone near one person, or between them, hears."""
    far = {None: -5.0}.get(near, -10.0)
    return [
        (a, b, names[who], -22.0 + gain + (0.0 if who == near else far)) for a, b, who in spoken
    ]


def infer(*tracks: SessionTrack) -> Conversation:
    grid = Grid.over(0.0, 60_000.0)
    return infer_conversation(tracks, grid, lead_ms=160.0, target_ms=4_000.0)


def holder(conversation: Conversation, time_ms: float) -> int:
    return int(np.argmax(conversation.floor[:, conversation.grid.edge(time_ms)]))


def test_permuted_names_are_linked_and_cameras_found_by_level(recording: Make) -> None:
    talk = infer(
        recording("a", heard(TURNS, ["x", "y"], near=0)),
        recording("b", heard(TURNS, ["y", "x"], near=1, gain=9.0), offset_ms=-500.0),
        recording("w", heard(TURNS, ["p", "q"]), role=CameraRole.WIDE),
    )
    assert len(talk.speakers) == 2
    first, second = holder(talk, 3_000.0), holder(talk, 10_000.0)
    assert first != second
    assert [holder(talk, a + 2_000.0) for a, _, _ in TURNS] == [first, second] * 4
    assert talk.shows[0, first] > 0.9
    assert talk.shows[0, second] < 0.1
    assert talk.shows[1, second] > 0.9
    assert talk.shows[1, first] < 0.1
    assert np.all(talk.shows[2] > 0.9)
    assert any("in b" in note and "in w" in note for note in talk.notes)


def test_without_names_levels_tell_people_apart(recording: Make) -> None:
    rng = np.random.default_rng(5)

    def unnamed(near: int | None, gain: float) -> list[tuple[float, float, str, float]]:
        events = heard(TURNS, ["", ""], near, gain)
        return [(a, b, n, level + rng.normal(0, 1.0)) for a, b, n, level in events]

    talk = infer(
        recording("a", unnamed(0, 0.0)),
        recording("b", unnamed(1, -7.0)),
        recording("w", unnamed(None, 3.0), role=CameraRole.WIDE),
    )
    assert talk.speakers == ("speaker 1", "speaker 2")
    assert [holder(talk, a + 2_000.0) for a, _, _ in TURNS] == [0, 1] * 4
    assert talk.shows[0, 0] > 0.9
    assert talk.shows[1, 0] < 0.1
    assert any("told apart by level" in fallback for fallback in talk.fallbacks)


def test_one_wrong_witness_is_outvoted(recording: Make) -> None:
    wrong = heard(TURNS, ["x", "y"])
    wrong[2] = (*wrong[2][:2], "y", wrong[2][3])
    talk = infer(
        recording("a", wrong),
        recording("b", heard(TURNS, ["x", "y"])),
        recording("c", heard(TURNS, ["x", "y"])[:-1]),
    )
    assert [holder(talk, a + 2_000.0) for a, _, _ in TURNS] == [
        holder(talk, 2_000.0),
        holder(talk, 9_500.0),
    ] * 4


@pytest.mark.parametrize(
    ("extra", "at_ms", "expected"),
    [
        ((3_000.0, 3_500.0), 3_250.0, 0),  # a back-channel
        ((3_000.0, 4_600.0), 4_000.0, 0),  # an interruption that fails
        ((6_600.0, 12_000.0), 6_700.0, 0),  # a collision of 0.2 s is waited out
        ((6_600.0, 12_000.0), 7_500.0, 1),  # and then the floor changes
        ((8_500.0, 12_000.0), 7_500.0, 0),  # a pause belongs to who spoke
    ],
)
def test_who_holds_the_floor(
    recording: Make, extra: tuple[float, float], at_ms: float, expected: int
) -> None:
    spoken = [(0.0, 6_800.0, 0), (*extra, 1), (14_000.0, 16_000.0, 0), (17_000.0, 22_000.0, 1)]
    if extra[1] < 6_800.0:
        spoken[2] = (7_200.0, 16_000.0, 0)
    events = heard(spoken, ["x", "y"])
    talk = infer(recording("a", events), recording("b", events))
    assert talk.speakers == ("x", "y")
    assert holder(talk, at_ms) == expected


def test_only_sustained_overlap_is_crosstalk(recording: Make) -> None:
    spoken = [
        (0.0, 8_000.0, 0),
        (5_000.0, 12_000.0, 1),
        (13_000.0, 18_000.0, 0),
        (17_000.0, 22_000.0, 1),
    ]
    events = heard(spoken, ["x", "y"])
    talk = infer(recording("a", events), recording("b", events))
    edge = talk.grid.edge
    assert np.all(talk.crosstalk[edge(5_100.0) : edge(7_900.0)])
    assert not np.any(talk.crosstalk[edge(8_100.0) :])
    np.testing.assert_allclose(talk.floor[:, edge(6_000.0)], 0.5)


def test_cuts_are_best_in_pauses_and_worst_in_words(recording: Make) -> None:
    events = heard(TURNS, ["x", "y"])
    texts = ["one two three. four five six seven eight nine ten"] * len(events)
    talk = infer(
        recording("a", events, transcriptions=texts), recording("b", events, transcriptions=texts)
    )
    quality = talk.cut_quality
    edge = talk.grid.edge
    assert quality[edge(7_500.0 - 160.0)] == pytest.approx(0.0, abs=0.01)
    assert quality[edge(6_850.0)] < -0.05
    within = quality[edge(400.0) : edge(6_400.0)]
    assert abs(edge(400.0) + np.argmax(within) - edge(6_800.0 * 15 / 48)) <= 3
    assert -0.5 < np.max(within) < -0.05
    assert np.median(within) < -0.9


def test_subject_ids_group_cameras_and_levels_say_who(recording: Make) -> None:
    talk = infer(
        recording("a", heard(TURNS, ["y", "x"], near=0), subject_ids=("anna",)),
        recording("b", heard(TURNS, ["x", "y"], near=1), subject_ids=("ben",)),
        recording("c", heard(TURNS, ["x", "y"]), subject_ids=("anna",)),
        recording("w", heard(TURNS, ["x", "y"]), subject_ids=("anna", "ben")),
    )
    first = holder(talk, 2_000.0)
    np.testing.assert_allclose(talk.shows[:, first], [0.95, 0.05, 0.95, 0.95])
    np.testing.assert_allclose(talk.shows[:, 1 - first], [0.05, 0.95, 0.05, 0.95])


def test_music_gives_the_rhythm_where_nobody_speaks(recording: Make) -> None:
    beats = [n * 2_000.0 for n in range(30)]
    talk = infer(recording("a", [], beats_ms=beats), recording("b", []))
    best = np.flatnonzero(talk.cut_quality == 0.0)
    assert best.tolist() == [talk.grid.edge(beat) for beat in beats]


def test_silence_and_no_artifacts_give_an_empty_conversation(recording: Make) -> None:
    talk = infer(recording("a", []), SessionTrack("b", duration_ms=60_000.0))
    assert talk.speakers == ()
    assert not np.any(talk.voiced)


def test_events_are_heard_on_the_sessions_clock(recording: Make) -> None:
    """A moment t of the session is at (t - offset) * (1 + drift) in the asset."""
    events = [(1_500.0, 2_500.0, "x", -20.0), (50_000.0, 52_000.0, "x", -20.0)]
    track = replace(recording("a", events), offset_ms=-700.0, drift_ppm=1_000.0)
    heard_by = hear(track, Grid.over(0.0, 60_000.0))
    assert heard_by is not None
    expected = [(a / 1.001 - 700.0, b / 1.001 - 700.0) for a, b, _, _ in events]
    found = [(u.start_ms, u.end_ms) for u in heard_by.utterances]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_two_at_once_are_no_third_person(recording: Make) -> None:
    """Without names: where both speak, both close microphones are loud."""
    spoken = [*TURNS, (10_000.0, 12_500.0, 0), (25_000.0, 28_000.0, 0)]
    rng = np.random.default_rng(8)

    def levels(near: int | None) -> list[tuple[float, float, str, float]]:
        events = heard(sorted(spoken), ["", ""], near)
        return [(a, b, name, level + rng.normal(0, 1.0)) for a, b, name, level in events]

    talk = infer(
        recording("a", levels(0)),
        recording("b", levels(1)),
        recording("c", levels(None)),
        recording("w", levels(None), role=CameraRole.WIDE),
    )
    assert talk.speakers == ("speaker 1", "speaker 2")


def test_moments_that_levels_leave_open_belong_to_whoever_spoke(recording: Make) -> None:
    """The close microphone missed the end of a turn: the others alone do not tell whose."""
    missed = [(a, b, name, level) for a, b, name, level in heard(TURNS, ["", ""], 0)]
    missed[2] = (15_000.0, 19_000.0, "", -22.0)
    talk = infer(
        recording("a", missed),
        recording("b", heard(TURNS, ["", ""], 1)),
        recording("w", heard(TURNS, ["", ""]), role=CameraRole.WIDE),
    )
    assert holder(talk, 21_000.0) == holder(talk, 16_000.0) == 0


def test_pauses_of_a_transcription_lie_at_its_punctuation(recording: Make) -> None:
    """Twelve words, a sentence of five and one of seven, spoken in 6 s without a gap told."""
    text = "There was a time once. Nobody that I know remembers it now"
    events = [(1_000.0, 7_000.0, "x", -20.0)]
    talk = infer(
        recording("a", events, transcriptions=[text]), recording("b", events, transcriptions=[text])
    )
    within = slice(talk.grid.edge(1_500.0), talk.grid.edge(6_500.0))
    best = within.start + int(np.argmax(talk.cut_quality[within]))
    share = len("Therewasatimeonce.") / len(text.replace(" ", ""))
    spoken_ms = 6_000.0 - 400.0 - 10 * 20.0
    expected = 1_000.0 + share * spoken_ms + 4 * 20.0 + 200.0
    assert best * talk.grid.step_ms == pytest.approx(expected, abs=60.0)


def test_a_transcription_without_spaces_has_pauses_too(recording: Make) -> None:
    text = "今天天气很好。我们去公园散步吧。"
    events = [(1_000.0, 5_000.0, "x", -20.0)]
    talk = infer(recording("a", events, transcriptions=[text]), recording("b", events))
    within = talk.cut_quality[talk.grid.edge(1_300.0) : talk.grid.edge(4_700.0)]
    assert np.max(within) > -0.5


def test_subject_ids_that_nothing_explains_are_not_guessed(recording: Make) -> None:
    """Names differ between recordings and no level is known: whom a camera frames is open."""
    unknown = float("nan")
    spoken = [[(a, b, names[who], unknown) for a, b, who in TURNS] for names in ("xy", "yx", "pq")]
    spoken[0].pop(3)
    talk = infer(
        recording("a", spoken[0], subject_ids=("anna",)),
        recording("b", spoken[1], subject_ids=("ben",)),
        recording("w", spoken[2], role=CameraRole.WIDE),
    )
    np.testing.assert_allclose(talk.shows[:2], 0.5)
    told = "a: whom its subject_ids mean is unknown; whom it shows is unknown"
    assert told in talk.fallbacks
