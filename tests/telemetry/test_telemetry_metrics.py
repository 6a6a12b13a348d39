"""Metrics: what a running server tells, and what it never tells."""

import os
import re
import signal
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from multicam import Client, errors
from multicam.v1.align_pb2 import AlignRequest
from multicam.v1.analyze_pb2 import AnalyzeRequest
from multicam.v1.focus_pb2 import FocusRequest
from multicam_server.app import Server
from multicam_server.errors import TABLE
from multicam_server.telemetry.metrics import OTHER, STAGES, Metrics
from multicam_server.telemetry.outcome import Outcome
from multicam_server.telemetry.tally import Tally

MAX_SERIES = 1200


def align_request() -> AlignRequest:
    request = AlignRequest(session_id="ses_secret", base_asset_id="cam_secret")
    for asset_id, uri in (("cam_secret", "a.wav"), ("cam_other", "b.wav")):
        asset = request.tracks.add().asset
        asset.asset_id, asset.uri = asset_id, uri
    return request


def test_calls_are_counted_by_method_and_code(client: Client, counted: Any) -> None:
    names = {"method": "Focus"}
    before = counted("multicam_calls_total", code="INVALID_ARGUMENT", **names)
    timed = counted("multicam_call_seconds_count", **names)
    refused = counted("multicam_refusals_total", reason="REQUEST_INVALID")
    received = counted("multicam_received_bytes_total", **names)
    request = FocusRequest(clip_id="x" * 1000)
    with pytest.raises(errors.InvalidRequest):
        client.focus(request)
    assert counted("multicam_calls_total", code="INVALID_ARGUMENT", **names) == before + 1
    assert counted("multicam_call_seconds_count", **names) == timed + 1
    assert counted("multicam_refusals_total", reason="REQUEST_INVALID") == refused + 1
    assert counted("multicam_received_bytes_total", **names) == received + request.ByteSize()
    assert counted("multicam_calls_in_flight", **names) == 0


def test_an_alignment_tells_its_stages_and_the_cache(server: Server, counted: Any) -> None:
    def stage(name: str) -> tuple[float, float]:
        return (
            counted("multicam_stage_seconds_count", stage=name),
            counted("multicam_stage_seconds_sum", stage=name),
        )

    for tenant_id in ("t_a", "t_b"):
        with Client(server.address, tenant_id=tenant_id, env="dev") as caller:
            decoded = counted("multicam_decoded_seconds_total")
            misses = counted("multicam_cache_lookups_total", store="notes", outcome="miss")
            begun = {name: stage(name) for name in ("admission", "align", "decode", "probe")}
            found = caller.align(align_request())
            assert not found.meta.cache_hit
            # Two files of ten seconds, of which all is heard, some of it perhaps twice.
            assert 10 <= counted("multicam_decoded_seconds_total") - decoded <= 80
            looked = counted("multicam_cache_lookups_total", store="notes", outcome="miss")
            assert looked == misses + 2
            for name, (times, seconds) in begun.items():
                assert stage(name)[0] == times + 1, name
                assert stage(name)[1] > seconds, name
            hits = counted("multicam_cache_lookups_total", store="alignments", outcome="hit")
            assert caller.align(align_request()).meta.cache_hit
            again = counted("multicam_cache_lookups_total", store="alignments", outcome="hit")
            assert again == hits + 1


def test_a_stream_tells_its_stages_too(client: Client, counted: Any) -> None:
    stages = ("align", "speech", "cut", "highlights", "focus")
    before = {stage: counted("multicam_stage_seconds_count", stage=stage) for stage in stages}
    request = AnalyzeRequest()
    for track in align_request().tracks:
        request.tracks.add().asset.CopyFrom(track.asset)
    request.base_asset_id = request.tracks[0].asset.asset_id
    list(client.analyze(request))
    for stage in stages:
        assert counted("multicam_stage_seconds_count", stage=stage) == before[stage] + 1, stage
    assert counted("multicam_calls_total", method="Analyze", code="OK") == 1
    assert counted("multicam_sent_bytes_total", method="Analyze") > 0


def test_a_refused_stream_is_counted(client: Client, counted: Any) -> None:
    request = AnalyzeRequest()
    for track in align_request().tracks:
        asset = request.tracks.add().asset
        asset.asset_id, asset.uri = track.asset.asset_id, "none.wav"
    with pytest.raises(errors.MediaNotFound):
        list(client.analyze(request))
    assert counted("multicam_calls_total", method="Analyze", code="NOT_FOUND") == 1
    assert counted("multicam_refusals_total", reason="MEDIA_NOT_FOUND") >= 1
    assert counted("multicam_calls_in_flight", method="Analyze") == 0


def test_uploads_are_counted_in_bytes(client: Client, counted: Any) -> None:
    before = counted("multicam_received_bytes_total", method="UploadMedia")
    client.upload_media(bytes(300_000))
    sent = counted("multicam_received_bytes_total", method="UploadMedia") - before
    assert 300_000 <= sent < 301_000


