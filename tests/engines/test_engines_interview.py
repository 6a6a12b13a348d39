"""The demo's two cameras through the engines, from a session to automations, against the truth."""

import pytest
from multicam import Client
from multicam.engines import FocusEngine, ServerRoot, SourceSettings, promote

OFFSET_MS, DRIFT_PPM = 3217.0, 8.0
CAMERAS = ("camera_a", "camera_b")
DURATION_MS = {"camera_a": 82_000.0, "camera_b": 79_000.0}
HALF_MS = 0.5 + 1e-6


@pytest.fixture
def installed(world, interview, detected):
    """An installation that knows both cameras' files and artifacts."""
    for name in CAMERAS:
        film = interview / "media" / "t_demo" / f"{name}.mp4"
        world.asset(
            name,
            f"file://{film}",
            duration_ms=DURATION_MS[name],
            fps=25.0,
            meta={"width": 640, "height": 360},
        )
        audio, visual = detected(name)
        world.artifact(name, "audio_semantic_timeline", id=f"{name}-audio", meta=audio)
        kind = "visual_meta" if name == "camera_a" else "video_visual_meta"
        filled_up = {"duration_ms": 0, "frame_sample_interval_ms": 0, "backend_version": "v1"}
        world.artifact(name, kind, id=f"{name}-visual", meta={**filled_up, "payload": visual})
    return world


def sync_errors_ms(clip, offset_ms, drift_ppm):
    """How far a clip's two ends are from where the session has them."""
    at = (clip.start_ms_on_timeline, clip.start_ms_on_timeline + length_ms(clip))
    exact = [(t - offset_ms) * (1.0 + drift_ppm * 1e-6) for t in at]
    return [abs(clip.in_ms - exact[0]), abs(clip.out_ms - exact[1])]


def length_ms(clip):
    return (clip.out_ms - clip.in_ms) / clip.speed


@pytest.fixture
def aligned(installed, client):
    """An engine with a session of both cameras, aligned; and the result."""
    engine = installed.multicam(client)
    session = installed.session(engine, *CAMERAS)
    request = installed.request("MultiCamAlignRequest", session_id=session.id)
    return engine, session, engine.align_session(request)


def placements(result):
    return {
        "camera_a": (0.0, 0.0),
        "camera_b": (
            result.meta["offset_ms_exact"]["camera_b"],
            result.meta["drift_ppm"]["camera_b"],
        ),
    }


def test_the_second_camera_starts_later(installed, aligned):
    engine, session, result = aligned
    assert engine.get_session(session.id) is session
    assert session.base_asset_id == "camera_a"
    assert result.session_id == session.id
    assert result.offsets_ms == {"camera_a": 0, "camera_b": round(OFFSET_MS)}
    assert [track.offset_ms for track in session.tracks] == [0, round(OFFSET_MS)]
    offset_ms, drift_ppm = placements(result)["camera_b"]
    assert abs(offset_ms - OFFSET_MS) < 1.0
    assert abs(drift_ppm - DRIFT_PPM) < 3.0
    second = session.tracks[1].meta
    assert (second["offset_ms_exact"], second["drift_ppm"]) == (offset_ms, drift_ppm)
    assert result.meta["method"] == "waveform_cross_correlation"
    assert result.meta["confidences"]["camera_a"] == 1.0
    assert result.meta["confidences"]["camera_b"] > 0.9
    assert {"cache_key", "cache_hit", "alignment_version"} <= result.meta.keys()
    last = session.meta["last_alignment"]
    assert last["method"] == "waveform_cross_correlation"
    assert last["offsets"] == result.offsets_ms
    assert last["confidences"] == result.meta["confidences"]

    request = installed.request("MultiCamAlignRequest", session_id=session.id)
    again = engine.align_session(request)
    assert again.meta["cache_hit"] is True
    assert again.offsets_ms == result.offsets_ms


def test_all_cameras_lie_in_sync(installed, aligned):
    engine, session, result = aligned
    placed = placements(result)
    built = engine.build_sequence(installed.request("SessionRequest", session_id=session.id))
    tracks = installed.timeline.list_tracks_for_sequence(built.sequence_id)
    assert built.track_ids == {name: track.id for name, track in zip(CAMERAS, tracks, strict=True)}
    assert session.project_id == built.project_id
    for name, track in zip(CAMERAS, tracks, strict=True):
        (clip,) = installed.timeline.list_clips_for_track(track.id)
        assert (clip.asset_id, clip.alignment_applied) == (name, True)
        assert 0 <= clip.in_ms < clip.out_ms <= DURATION_MS[name]
        assert max(sync_errors_ms(clip, *placed[name])) <= HALF_MS
    (second,) = installed.timeline.list_clips_for_track(tracks[1].id)
    assert second.start_ms_on_timeline == round(placed["camera_b"][0])


def cut_of(world, engine, session):
    request = world.request("MultiCamAutoCutRequest", session_id=session.id)
    result = engine.auto_cut_sequence(request)
    (track,) = world.timeline.list_tracks_for_sequence(result.sequence_id)
    return result, track, world.timeline.list_clips_for_track(track.id)


