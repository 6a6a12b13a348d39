"""Slow callers hold what is theirs and nothing else."""

import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from multicam_server.config import LimitsConfig

WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))
PATIENCE_S = 10


def until(condition):
    """Waits until a condition holds."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def small(serve, connect):
    """A channel to a server with one thread for work and two streams."""
    return connect(serve(limits=LimitsConfig(workers=1, max_streams=2)).address)


def answers(channel, call, service):
    """The service, health and reflection answer within a second."""
    with pytest.raises(grpc.RpcError) as refused:
        call(channel, service.methods_by_name["Focus"], timeout_s=1)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    health = health_pb2_grpc.HealthStub(channel)
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=1).status == 1
    assert list(
        channel.stream_stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")(
            iter([b"\x3a\x00"]), timeout=1
        )
    )


def test_slow_uploads_block_nothing_else(small, call, service, slow_upload):
    slow_upload(small)
    slow_upload(small)
    answers(small, call, service)


def test_streams_beyond_the_cap_are_refused_until_one_ends(small, slow_upload, info):
    first, _ = slow_upload(small), slow_upload(small)
    with pytest.raises(grpc.RpcError) as refused:
        slow_upload(small, wait=False).finish()
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    found = info(refused.value)
    assert (found.reason, found.metadata["limit_streams"]) == ("OVERLOADED", "2")
    assert first.finish().size_bytes == len(b"firstlast")
    assert slow_upload(small).finish().size_bytes == len(b"firstlast")


def test_a_cancelled_stream_gives_its_place_back(small, slow_upload):
    for upload in (slow_upload(small), slow_upload(small)):
        upload.call.cancel()

    def place_is_free():
        try:
            return slow_upload(small, wait=False).finish()
        except grpc.RpcError:
            return None

    until(place_is_free)


@pytest.mark.parametrize(("name", "count"), [("Focus", 40), ("Analyze", 120)])
def test_bodies_that_do_not_come_block_nothing(small, call, service, name, count):
    """As many as a pool of waiting threads takes of one kind; any number of the other kind."""
    held = threading.Event()

    def never():
        held.wait(PATIENCE_S)
        yield b""

    start = small.stream_unary(f"/{service.full_name}/{name}").future
    waiting = [start(never(), metadata=WHO, timeout=PATIENCE_S) for _ in range(count)]
    try:
        time.sleep(0.2)
        answers(small, call, service)
    finally:
        held.set()
        for running in waiting:
            running.cancel()


def test_open_health_watches_and_reflections_block_nothing(small, call, service):
    health = health_pb2_grpc.HealthStub(small)
    watches = [health.Watch(health_pb2.HealthCheckRequest()) for _ in range(8)]
    assert [next(watch).status for watch in watches] == [1] * 8
    answers(small, call, service)
    for watch in watches:
        watch.cancel()


def test_as_many_calls_work_at_a_time_as_there_are_threads(chained):
    lock, at_work, most = threading.Lock(), [], []

    def work(request, context):
        with lock:
            at_work.append(request)
            most.append(len(at_work))
        time.sleep(0.02)
        with lock:
            at_work.remove(request)
        return request

    call = chained(work, workers=3).unary_unary("/test.Service/Call")
    bodies = [bytes([number]) for number in range(24)]
    running = [call.future(body, metadata=WHO) for body in bodies]
    assert [future.result(PATIENCE_S) for future in running] == bodies
    assert max(most) == 3


def test_a_call_nobody_waits_for_does_no_work(chained):
    release, worked = threading.Event(), []

    def work(request, context):
        worked.append(request)
        release.wait(PATIENCE_S)
        return request

    call = chained(work, workers=1).unary_unary("/test.Service/Call")
    first = call.future(b"first", metadata=WHO)
    until(lambda: worked)
    late = call.future(b"late", metadata=WHO, timeout=0.2)
    gone = call.future(b"gone", metadata=WHO)
    time.sleep(0.1)
    gone.cancel()
    assert late.exception(PATIENCE_S).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    release.set()
    assert first.result(PATIENCE_S) == b"first"
    assert call(b"next", metadata=WHO, timeout=PATIENCE_S) == b"next"
    assert worked == [b"first", b"next"]


def test_parsing_does_not_hold_up_other_calls(chained):
    """A parser that takes long: other calls and their parsers go on."""
    begun, release = threading.Event(), threading.Event()

    def parse(body):
        if body == b"long":
            begun.set()
            assert release.wait(PATIENCE_S)
        return body

    call = chained(lambda request, context: request, parse=parse).unary_unary("/test.Service/Call")
    long = call.future(b"long", metadata=WHO)
    assert begun.wait(PATIENCE_S)
    assert call(b"short", metadata=WHO, timeout=PATIENCE_S / 2) == b"short"
    release.set()
    assert long.result(PATIENCE_S) == b"long"
