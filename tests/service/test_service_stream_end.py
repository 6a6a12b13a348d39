"""A stream that was cut off is never taken for a whole one."""

import threading

import grpc
import pytest
from multicam_server.config import CacheConfig, LimitsConfig

WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))


@pytest.mark.parametrize("how", ["cancelled", "late", "disconnected"])
def test_no_cut_off_stream_looks_whole(chained, how):
    """Many at a time: without a remedy four in ten of them look whole."""
    begun, ended, whole = threading.Semaphore(0), threading.Semaphore(0), []
    held = threading.Event()

    def receive(requests, context):
        try:
            for _ in requests:
                begun.release()
            whole.append(1)
        finally:
            ended.release()
        return b""

    def one_and_no_more():
        yield b"1"
        held.wait(10)

    count = 40
    channel = chained(receive, make=grpc.stream_unary_rpc_method_handler, max_streams=count)
    start = channel.stream_unary("/test.Service/Call").future
    timeout_s = 1 if how == "late" else 10
    calls = [start(one_and_no_more(), metadata=WHO, timeout=timeout_s) for _ in range(count)]
    for _ in calls:
        assert begun.acquire(timeout=10)
    if how == "cancelled":
        for call in calls:
            call.cancel()
    elif how == "disconnected":
        channel.close()
    for _ in calls:
        assert ended.acquire(timeout=10)
    held.set()
    assert whole == []


def test_a_stream_that_was_ended_is_whole(chained):
    def receive(requests, context):
        return b"".join(requests)

    channel = chained(receive, make=grpc.stream_unary_rpc_method_handler)
    call = channel.stream_unary("/test.Service/Call")
    assert call(iter([b"a", b"b"]), metadata=WHO, timeout=10) == b"ab"
    assert call(iter([]), metadata=WHO, timeout=10) == b""


def test_a_cut_off_upload_leaves_nothing(serve, connect, slow_upload, tmp_path):
    server = serve(cache=CacheConfig(tmp_path / "cut"), limits=LimitsConfig(max_streams=12))
    channel = connect(server.address)
    for _ in range(3):
        for upload in [slow_upload(channel) for _ in range(4)]:
            upload.call.cancel()
    assert server.drain(10)
    assert [found for found in (tmp_path / "cut").rglob("*") if found.is_file()] == []
