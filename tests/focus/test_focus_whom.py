"""Whom the window follows: speakers, two-shots, lost and renamed subjects, false ones."""

import numpy as np
import pytest
from multicam_server.domain.focus import AutomationProperty, Interpolation
from multicam_server.focus import reframe
from multicam_server.focus.observe import Speech, view_clip
from multicam_server.focus.speakers import turns_of
from multicam_server.focus.tracks import tracks_of_shots

X = AutomationProperty.CROP_X
TIMES = np.arange(0.0, 60_000.0, 100.0)


def still(name, x, times=TIMES, *, size=(0.07, 0.15), label="face", lively=None, seed=0):
    """A face that rests; where `lively` says so, it nods."""
    rng = np.random.default_rng([seed, *name.encode()])
    rows = []
    for time in times:
        nod = 0.008 * np.sin(time / 140.0) if lively is not None and lively(time) else 0.0
        jitter = rng.normal(0.0, 0.002, 2)
        rows.append(
            (
                float(time),
                name,
                label,
                x - size[0] / 2 + jitter[0],
                0.3 + nod + jitter[1],
                *size,
            )
        )
    return rows


def in_turns(turns, speaker):
    return lambda time: any(a <= time < b and s == speaker for a, b, s in turns)


TURNS = [
    (0.0, 7_000.0, "s1"),
    (7_000.0, 15_000.0, "s2"),
    (15_000.0, 21_000.0, "s1"),
    (21_000.0, 33_000.0, "s2"),
    (33_000.0, 45_000.0, "s1"),
    (45_000.0, 60_000.0, "s2"),
]


def followed(focus):
    return [(s.start_ms, s.subject_ids) for s in focus.stretches]


EXPECTED = [(start, ("left",) if who == "s1" else ("right",)) for start, _, who in TURNS]


def test_a_voice_named_like_a_subject_is_that_subject(visual_meta, timeline, request_for):
    rows = still("s1", 0.2) + still("s2", 0.8)
    focus = reframe(request_for(visual_meta(rows), timeline(TURNS)))
    assert followed(focus) == [(start, (who,)) for start, _, who in TURNS]
    assert focus.source_artifacts == ("audio_semantic_timeline aud_1", "visual_meta vis_1")
    keys = focus.automations[0].keyframes
    assert [key.time_ms for key in keys] == [start for start, _, _ in TURNS]
    assert {key.interpolation for key in keys} == {Interpolation.STEP}


def test_who_moves_while_a_voice_is_heard_speaks(visual_meta, timeline, request_for):
    rows = still("left", 0.2, lively=in_turns(TURNS, "s1"))
    rows += still("right", 0.8, lively=in_turns(TURNS, "s2"))
    focus = reframe(request_for(visual_meta(rows), timeline(TURNS)))
    assert followed(focus) == EXPECTED


def test_who_is_primary_while_a_voice_is_heard_speaks(visual_meta, timeline, request_for):
    rows = still("left", 0.2) + still("right", 0.8)
    primary = {
        float(t): ((0.2 if in_turns(TURNS, "s1")(t) else 0.8), 0.375) for t in TIMES.tolist()
    }
    focus = reframe(request_for(visual_meta(rows, primary=primary), timeline(TURNS)))
    assert followed(focus) == EXPECTED


def test_who_is_seen_while_a_voice_is_heard_speaks(visual_meta, timeline, request_for):
    rows = still("left", 0.2, [t for t in TIMES if in_turns(TURNS, "s1")(t)])
    rows += still("right", 0.8, [t for t in TIMES if in_turns(TURNS, "s2")(t)])
    focus = reframe(request_for(visual_meta(rows), timeline(TURNS)))
    assert [ids for _, ids in followed(focus)] == [ids for _, ids in EXPECTED]


def test_nothing_is_invented_when_nobody_stands_out(visual_meta, timeline, request_for):
    rows = still("left", 0.2) + still("right", 0.8)
    focus = reframe(request_for(visual_meta(rows), timeline(TURNS)))
    assert len(focus.stretches) == 1
    assert any("primary subject followed" in told for told in focus.fallbacks)


def test_a_back_channel_moves_nothing(visual_meta, timeline, request_for):
    rows = still("s1", 0.2) + still("s2", 0.8)
    speech = [(0.0, 30_000.0, "s1"), (9_000.0, 9_700.0, "s2"), (20_000.0, 20_400.0, "s2")]
    focus = reframe(request_for(visual_meta(rows), timeline(speech)))
    assert followed(focus) == [(0.0, ("s1",))]


def test_two_who_fit_are_framed_together(visual_meta, timeline, request_for):
    rows = still("s1", 0.42) + still("s2", 0.58)
    focus = reframe(request_for(visual_meta(rows), timeline(TURNS)))
    assert followed(focus) == [(0.0, ("s1", "s2"))]
    assert focus.automations[0].keyframes[0].value == pytest.approx(0.5, abs=0.01)


