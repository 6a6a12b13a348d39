"""HTTP routes shaped like the engines', on the adapter in the place of today's services."""

import asyncio

import httpx
import pytest

from examples.engines.routes import application


class Api:
    """Calls an ASGI application."""

    def __init__(self, app):
        self._app = app

    def post(self, path, *, json):
        return self._send("POST", path, json=json)

    def get(self, path, *, headers=None):
        return self._send("GET", path, headers=headers)

    def _send(self, method, path, **options):
        async def send():
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://engines") as http:
                return await http.request(method, path, **options)

        return asyncio.run(send())


@pytest.fixture(params=["pydantic", "plain"])
def api(request, client, room):
    world = request.getfixturevalue("make_world")(request.param)
    for name, start_s in (("cam_a", 1.0), ("cam_b", 2.5)):
        path = str(room(f"{name}-{start_s}", start_s, 14.0))
        world.asset(name, path, duration_ms=(14.0 - start_s) * 1000, fps=25.0)
    world.asset("song", "/nowhere/song.wav", kind="audio")
    app = application(world.multicam(client), world.focus(client))
    return Api(app)


OWNER = {"tenant_id": "t_demo", "env": "dev"}
PREFIX = "/video/multicam/sessions"


def create(api, *assets):
    tracks = [{"asset_id": name, "role": "primary"} for name in assets]
    return api.post(PREFIX, json={**OWNER, "name": "A talk", "tracks": tracks})


def test_a_session_over_http(api):
    created = create(api, "cam_a", "cam_b")
    assert created.status_code == 200
    session = created.json()
    assert session["base_asset_id"] == "cam_a"
    body = {**OWNER, "session_id": session["id"]}
    path = f"{PREFIX}/{session['id']}"

    aligned = api.post(f"{path}/align", json=body)
    assert aligned.status_code == 200
    assert aligned.json()["offsets_ms"] == {"cam_a": 0, "cam_b": 1_500}
    assert aligned.json()["meta"]["method"] == "waveform_cross_correlation"

    built = api.post(f"{path}/build-sequence", json=body)
    assert built.status_code == 200
    assert set(built.json()["track_ids"]) == {"cam_a", "cam_b"}

    cut = api.post(f"{path}/auto-cut", json=body)
    assert cut.status_code == 200
    assert cut.json()["project_id"] == built.json()["project_id"]

    stored = api.get(path).json()
    assert [track["offset_ms"] for track in stored["tracks"]] == [0, 1_500]
    assert stored["meta"]["last_alignment"]["offsets"] == {"cam_a": 0, "cam_b": 1_500}
    listed = api.get(PREFIX, headers={"X-Tenant-Id": "t_demo"}).json()
    assert [one["id"] for one in listed] == [session["id"]]
    assert api.get(PREFIX, headers={"X-Tenant-Id": "t_other"}).json() == []


def test_a_window_over_http(api):
    request = {"clip_id": "c1", "asset_id": "cam_a", **OWNER}
    answered = api.post("/video/focus", json=request)
    assert answered.status_code == 200
    path = answered.json()
    assert path["automation_x"]["keyframes"][0]["value"] == 0.5
    assert path["meta"]["source_visual_artifact"] is None
    assert path["meta"]["fallbacks"]
    assert api.post("/video/focus", json={**request, "asset_id": "none"}).status_code == 404
    denied = api.post("/video/focus", json={**request, "tenant_id": "t_other"})
    assert denied.status_code == 400


def test_errors_over_http(api):
    unknown = create(api, "cam_x")
    assert unknown.status_code == 400
    assert unknown.json()["error"] == {
        "code": "multicam.invalid_request",
        "message": "Asset not found: cam_x",
    }
    assert "is not a video" in create(api, "song").json()["error"]["message"]
    session = create(api, "cam_a", "cam_b").json()
    for action, code in (
        ("align", "multicam.align_failed"),
        ("build-sequence", "multicam.build_failed"),
        ("auto-cut", "multicam.autocut_failed"),
    ):
        body = {"tenant_id": "t_other", "env": "dev", "session_id": session["id"]}
        answer = api.post(f"{PREFIX}/{session['id']}/{action}", json=body)
        assert answer.status_code == 400
        assert answer.json()["error"] == {
            "code": code,
            "message": "Access Denied: Tenant mismatch",
        }
