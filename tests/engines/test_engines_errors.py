"""What goes wrong, in today's words; what is left behind then."""

import time
from types import SimpleNamespace

import grpc
import pytest
from multicam import Client, errors
from multicam.engines import (
    EngineError,
    EngineModels,
    ServiceDown,
    ServiceFailed,
    ServiceRefused,
    ServiceSlow,
    SourceUnreachable,
    WriteFailed,
    Written,
    promote,
)
from multicam.engines.failures import told_as_value_error as asked
from multicam.v1 import media_analysis_service_pb2_grpc as service_grpc


class Untouchable:
    """A client that must not be called."""

    identity = None

    def __getattr__(self, name):
        raise AssertionError(f"the service was asked to {name}")


@pytest.fixture
def engine(world):
    world.asset("cam_a", "/nowhere/a.mp4", duration_ms=9_000)
    world.asset("cam_b", "/nowhere/b.mp4", duration_ms=9_000)
    return world.multicam(Untouchable())


def create(world, engine, *asset_ids, **fields):
    return world.session(engine, *asset_ids, **fields)


REQUESTS = [
    ("align_session", "MultiCamAlignRequest"),
    ("build_sequence", "SessionRequest"),
    ("auto_cut_sequence", "MultiCamAutoCutRequest"),
]


def test_assets_must_exist_and_be_videos(world, engine):
    with pytest.raises(ValueError, match=r"^Asset not found: cam_x$"):
        create(world, engine, "cam_a", "cam_x")
    world.asset("song", "/nowhere/song.wav", kind="audio")
    with pytest.raises(ValueError, match=r"^Asset song is not a video$"):
        create(world, engine, "cam_a", "song")
    assert engine.list_sessions("t_demo") == []


@pytest.mark.parametrize(("method", "kind"), REQUESTS)
def test_a_session_must_exist_and_be_the_callers(world, engine, method, kind):
    session = create(world, engine, "cam_a", "cam_b")
    for fields, message in (
        ({"session_id": "none"}, r"^Session not found$"),
        ({"session_id": session.id, "tenant_id": "t_other"}, r"^Access Denied: Tenant mismatch$"),
        ({"session_id": session.id, "env": "prod"}, r"^Access Denied: Environment mismatch$"),
    ):
        with pytest.raises(ValueError, match=message):
            getattr(engine, method)(world.request(kind, **fields))


@pytest.mark.parametrize(("method", "kind"), REQUESTS)
def test_an_asset_of_others_is_refused_before_any_call(world, engine, method, kind):
    session = create(world, engine, "cam_a", "cam_b")
    for fields, message in (
        ({"tenant_id": "t_other"}, r"^Access Denied: Tenant mismatch$"),
        ({"env": "prod"}, r"^Access Denied: Environment mismatch$"),
    ):
        world.asset("cam_b", "/nowhere/b.mp4", duration_ms=9_000, **fields)
        with pytest.raises(ValueError, match=message):
            getattr(engine, method)(world.request(kind, session_id=session.id))


def test_a_context_that_contradicts_the_request_is_refused(world, engine):
    session = create(world, engine, "cam_a", "cam_b")
    request = world.request("MultiCamAlignRequest", session_id=session.id)
    for context, message in (
        (SimpleNamespace(tenant_id="t_other", env="dev"), r"^Access Denied: Tenant mismatch$"),
        (SimpleNamespace(tenant_id="t_demo", env="lab"), r"^Access Denied: Environment mismatch$"),
    ):
        with pytest.raises(ValueError, match=message):
            engine.align_session(request, context=context)


def test_projects_and_their_assets(world, engine):
    assist = world.assist(Untouchable())
    with pytest.raises(ValueError, match=r"^Project not found$"):
        assist.generate_highlights("none")
    project = world.project()
    with pytest.raises(ValueError, match=r"^No video assets found in project$"):
        assist.generate_highlights(project.id)
    with pytest.raises(ValueError, match=r"^Access Denied: Tenant mismatch$"):
        assist.generate_highlights(project.id, context=SimpleNamespace(tenant_id="t_other"))


def test_focus_knows_no_asset_or_not_the_callers(world, engine):
    focus = world.focus(Untouchable())
    unknown = world.request("FocusRequest", clip_id="c", asset_id="none")
    assert focus.calculate_focus(unknown) is None
    for fields in ({"tenant_id": "t_other"}, {"env": "prod"}):
        request = world.request("FocusRequest", clip_id="c", asset_id="cam_a", **fields)
        with pytest.raises(ValueError, match=r"^Access Denied: "):
            focus.calculate_focus(request)


