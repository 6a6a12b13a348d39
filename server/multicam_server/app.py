"""The server: the service, health, reflection and draining behind one address."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

from . import interceptors, logs
from .cache import ResultStore
from .config import CacheConfig, ServerConfig, SocketConfig
from .doors import StartError, authentication, bind
from .media.library import MediaLibrary, NamedFiles, TenantFolders
from .media.uploads import UploadStore
from .retention import Bounds, Housekeeping
from .servicer import SERVICE as DESCRIPTOR
from .servicer import MediaAnalysisServicer
from .watching import Watching
from .workers import Pool, WorkerLimits, WorkerSetup

__all__ = ["SERVICE", "Server", "StartError", "embedded"]

SERVICE = DESCRIPTOR.full_name
REFLECTION_V1 = "grpc.reflection.v1.ServerReflection"

LAST_WORDS_S = 1.0
"""How long replies on their way out and open health watches may hold up a server that is done,
and how long calls that were cut off have to clean up behind them."""

KEEPALIVE_MS = 60_000
"""How often the server asks a silent client whether it is still there."""

KEEPALIVE_TIMEOUT_MS = 20_000
"""How long such a client has for its answer; then its calls are cancelled."""

METADATA_BYTES = 8 * 1024
"""All metadata of one call, from which on some are refused: gRPC's default, and what HTTP/2
peers accept. A token takes 1 to 4 KiB, our own keys 1 KiB at most."""

MAX_METADATA_BYTES = 16 * 1024
"""From this on, every call with so much metadata is refused."""

MIN_PING_INTERVAL_MS = 9_000
"""Clients may ping every 10 s, idle ones too; the rest is for clocks that run fast."""

MAX_SOCKET_PATH_BYTES = 100
"""The shortest limit of a unix socket's path is macOS's, 103 bytes and a zero."""


SPARE_WORKERS = 1
"""Idle workers beyond those that may be at work: one that is killed is replaced at once."""


class Server:
    """One server, from `start` to `drain`.

    Args:
        config: what it is told.
        media: where media is; by default the configured roots and the uploads.
        ready_workers: how many idle workers are kept; by default one more than may be at
            work on single requests, so that none has to be waited for.

    Raises:
        StartError: the cache folder cannot be written, or a file of the doors not used.
    """

    def __init__(
        self,
        config: ServerConfig,
        *,
        media: MediaLibrary | None = None,
        ready_workers: int | None = None,
    ) -> None:
        self._listen = config.listen
        self._door = config.door
        self._watching = Watching(config.telemetry)
        self._address = ""
        uploads = _upload_store(config)
        if media is None:
            media = TenantFolders(config.media.roots, uploads)
        limits = config.limits
        if ready_workers is None:
            ready_workers = limits.workers + SPARE_WORKERS
        self._workers = Pool(_worker_setup(config, media), ready=ready_workers)
        self._housekeeping = Housekeeping(
            [_answers(config).keep_within_bounds, uploads.keep_within_bounds]
        )
        self._draining = interceptors.Draining()
        turns = interceptors.Turns(limits.workers)
        self._watching.metrics.watch_queue(turns.waiting)
        self._watching.metrics.watch_workers(self._worker_counts)
        self._pools = interceptors.Pools(max_calls=limits.max_calls, max_streams=limits.max_streams)
        # Its other way of watching sends under the lock that a closing watch takes on the
        # thread that serves all connections: two watches and a drain can stand still for ever.
        self._health = health.HealthServicer(experimental_non_blocking=False)
        self._grpc = grpc.server(
            self._pools.single_requests,
            interceptors=interceptors.chain(
                pools=self._pools,
                draining=self._draining,
                turns=turns,
                environments=config.tenancy.environments,
                limits=interceptors.Limits(
                    calls=limits.max_calls,
                    streams=limits.max_streams,
                    tenant_share=limits.tenant_share / 100,
                    default_deadline_s=config.work.default_deadline_s,
                    stream_idle_s=config.uploads.idle_s,
                ),
                authentication=authentication(
                    config.door, config.tenancy.environments, self._watching.metrics.reloaded
                ),
                observers=self._watching.observers,
            ),
            options=_channel_options(limits.max_message_bytes),
        )
        servicer = MediaAnalysisServicer(self._workers, uploads)
        self._grpc.add_generic_rpc_handlers((servicer.handler(),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._grpc)
        if config.door.reflection:
            _add_reflection(self._grpc)

    @property
    def address(self) -> str:
        """Where the server listens: HOST:PORT or unix:PATH; empty before `start`."""
        return self._address

    @property
    def metrics_address(self) -> str:
        """Where the metrics are served, HOST:PORT; empty where they are not."""
        return self._watching.address

    def start(self) -> None:
        """Listens and serves; a call that comes before the workers are loaded waits for them.

        Raises:
            StartError: the address cannot be listened on, or not without TLS.
        """
        reloaded = self._watching.metrics.reloaded
        self._address = bind(self._grpc, self._listen, self._door, reloaded)
        self._watching.start(self._door)
        self._workers.start()
        self._housekeeping.start()
        for name in ("", SERVICE):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        self._grpc.start()

    def _worker_counts(self) -> dict[str, float]:
        busy, idle = self._workers.counts()
        return {"busy": busy, "idle": idle}

    def wait_ready(self) -> None:
        """Waits until the workers are loaded.

        Raises:
            StartError: they cannot be started.
        """
        if not self._workers.wait_ready():
            self.drain(0)
            raise StartError("the processes for the work cannot be started")

    def drain(self, grace_s: float) -> bool:
        """Stops: health NOT_SERVING, new calls refused, running ones finish within `grace_s`.

        Returns:
            Whether all of them did; the others have been cancelled, and their
            threads may still be at work.
        """
        self._health.enter_graceful_shutdown()
        self._draining.begin()
        finished = self._draining.wait_idle(grace_s)
        self._grpc.stop(LAST_WORDS_S if finished else None).wait()
        self._draining.wait_idle(LAST_WORDS_S)
        self._pools.shutdown()
        self._watching.close()
        self._workers.close()
        self._housekeeping.close()
        return finished

    def wait(self) -> None:
        """Blocks until the server has stopped."""
        self._grpc.wait_for_termination()


@contextmanager
def embedded(files: Sequence[Path], *, tenant_id: str) -> Iterator[str]:
    """A server inside of this process, for one tenant and these files only.

    It listens on a unix socket in a folder that only this user can enter, and
    nowhere else; the folder goes with the server. What it logs from a warning
    on goes where this process's logs go, by default to stderr.

    Yields:
        The target for a gRPC channel.
    """
    with logs.quiet(), _private_folder() as folder:
        config = ServerConfig(
            cache=CacheConfig(folder / "cache"), listen=SocketConfig(folder / "socket")
        )
        server = Server(config, media=NamedFiles(tenant_id, files), ready_workers=1)
        try:
            server.start()  # interrupted within, too, gRPC's threads would go on for ever
            yield server.address
        finally:
            server.drain(0)


@contextmanager
def _private_folder() -> Iterator[Path]:
    """A temporary folder of this user's own (mode 0700) with a path short enough for a socket."""
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) + len("/multicam-xxxxxxxx/socket") > MAX_SOCKET_PATH_BYTES:
        parent = "/tmp"
    with tempfile.TemporaryDirectory(prefix="multicam-", dir=parent) as folder:
        yield Path(folder)


