"""A request that crashes, hangs, grows or is given up costs itself, and nothing else."""

import os
import signal
import threading
import time

import grpc
import pytest
from google.rpc import error_details_pb2
from multicam.v1 import align_pb2, auto_cut_pb2, media_pb2, probe_pb2

# A worker that nobody waits for is killed within 0.1 s on an idle machine
# (benchmarks/service/interrupt.py); this bound is for a busy one.
SOON_S = 10


@pytest.fixture(scope="module")
def server(tmp_path_factory, media_root, tools):
    """One server for all tests that leave it as it was."""
    server = tools.server(
        *("--listen", "127.0.0.1:0", "--media-root", str(media_root), "--workers", "2"),
        *("--cache-dir", str(tmp_path_factory.mktemp("cache")), "--log-level", "warning"),
    )
    yield server
    server.close()


@pytest.fixture
def stub(server, stub_of):
    return stub_of(server)


@pytest.fixture
def at_work(server, stub, tools):
    """Begins an alignment that takes long; returns the call and the worker that does it."""

    def begin(**options):
        call = stub.Align.future(tools.long_align(), metadata=tools.who(), **options)
        return call, server.busy_worker()

    return begin


def is_refused(stub, tools):
    """The service answers: it names what is wrong with an empty request."""
    with pytest.raises(grpc.RpcError) as refused:
        stub.AutoCut(auto_cut_pb2.AutoCutRequest(), metadata=tools.who("t_other"), timeout=SOON_S)
    return refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_worker_that_dies_costs_its_own_request_only(server, stub, at_work, tools, number):
    call, worker = at_work()
    beside = stub.AutoCut.future(tools.small_cut(), metadata=tools.who("t_other"))
    os.kill(worker, number)
    error = call.exception(SOON_S)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert tools.reason_of(error) == "WORKER_DIED"
    assert number.name in error.details()
    info = tools.detail(error, error_details_pb2.ErrorInfo)
    named = {track.asset.asset_id for track in tools.long_align().tracks}
    assert set(info.metadata["asset_ids"].split(",")) <= named
    assert info.metadata["asset_ids"]
    named = tools.detail(error, error_details_pb2.ResourceInfo)
    assert (named.resource_type, named.resource_name) == (
        "asset",
        info.metadata["asset_ids"].split(",")[-1],
    )
    assert beside.result(SOON_S).sequence.duration_ms == 60_000
    assert is_refused(stub, tools)


def test_the_log_of_a_dead_worker_has_its_stacks_and_names_the_call(server, at_work, tools):
    call, worker = at_work()
    os.kill(worker, signal.SIGSEGV)
    assert call.exception(SOON_S)
    line = tools.until(
        lambda: [line for line in server.lines if f'"worker": {worker}' in line and "died" in line]
    )[0]
    for word in ('"stacks": "Fatal Python error: Segmentation fault', tools.tenant, "request_id"):
        assert word in line


@pytest.mark.parametrize("how", ["cancel", "deadline", "disconnect"])
def test_a_request_given_up_stops_at_once(server, stub_of, tools, how):
    channel_of_its_own = stub_of(server, ("grpc.use_local_subchannel_pool", 1))
    deadline_s = 2 if how == "deadline" else None
    call = channel_of_its_own.Align.future(
        tools.long_align(), metadata=tools.who(), timeout=deadline_s
    )
    worker = server.busy_worker()
    if how == "cancel":
        call.cancel()
    elif how == "disconnect":
        call.cancel()  # a client that ends does the same, and closes its connection
    tools.until(lambda: not tools.is_there(worker), SOON_S)
    if how == "deadline":
        assert call.exception(SOON_S).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert is_refused(stub_of(server), tools)


def test_a_client_that_is_killed_stops_its_request(server, tools):
    """Its connection closes without a word."""
    import subprocess
    import sys

    program = (
        "import sys, grpc\n"
        "channel = grpc.insecure_channel(sys.argv[1])\n"
        "call = channel.unary_unary('/multicam.v1.MediaAnalysisService/Align')\n"
        "call(sys.stdin.buffer.read(), metadata=[('x-tenant-id', 't_busy'), ('x-env', 'dev')])\n"
    )
    client = subprocess.Popen(
        [sys.executable, "-c", program, server.address], stdin=subprocess.PIPE
    )
    client.stdin.write(tools.long_align().SerializeToString())
    client.stdin.close()
    worker = server.busy_worker()
    client.kill()
    client.wait()
    tools.until(lambda: not tools.is_there(worker), SOON_S)


@pytest.mark.parametrize("stopped_for", ["cancel", "deadline"])
def test_a_worker_that_hangs_is_ended_too(server, stub, at_work, tools, stopped_for):
    """Nothing in the process can react any more: as in a driver, or deep inside a decoder."""
    call, worker = at_work(timeout=4 if stopped_for == "deadline" else None)
    os.kill(worker, signal.SIGSTOP)
    if stopped_for == "cancel":
        call.cancel()
    tools.until(lambda: not tools.is_there(worker), 2 * SOON_S)
    assert is_refused(stub, tools)