def test_no_source_is_told_before_any_call(world, engine):
    session = create(world, engine, "cam_a", "cam_b")
    with pytest.raises(SourceUnreachable, match=r"Asset cam_a has no file at /nowhere/a\.mp4"):
        engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
    world.asset("cam_a", "gs://bucket/a.mp4")
    with pytest.raises(SourceUnreachable, match="cam_a lies at gs://"):
        engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))


def test_a_server_that_is_killed_in_between(plain_world, room, start_server):
    world = plain_world
    for name, start_s in (("cam_a", 0.0), ("cam_b", 2.0)):
        world.asset(name, str(room(name, start_s)), duration_ms=(20.0 - start_s) * 1000)
    server = start_server()
    with Client(server.target, tenant_id="t_x", env="dev", timeout_s=30.0) as client:
        engine = world.multicam(client)
        session = create(world, engine, "cam_a", "cam_b")
        aligned = engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
        assert aligned.offsets_ms == {"cam_a": 0, "cam_b": 2_000}
        before = session.meta["last_alignment"]
        server.kill()
        for method, kind in (REQUESTS[0], REQUESTS[2]):
            with pytest.raises(ServiceDown, match="cannot be reached") as caught:
                getattr(engine, method)(world.request(kind, session_id=session.id))
            assert isinstance(caught.value, ValueError)
            assert isinstance(caught.value.__cause__, errors.Unavailable)
            assert caught.value.report.request_id in str(caught.value)
        assert session.meta["last_alignment"] is before
        assert [track.offset_ms for track in session.tracks] == [0, 2_000]
        assert not any(world.timeline.records.values())
        # What needs no service still works.
        built = engine.build_sequence(world.request("SessionRequest", session_id=session.id))
        assert len(built.track_ids) == 2


class Slow(service_grpc.MediaAnalysisServiceServicer):
    def Align(self, request, context):  # noqa: N802 - the RPC's name
        time.sleep(3.0)


def test_a_slow_service(world, engine, serve):
    for name in ("cam_a", "cam_b"):
        world.asset(name, "gs://x", duration_ms=9_000, meta={"waveform": [0.1] * 9_000})
    session = create(world, engine, "cam_a", "cam_b")
    with Client(serve(Slow()), tenant_id="t_x", env="dev", timeout_s=0.5) as client:
        slow = world.multicam(client, repo=engine.repo)
        with pytest.raises(ServiceSlow, match="did not answer in time"):
            slow.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
    assert [track.offset_ms for track in session.tracks] == [None, None]
    assert "last_alignment" not in session.meta


def test_the_service_refuses_what_it_does_not_take(world, engine, client):
    """Tenants such as "t1" are the service's to refuse."""
    world.owner["tenant_id"] = "t1"
    for name in ("cam_a", "cam_b"):
        world.asset(name, "gs://x", duration_ms=9_000, meta={"waveform": [0.1] * 9_000})
    session = create(world, engine, "cam_a", "cam_b")
    with pytest.raises(ServiceRefused, match="x-tenant-id") as caught:
        world.multicam(client, repo=engine.repo).align_session(
            world.request("MultiCamAlignRequest", session_id=session.id)
        )
    assert caught.value.report.reason == "TENANT_INVALID"


def test_a_closed_client_is_a_value_error_too(world, engine, server):
    for name in ("cam_a", "cam_b"):
        world.asset(name, "gs://x", meta={"waveform": [0.1] * 9_000})
    session = create(world, engine, "cam_a", "cam_b")
    client = Client(server.target, tenant_id="t_x", env="dev")
    client.close()
    with pytest.raises(EngineError):
        world.multicam(client, repo=engine.repo).align_session(
            world.request("MultiCamAlignRequest", session_id=session.id)
        )


def test_a_write_that_breaks_off_says_what_it_left(world, engine):
    session = create(world, engine, "cam_a", "cam_b", project_id="p_1")
    world.timeline.breaks_at = {"clip": 1}
    request = world.request("SessionRequest", session_id=session.id)
    with pytest.raises(WriteFailed, match="the disk is full") as caught:
        engine.build_sequence(request)
    records = world.timeline.records
    assert list(caught.value.written) == [
        Written("sequence", next(iter(records["sequence"]))),
        Written("track", next(iter(records["track"]))),
        Written("clip", next(iter(records["clip"]))),
        Written("track", list(records["track"])[1]),
    ]
    for one in caught.value.written:
        assert one.id in str(caught.value)


