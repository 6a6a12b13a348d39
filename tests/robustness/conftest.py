"""Real server processes to be hurt, with work that keeps them busy.

Every test here runs in a short form; `make soak` runs the long ones (MULTICAM_SOAK=1).
Seeds are fixed either way.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from multicam.v1 import align_pb2, auto_cut_pb2
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceStub

SOAK = os.environ.get("MULTICAM_SOAK") == "1"
PATIENCE_S = 60
TENANT = "t_busy"
RECORDINGS = 16


def who(tenant_id: str = TENANT) -> tuple[tuple[str, str], ...]:
    return (("x-tenant-id", tenant_id), ("x-env", "dev"))


class RunningServer:
    """A server as a process of its own, and what can be seen of it from outside."""

    def __init__(self, *arguments: str) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "multicam_server", *arguments],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stderr is not None
        for line in self.popen.stderr:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("listening on "):
                self._listening.set()
        self._listening.set()

    @property
    def address(self) -> str:
        assert self._listening.wait(PATIENCE_S)
        found = [re.fullmatch(r"listening on (\S+)", line) for line in self.lines]
        (address,) = (match[1] for match in found if match)
        return address

    def nursery(self) -> int:
        (nursery,) = children(self.popen.pid)
        return nursery

    def workers(self) -> set[int]:
        return {worker for nursery in children(self.popen.pid) for worker in children(nursery)}

    def busy_worker(self) -> int:
        """The one worker that works; waits until there is one."""
        before = {worker: processor_ticks(worker) for worker in self.workers()}
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            time.sleep(0.05)
            for worker in self.workers():
                # A fork and its setup take no more than this.
                if processor_ticks(worker) - before.setdefault(worker, 0) > 20:
                    return worker
        raise AssertionError("no worker works")

    def close(self) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self.popen.stderr is not None
        self.popen.stderr.close()


def children(process_id: int) -> set[int]:
    found: set[int] = set()
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process_id}/task").iterdir():
            found.update(map(int, (task / "children").read_text().split()))
    return found


def processor_ticks(process_id: int) -> int:
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def resident_bytes(process_id: int) -> int:
    try:
        pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def is_there(process_id: int) -> bool:
    """Whether a process runs; a dead one that nobody has buried does not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    end = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come to this"
        time.sleep(0.01)
    return found


@pytest.fixture(scope="session", autouse=True)
def _linux_only() -> None:
    if not Path("/proc/self/task").exists():
        pytest.skip("reads /proc")


@pytest.fixture(scope="session")
def media_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of unrelated noise, which keep an alignment busy for 20 s or more."""
    root = tmp_path_factory.mktemp("media")
    folder = root / TENANT
    folder.mkdir()
    for number in range(RECORDINGS):
        noise = np.random.default_rng(number).standard_normal(8_000 * 60) * 3_000
        with wave.open(str(folder / f"noise_{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8_000)
            for minute in range(10):
                file.writeframes(np.roll(noise, 977 * minute).astype("<i2").tobytes())
    return root


@pytest.fixture
def start_server(tmp_path: Path, media_root: Path) -> Iterator[Callable[..., RunningServer]]:
    """Starts servers with a cache folder each, or the given one."""
    started: list[RunningServer] = []

    def start(
        *arguments: str, cache: Path | None = None, listen: str = "127.0.0.1:0"
    ) -> RunningServer:
        folder = cache or tmp_path / f"cache_{len(started)}"
        server = RunningServer(
            *("--listen", listen, "--media-root", str(media_root)),
            *("--cache-dir", str(folder), "--log-level", "warning", *arguments),
        )
        started.append(server)
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture
def stub_of() -> Iterator[Callable[..., MediaAnalysisServiceStub]]:
    """Stubs on channels of their own."""
    with contextlib.ExitStack() as channels:

        def make(server: RunningServer, *options: tuple[str, Any]) -> MediaAnalysisServiceStub:
            channel = grpc.insecure_channel(server.address, options=options)
            return MediaAnalysisServiceStub(channels.enter_context(channel))

        yield make


def long_align() -> align_pb2.AlignRequest:
    """Keeps a worker busy; see `media_root`."""
    request = align_pb2.AlignRequest(session_id="long", base_asset_id="noise_0")
    request.options.bypass_cache = True
    for number in range(RECORDINGS):
        asset = request.tracks.add().asset
        asset.asset_id, asset.uri = f"noise_{number}", f"noise_{number}.wav"
    return request


def small_cut(session_id: str = "small") -> auto_cut_pb2.AutoCutRequest:
    """An AutoCut of a few milliseconds."""
    request = auto_cut_pb2.AutoCutRequest(session_id=session_id)
    for name in ("a", "b"):
        request.tracks.add(asset_id=name, duration_ms=60_000)
    return request


def reason_of(error: grpc.RpcError) -> str:
    return detail(error, error_details_pb2.ErrorInfo).reason


def detail(error: grpc.RpcError, kind: Any) -> Any:
    status = rpc_status.from_call(error)
    for packed in status.details if status else ():
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    raise AssertionError(f"no {kind.DESCRIPTOR.name} in {error}")


class Tools:
    """The helpers above, for tests: a conftest cannot be imported."""

    soak = SOAK
    server = RunningServer
    patience_s = PATIENCE_S
    tenant = TENANT
    who = staticmethod(who)
    children = staticmethod(children)
    processor_ticks = staticmethod(processor_ticks)
    resident_bytes = staticmethod(resident_bytes)
    is_there = staticmethod(is_there)
    until = staticmethod(until)
    long_align = staticmethod(long_align)
    small_cut = staticmethod(small_cut)
    reason_of = staticmethod(reason_of)
    detail = staticmethod(detail)

    @staticmethod
    def times(short: int, long: int) -> int:
        """How often something is done: in `make test`, and in `make soak`."""
        return long if SOAK else short


@pytest.fixture(scope="session")
def tools() -> type[Tools]:
    return Tools
