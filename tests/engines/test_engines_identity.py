"""On whose behalf the service is asked: what travels with a call, and from where it is taken."""

from types import SimpleNamespace

import pytest
from multicam import Client
from multicam.engines.identity import Caller, process_env
from multicam.v1 import focus_pb2, probe_pb2
from multicam.v1 import media_analysis_service_pb2_grpc as service_grpc
from multicam.v1.align_pb2 import ALIGN_STATUS_BASE, AlignResponse
from multicam.v1.highlights_pb2 import HighlightsResponse
from multicam.v1.upload_pb2 import UploadMediaResponse


class Listener(service_grpc.MediaAnalysisServiceServicer):
    """Keeps the metadata of every call."""

    def __init__(self):
        self.calls = {}

    def _heard(self, name, context):
        self.calls[name] = {
            key: value for key, value in context.invocation_metadata() if key.startswith("x-")
        }

    def Align(self, request, context):  # noqa: N802 - the RPCs' names
        self._heard("Align", context)
        reply = AlignResponse()
        for track in request.tracks:
            reply.tracks.add(asset_id=track.asset.asset_id, offset_ms=0, status=ALIGN_STATUS_BASE)
        return reply

    def UploadMedia(self, requests, context):  # noqa: N802
        self._heard("UploadMedia", context)
        return UploadMediaResponse(upload_id=str(len(list(requests))))

    def Highlights(self, request, context):  # noqa: N802
        self._heard("Highlights", context)
        return HighlightsResponse()

    def Focus(self, request, context):  # noqa: N802
        self._heard("Focus", context)
        reply = focus_pb2.FocusResponse(clip_id=request.clip_id)
        for name in ("CROP_X", "CROP_Y", "SCALE"):
            reply.automations.add(property=f"AUTOMATION_PROPERTY_{name}").keyframes.add(value=0.5)
        return reply

    def ProbeMedia(self, request, context):  # noqa: N802
        self._heard("ProbeMedia", context)
        return probe_pb2.ProbeMediaResponse(media=[probe_pb2.MediaInfo(duration_ms=1.0)])


@pytest.fixture
def listener(serve):
    servicer = Listener()
    with Client(serve(servicer), tenant_id="t_client", env="lab") as client:
        yield servicer, client


CONTEXT = SimpleNamespace(
    tenant_id="t_demo",
    env="dev",
    mode="saas",
    user_id="u_7",
    project_id="p_9",
    request_id="req-1",
    trace_id="trace-2",
)


def test_everything_known_about_the_caller_travels(world, listener, room):
    servicer, client = listener
    for name in ("a", "b"):
        world.asset(name, str(room(name, 0.0, 0.5)))
    engine = world.multicam(client)
    session = world.session(engine, "a", "b")
    request = world.request("MultiCamAlignRequest", session_id=session.id, user_id="u_1")
    engine.align_session(request, context=CONTEXT)
    assert servicer.calls["Align"] == {
        "x-tenant-id": "t_demo",
        "x-env": "dev",
        "x-user-id": "u_1",
        "x-project-id": "p_9",
        "x-request-id": "req-1",
        "x-trace-id": "trace-2",
    }
    assert servicer.calls["UploadMedia"] == servicer.calls["Align"]


def test_a_request_alone_will_do(world, listener):
    servicer, client = listener
    for name in ("a", "b"):
        world.asset(name, "gs://x", meta={"waveform": [0.5]})
    engine = world.multicam(client)
    session = world.session(engine, "a", "b", user_id="u_3", project_id="p_1")
    engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
    heard = servicer.calls["Align"]
    assert heard.pop("x-request-id")
    assert heard == {
        "x-tenant-id": "t_demo",
        "x-env": "dev",
        "x-user-id": "u_3",
        "x-project-id": "p_1",
    }


def test_what_cannot_be_sent_is_left_out(plain_world, listener):
    world, (servicer, client) = plain_world, listener
    for name in ("a", "b"):
        world.asset(name, "gs://x", meta={"waveform": [0.5] * 9})
    engine = world.multicam(client)
    session = world.session(engine, "a", "b")
    odd = SimpleNamespace(user_id="Zoë", trace_id="x" * 200, request_id="no spaces", project_id=7)
    request = world.request("MultiCamAlignRequest", session_id=session.id)
    engine.align_session(request, context=odd)
    heard = servicer.calls["Align"]
    assert heard.keys() == {"x-tenant-id", "x-env", "x-request-id"}
    assert heard["x-request-id"] != "no spaces"
    engine.build_sequence(world.request("SessionRequest", session_id=session.id), context=odd)
    assert {clip.user_id for clip in world.timeline.records["clip"].values()} == {"Zoë"}


def test_highlights_are_the_projects(world, listener):
    servicer, client = listener
    world.asset("a", "gs://x", duration_ms=5_000)
    project = world.project()
    engine = world.multicam(client)
    session = world.session(engine, "a", project_id=project.id)
    engine.build_sequence(world.request("SessionRequest", session_id=session.id))
    world.assist(client).generate_highlights(project.id)
    heard = servicer.calls["Highlights"]
    assert (heard["x-tenant-id"], heard["x-env"]) == ("t_demo", "dev")
    assert heard["x-project-id"] == project.id


def test_focus_is_the_assets_where_the_request_says_nothing(world, listener, monkeypatch):
    servicer, client = listener
    monkeypatch.setenv("ENV", "prod")
    world.asset("a", "gs://x", duration_ms=5_000, env="stage")
    request = world.request("FocusRequest", clip_id="c", asset_id="a")
    world.focus(client).calculate_focus(request)
    heard = servicer.calls["Focus"]
    assert (heard["x-tenant-id"], heard["x-env"]) == ("t_demo", "stage")


def test_the_process_tells_the_environment_where_nothing_else_does():
    assert process_env({}) == "dev"
    assert process_env({"APP_ENV": "stage"}) == "stage"
    assert process_env({"ENV": " PROD ", "APP_ENV": "stage"}) == "prod"
    assert Caller(None).identity(None).env == process_env()
    assert Caller(SimpleNamespace(env=None), {"env": "lab"}).identity(None).env == "lab"


def test_a_record_that_names_nobody_is_anybodys():
    caller = Caller(SimpleNamespace(tenant_id="t_a", env="dev"))
    assert caller.may_see(SimpleNamespace(tenant_id=None))
    assert caller.may_see(SimpleNamespace(tenant_id="t_a", env="dev"))
    assert not caller.may_see(SimpleNamespace(tenant_id="t_b", env="dev"))
    assert Caller(None).may_see(SimpleNamespace(tenant_id="t_b"))