class BrokenSessions:
    """A repository that has one session and cannot store it again."""

    def __init__(self, session):
        self.session = session

    def get(self, session_id):
        return self.session

    def update(self, session):
        raise OSError("read-only")


def test_a_class_that_refuses_a_record_counts_as_a_write_that_breaks_off(plain_world, client):
    world = plain_world

    def refusing(**values):
        raise TypeError("in_ms is to be an int")

    world.asset("cam_a", "/nowhere/a.mp4", duration_ms=9_000)
    engine = world.multicam(client, models=EngineModels(clip=refusing))
    session = create(world, engine, "cam_a", project_id="p_1")
    with pytest.raises(WriteFailed, match="in_ms is to be an int") as caught:
        engine.build_sequence(world.request("SessionRequest", session_id=session.id))
    assert [one.kind for one in caught.value.written] == ["sequence", "track"]


def test_an_alignment_that_cannot_be_stored_leaves_the_session_as_it_was(world, engine):
    session = create(world, engine, "cam_a", "cam_b")
    broken = world.multicam(Untouchable(), repo=BrokenSessions(session))
    request = world.request("MultiCamAlignRequest", session_id=session.id, alignment_method="stub")
    with pytest.raises(WriteFailed, match="read-only"):
        broken.align_session(request)
    assert [track.offset_ms for track in session.tracks] == [None, None]
    assert "last_alignment" not in session.meta


def test_a_promotion_that_breaks_off_says_what_it_left(world, engine):
    session = create(world, engine, "cam_a")
    project = world.project()
    programme = engine.cut(world.request("MultiCamAutoCutRequest", session_id=session.id))
    world.timeline.breaks_at = {"clip": 0}
    with pytest.raises(WriteFailed, match="Left: sequence") as caught:
        promote(programme, world.timeline, project_id=project.id)
    assert [one.kind for one in caught.value.written] == ["sequence", "track"]
    with pytest.raises(TypeError, match="project_id="):
        promote(programme, world.timeline)


def test_a_timeline_that_lists_nothing_is_written_to_all_the_same(plain_world, engine):
    session = create(plain_world, engine, "cam_a")
    request = plain_world.request("MultiCamAutoCutRequest", session_id=session.id)
    programme = engine.cut(request)
    stored = []
    blind = SimpleNamespace(promote_multicam_to_sequence=lambda *given: stored.append(given))
    promote(programme, blind, project_id="p_1", name="Cut")
    ((project_id, name, result),) = stored
    assert (project_id, name) == ("p_1", "Cut")
    assert (result["tenant_id"], result["env"]) == ("t_demo", "dev")
    with pytest.raises(WriteFailed, match=r"failed: .*Left: not known") as caught:
        promote(programme, SimpleNamespace(), project_id="p_1")
    assert caught.value.written == ()


def test_a_refusal_is_told_once():
    broken = errors.FieldViolation("options.max_offset_ms", "is 0")
    report = errors.ErrorReport(
        grpc.StatusCode.INVALID_ARGUMENT,
        "the request is not valid: options.max_offset_ms: is 0",
        field_violations=(broken, errors.FieldViolation("tracks[1].role", "is 0")),
    )
    with pytest.raises(ServiceRefused) as caught, asked("Alignment"):
        raise errors.InvalidRequest(report)
    assert str(caught.value).count("max_offset_ms") == 1
    assert str(caught.value).endswith("; tracks[1].role: is 0")


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (errors.Unavailable, ServiceDown),
        (errors.ShuttingDown, ServiceDown),
        (errors.Overloaded, ServiceDown),
        (errors.Cancelled, ServiceDown),
        (errors.DeadlineExceeded, ServiceSlow),
        (errors.Internal, ServiceFailed),
        (errors.Unimplemented, ServiceRefused),
        (errors.ResourceExhausted, ServiceRefused),
        (errors.MediaForbidden, ServiceRefused),
        (errors.InvalidRequest, ServiceRefused),
        (errors.MulticamError, ServiceRefused),
    ],
)
def test_every_error_of_the_service_is_a_value_error(raised, told):
    report = errors.ErrorReport(
        grpc.StatusCode.INVALID_ARGUMENT,
        "two rules are broken",
        request_id="req-1",
        field_violations=(errors.FieldViolation("tracks[1].role", "has no value 9"),),
    )
    with pytest.raises(ValueError, match=r"^Alignment failed: ") as caught, asked("Alignment"):
        raise raised(report)
    assert type(caught.value) is told
    assert caught.value.report is report
    for words in ("two rules are broken", "tracks[1].role: has no value 9", "(request req-1)"):
        assert words in str(caught.value)
