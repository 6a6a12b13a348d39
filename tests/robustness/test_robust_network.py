"""A bad network between client and server: nothing hangs, nothing leaks, nothing is wrong."""

import contextlib
import socket
import threading
import time

import grpc
import pytest
from multicam.v1 import upload_pb2
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceStub


class Network:
    """Carries bytes between a client and a server, as badly as it is told.

    `delay_s` per piece; `stands_still`: connections stay open and nothing goes through any
    more, as when a cable is pulled; `cut` resets all connections.
    """

    def __init__(self, server):
        self.server = server
        host, _, port = server.address.rpartition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.delay_s = 0.0
        self.stands_still = False
        self.carried_bytes = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(16 * 1024):
                while self.stands_still:
                    time.sleep(0.01)
                time.sleep(self.delay_s)
                sink.sendall(piece)
                self.carried_bytes += len(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def spoil(self, how):
        if how == "cut":
            self.cut()
        else:
            self.stands_still = True

    def cut(self):
        for end in self._open:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._open = []

    def close(self):
        self._listener.close()
        self.stands_still = False
        self.cut()


@pytest.fixture(scope="module")
def server(tmp_path_factory, media_root, tools):
    server = tools.server(
        *("--listen", "127.0.0.1:0", "--media-root", str(media_root), "--upload-idle-s", "1"),
        *("--cache-dir", str(tmp_path_factory.mktemp("cache")), "--log-level", "warning"),
    )
    yield server
    server.close()


@pytest.fixture
def network(server):
    network = Network(server)
    yield network
    network.close()


@pytest.fixture
def straight(server, stub_of):
    """A stub that the network does not concern."""
    return stub_of(server)


@pytest.fixture
def stub(network):
    options = (("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1))
    with grpc.insecure_channel(network.address, options=options) as channel:
        yield MediaAnalysisServiceStub(channel)


def chunks(count, pause_s=0.0):
    for _ in range(count):
        time.sleep(pause_s)
        yield upload_pb2.UploadMediaRequest(chunk=bytes(64 * 1024))


def all_places_are_free(stub, tools):
    """As many uploads at a time as the tenant may have."""
    calls = [stub.UploadMedia.future(chunks(4), metadata=tools.who()) for _ in range(3)]
    return all(call.exception(tools.patience_s) is None for call in calls)


def test_a_slow_network_gives_the_same_answer(straight, stub, network, tools):
    expected = straight.AutoCut(tools.small_cut(), metadata=tools.who())
    network.delay_s = 0.05
    assert stub.AutoCut(tools.small_cut(), metadata=tools.who(), timeout=60) == expected
    sent = stub.UploadMedia(chunks(8), metadata=tools.who(), timeout=60)
    assert sent.size_bytes == 8 * 64 * 1024


@pytest.mark.parametrize("how", ["cut", "stands still"])
def test_an_upload_that_is_cut_off_leaves_nothing(straight, stub, network, tools, how):
    calls = [
        stub.UploadMedia.future(chunks(10_000, 0.01), metadata=tools.who(), timeout=8)
        for _ in range(2)
    ]
    tools.until(lambda: network.carried_bytes > 300_000)
    network.spoil(how)
    for call in calls:
        assert call.exception(tools.patience_s).code() in {
            grpc.StatusCode.UNAVAILABLE,
            grpc.StatusCode.DEADLINE_EXCEEDED,
        }
    tools.until(lambda: all_places_are_free(straight, tools))


@pytest.mark.parametrize("how", ["cut", "stands still"])
def test_a_call_does_not_hang_past_its_deadline(straight, stub, network, tools, how):
    call = stub.Align.future(tools.long_align(), metadata=tools.who(), timeout=6)
    worker = network.server.busy_worker()
    begun_s = time.monotonic()
    network.spoil(how)
    assert call.exception(tools.patience_s).code() in {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    }
    assert time.monotonic() - begun_s < 30
    # The server knows the deadline, too: the work ends whether or not it hears of the cut.
    tools.until(lambda: not tools.is_there(worker))
    assert straight.AutoCut(tools.small_cut(), metadata=tools.who(), timeout=60).decisions
