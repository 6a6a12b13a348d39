"""Two servers behind one client: restarts and a death that no caller sees."""

import signal
import threading
import time

import grpc
import pytest
from multicam.service_config import shipped_service_config
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceStub


class Load:
    """Clients with the shipped retry policy, round robin over two servers."""

    def __init__(self, target, tools, *, clients):
        options = (
            *shipped_service_config().channel_options(),
            ("grpc.lb_policy_name", "round_robin"),
            ("grpc.use_local_subchannel_pool", 1),
        )
        self.errors = []
        self.answered = 0
        self._tools = tools
        self._stop = threading.Event()
        self._channels = [grpc.insecure_channel(target, options=options) for _ in range(clients)]
        self._threads = [
            threading.Thread(target=self._call, args=(channel,)) for channel in self._channels
        ]

    def _call(self, channel):
        stub = MediaAnalysisServiceStub(channel)
        request = self._tools.small_cut()
        while not self._stop.is_set():
            try:
                stub.AutoCut(request, metadata=self._tools.who(), timeout=60)
                self.answered += 1
            except grpc.RpcError as error:
                self.errors.append(error)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        for channel in self._channels:
            channel.close()


@pytest.fixture
def replicas(start_server):
    """Two servers on ports that stay theirs, and a way to start one again."""
    first, second = start_server(), start_server()
    addresses = [first.address, second.address]

    def again(number):
        server = start_server(listen=addresses[number])
        assert server.address == addresses[number]
        return server

    return [first, second], addresses, again


def test_rolling_restarts_and_a_kill_under_load_show_no_error(replicas, tools):
    servers, addresses, again = replicas
    with Load("ipv4:" + ",".join(addresses), tools, clients=4) as load:
        for _ in range(tools.times(1, 20)):
            for number in (0, 1):
                time.sleep(0.5)
                servers[number].popen.send_signal(signal.SIGTERM)
                assert servers[number].popen.wait(60) == 0
                servers[number] = again(number)
            time.sleep(0.5)
            servers[0].popen.send_signal(signal.SIGKILL)
            servers[0].popen.wait(60)
            servers[0] = again(0)
        time.sleep(0.5)
    assert load.errors == []
    assert load.answered > 20
