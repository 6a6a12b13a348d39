"""A network that fails between client and server: slow, cut, half open.

Toxiproxy stands between the two. No call hangs past its deadline, none gives a wrong
answer, and the server lets go of what nobody waits for.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from multicam import Client, errors

TOXIPROXY = "github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"
DEADLINE_S = 2.0
LATE_S = 3.0  # what a loaded machine may add to a deadline
TO_SERVER, TO_CLIENT = "upstream", "downstream"


class Proxy:
    """One way to the server, and what is wrong with it."""

    def __init__(self, api: str, name: str, upstream: str) -> None:
        self._api, self._name = api, name
        self.address = self._call("/proxies", {"name": name, "upstream": upstream})["listen"]

    def add(self, kind: str, stream: str, **attributes: int) -> None:
        """Adds a toxic; connections that exist have it too."""
        toxic = {"type": kind, "name": f"{kind}-{stream}", "stream": stream}
        self._call(f"/proxies/{self._name}/toxics", {**toxic, "attributes": attributes})

    def heal(self) -> None:
        """Takes all toxics away, and lets connections through again."""
        for toxic in self._call(f"/proxies/{self._name}/toxics", None):
            self._call(f"/proxies/{self._name}/toxics/{toxic['name']}", None, "DELETE")
        self._call(f"/proxies/{self._name}", {"enabled": True})

    def go_down(self) -> None:
        """Ends all connections and takes no more."""
        self._call(f"/proxies/{self._name}", {"enabled": False})

    def _call(self, path: str, document: object, method: str | None = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"{self._api}{path}", body, method=method)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read() or b"null")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def toxiproxy(tools: Any) -> Iterator[str]:
    """The address of a running Toxiproxy. CI installs it; without it, a user's run skips."""
    program = shutil.which("toxiproxy-server")
    if program is None:
        assert os.environ.get("CI") != "true", "CI must have toxiproxy-server on its PATH"
        pytest.skip(f"toxiproxy-server is not installed: go install {TOXIPROXY}")
    port = free_port()
    running = subprocess.Popen(
        [program, "-host", "127.0.0.1", "-port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    api = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{api}/version", timeout=1):
                return True
        except OSError:
            return False

    tools.until(answers)
    yield api
    running.kill()
    running.wait()


@pytest.fixture
def way(
    toxiproxy: str, start_server: Callable[..., Any], tools: Any
) -> Iterator[tuple[Any, Proxy, Client]]:
    """A server, a proxy before it, and a client behind the proxy."""
    server = start_server()
    proxy = Proxy(toxiproxy, f"way-{server.popen.pid}", server.address)
    with Client(proxy.address, tenant_id=tools.tenant, env="dev") as client:
        client.auto_cut(tools.small_cut())
        yield server, proxy, client


def open_files(process_id: int) -> int:
    return len(list(Path(f"/proc/{process_id}/fd").iterdir()))


def took_s(started_s: float) -> float:
    return time.monotonic() - started_s


def at_rest(server: Any, tools: Any) -> bool:
    """Whether no worker computes: none of them spends processor time."""
    before = {worker: tools.processor_ticks(worker) for worker in server.workers()}
    time.sleep(0.3)
    return all(tools.processor_ticks(worker) - ticks <= 1 for worker, ticks in before.items())


def test_a_slow_way_changes_no_answer(way, tools):
    server, proxy, client = way
    with Client(server.address, tenant_id=tools.tenant, env="dev") as direct:
        expected = direct.auto_cut(tools.small_cut()).SerializeToString(deterministic=True)
    for stream in (TO_SERVER, TO_CLIENT):
        proxy.add("latency", stream, latency=150, jitter=50)
        proxy.add("slicer", stream, average_size=64, size_variation=32, delay=10)
    for _ in range(tools.times(3, 100)):
        found = client.auto_cut(tools.small_cut(), timeout_s=60)
        assert found.SerializeToString(deterministic=True) == expected


def test_a_way_that_gets_nothing_through_ends_with_the_deadline(way, tools):
    _, proxy, client = way
    for stream in (TO_SERVER, TO_CLIENT):
        proxy.add("bandwidth", stream, rate=0)
    started_s = time.monotonic()
    with pytest.raises(errors.DeadlineExceeded):
        client.auto_cut(tools.small_cut(), timeout_s=DEADLINE_S)
    assert took_s(started_s) < DEADLINE_S + LATE_S
    proxy.heal()
    assert client.auto_cut(tools.small_cut(), timeout_s=60).sequence.tracks


def test_a_client_that_falls_silent_costs_no_more_than_its_deadline(way, tools):
    """Half open: neither side hears that the other is gone."""
    server, proxy, client = way
    started_s = time.monotonic()
    call = client._stub.Align.future(  # the typed client waits; here the wait is watched
        tools.long_align(), timeout=DEADLINE_S, metadata=tools.who()
    )
    server.busy_worker()
    for stream in (TO_SERVER, TO_CLIENT):
        proxy.add("timeout", stream, timeout=0)
    tools.until(call.done, DEADLINE_S + LATE_S)
    assert call.code().name == "DEADLINE_EXCEEDED"
    tools.until(lambda: at_rest(server, tools), 10)
    assert took_s(started_s) < 30


def test_a_connection_that_is_cut_stops_the_work(way, tools):
    server, proxy, client = way
    call = client._stub.Align.future(tools.long_align(), timeout=60, metadata=tools.who())
    server.busy_worker()
    proxy.go_down()
    tools.until(call.done, 30)
    assert call.code().name == "UNAVAILABLE"
    tools.until(lambda: at_rest(server, tools), 10)
    proxy.heal()
    tools.until(lambda: answers_again(client, tools), 30)


def answers_again(client: Client, tools: Any) -> bool:
    try:
        return bool(client.auto_cut(tools.small_cut(), timeout_s=10).sequence.tracks)
    except errors.Unavailable:
        return False


def test_an_upload_that_is_cut_leaves_nothing_and_can_be_repeated(way, tools, tmp_path):
    _, proxy, client = way
    content = bytes(range(256)) * 4096 * 8  # 8 MiB
    proxy.add("limit_data", TO_SERVER, bytes=2**20)
    with pytest.raises(errors.MulticamError) as cut:
        client.upload_media(content, timeout_s=20)
    assert cut.value.code.name in ("UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED")
    proxy.heal()
    uploads = tmp_path / "cache_0" / "uploads"
    assert uploads.is_dir()
    kept = [path for path in uploads.rglob("*") if path.is_file() and path.stat().st_size]
    assert kept == []
    tools.until(lambda: answers_again(client, tools), 30)
    assert client.upload_media(content, timeout_s=60).size_bytes == len(content)


def test_connections_that_are_reset_again_and_again_leave_nothing_open(way, tools):
    server, proxy, client = way
    before = open_files(server.popen.pid)
    proxy.add("reset_peer", TO_CLIENT, timeout=50)
    for _ in range(tools.times(8, 200)):
        with pytest.raises(errors.MulticamError) as failed:
            client.auto_cut(tools.small_cut(), timeout_s=DEADLINE_S)
        assert failed.value.code.name in ("UNAVAILABLE", "DEADLINE_EXCEEDED")
    proxy.heal()
    tools.until(lambda: answers_again(client, tools), 30)
    tools.until(lambda: open_files(server.popen.pid) <= before + 4, 30)
    assert at_rest(server, tools)
