"""Offsets: their sign, who wins, what is kept where nothing can be found."""

import json
import random

import av
import pytest
from multicam.engines import ServiceRefused, SourceUnreachable
from multicam.engines.overrides import OFFSETS_VARIABLE

END_S = 15.0


def aligner(world, room, client):
    """Aligns a session of recordings, each by the moment of the room at which it starts (s)."""

    def align(starts_s, *, kept=None, method="waveform_cross_correlation", **fields):
        for name, start_s in starts_s.items():
            other = start_s is None
            recording = room(f"{name}-{start_s}", start_s or 0.0, END_S, seed=77 if other else 0)
            world.asset(name, str(recording), duration_ms=(END_S - (start_s or 0.0)) * 1000)
        engine = world.multicam(client)
        session = world.session(engine, *starts_s, **fields)
        for track in session.tracks:
            if kept and track.asset_id in kept:
                track.offset_ms = kept[track.asset_id]
        request = world.request(
            "MultiCamAlignRequest", session_id=session.id, alignment_method=method
        )
        return engine, session, engine.align_session(request)

    return align


@pytest.fixture
def aligned(plain_world, room, client):
    return aligner(plain_world, room, client)


@pytest.fixture
def aligned_in_each(world, room, client):
    return aligner(world, room, client)


def offsets(session):
    return {track.asset_id: track.offset_ms for track in session.tracks}


def test_positive_means_that_the_recording_starts_later(aligned_in_each):
    _, session, result = aligned_in_each({"a": 1.0, "late": 3.5, "early": 0.25})
    assert result.offsets_ms == {"a": 0, "late": 2_500, "early": -750}
    assert offsets(session) == result.offsets_ms
    assert result.meta["unplaced"] == {}


def test_waveforms_of_a_thousand_samples_a_second_will_do(world, client):
    chance = random.Random(4)
    heard = []
    while len(heard) < 30_000:
        loudness = chance.random()
        heard += [chance.gauss(0, loudness) for _ in range(chance.randrange(50, 400))]
    for name, start, seed in (("a", 2_000, 1), ("b", 4_345, 2), ("c", 500, 3)):
        noise = random.Random(seed)
        waveform = [sample + noise.gauss(0, 0.05) for sample in heard[start : start + 20_000]]
        world.asset(name, f"gs://bucket/{name}.mp4", meta={"waveform": waveform})
    engine = world.multicam(client)
    session = world.session(engine, "a", "b", "c")
    result = engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
    assert result.offsets_ms == {"a": 0, "b": 2_345, "c": -1_500}


def test_offsets_count_from_the_base(aligned):
    _, _, result = aligned({"a": 1.0, "b": 3.5}, base_asset_id="b")
    assert result.offsets_ms == {"a": -2_500, "b": 0}


def test_a_recording_of_something_else_keeps_its_offset(aligned_in_each):
    _, session, result = aligned_in_each({"a": 0.0, "b": 2.0, "else": None}, kept={"else": 4_321})
    assert "else" not in result.offsets_ms
    assert offsets(session) == {"a": 0, "b": 2_000, "else": 4_321}
    told = result.meta["unplaced"]["else"]
    assert told["status"] in {"UNALIGNED", "AMBIGUOUS"}
    assert told["reason"]
    assert told["kept_offset_ms"] == 4_321
    assert result.meta["confidences"]["else"] < 0.9
    assert session.meta["last_alignment"]["unplaced"]["else"] == told


def test_what_was_never_placed_is_not_cut_to(aligned, plain_world):
    engine, session, result = aligned({"a": 0.0, "b": 2.0, "else": None})
    assert offsets(session)["else"] is None
    reason = result.meta["unplaced"]["else"]["reason"]
    cut = engine.auto_cut_sequence(
        plain_world.request("MultiCamAutoCutRequest", session_id=session.id)
    )
    assert cut.meta["left_out"] == {"else": reason}
    clips = plain_world.timeline.records["clip"].values()
    assert {clip.asset_id for clip in clips} <= {"a", "b"}
    built = engine.build_sequence(plain_world.request("SessionRequest", session_id=session.id))
    (clip,) = plain_world.timeline.list_clips_for_track(built.track_ids["else"])
    assert clip.alignment_applied is False
    assert clip.meta["unplaced"] == reason


