"""Bare mocks, whose every attribute is a mock: only what was set counts."""

import subprocess
import sys
from unittest.mock import MagicMock, Mock

import pytest
from multicam import Client
from multicam.engines import AssistEngine, FocusEngine, MulticamEngine
from multicam.v1.align_pb2 import (
    ALIGN_STATUS_ALIGNED,
    ALIGN_STATUS_AMBIGUOUS,
    ALIGN_STATUS_BASE,
    AlignResponse,
)

OWNER = {"tenant_id": "t_demo", "env": "dev"}


def asset(**fields):
    return MagicMock(**{**OWNER, "kind": "video", "duration_ms": 60_000, **fields})


@pytest.fixture
def services():
    media, timeline = MagicMock(), MagicMock()
    media.get_asset.side_effect = lambda asset_id: asset(id=asset_id)
    timeline.create_project.return_value = MagicMock(id="p1")
    timeline.create_sequence.return_value = MagicMock(id="s1")
    timeline.create_track.side_effect = lambda track: MagicMock(id=f"tr{track.order}")
    return {"media_service": media, "timeline_service": timeline}


@pytest.fixture
def sessions():
    repo = MagicMock()
    tracks = [
        MagicMock(asset_id="a1", role="primary", offset_ms=None),
        MagicMock(asset_id="a2", role="secondary", offset_ms=1_500),
    ]
    repo.get.return_value = MagicMock(**OWNER, id="ses", tracks=tracks, base_asset_id="a1")
    return repo


def request(**fields):
    return MagicMock(**{**OWNER, "session_id": "ses", **fields})


def test_a_session_of_mocks_is_built(client, services, sessions):
    engine = MulticamEngine(client, **services, repo=sessions)
    built = engine.build_sequence(request())
    assert (built.project_id, built.sequence_id) == ("p1", "s1")
    assert built.track_ids == {"a1": "tr0", "a2": "tr1"}
    first, second = (call.args[0] for call in services["timeline_service"].create_clip.mock_calls)
    assert (first.start_ms_on_timeline, first.in_ms, first.out_ms) == (0, 0, 60_000)
    assert (second.start_ms_on_timeline, second.in_ms, second.out_ms) == (1_500, 0, 60_000)
    assert sessions.get.return_value.project_id == "p1"
    sessions.update.assert_called_once_with(sessions.get.return_value)


def test_a_session_of_mocks_is_cut_with_todays_defaults(client, services, sessions):
    engine = MulticamEngine(client, **services, repo=sessions)
    cut = engine.auto_cut_sequence(request(min_shot_duration_ms=2_000, max_shot_duration_ms=5_000))
    assert cut.sequence_id == "s1"
    clips = [call.args[0] for call in services["timeline_service"].create_clip.mock_calls]
    assert len(clips) > 5
    assert all(2_000 <= clip.out_ms - clip.in_ms <= 5_000 for clip in clips[:-1])
    sequence = services["timeline_service"].create_sequence.call_args.args[0]
    assert (sequence.project_id, sequence.tenant_id) == ("p1", "t_demo")


def test_a_client_that_is_a_mock_is_called_itself(services, sessions):
    client = Mock()
    client.align.return_value = AlignResponse()
    for name, offset, status in (
        ("a1", 0.0, ALIGN_STATUS_BASE),
        ("a2", 2_000.4, ALIGN_STATUS_ALIGNED),
    ):
        client.align.return_value.tracks.add(asset_id=name, offset_ms=offset, status=status)
    services["media_service"].get_asset.side_effect = lambda asset_id: asset(
        id=asset_id, meta={"waveform": [0.1, 0.2]}
    )
    engine = MulticamEngine(client, **services, repo=sessions)
    result = engine.align_session(request())
    assert result.offsets_ms == {"a1": 0, "a2": 2_000}
    sent = client.align.call_args.args[0]
    assert sent.options.max_offset_ms == 5_000
    assert sessions.get.return_value.tracks[1].offset_ms == 2_000
    assert sessions.get.return_value.meta["last_alignment"]["offsets"] == result.offsets_ms


def test_what_is_ambiguous_keeps_its_offset(services, sessions):
    reply = AlignResponse()
    reply.tracks.add(asset_id="a1", offset_ms=0.0, status=ALIGN_STATUS_BASE, confidence=1.0)
    doubtful = reply.tracks.add(
        asset_id="a2", offset_ms=2_000.4, status=ALIGN_STATUS_AMBIGUOUS, reason="two places fit"
    )
    doubtful.confidence = 0.45
    for offset, confidence in ((2_000.4, 0.45), (900.0, 0.4)):
        doubtful.alternatives.add(offset_ms=offset, confidence=confidence)
    client = Mock(**{"align.return_value": reply})
    services["media_service"].get_asset.side_effect = lambda asset_id: asset(
        id=asset_id, meta={"waveform": [0.1, 0.2]}
    )
    result = MulticamEngine(client, **services, repo=sessions).align_session(request())
    assert result.offsets_ms == {"a1": 0}
    assert result.meta["confidences"] == {"a1": 1.0, "a2": 0.45}
    told = {
        "status": "AMBIGUOUS",
        "reason": "two places fit",
        "confidence": 0.45,
        "kept_offset_ms": 1_500,
        "candidates_ms": [2_000.4, 900.0],
    }
    session = sessions.get.return_value
    assert result.meta["unplaced"] == session.meta["last_alignment"]["unplaced"] == {"a2": told}
    assert session.tracks[1].offset_ms == 1_500


