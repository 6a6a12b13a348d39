"""A real service to check, and one that breaks a single promise on purpose."""

from collections.abc import Callable, Iterator
from concurrent import futures

import grpc
import pytest
from multicam.calls import SERVICE
from multicam.conformance import Service
from multicam_server.app import Server
from multicam_server.config import CacheConfig, ListenConfig, MediaConfig, ServerConfig

TENANT = "t_probe"
HOP_BY_HOP = ("user-agent", "grpc-accept-encoding", "grpc-trace-bin", "te", "content-type")

Spoil = Callable[[str, bytes], bytes]
Turn = Callable[[tuple[tuple[str, str], ...]], tuple[tuple[str, str], ...]]


@pytest.fixture(scope="package")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on a real port."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "media" / TENANT).mkdir(parents=True)
    server = Server(
        ServerConfig(
            cache=CacheConfig(folder / "cache"),
            listen=ListenConfig(port=0),
            media=MediaConfig((folder / "media",)),
        )
    )
    server.start()
    yield server.address
    server.drain(1)


class Relay(grpc.GenericRpcHandler):
    """Passes every call on to a real service, and changes what the test says on the way."""

    def __init__(self, channel: grpc.Channel, spoil: Spoil, turn: Turn) -> None:
        self._channel, self._spoil, self._turn = channel, spoil, turn

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        rpc = details.method.rpartition("/")[2]

        def relay(requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
            metadata = tuple(
                (key, value)
                for key, value in context.invocation_metadata()
                if key not in HOP_BY_HOP
            )
            call = self._channel.stream_stream(details.method)(
                requests, metadata=self._turn(metadata), timeout=context.time_remaining()
            )
            try:
                context.send_initial_metadata(tuple(call.initial_metadata()))
                for response in call:
                    yield self._spoil(rpc, response)
            except grpc.RpcError as error:
                context.set_trailing_metadata(tuple(error.trailing_metadata() or ()))
                context.abort(error.code(), error.details())

        return grpc.stream_stream_rpc_method_handler(relay)


@pytest.fixture
def spoiled(address: str) -> Iterator[Callable[..., str]]:
    """The address of a relay that spoils answers, or turns a call's metadata into another."""
    servers, channels = [], []

    def start(spoil: Spoil = lambda rpc, answer: answer, turn: Turn = lambda m: m) -> str:
        channel = grpc.insecure_channel(address)
        server = grpc.server(futures.ThreadPoolExecutor(8))
        server.add_generic_rpc_handlers((Relay(channel, spoil, turn),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        channels.append(channel)
        return f"127.0.0.1:{port}"

    yield start
    for server in servers:
        server.stop(None).wait()
    for channel in channels:
        channel.close()


@pytest.fixture
def checked() -> Callable[[str], Service]:
    """The service at an address, as the checks see it."""
    return lambda target: Service(target, tenant_id=TENANT, env="dev")


@pytest.fixture(scope="session")
def rpcs() -> tuple[str, ...]:
    """The names of all RPCs."""
    return tuple(method.name for method in SERVICE.methods)
