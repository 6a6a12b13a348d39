"""The metrics' address: taken, refused, and told."""

import socket
import urllib.request

import pytest
from multicam_server.config import DoorConfig, ListenConfig, TelemetryConfig
from multicam_server.doors import StartError
from multicam_server.watching import Watching


def test_an_address_that_is_taken_is_told_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        watching = Watching(TelemetryConfig(metrics=ListenConfig(port=port)))
        with pytest.raises(StartError) as refused:
            watching.start(DoorConfig())
    told = str(refused.value)
    assert told.startswith(f"--metrics-listen: cannot listen on 127.0.0.1:{port}: Address already")
    assert "\n" not in told
    watching.close()


def test_without_an_address_nothing_is_served() -> None:
    watching = Watching(TelemetryConfig())
    watching.start(DoorConfig())
    assert watching.address == ""
    watching.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_address_is_told_and_free_again_afterwards(
    host: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    listen = ListenConfig(host, 0)
    for _ in range(2):
        watching = Watching(TelemetryConfig(metrics=listen))
        try:
            watching.start(DoorConfig())
        except StartError:
            if host == "::1":
                pytest.skip("this machine has no IPv6")
            raise
        with urllib.request.urlopen(f"http://{watching.address}/metrics", timeout=20) as reply:
            assert b"multicam_build_info" in reply.read()
        (line,) = (one for one in caplog.records if one.message == "serves metrics")
        assert vars(line)["address"] == watching.address
        caplog.clear()
        listen = ListenConfig(host, int(watching.address.rpartition(":")[2]))
        watching.close()
        assert watching.address == ""
