"""Small real servers on a real port, with a servicer made for the test."""

from collections.abc import Callable, Iterator
from concurrent import futures

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from multicam import Client
from multicam.v1 import media_analysis_service_pb2_grpc as service_grpc

Refuse = Callable[..., None]


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Starts a server with the given servicer; returns its target."""
    servers = []

    def start(servicer: object, credentials: grpc.ServerCredentials | None = None) -> str:
        server = grpc.server(futures.ThreadPoolExecutor(8))
        service_grpc.add_MediaAnalysisServiceServicer_to_server(servicer, server)
        address = "127.0.0.1:0"
        bound = (
            server.add_secure_port(address, credentials)
            if credentials
            else server.add_insecure_port(address)
        )
        server.start()
        servers.append(server)
        return f"127.0.0.1:{bound}"

    yield start
    for server in servers:
        server.stop(grace=None).wait()


@pytest.fixture
def connect(serve: Callable[..., str]) -> Iterator[Callable[..., Client]]:
    """Serves the given servicer and connects a client to it."""
    clients = []

    def start(servicer: object, **options: object) -> Client:
        client = Client(serve(servicer), **{"tenant_id": "t_test", "env": "dev", **options})
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.close()


@pytest.fixture
def refuse() -> Refuse:
    """Ends a call with a status and google.rpc details, as the service does."""

    def end(
        context: grpc.ServicerContext,
        code: grpc.StatusCode,
        message: str,
        *details: Message,
        reason: str = "",
        domain: str = "multicam",
        metadata: dict[str, str] | None = None,
    ) -> None:
        status = status_pb2.Status(code=code.value[0], message=message)
        if reason:
            info = error_details_pb2.ErrorInfo(
                reason=reason, domain=domain, metadata=metadata or {}
            )
            details = (info, *details)
        for detail in details:
            packed = Any()
            packed.Pack(detail)
            status.details.append(packed)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(code, message)

    return end
