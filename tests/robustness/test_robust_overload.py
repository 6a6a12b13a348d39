"""More calls than the server takes: answered or refused at once, and nothing grows."""

import threading
import time
from collections import Counter

import grpc
import pytest
from google.rpc import error_details_pb2
from multicam.v1 import upload_pb2

OK, REFUSED = grpc.StatusCode.OK, grpc.StatusCode.RESOURCE_EXHAUSTED


class Flood:
    """Clients that call again as soon as they are answered, on a connection each."""

    def __init__(self, stub_of, server, tools, *, clients, tenant_id):
        self.codes = Counter()
        self.refusals = []
        self._stop = threading.Event()
        self._stubs = [
            stub_of(server, ("grpc.use_local_subchannel_pool", 1)) for _ in range(clients)
        ]
        self._metadata = tools.who(tenant_id)
        self._request = tools.small_cut()
        self._threads = [threading.Thread(target=self._call, args=(stub,)) for stub in self._stubs]

    def _call(self, stub):
        while not self._stop.is_set():
            try:
                stub.AutoCut(self._request, metadata=self._metadata, timeout=60)
                self.codes[OK] += 1
            except grpc.RpcError as error:
                self.codes[error.code()] += 1
                self.refusals.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_ten_times_the_load_is_answered_or_refused(start_server, stub_of, tools):
    server = start_server("--workers", "2", "--max-waiting", "2")
    stub = stub_of(server)
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who("t_calm")).decisions
    with Flood(stub_of, server, tools, clients=20, tenant_id="t_flood") as flood:
        time.sleep(1)
        before = tools.resident_bytes(server.popen.pid)
        time.sleep(tools.times(2, 120))
        after = tools.resident_bytes(server.popen.pid)
        workers = len(server.workers())
    assert set(flood.codes) == {OK, REFUSED}
    assert min(flood.codes.values()) > 0
    assert after - before < 32 * 1024**2
    assert workers <= 3
    error = flood.refusals[-1]
    assert tools.reason_of(error) == "OVERLOADED"
    assert tools.detail(error, error_details_pb2.RetryInfo).retry_delay.seconds == 1
    (violation,) = tools.detail(error, error_details_pb2.QuotaFailure).violations
    assert violation.subject == "calls of t_flood"
    assert "3 calls of one tenant" in violation.description
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who("t_flood"), timeout=5).decisions


def test_a_flood_of_one_tenant_starves_no_other(start_server, stub_of, tools):
    """With half of the places full of its own calls, the other tenant's are all answered."""
    server = start_server("--workers", "1", "--max-waiting", "7", "--tenant-share", "50")
    calm = stub_of(server)
    assert calm.AutoCut(tools.small_cut(), metadata=tools.who("t_calm")).decisions
    with Flood(stub_of, server, tools, clients=12, tenant_id="t_flood") as flood:
        for _ in range(tools.times(30, 1_000)):
            assert calm.AutoCut(tools.small_cut(), metadata=tools.who("t_calm"), timeout=60)
    assert flood.codes[REFUSED] > 0


def test_a_flood_of_long_calls_leaves_streams_and_refusals_alone(start_server, stub_of, tools):
    server = start_server("--workers", "1", "--max-waiting", "3")
    stub = stub_of(server)
    long = [
        stub.Align.future(tools.long_align(), metadata=tools.who(), timeout=60) for _ in range(8)
    ]
    tools.until(lambda: sum(call.done() for call in long) == 5)
    assert {call.code() for call in long if call.done()} == {REFUSED}
    sent = stub.UploadMedia(
        iter([upload_pb2.UploadMediaRequest(chunk=b"bytes")]), metadata=tools.who(), timeout=10
    )
    assert sent.size_bytes == 5
    for call in long:
        call.cancel()

    def is_answered():
        try:
            return stub.AutoCut(tools.small_cut(), metadata=tools.who(), timeout=10)
        except grpc.RpcError as error:
            return error.code() is not REFUSED

    assert tools.until(is_answered, 10).decisions  # their places are free as soon as they go


def test_an_upload_that_stands_still_ends(start_server, stub_of, tools):
    server = start_server("--upload-idle-s", "1")
    release = threading.Event()

    def slow():
        yield upload_pb2.UploadMediaRequest(chunk=b"first")
        release.wait(60)

    call = stub_of(server).UploadMedia.future(slow(), metadata=tools.who())
    error = call.exception(30)
    release.set()
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert tools.reason_of(error) == "UPLOAD_STALLED"
    assert "1 s" in error.details()


def test_an_upload_that_is_slow_but_moves_is_taken(start_server, stub_of, tools):
    server = start_server("--upload-idle-s", "2")

    def slow():
        for _ in range(6):
            time.sleep(0.5)
            yield upload_pb2.UploadMediaRequest(chunk=b"part")

    assert stub_of(server).UploadMedia(slow(), metadata=tools.who()).size_bytes == 24


def test_streams_have_a_share_for_each_tenant(start_server, stub_of, tools):
    server = start_server("--max-streams", "4")
    stub = stub_of(server)
    release = threading.Event()

    def held():
        yield upload_pb2.UploadMediaRequest(chunk=b"first")
        release.wait(60)

    def begin(tenant_id):
        call = stub.UploadMedia.future(held(), metadata=tools.who(tenant_id))
        call.initial_metadata()
        return call

    held_calls = [begin("t_greedy") for _ in range(3)]
    with pytest.raises(grpc.RpcError) as refused:
        begin("t_greedy").result(30)
    assert "3 streams of one tenant" in refused.value.details()
    held_calls.append(begin("t_modest"))
    with pytest.raises(grpc.RpcError) as refused:
        begin("t_modest").result(30)
    assert "has 4 streams" in refused.value.details()
    release.set()
    assert {call.result(30).size_bytes for call in held_calls} == {5}