def _upload_store(config: ServerConfig) -> UploadStore:
    told = config.uploads
    try:
        return UploadStore(
            config.cache.uploads_folder,
            limit_bytes=told.limit_bytes,
            tenant_bytes=told.tenant_bytes,
            keep_s=told.keep_s,
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise StartError(
            f"--cache-dir: {str(config.cache.folder)!r} cannot be written: {reason}"
        ) from error


def _answers(config: ServerConfig) -> ResultStore:
    told = config.cache
    return ResultStore(told.alignments_folder, limit_bytes=told.limit_bytes, keep_s=told.keep_s)


def _worker_setup(config: ServerConfig, media: MediaLibrary) -> WorkerSetup:
    return WorkerSetup(
        media=media,
        working_folder=Path.cwd(),
        answers_folder=config.cache.alignments_folder,
        answers_bounds=Bounds(config.cache.limit_bytes, config.cache.keep_s),
        limits=WorkerLimits(memory_bytes=config.work.memory_bytes, cpu_s=config.work.cpu_s),
        vad_model=config.voice.model,
    )


def _channel_options(max_message_bytes: int) -> tuple[tuple[str, int], ...]:
    return (
        ("grpc.so_reuseport", 0),  # a second server on the same port must fail, not share
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.max_metadata_size", METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.keepalive_time_ms", KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS),
    )


class _DescribablePool:
    """The default descriptor pool, which also finds methods, fields and enum values.

    protobuf's own pool knows the files of types and services only, so that
    `grpcurl describe package.Service.Method` would fail.
    """

    def __init__(self) -> None:
        self._pool = descriptor_pool.Default()

    def FindFileByName(self, name: str) -> FileDescriptor:  # noqa: N802 - the pool's name
        return self._pool.FindFileByName(name)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:  # noqa: N802
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            parent, _, _ = symbol.rpartition(".")
            return self._pool.FindFileContainingSymbol(parent)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


def _add_reflection(server: grpc.Server) -> None:
    """Reflection under both of its names; the v1 messages are v1alpha's, byte for byte.

    The v1 name is not listed: its descriptor is in no pool, and a client that
    describes every listed service would fail on it.
    """
    names = (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
    servicer = reflection.ReflectionServicer(names, _DescribablePool())
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)  # type: ignore[no-untyped-call]
    info = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    v1 = grpc.method_handlers_generic_handler(REFLECTION_V1, {"ServerReflectionInfo": info})
    server.add_generic_rpc_handlers((v1,))
