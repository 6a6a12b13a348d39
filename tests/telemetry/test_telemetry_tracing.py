"""Traces: spans at a real receiver, in the caller's trace."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from multicam import Client, errors
from multicam.v1.align_pb2 import AlignRequest
from multicam.v1.focus_pb2 import FocusRequest
from multicam_server.app import Server
from multicam_server.config import (
    CacheConfig,
    LimitsConfig,
    ListenConfig,
    MediaConfig,
    ServerConfig,
    TelemetryConfig,
)
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace import TracerProvider

WAIT_S = 20
Span = trace_pb2.Span


class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps what is exported to it."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.resource: dict[str, str] = {}

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802
        for part in request.resource_spans:
            told = {item.key: item.value.string_value for item in part.resource.attributes}
            self.resource.update(told)
            for scope in part.scope_spans:
                self.spans += scope.spans
        return trace_service_pb2.ExportTraceServiceResponse()


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    made = Receiver()
    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(made, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield made, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture
def traced(
    receiver: tuple[Receiver, str], tmp_path: Path, media_root: Path
) -> Iterator[tuple[str, Callable[[], list[Span]]]]:
    """A server that traces; its address, and what stops it and tells its spans."""
    seen, endpoint = receiver
    config = ServerConfig(
        cache=CacheConfig(tmp_path / "cache"),
        listen=ListenConfig(port=0),
        media=MediaConfig((media_root,)),
        limits=LimitsConfig(workers=1),
        telemetry=TelemetryConfig(trace_endpoint=endpoint),
    )
    server = Server(config, ready_workers=1)
    server.start()
    server.wait_ready()

    def spans() -> list[Span]:
        server.drain(WAIT_S)
        return seen.spans

    yield server.address, spans
    server.drain(0)


def align_request() -> AlignRequest:
    request = AlignRequest(base_asset_id="a")
    for name in ("a", "b"):
        asset = request.tracks.add().asset
        asset.asset_id, asset.uri = name, f"{name}.wav"
    return request


def attributes(span: Span) -> dict[str, str]:
    return {item.key: item.value.string_value for item in span.attributes}


def test_a_call_and_its_stages_are_spans_of_the_callers_trace(
    traced: Any, receiver: tuple[Receiver, str], caplog: pytest.LogCaptureFixture
) -> None:
    address, spans = traced
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("a caller")
    with (
        Client(address, tenant_id="t_a", env="dev", token="secret") as client,
        tracer.start_as_current_span("its work") as outer,
    ):
        client.align(align_request(), request_id="r1")
        context = outer.get_span_context()
    found = spans()
    (call,) = (span for span in found if span.kind == Span.SPAN_KIND_SERVER)
    assert call.name == "multicam.v1.MediaAnalysisService/Align"
    assert call.trace_id == context.trace_id.to_bytes(16, "big")
    assert call.parent_span_id == context.span_id.to_bytes(8, "big")
    told = attributes(call)
    assert told["multicam.request_id"] == "r1"
    assert (told["rpc.method"], told["rpc.grpc.status"]) == ("Align", "OK")
    by_id = {span.span_id: span for span in found}
    names = {span.name for span in found}
    assert {"admission", "open", "probe", "align", "decode"} <= names
    for span in found:
        assert span.trace_id == call.trace_id
        assert span.start_time_unix_nano <= span.end_time_unix_nano
        if span is not call:
            parent = by_id[span.parent_span_id]
            # A span that another process has measured lies within, to within its clock.
            assert parent.start_time_unix_nano <= span.start_time_unix_nano + 5e6
            assert span.end_time_unix_nano <= parent.end_time_unix_nano + 5e6
    assert receiver[0].resource["service.name"] == "multicam-server"
    assert not [span for span in found if "secret" in str(span) or "wav" in str(span)]


def test_a_refused_call_is_a_span_with_its_reason(traced: Any) -> None:
    address, spans = traced
    with (
        Client(address, tenant_id="t_a", env="dev") as client,
        pytest.raises(errors.InvalidRequest),
    ):
        client.focus(FocusRequest())
    (call,) = (span for span in spans() if span.kind == Span.SPAN_KIND_SERVER)
    assert attributes(call)["multicam.reason"] == "REQUEST_INVALID"
    assert call.status.code == trace_pb2.Status.STATUS_CODE_UNSET  # not the server's fault
    assert not call.parent_span_id


def test_a_broken_trace_context_begins_a_trace(traced: Any) -> None:
    address, spans = traced
    broken = ("", "00-0-0-00", "x" * 500, "00-" + "0" * 32 + "-" + "0" * 15 + "1-01")
    with grpc.insecure_channel(address) as channel:
        focus = channel.unary_unary("/multicam.v1.MediaAnalysisService/Focus")
        for parent in broken:
            metadata = (("x-tenant-id", "t_a"), ("x-env", "dev"), ("traceparent", parent))
            with pytest.raises(grpc.RpcError):
                focus(b"not a message", metadata=metadata, timeout=WAIT_S)
    calls = [span for span in spans() if span.kind == Span.SPAN_KIND_SERVER]
    assert len({call.trace_id for call in calls}) == len(broken)
    assert not any(call.parent_span_id for call in calls)


def test_a_receiver_that_is_gone_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ServerConfig(
        cache=CacheConfig(tmp_path),
        listen=ListenConfig(port=0),
        telemetry=TelemetryConfig(trace_endpoint="http://127.0.0.1:9"),
    )
    server = Server(config, ready_workers=1)
    server.start()
    server.wait_ready()
    with (
        Client(server.address, tenant_id="t_a", env="dev") as client,
        pytest.raises(errors.InvalidRequest),
    ):
        client.focus(FocusRequest())
    done = threading.Event()

    def drain() -> None:
        server.drain(0)
        done.set()

    threading.Thread(target=drain).start()
    assert done.wait(WAIT_S)
    # What goes on trying for a while behind the server's back must not log into later tests.
    for thread in threading.enumerate():
        if thread.name == "last-spans":
            thread.join(WAIT_S)


def test_a_client_without_a_trace_sends_none() -> None:
    from multicam.trace_context import trace_metadata

    assert trace.get_current_span().get_span_context().is_valid is False
    assert trace_metadata() == ()
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("a caller")
    with tracer.start_as_current_span("work") as span:
        ((key, value),) = trace_metadata()
    assert key == "traceparent"
    assert f"{span.get_span_context().trace_id:032x}" in value


def test_nothing_is_imported_that_is_not_asked_for() -> None:
    """Neither by the server nor by the client, whatever is installed."""
    program = (
        "import sys; import multicam, multicam.aio, multicam_server.__main__\n"
        "from multicam.trace_context import trace_metadata; assert trace_metadata() == ()\n"
        "print([name for name in sys.modules if name.split('.')[0] in "
        "('opentelemetry', 'jwt', 'cryptography')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_extra_is_asked_for_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from multicam_server.doors import StartError
    from multicam_server.watching import Watching

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    monkeypatch.delitem(sys.modules, "multicam_server.telemetry.tracing", raising=False)
    with pytest.raises(StartError, match=r'pip install "multicam\[otel\]"'):
        Watching(TelemetryConfig(trace_endpoint="http://127.0.0.1:4317"))