def test_workers_and_the_queue_are_seen(client: Client, counted: Any) -> None:
    with pytest.raises(errors.InvalidRequest):
        client.focus(FocusRequest())
    assert counted("multicam_workers", state="idle") >= 1
    assert counted("multicam_workers", state="busy") == 0
    assert counted("multicam_calls_waiting") == 0


def test_a_worker_that_dies_is_counted(client: Client, counted: Any, server: Server) -> None:
    """What works on an alignment is killed from outside."""
    import threading
    from pathlib import Path

    before = counted("multicam_worker_ends_total", cause="died")
    request = align_request()
    request.options.bypass_cache = True
    failed: list[errors.MulticamError] = []

    def call() -> None:
        try:
            client.align(request)
        except errors.MulticamError as error:
            failed.append(error)

    for _ in range(20):  # the kill may come late
        thread = threading.Thread(target=call)
        thread.start()
        while thread.is_alive() and counted("multicam_workers", state="busy") == 0:
            pass
        for process_id in grandchildren(os.getpid(), Path("/proc")):
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        thread.join()
        if failed:
            break
    assert [error.reason for error in failed] == ["WORKER_DIED"]
    assert counted("multicam_worker_ends_total", cause="died") == before + 1


def grandchildren(process_id: int, proc: Any) -> list[int]:
    def children(parent: int) -> list[int]:
        found = []
        for task in (proc / str(parent) / "task").iterdir():
            with suppress(OSError):  # the thread has ended
                found += [int(child) for child in (task / "children").read_text().split()]
        return found

    return [own for child in children(process_id) for own in children(child)]


def test_nothing_of_a_caller_is_in_the_metrics(
    client: Client, server: Server, read: Any, media_root: Any
) -> None:
    client.align(align_request())
    with (
        Client(
            server.address, tenant_id="t_secret", env="lab", user_id="u_secret", token="secret"
        ) as other,
        pytest.raises(errors.MediaNotFound),
    ):
        other.align(align_request(), request_id="secret-id")
    with urllib.request.urlopen(f"http://{server.metrics_address}/metrics") as reply:
        text = reply.read().decode()
    for secret in ("secret", "t_a", "t_b", "a.wav", str(media_root), "lab"):
        assert not re.search(rf"\b{re.escape(secret)}\b", text), secret
        assert "secret" not in text
    labels = {name for _, found in read() for name, _ in found}
    assert labels <= {
        *{"cause", "code", "le", "method", "outcome", "reason", "stage", "state", "store"},
        *{"what", "version", "implementation", "major", "minor", "patchlevel"},
    }


def test_series_are_bounded_whatever_is_told(read: Any) -> None:
    """A thousand tenants, or a worker that was taken over, make no more series."""
    metrics = Metrics()
    hostile = Tally(
        seconds={f"stage {n}": 1.0 for n in range(1000)},
        amounts={
            **{("cache", f"store {n}", "hit"): 1.0 for n in range(1000)},
            **{("worker_ends", f"cause {n}"): 1.0 for n in range(1000)},
            ("cache",): 1.0,
            ("cache", "notes"): 1.0,
            ("received_bytes",): -1.0,
            ("sent_bytes",): float("nan"),
            ("decoded_seconds",): float("inf"),
            ("unknown",): 1.0,
        },
    )
    for method in ("Align", "Analyze", "AutoCut", "Focus", "Highlights", "ProbeMedia"):
        for row in TABLE:
            end = metrics.begin(method, (("x-tenant-id", "t_any"),))
            end(Outcome(row.code.name, row.reason_name, 0.1, hostile))
    samples = [sample for family in metrics.registry.collect() for sample in family.samples]
    assert len(samples) < MAX_SERIES
    stages = {sample.labels["stage"] for sample in samples if "stage" in sample.labels}
    assert stages == {OTHER}
    assert OTHER not in STAGES


@pytest.fixture
def get(server: Server) -> Callable[..., Any]:
    def run(path: str, **headers: str) -> Any:
        request = urllib.request.Request(f"http://{server.metrics_address}{path}", headers=headers)
        return urllib.request.urlopen(request, timeout=20)

    return run


def test_only_the_metrics_are_served(get: Any) -> None:
    for path in ("/", "/metric", "/metrics/", "/../etc/passwd"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(path)
        assert refused.value.code == 404
        refused.value.close()
    with get("/metrics?name[]=x") as reply:
        assert reply.status == 200
        assert "multicam" in reply.headers["Server"]
        assert "Python" not in reply.headers["Server"]


def test_openmetrics_is_spoken_to_whoever_asks_for_it(get: Any) -> None:
    with get("/metrics", Accept="application/openmetrics-text; version=1.0.0") as reply:
        assert reply.headers["Content-Type"].startswith("application/openmetrics-text")
        assert reply.read().endswith(b"# EOF\n")


def test_metrics_are_on_a_port_of_their_own(server: Server) -> None:
    assert server.metrics_address.startswith("127.0.0.1:")
    assert server.metrics_address != server.address


def test_a_silent_connection_does_not_hold_up_others(server: Server, read: Any) -> None:
    host, port = server.metrics_address.split(":")
    with socket.create_connection((host, int(port))):
        assert read()