def test_the_programme_has_no_gap_and_stays_in_sync(installed, aligned):
    engine, session, result = aligned
    placed = placements(result)
    cut, track, clips = cut_of(installed, engine, session)
    assert (cut.session_id, cut.project_id) == (session.id, session.project_id)
    assert cut.meta["pacing_preset"] == "medium"
    assert cut.meta["score_version"]
    assert (track.kind, track.video_role) == ("video", "main")
    at = 0
    for clip in clips:
        assert clip.start_ms_on_timeline == at
        assert length_ms(clip) == pytest.approx(round(length_ms(clip)), abs=1e-9)
        assert 0 <= clip.in_ms < clip.out_ms <= DURATION_MS[clip.asset_id]
        assert max(sync_errors_ms(clip, *placed[clip.asset_id])) <= HALF_MS
        at += round(length_ms(clip))
    assert {clip.asset_id for clip in clips} == set(CAMERAS)
    assert all(2_000 <= length_ms(clip) <= 6_001 for clip in clips[:-1])


def test_the_best_moments_of_the_project(installed, aligned, client):
    engine, session, _ = aligned
    engine.build_sequence(installed.request("SessionRequest", session_id=session.id))
    assist = installed.assist(client)
    sequence, lane, moments = assist.generate_highlights(session.project_id, 20_000)
    assert sequence.track_ids == [lane.id]
    assert lane.sequence_id == sequence.id
    assert {moment.track_id for moment in moments} == {lane.id}
    assert 5_000 < sum(moment.out_ms - moment.in_ms for moment in moments) <= 20_000
    assert sequence.id not in installed.timeline.records["sequence"]

    plan = assist.find_highlights(session.project_id, 20_000)
    (into,) = installed.timeline.records["sequence"]
    reel = promote(plan, installed.timeline, sequence_id=into)
    laid = installed.timeline.list_clips_for_track(reel.id)
    assert [(one.in_ms, one.out_ms) for one in laid] == [(one.in_ms, one.out_ms) for one in moments]


def test_a_promoted_programme_stays_in_sync(installed, aligned):
    engine, session, result = aligned
    placed = placements(result)
    request = installed.request("MultiCamAutoCutRequest", session_id=session.id)
    programme = engine.cut(request)
    project = installed.project()
    promoted = promote(programme, installed.timeline, project_id=project.id, name="Promoted")
    assert installed.timeline.get_project(project.id).sequence_ids == [promoted.id]
    (track,) = installed.timeline.list_tracks_for_sequence(promoted.id)
    laid = installed.timeline.list_clips_for_track(track.id)
    assert [clip.asset_id for clip in laid] == [clip.asset_id for clip in programme.clips]
    for clip in laid:
        assert clip.speed == 1.0
        assert max(sync_errors_ms(clip, *placed[clip.asset_id])) <= HALF_MS


def test_a_window_follows_a_clip_of_the_programme(installed, aligned, client):
    engine, session, _ = aligned
    _, _, clips = cut_of(installed, engine, session)
    shown = next(clip for clip in clips if clip.asset_id == "camera_b")
    focus = installed.focus(client)
    asked = installed.request(
        "FocusRequest", clip_id=shown.id, asset_id="camera_b", **installed.owner
    )
    path = focus.calculate_focus(asked, clip=shown)
    assert path.clip_id == shown.id
    assert (path.automation_x.property, path.automation_y.property) == ("crop_x", "crop_y")
    assert path.automation_x.target_id == shown.id
    assert path.meta["source_audio_artifact"] == "camera_b-audio"
    assert path.meta["source_visual_artifact"] == "camera_b-visual"
    assert path.meta["automation_version"]
    times = [keyframe.time_ms for keyframe in path.automation_x.keyframes]
    assert times[0] == 0
    assert all(isinstance(time, int) for time in times)
    assert times == sorted(set(times))
    assert 0.3 < path.automation_x.keyframes[0].value < 0.8

    framed = focus.calculate_automations(asked, clip=shown)
    assert all(keyframe.value >= 1.0 for keyframe in framed.automations["scale"].keyframes)
    stored = promote(framed, installed.timeline)
    assert [one.property for one in stored] == ["crop_x", "crop_y", "scale"]
    assert all(one.target_id == shown.id for one in stored)


def test_a_service_that_shares_the_media_is_sent_nothing(plain_world, interview, start_server):
    world, media = plain_world, interview / "media"
    server = start_server(media)
    for name in CAMERAS:
        world.asset(name, str(media / "t_demo" / f"{name}.mp4"))
    settings = SourceSettings(server_roots=(ServerRoot(media, media),))
    with Client(server.target, tenant_id="t_x", env="dev") as client:
        engine = world.multicam(client, sources=settings)
        session = world.session(engine, *CAMERAS)
        result = engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
        assert result.offsets_ms == {"camera_a": 0, "camera_b": round(OFFSET_MS)}
        # Nobody has stored how long the recordings are, nor the shape of their pictures.
        built = engine.build_sequence(world.request("SessionRequest", session_id=session.id))
        (clip,) = world.timeline.list_clips_for_track(built.track_ids["camera_a"])
        assert abs(clip.out_ms - DURATION_MS["camera_a"]) < 100
        focus = FocusEngine(client, media_service=world.media, sources=settings)
        asked = world.request("FocusRequest", clip_id="c", asset_id="camera_a", **world.owner)
        fallbacks = focus.calculate_focus(asked).meta["fallbacks"]
        assert not any("16:9" in fallback for fallback in fallbacks)
    methods = {call["method"].rpartition("/")[2] for call in server.calls()}
    assert methods == {"Align", "ProbeMedia", "Focus"}