def test_highlights_of_mocks(client, services):
    timeline = services["timeline_service"]
    timeline.get_project.return_value = MagicMock(**OWNER, sequence_ids=["s1"])
    timeline.list_tracks_for_sequence.return_value = [
        MagicMock(kind="video", id="tr1"),
        MagicMock(kind="audio", id="tr2"),
    ]
    timeline.list_clips_for_track.return_value = [MagicMock(asset_id="a1")]
    speech = {"kind": "speech", "start_ms": 5_000, "end_ms": 15_000, "confidence": 0.9}
    services["media_service"].list_artifacts_for_asset.return_value = [
        MagicMock(**OWNER, kind="audio_semantic_timeline", id="art1", meta={"events": [speech]})
    ]
    sequence, track, clips = AssistEngine(client, **services).generate_highlights("p1")
    assert clips
    assert {clip.asset_id for clip in clips} == {"a1"}
    assert track.sequence_id == sequence.id
    timeline.create_sequence.assert_not_called()


def test_more_recordings_than_a_request_takes(client, plain_world):
    world = plain_world
    project = world.project()
    engine = world.multicam(client)
    for number in range(35):
        name = f"cam_{number:02}"
        world.asset(name, "gs://none", duration_ms=10_000.0)
        speech = {"kind": "speech", "start_ms": 2_000, "end_ms": 7_000, "confidence": 0.9}
        world.artifact(name, "audio_semantic_timeline", meta={"events": [speech]})
        session = world.session(engine, name, project_id=project.id)
        engine.build_sequence(world.request("SessionRequest", session_id=session.id))
    plan = world.assist(client).find_highlights(project.id, 9_000)
    scores = [one.score for response in plan.responses for one in response.decisions]
    assert len(plan.responses) == 2
    assert max(scores) in [segment.meta["score"] for segment in plan.segments]
    assert sum(segment.out_ms - segment.in_ms for segment in plan.segments) <= 9_000
    assert any("in 2 groups" in fallback for fallback in plan.meta()["fallbacks"])


def test_focus_of_mocks_stays_in_the_middle(client, services):
    services["media_service"].list_artifacts_for_asset.return_value = []
    focus = FocusEngine(client, media_service=services["media_service"])
    asked = MagicMock(clip_id="c1", asset_id="a1", tenant_id=None, env=None)
    result = focus.calculate_focus(asked)
    assert result.automation_x.keyframes[0].value == 0.5
    assert result.automation_y.keyframes[0].value == 0.5
    assert result.automation_x.model_dump()["target_type"] == "clip"


def test_a_repository_needs_four_methods_only(client, services):
    class Sessions(dict):
        def create(self, session):
            self[session.id] = session

        def list(self, tenant_id):
            return (one for one in self.values() if one.tenant_id == tenant_id)

        def update(self, session):
            self[session.id] = session

    engine = MulticamEngine(client, **services, repo=Sessions())
    tracks = [MagicMock(asset_id="a1", role="wide", label="Left", offset_ms=None, meta={})]
    session = engine.create_session(
        MagicMock(**OWNER, tracks=tracks, project_id="p7", base_asset_id=None)
    )
    assert engine.get_session(session.id) is session
    assert engine.list_sessions("t_demo", project_id="p7") == [session]
    assert engine.list_sessions("t_demo", project_id="p8") == []
    assert engine.list_sessions("t_other") == []
    (track,) = session.tracks
    assert (track.role, track.label, track.offset_ms) == ("wide", "Left", None)
    dumped = session.model_dump(mode="json")
    assert dumped["tracks"][0]["asset_id"] == "a1"
    assert isinstance(dumped["created_at"], str)


def test_constructors_are_as_promised(client, services):
    media, timeline = services["media_service"], services["timeline_service"]
    MulticamEngine(client, media_service=media, timeline_service=timeline, repo=None)
    AssistEngine(client, media_service=media, timeline_service=timeline)
    FocusEngine(client, media_service=media)
    assert isinstance(client, Client)


def test_nothing_heavy_is_imported():
    """grpcio and protobuf are enough; PyAV is looked for when a film is."""
    heavy = "{'av', 'numpy', 'pydantic', 'multicam_server'}"
    program = f"import sys, multicam.engines; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