def test_near_speakers_who_do_not_fit_are_glided_between(visual_meta, timeline, request_for, play):
    rows = still("s1", 0.43, size=(0.15, 0.3)) + still("s2", 0.57, size=(0.15, 0.3))
    focus = reframe(request_for(visual_meta(rows), timeline([(0, 30e3, "s1"), (30e3, 60e3, "s2")])))
    assert followed(focus) == [(0.0, ("s1",)), (30_000.0, ("s2",))]
    assert np.max(np.abs(np.diff(play(focus, X, np.arange(0.0, 60e3, 1e3 / 30))))) < 0.02


def test_a_speaker_out_of_sight_is_not_looked_for(visual_meta, timeline, request_for):
    rows = still("s1", 0.2) + still("s2", 0.8, TIMES[:300])
    visual = visual_meta(rows, cuts_ms=[30_000.0])
    focus = reframe(
        request_for(visual, timeline([(0, 20e3, "s2"), (20e3, 25e3, "s1"), (40e3, 60e3, "s2")]))
    )
    assert followed(focus)[-1][1] == ("s1",)
    assert "not visible" in focus.stretches[-1].reason


def test_renamed_and_lost_subjects_stay_one(visual_meta, request_for):
    lost = (TIMES > 20_000) & (TIMES < 23_500)
    rows = [(t, f"id{int(t // 7000)}", *rest) for t, _, *rest in still("p", 0.3, TIMES[~lost])]
    focus = reframe(request_for(visual_meta(rows, frames_ms=TIMES.tolist())))
    assert len(focus.stretches) == 1
    assert focus.stretches[0].subject_ids == tuple(sorted(f"id{i}" for i in range(9)))
    assert len(focus.automations[0].keyframes) == 1


def test_who_walks_unseen_is_kept_well_inside(visual_meta, request_for):
    rows = still("p", 0.3, TIMES[:100]) + still("p", 0.6, TIMES[130:200])
    view = view_clip(request_for(visual_meta(rows)).artifacts, in_ms=0.0, out_ms=20_000.0)
    ((track,),) = tracks_of_shots(view)
    at_sightings, half_way = track.doubt_at(np.array([5_000.0, 15_000.0])), 11_450.0
    assert np.all(at_sightings == 0.0)
    assert track.doubt_at(np.array([half_way]))[0] == pytest.approx([0.075, 0.0], abs=0.005)


def test_false_sightings_are_not_followed(visual_meta, request_for):
    rng = np.random.default_rng(5)
    rows = still("p", 0.3)
    rows += [
        (float(t), f"ghost{t:.0f}", "face", *rng.uniform(0.0, 0.9, 2), 0.1, 0.2)
        for t in rng.choice(TIMES, 40, replace=False)
    ]
    # The right id in the wrong place, too.
    rows[100] = (rows[100][0], "p", "face", 0.85, 0.3, 0.07, 0.15)
    focus = reframe(request_for(visual_meta(rows)))
    assert followed(focus) == [(0.0, ("p",))]
    assert len(focus.automations[0].keyframes) == 1


def test_subjects_without_ids_are_told_apart_by_place(visual_meta, request_for):
    rows = [(t, "", *rest) for t, _, *rest in still("a", 0.2) + still("b", 0.8)]
    view = view_clip(request_for(visual_meta(rows)).artifacts, in_ms=0.0, out_ms=60_000.0)
    (tracks,) = tracks_of_shots(view)
    assert [len(track.time_ms) for track in tracks] == [600, 600]
    assert [round(float(np.median(track.centre[:, 0])), 1) for track in tracks] == [0.2, 0.8]


def test_a_person_is_kept_by_the_head(visual_meta, request_for):
    rows = still("p", 0.5, size=(0.2, 0.9), label="person")
    rows = [(t, name, label, x, 0.05, w, h) for t, name, label, x, _, w, h in rows]
    focus = reframe(request_for(visual_meta(rows), ratio="21:9"))
    assert focus.automations[1].keyframes[0].value < 0.45


def test_the_eyes_are_in_the_upper_third(visual_meta, request_for):
    rows = still("p", 0.5, size=(0.1, 0.2))
    focus = reframe(request_for(visual_meta(rows), ratio="3:1"))
    y, height = focus.automations[1].keyframes[0].value, (16 / 9) / 3
    eyes = 0.3 + 0.4 * 0.2
    assert (eyes - (y - height / 2)) / height == pytest.approx(1 / 3, abs=0.03)


def test_turns_go_to_the_last_to_begin_and_stay_in_pauses():
    speech = (
        Speech(0.0, 10_000.0, "a"),
        Speech(4_000.0, 7_000.0, "b"),
        Speech(12_000.0, 12_500.0, "b"),
        Speech(14_000.0, 18_000.0, "b"),
        Speech(18_300.0, 20_000.0, "b"),
    )
    assert [(t.start_ms, t.speaker_id) for t in turns_of(speech)] == [
        (0.0, "a"),
        (4_000.0, "b"),
        (7_000.0, "a"),
        (14_000.0, "b"),
    ]
