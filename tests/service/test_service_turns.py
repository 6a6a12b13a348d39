"""Turns go round among tenants; places are shared out among them."""

import threading
import time

import grpc
import pytest
from multicam_server.interceptors.places import Room
from multicam_server.interceptors.turns import FairQueue, Turn

PATIENCE_S = 10


def who(tenant_id):
    return (("x-tenant-id", tenant_id), ("x-env", "dev"))


def test_tenants_take_turns_and_each_keeps_its_order():
    queue = FairQueue(1)
    at_work = Turn("t_first")
    queue.join(at_work)
    waiting = [Turn(name) for name in ("t_many", "t_many", "t_many", "t_few", "t_few", "t_one")]
    for turn in waiting:
        queue.join(turn)
    assert queue.waiting() == len(waiting)
    order = []
    while True:
        queue.leave(at_work)
        granted = [turn for turn in waiting if turn.granted]
        if not granted:
            break
        (at_work,) = granted
        order.append(at_work)
        waiting.remove(at_work)
    assert [turn.tenant_id for turn in order] == [
        *("t_many", "t_few", "t_one", "t_many", "t_few", "t_many")
    ]
    assert queue.waiting() == 0


def test_who_leaves_the_queue_takes_no_turn():
    queue = FairQueue(1)
    first, gone, next_ = Turn("t_a"), Turn("t_b"), Turn("t_c")
    for turn in (first, gone, next_):
        queue.join(turn)
    queue.leave(gone)
    queue.leave(first)
    assert (gone.granted, next_.granted) == (False, True)
    queue.leave(next_)
    last = Turn("t_d")
    queue.join(last)
    assert last.granted


@pytest.mark.parametrize(
    ("total", "share", "per_tenant"),
    [(128, 0.75, 96), (4, 0.75, 3), (2, 0.75, 2), (1, 0.01, 1), (10, 1.0, 10), (3, 0.5, 2)],
)
def test_a_share_is_rounded_up(total, share, per_tenant):
    assert Room("calls", total, share).per_tenant == per_tenant


def test_a_call_beyond_the_places_is_refused_before_its_body_comes(chained, info):
    release, begun = threading.Event(), threading.Event()

    def work(request, context):
        begun.set()
        release.wait(PATIENCE_S)
        return request

    channel = chained(work, workers=1, max_calls=2, tenant_share=0.5)
    call = channel.unary_unary("/test.Service/Call")
    running = call.future(b"at work", metadata=who("t_a"))
    assert begun.wait(PATIENCE_S)

    def never():
        release.wait(PATIENCE_S)
        yield b""

    def refusal(tenant_id):
        upload = channel.stream_unary("/test.Service/Call")
        return upload.future(never(), metadata=who(tenant_id), timeout=PATIENCE_S).exception()

    of_tenant = refusal("t_a")
    assert of_tenant.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert info(of_tenant).metadata["limit_calls"] == "1"
    waiting = call.future(b"waits", metadata=who("t_b"))
    time.sleep(0.2)
    of_all = refusal("t_c")
    assert info(of_all).metadata["limit_calls"] == "2"
    release.set()
    assert (running.result(PATIENCE_S), waiting.result(PATIENCE_S)) == (b"at work", b"waits")


def test_a_waiting_call_whose_caller_has_gone_gives_its_place_back(chained):
    release, begun = threading.Event(), threading.Event()

    def work(request, context):
        begun.set()
        release.wait(PATIENCE_S)
        return request

    channel = chained(work, workers=1, max_calls=2)
    call = channel.unary_unary("/test.Service/Call")
    running = call.future(b"at work", metadata=who("t_a"))
    assert begun.wait(PATIENCE_S)
    call.future(b"gone", metadata=who("t_a")).cancel()
    end = time.monotonic() + PATIENCE_S
    while True:
        waiting = call.future(b"waits", metadata=who("t_b"))
        time.sleep(0.05)
        if not waiting.done():
            break
        assert time.monotonic() < end
    release.set()
    assert (running.result(PATIENCE_S), waiting.result(PATIENCE_S)) == (b"at work", b"waits")


def test_the_default_deadline_ends_the_wait_too(chained, info):
    release = threading.Event()

    def work(request, context):
        release.wait(PATIENCE_S)
        return request

    channel = chained(work, workers=1, default_deadline_s=0.3)
    call = channel.unary_unary("/test.Service/Call")
    running = call.future(b"at work", metadata=who("t_a"), timeout=PATIENCE_S)
    time.sleep(0.2)
    error = call.future(b"waits", metadata=who("t_a")).exception(PATIENCE_S)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert info(error).reason == "DEADLINE_PASSED"
    release.set()
    assert running.result(PATIENCE_S) == b"at work"


def test_a_body_that_does_not_come_gives_its_place_back(chained):
    release = threading.Event()

    def never():
        release.wait(PATIENCE_S)
        yield b""

    channel = chained(lambda request, context: request, max_calls=1, stream_idle_s=0.3)
    lost = channel.stream_unary("/test.Service/Call").future(never(), metadata=who("t_a"))
    assert lost.exception(PATIENCE_S).code() is grpc.StatusCode.CANCELLED
    release.set()
    call = channel.unary_unary("/test.Service/Call")
    assert call(b"next", metadata=who("t_a"), timeout=PATIENCE_S) == b"next"