def test_without_a_deadline_the_default_ends_a_call(start_server, stub_of, tools):
    server = start_server("--default-deadline-s", "2")
    call = stub_of(server).Align.future(tools.long_align(), metadata=tools.who())
    worker = server.busy_worker()
    error = call.exception(SOON_S)
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert tools.reason_of(error) == "DEADLINE_PASSED"
    assert "noise_" in error.details()
    tools.until(lambda: not tools.is_there(worker), SOON_S)


def test_a_request_that_takes_too_much_processor_time(start_server, stub_of, tools):
    server = start_server("--worker-cpu-s", "1")
    stub = stub_of(server)
    for _ in range(3):  # the count begins anew with every request
        assert stub.AutoCut(tools.small_cut(), metadata=tools.who()).decisions
    error = stub.Align.future(tools.long_align(), metadata=tools.who()).exception(60)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert tools.reason_of(error) == "WORK_TOO_LARGE"
    assert "1 s of processor time" in error.details()
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who()).decisions


def test_a_request_that_takes_too_much_memory(start_server, stub_of, tools):
    server = start_server(
        *("--worker-memory-bytes", str(1024**3), "--max-message-bytes", str(1024**3))
    )
    stub = stub_of(server)
    request = align_pb2.AlignRequest(session_id="large", base_asset_id="a")
    for name in ("a", "b"):
        asset = request.tracks.add().asset
        asset.asset_id = name
        asset.waveform.sample_rate_hz = 48_000
        asset.waveform.samples.extend([0.1, -0.1] * 18_000_000)
    error = stub.Align.future(request, metadata=tools.who()).exception(120)
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED, error.details()
    assert tools.reason_of(error) == "WORK_TOO_LARGE"
    assert "1,024 MiB of memory" in error.details()
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who()).decisions


def test_a_server_that_loses_what_it_forks_from_recovers(server, stub, at_work, tools):
    call, worker = at_work()
    os.kill(server.nursery(), signal.SIGKILL)
    error = call.exception(SOON_S)
    assert tools.reason_of(error) == "WORKER_DIED"
    tools.until(lambda: not tools.is_there(worker), SOON_S)
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who(), timeout=60).decisions


def test_idle_workers_that_die_are_replaced_unseen(server, stub, tools):
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who()).decisions
    for _ in range(5):
        for worker in tools.until(server.workers):
            os.kill(worker, signal.SIGKILL)
        assert stub.AutoCut(tools.small_cut(), metadata=tools.who(), timeout=60).decisions


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_the_server(start_server, stub_of, tools, number):
    server = start_server()
    call = stub_of(server).Align.future(tools.long_align(), metadata=tools.who(), timeout=3)
    worker = server.busy_worker()
    others = {server.nursery(), worker, *server.workers()}
    server.popen.send_signal(number)
    server.popen.wait(60)
    assert call.exception(60)
    tools.until(lambda: not any(map(tools.is_there, others)), SOON_S)


def test_signals_to_the_whole_group_leave_the_workers_to_the_server(server, stub, tools):
    """As Ctrl-C and service managers send them: calls at work may finish."""
    before = tools.until(server.workers)
    for process in (server.nursery(), *before):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(process, number)
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who(), timeout=60).decisions
    assert any(tools.is_there(worker) for worker in before)


def test_the_same_bytes_from_any_number_of_workers_and_after_any_deaths(
    start_server, stub_of, tools
):
    """A thousand small differences would show: every worker answers, fresh and used."""
    replies = set()
    for count in ("1", "3"):
        server = start_server("--workers", count)
        stub = stub_of(server)
        answers = [stub.AutoCut.future(tools.small_cut(), metadata=tools.who()) for _ in range(12)]
        replies.update(
            answer.result(60).SerializeToString(deterministic=True) for answer in answers
        )
        for worker in server.workers():
            os.kill(worker, signal.SIGKILL)
        reply = stub.AutoCut(tools.small_cut(), metadata=tools.who(), timeout=60)
        replies.add(reply.SerializeToString(deterministic=True))
    assert len(replies) == 1


def test_a_large_request_does_not_grow_the_server(server, stub, tools):
    """Two minutes of samples at a time, ten times: the worker is replaced, the server stays."""
    request = probe_pb2.ProbeMediaRequest()
    waveform = media_pb2.Waveform(sample_rate_hz=48_000, samples=[0.25] * (48_000 * 60))
    request.assets.add(asset_id="a", waveform=waveform)

    def call():
        stub.ProbeMedia(request, metadata=tools.who(), timeout=60)

    for _ in range(3):
        call()
    before = tools.resident_bytes(server.popen.pid)
    for _ in range(tools.times(8, 200)):
        call()
    # A message of 12 MB is copied a few times on its way; nothing of it may stay.
    assert tools.resident_bytes(server.popen.pid) - before < 64 * 1024**2


def test_cancelling_many_calls_leaves_a_working_server(server, stub, tools):
    """Callers that come and go, faster than workers can be forked."""
    stop = time.monotonic() + tools.times(3, 120)

    def flood():
        while time.monotonic() < stop:
            call = stub.Align.future(tools.long_align(), metadata=tools.who())
            time.sleep(0.02)
            call.cancel()

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tools.until(lambda: is_refused(stub, tools))
    tools.until(lambda: len(server.workers()) <= 3, SOON_S)
