"""Servers to call: in this process, as a process of its own, or the interceptors alone."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from multicam.v1 import media_analysis_service_pb2, upload_pb2
from multicam_server import interceptors
from multicam_server.app import Server
from multicam_server.config import CacheConfig, ListenConfig, ServerConfig
from multicam_server.workers import shared_fork_server

SERVICE = media_analysis_service_pb2.DESCRIPTOR.services_by_name["MediaAnalysisService"]
WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))
WAIT_S = 20
TCP_LISTEN = "0A"


@pytest.fixture
def service() -> Any:
    """The service's descriptor."""
    return SERVICE


@pytest.fixture(scope="session", autouse=True)
def loaded_workers() -> Iterator[None]:
    """What workers are forked from is loaded once for all servers in this process."""
    with shared_fork_server() as fork_server:
        assert fork_server.wait_ready()
        yield


@pytest.fixture
def config(tmp_path: Path) -> Callable[..., ServerConfig]:
    """A configuration on a free port, with the given concerns replaced."""

    def make(**concerns: Any) -> ServerConfig:
        return ServerConfig(
            **{
                "cache": CacheConfig(tmp_path / "cache"),
                "listen": ListenConfig(port=0),
                **concerns,
            }
        )

    return make


@pytest.fixture
def serve(config: Callable[..., ServerConfig]) -> Iterator[Callable[..., Server]]:
    """Starts servers in this process."""
    servers = []

    def start(**concerns: Any) -> Server:
        server = Server(config(**concerns))
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.drain(0)


@pytest.fixture
def connect() -> Iterator[Callable[..., grpc.Channel]]:
    """Opens channels."""
    channels = []

    def make(address: str, *options: tuple[str, Any]) -> grpc.Channel:
        once = () if options else (("grpc.enable_retries", 0),)
        channel = grpc.insecure_channel(address, options=[*once, *options])
        channels.append(channel)
        return channel

    yield make
    for channel in channels:
        channel.close()


@pytest.fixture
def channel(serve: Callable[..., Server], connect: Callable[..., grpc.Channel]) -> grpc.Channel:
    """A channel to a server with the default configuration."""
    return connect(serve().address)


@pytest.fixture
def chained(connect: Callable[..., grpc.Channel]) -> Iterator[Callable[..., grpc.Channel]]:
    """Serves one function, `/test.Service/Call`, behind all interceptors."""
    running = []

    def start(
        behavior: Callable[..., Any],
        *options: tuple[str, Any],
        make: Callable[..., Any] = grpc.unary_unary_rpc_method_handler,
        draining: interceptors.Draining | None = None,
        workers: int = 2,
        max_calls: int = 64,
        max_streams: int = 2,
        tenant_share: float = 1.0,
        default_deadline_s: float = 600.0,
        stream_idle_s: float = 60.0,
        parse: Callable[[bytes], Any] | None = None,
    ) -> grpc.Channel:
        pools = interceptors.Pools(max_calls=max_calls, max_streams=max_streams)
        chain = interceptors.chain(
            pools=pools,
            draining=draining or interceptors.Draining(),
            turns=interceptors.Turns(workers),
            environments=("dev",),
            limits=interceptors.Limits(
                calls=max_calls,
                streams=max_streams,
                tenant_share=tenant_share,
                default_deadline_s=default_deadline_s,
                stream_idle_s=stream_idle_s,
            ),
        )
        server = grpc.server(pools.single_requests, interceptors=chain)
        handler = make(behavior, request_deserializer=parse)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("test.Service", {"Call": handler}),)
        )
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        running.append((server, pools))
        return connect(f"127.0.0.1:{port}", *options)

    yield start
    for server, pools in running:
        server.stop(None).wait()
        pools.shutdown()


@pytest.fixture
def call() -> Callable[..., Any]:
    """Calls a method of any kind with raw bodies; returns the finished call and its replies."""

    def run(
        channel: grpc.Channel,
        method: Any,
        metadata: Sequence[tuple[str, str]] = WHO,
        bodies: Sequence[bytes] = (b"",),
        timeout_s: float = WAIT_S,
    ) -> tuple[Any, list[bytes]]:
        path = f"/{method.containing_service.full_name}/{method.name}"
        options = {"metadata": metadata, "timeout": timeout_s}
        make = channel.stream_stream if method.client_streaming else channel.unary_stream
        sent = iter(bodies) if method.client_streaming else bodies[0]
        running = make(path)(sent, **options)
        return running, list(running)

    return run


