"""Health and reflection, as probes and discovering clients use them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

NAMES = {
    "grpc.health.v1.Health",
    "grpc.reflection.v1alpha.ServerReflection",
    "multicam.v1.MediaAnalysisService",
}
VERSIONS = pytest.mark.parametrize("version", ["v1", "v1alpha"])


@pytest.fixture
def ask(channel):
    """One question to reflection, by its version."""

    def run(version, **question):
        stream = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        (answer,) = stream(iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=10)
        return answer

    return run


@pytest.mark.parametrize("name", ["", "multicam.v1.MediaAnalysisService"])
def test_health_serves(channel, name):
    health = health_pb2_grpc.HealthStub(channel)
    reply = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
    assert reply.status == health_pb2.HealthCheckResponse.SERVING


def test_health_of_another_service_is_not_found(channel):
    health = health_pb2_grpc.HealthStub(channel)
    with pytest.raises(grpc.RpcError) as refused:
        health.Check(health_pb2.HealthCheckRequest(service="other"), timeout=10)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


@VERSIONS
def test_reflection_lists_the_services(ask, version):
    listed = [found.name for found in ask(version, list_services="").list_services_response.service]
    assert sorted(listed) == sorted(NAMES)


@VERSIONS
@pytest.mark.parametrize("symbol", sorted(NAMES))
def test_every_listed_service_is_described(ask, version, symbol):
    answer = ask(version, file_containing_symbol=symbol)
    files = [
        descriptor_pb2.FileDescriptorProto.FromString(packed)
        for packed in answer.file_descriptor_response.file_descriptor_proto
    ]
    services = {f"{file.package}.{found.name}" for file in files for found in file.service}
    assert symbol in services


def test_an_unknown_method_is_unimplemented(channel):
    with pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary("/multicam.v1.MediaAnalysisService/Nothing")(b"", timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_buf_curl_discovers_and_calls(serve, service):
    buf = shutil.which("buf", path=Path(sys.executable).parent)
    assert buf, "the development environment has buf-bin"
    address = f"http://{serve().address}"
    options = [buf, "curl", "--http2-prior-knowledge", "--protocol", "grpc"]

    def curl(*arguments):
        return subprocess.run([*options, *arguments], capture_output=True, text=True, check=True)

    listed = curl("--list-methods", address).stdout.split()
    assert {f"{service.full_name}/{method.name}" for method in service.methods} <= set(listed)
    checked = curl("-d", "{}", f"{address}/grpc.health.v1.Health/Check").stdout
    assert json.loads(checked) == {"status": "SERVING"}