def test_a_search_has_its_limit(aligned, plain_world):
    engine, session, result = aligned({"a": 0.0, "b": 6.0})
    assert "b" in result.meta["unplaced"]
    wider = plain_world.request("MultiCamAlignRequest", session_id=session.id, max_search_ms=8_000)
    assert engine.align_session(wider).offsets_ms == {"a": 0, "b": 6_000}


def test_operators_win_and_inform_the_others(aligned, monkeypatch):
    given = {"b": 2_001, "else": "-250", "stranger": 5, "a": "soon"}
    monkeypatch.setenv(OFFSETS_VARIABLE, json.dumps(given))
    _, session, result = aligned({"a": 0.0, "b": 2.0, "c": 3.0, "else": None})
    assert result.offsets_ms["b"] == 2_001
    assert result.offsets_ms["else"] == -250
    assert abs(result.offsets_ms["c"] - 3_000) <= 1
    assert result.meta["confidences"]["b"] == result.meta["confidences"]["else"] == 1.0
    assert result.meta["timecode_overrides"] == {"b": 2_001, "else": -250}
    assert offsets(session) == result.offsets_ms


def test_operators_place_what_cannot_be_reached(aligned, plain_world, monkeypatch):
    engine, session, _ = aligned({"a": 0.0, "b": 2.0, "lost": 3.0})
    plain_world.media.assets["lost"].source_uri = "/nowhere/lost.mp4"
    request = plain_world.request("MultiCamAlignRequest", session_id=session.id)
    with pytest.raises(SourceUnreachable, match="lost"):
        engine.align_session(request)
    monkeypatch.setenv(OFFSETS_VARIABLE, '{"lost": 3210.6}')
    result = engine.align_session(request)
    assert result.offsets_ms == {"a": 0, "b": 2_000, "lost": 3_211} == offsets(session)
    assert result.meta["confidences"]["lost"] == 1.0
    assert result.meta["statuses"]["lost"] == "PINNED"
    assert result.meta["unplaced"] == {}


def test_an_override_of_the_base_moves_everyone(aligned, monkeypatch):
    monkeypatch.setenv(OFFSETS_VARIABLE, '{"a": 1000, "b": 3000.4}')
    _, session, result = aligned({"a": 0.0, "b": 2.0, "c": 3.0})
    assert result.offsets_ms["a"] == 1_000
    assert result.offsets_ms["b"] == 3_000
    assert abs(result.offsets_ms["c"] - 4_000) <= 1
    assert session.tracks[1].meta["offset_ms_exact"] == 3000.4


def test_malformed_overrides_count_as_none(aligned, monkeypatch):
    monkeypatch.setenv(OFFSETS_VARIABLE, "[1]")
    _, _, result = aligned({"a": 0.0, "b": 2.0})
    assert result.offsets_ms == {"a": 0, "b": 2_000}
    assert "timecode_overrides" not in result.meta


def test_the_stub_places_everyone_at_0_without_listening(aligned, server):
    before = len(server.calls())
    _, session, result = aligned({"a": 0.0, "b": 2.0}, method="stub")
    assert result.offsets_ms == {"a": 0, "b": 0}
    assert result.meta["method"] == session.meta["last_alignment"]["method"] == "stub"
    assert result.meta["confidences"] == {"a": 1.0, "b": 1.0}
    assert len(server.calls()) == before


def test_a_single_camera_is_its_own_clock(aligned, plain_world, server):
    before = len(server.calls())
    engine, session, result = aligned({"a": 0.0})
    assert result.offsets_ms == {"a": 0}
    cut = engine.auto_cut_sequence(
        plain_world.request("MultiCamAutoCutRequest", session_id=session.id)
    )
    (clip,) = plain_world.timeline.records["clip"].values()
    assert (clip.in_ms, clip.out_ms, clip.start_ms_on_timeline) == (0, 15_000, 0)
    assert cut.meta["pacing_preset"] == "medium"
    assert len(server.calls()) == before


