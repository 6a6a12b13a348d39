"""The end of a server: no new calls, the running ones in peace, exit code 0."""

import json
import logging
import signal
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from multicam.v1 import media_analysis_service_pb2
from multicam_server import interceptors

WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))
SERVICE = media_analysis_service_pb2.DESCRIPTOR.services_by_name["MediaAnalysisService"]
NAMES = ("", SERVICE.full_name)
SERVING, NOT_SERVING = 1, 2
RETRY = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 3,
                "initialBackoff": "0.01s",
                "maxBackoff": "0.01s",
                "backoffMultiplier": 1,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}


def statuses(channel):
    health = health_pb2_grpc.HealthStub(channel)
    return [
        health.Check(health_pb2.HealthCheckRequest(service=name), timeout=5).status
        for name in NAMES
    ]


def until_draining(channel):
    end = time.monotonic() + 10
    while statuses(channel) == [SERVING, SERVING]:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def serve_with_grace(process, tmp_path):
    """Starts a server's process with a grace time."""

    def start(grace_s):
        options = ("--cache-dir", str(tmp_path), "--grace-s", str(grace_s))
        return process("--listen", "127.0.0.1:0", *options)

    return start


@pytest.fixture
def refused_as(call, info):
    """Calls a method; returns code and reason of the refusal."""

    def run(channel, method):
        with pytest.raises(grpc.RpcError) as refused:
            call(channel, method)
        return refused.value.code(), info(refused.value).reason

    return run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_running_calls_finish(
    serve_with_grace, connect, slow_upload, refused_as, number
):
    server = serve_with_grace(20)
    channel = connect(server.address)
    assert statuses(channel) == [SERVING, SERVING]
    watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == SERVING
    upload = slow_upload(channel)

    server.signal(number)
    until_draining(channel)

    assert statuses(channel) == [NOT_SERVING, NOT_SERVING]
    assert next(watch).status == NOT_SERVING
    for method in SERVICE.methods:
        told = refused_as(channel, method)
        assert told == (grpc.StatusCode.UNAVAILABLE, "SHUTTING_DOWN"), method.name
    assert server.popen.poll() is None
    assert upload.finish().size_bytes == len(b"firstlast")
    assert server.exit_code() == 0


def test_an_idle_server_ends_at_once(serve_with_grace):
    server = serve_with_grace(3600)
    assert server.address
    begun = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.exit_code() == 0
    assert time.monotonic() - begun < 5


def test_after_the_grace_time_calls_are_cut_off(serve_with_grace, connect, slow_upload, tmp_path):
    server = serve_with_grace(0.2)
    upload = slow_upload(connect(server.address))
    server.signal(signal.SIGTERM)
    assert server.exit_code() == 0
    assert upload.call.exception(5).code() in {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.CANCELLED,
    }
    assert [record["message"] for record in server.records() if record["level"] == "WARNING"] == [
        "calls were cut off after 0.2 s of grace"
    ]
    assert [
        found for found in tmp_path.rglob("*") if found.is_file() and found.stat().st_size
    ] == []


def test_a_second_signal_ends_it_at_once(serve_with_grace, connect, slow_upload):
    server = serve_with_grace(3600)
    channel = connect(server.address)
    slow_upload(channel)
    server.signal(signal.SIGTERM)
    until_draining(channel)
    server.signal(signal.SIGTERM)
    assert server.exit_code() == -signal.SIGTERM


def test_drain_tells_whether_all_calls_finished(serve, connect, slow_upload):
    server = serve()
    upload = slow_upload(connect(server.address))
    assert server.drain(0.1) is False
    assert upload.call.exception(5) is not None
    idle = serve()
    assert idle.drain(10) is True
    idle.wait()


@pytest.mark.parametrize("streamed", [False, True])
def test_grpc_itself_retries_a_refusal(chained, caplog, streamed):
    """An answer with initial metadata would end the retries of the caller's runtime."""
    draining = interceptors.Draining()
    draining.begin()
    retrying = (("grpc.enable_retries", 1), ("grpc.service_config", json.dumps(RETRY)))
    make = grpc.unary_stream_rpc_method_handler if streamed else grpc.unary_unary_rpc_method_handler
    channel = chained(lambda request, context: request, *retrying, make=make, draining=draining)
    caplog.set_level(logging.INFO)
    with pytest.raises(grpc.RpcError) as refused:
        list(channel.unary_stream("/test.Service/Call")(b"", metadata=WHO, timeout=10))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert [record.code for record in caplog.records if record.message == "call"] == [
        "UNAVAILABLE"
    ] * 3


def test_no_call_slips_in_behind_the_last_one():
    """Whoever was admitted is waited for, whoever was not is refused: nothing between."""
    draining = interceptors.Draining()
    admitted, refused, at_idle = [], [], []
    start = threading.Barrier(9)

    def calls():
        start.wait()
        for _ in range(200):
            try:
                with draining.around(None, None):
                    admitted.append(1)
            except interceptors.draining.ShuttingDown:
                refused.append(1)

    threads = [threading.Thread(target=calls) for _ in range(8)]
    for thread in threads:
        thread.start()
    start.wait()
    draining.begin()
    assert draining.wait_idle(10)
    at_idle.append(len(admitted))
    for thread in threads:
        thread.join()
    assert len(admitted) == at_idle[0]
    assert len(admitted) + len(refused) == 8 * 200
    assert draining.running() == 0


def test_watches_that_close_do_not_hold_up_the_end(serve, connect):
    for _ in range(5):
        server = serve()
        channel = connect(server.address)
        health = health_pb2_grpc.HealthStub(channel)
        watches = [health.Watch(health_pb2.HealthCheckRequest()) for _ in range(20)]
        assert [next(watch).status for watch in watches] == [SERVING] * 20
        closing = threading.Thread(target=lambda: [watch.cancel() for watch in watches])  # noqa: B023
        draining = threading.Thread(target=server.drain, args=(5,), daemon=True)
        closing.start()
        draining.start()
        closing.join()
        draining.join(10)
        assert not draining.is_alive()