@pytest.fixture
def info() -> Callable[[Any], error_details_pb2.ErrorInfo]:
    """The ErrorInfo of a failed call."""

    def find(error: Any) -> error_details_pb2.ErrorInfo:
        return detail(error, error_details_pb2.ErrorInfo)

    return find


@pytest.fixture
def details() -> Callable[[Any, Any], Any]:
    """The google.rpc detail of a kind of a failed call."""
    return detail


def detail(error: Any, kind: Any) -> Any:
    status = rpc_status.from_call(error)
    for packed in status.details if status else ():
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    raise AssertionError(f"no {kind.DESCRIPTOR.name} in {error}")


@dataclass
class SlowUpload:
    """An upload that stands still, after its first chunk, until it is released."""

    channel: grpc.Channel
    metadata: Sequence[tuple[str, str]] = WHO
    released: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.call = self.channel.stream_unary(
            f"/{SERVICE.full_name}/UploadMedia",
            request_serializer=upload_pb2.UploadMediaRequest.SerializeToString,
            response_deserializer=upload_pb2.UploadMediaResponse.FromString,
        ).future(self._requests(), metadata=self.metadata, timeout=WAIT_S)

    def _requests(self) -> Iterator[upload_pb2.UploadMediaRequest]:
        yield upload_pb2.UploadMediaRequest(chunk=b"first")
        self.released.wait(WAIT_S)
        yield upload_pb2.UploadMediaRequest(chunk=b"last")

    def has_begun(self) -> bool:
        """Waits for the server's first sign: the request id."""
        return any(key == "x-request-id" for key, _ in self.call.initial_metadata())

    def finish(self) -> upload_pb2.UploadMediaResponse:
        self.released.set()
        return self.call.result(WAIT_S)


@pytest.fixture
def slow_upload() -> Iterator[Callable[..., SlowUpload]]:
    """Begins uploads that stand still."""
    uploads = []

    def begin(channel: grpc.Channel, *, wait: bool = True) -> SlowUpload:
        upload = SlowUpload(channel)
        uploads.append(upload)
        if wait:
            assert upload.has_begun()
        return upload

    yield begin
    for upload in uploads:
        upload.released.set()
        upload.call.cancel()


class Process:
    """A server as a process; its stderr is read as it comes."""

    def __init__(self, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "multicam_server", *arguments],
            env=dict(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stderr is not None
        for line in self.popen.stderr:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("listening on "):
                self._ready.set()
        self._ready.set()

    @property
    def address(self) -> str:
        assert self._ready.wait(WAIT_S)
        (line,) = (line for line in self.lines if line.startswith("listening on "))
        return line.removeprefix("listening on ")

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def exit_code(self) -> int:
        code = self.popen.wait(WAIT_S)
        self._reader.join(WAIT_S)
        return code

    def records(self) -> list[dict[str, Any]]:
        """The log, without the line that tells the address."""
        return [json.loads(line) for line in self.lines if not line.startswith("listening on ")]

    def close(self) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGKILL)
        self.exit_code()
        assert self.popen.stdout is not None
        assert self.popen.stderr is not None
        self.popen.stdout.close()
        self.popen.stderr.close()


@pytest.fixture
def clean_environ(tmp_path: Path) -> dict[str, str]:
    """This process's environment without settings of a server, with a home of its own."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("MULTICAM_", "XDG_", "GRPC_"))
    }
    return {**kept, "HOME": str(tmp_path)}


@pytest.fixture
def process(clean_environ: dict[str, str]) -> Iterator[Callable[..., Process]]:
    """Starts servers as processes."""
    started = []

    def start(*arguments: str, **environ: str) -> Process:
        made = Process(arguments, {**clean_environ, **environ})
        started.append(made)
        return made

    yield start
    for made in started:
        made.close()


@pytest.fixture
def listening_ports() -> Callable[[int], set[int]]:
    """Tells the TCP ports that a process listens on, by /proc."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("reads /proc")

    def ports_of(process_id: int) -> set[int]:
        links = set()
        for descriptor in Path(f"/proc/{process_id}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                links.add(str(descriptor.readlink()))
        ports = set()
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/net/{table}").read_text("ascii").splitlines()[1:]:
                address, state, inode = (line.split()[column] for column in (1, 3, 9))
                if state == TCP_LISTEN and f"socket:[{inode}]" in links:
                    ports.add(int(address.rpartition(":")[2], 16))
        return ports

    return ports_of