def test_an_offset_set_by_hand_wins_over_the_exact_one(aligned, plain_world):
    engine, session, _ = aligned({"a": 0.0, "b": 2.0})
    session.tracks[1].offset_ms = 2_500
    built = engine.build_sequence(plain_world.request("SessionRequest", session_id=session.id))
    (clip,) = plain_world.timeline.list_clips_for_track(built.track_ids["b"])
    assert (clip.start_ms_on_timeline, clip.in_ms, clip.speed) == (2_500, 0, 1.0)


def test_an_early_camera_is_cut_into(aligned, plain_world):
    engine, session, _ = aligned({"a": 1.0, "early": 0.25})
    built = engine.build_sequence(plain_world.request("SessionRequest", session_id=session.id))
    (clip,) = plain_world.timeline.list_clips_for_track(built.track_ids["early"])
    assert (clip.start_ms_on_timeline, clip.in_ms, clip.out_ms) == (0, 750, 14_750)


def silent_film(path):
    with av.open(str(path), "w") as container:
        picture = container.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
        for _ in range(50):
            container.mux(picture.encode(av.VideoFrame(64, 64, "yuv420p")))
        container.mux(picture.encode(None))
    return str(path)


def test_a_camera_without_sound_does_not_keep_the_others_from_their_places(
    plain_world, client, room, tmp_path
):
    world = plain_world
    world.asset("mute", silent_film(tmp_path / "mute.mp4"), duration_ms=2_000.0)
    for name, start_s in (("a", 0.0), ("b", 2.0)):
        world.asset(name, str(room(f"{name}-{start_s}", start_s, END_S)))
    engine = world.multicam(client)
    session = world.session(engine, "a", "mute", "b")
    session.tracks[1].offset_ms = 77
    result = engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
    assert result.offsets_ms == {"a": 0, "b": 2_000}
    assert offsets(session)["mute"] == 77
    assert "no audio" in result.meta["unplaced"]["mute"]["reason"]
    assert result.meta["unplaced"]["mute"]["kept_offset_ms"] == 77

    pair = world.session(engine, "a", "mute")
    only = engine.align_session(world.request("MultiCamAlignRequest", session_id=pair.id))
    assert only.offsets_ms == {"a": 0}
    assert only.meta["unplaced"].keys() == {"mute"}

    led = world.session(engine, "mute", "a")
    with pytest.raises(ServiceRefused, match="mute"):
        engine.align_session(world.request("MultiCamAlignRequest", session_id=led.id))


@pytest.mark.parametrize(
    ("preset", "shots_ms"),
    [("fast", (1_500, 4_000)), ("slow", (3_000, 6_000)), ("hectic", (2_000, 6_000))],
)
def test_operators_choose_the_pacing(plain_world, client, monkeypatch, preset, shots_ms):
    world = plain_world
    monkeypatch.setenv("VIDEO_MULTICAM_PACING_PRESET", preset)
    for name in ("a", "b"):
        world.asset(name, "gs://none", duration_ms=30_000.0)
    engine = world.multicam(client)
    session = world.session(engine, "a", "b")
    cut = engine.auto_cut_sequence(world.request("MultiCamAutoCutRequest", session_id=session.id))
    assert cut.meta["pacing_preset"] == (preset if preset != "hectic" else "medium")
    assert (cut.meta["min_shot_ms"], cut.meta["max_shot_ms"]) == shots_ms
    assert "b: never aligned; taken to start with the session" in cut.meta["warnings"]
    assert not any(warning.startswith("a:") for warning in cut.meta["warnings"])


def test_a_length_that_nobody_states_is_that_of_the_artifacts(plain_world, client):
    world = plain_world
    speech = {"kind": "speech", "start_ms": 500, "end_ms": 9_000}
    for name in ("a", "b"):
        world.asset(name, "gs://none")
        world.artifact(name, "audio_semantic_timeline", meta={"events": [speech]})
    engine = world.multicam(client)
    session = world.session(engine, "a", "b")
    programme = engine.cut(world.request("MultiCamAutoCutRequest", session_id=session.id))
    assert programme.clips[-1].end_ms == 9_000
    with pytest.raises(ValueError, match="Asset a has no duration_ms"):
        engine.build_sequence(world.request("SessionRequest", session_id=session.id))
