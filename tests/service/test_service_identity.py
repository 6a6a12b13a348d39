"""Tenant and environment, of every RPC that the service has."""

import threading

import grpc
import pytest
from multicam.v1 import media_analysis_service_pb2
from multicam_server.domain.faults import InvalidMetadata, MissingMetadata
from multicam_server.interceptors.identity import check, environment_rule

SERVICE = media_analysis_service_pb2.DESCRIPTOR.services_by_name["MediaAnalysisService"]
METHODS = pytest.mark.parametrize("method", list(SERVICE.methods), ids=lambda method: method.name)

TENANT = ("x-tenant-id", "t_test")
ENV = ("x-env", "dev")
INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.UNAUTHENTICATED

WRONG = {
    "nothing": ((), MISSING, "TENANT_MISSING", "x-tenant-id"),
    "no tenant": ((ENV,), MISSING, "TENANT_MISSING", "x-tenant-id"),
    "no env": ((TENANT,), MISSING, "ENV_MISSING", "x-env"),
    "upper case": ((("x-tenant-id", "t_Test"), ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "no prefix": ((("x-tenant-id", "test"), ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "empty": ((("x-tenant-id", ""), ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "prefix only": ((("x-tenant-id", "t_"), ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "path": ((("x-tenant-id", "t_../x"), ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "long": ((("x-tenant-id", "t_" + "a" * 127), ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "unknown": ((("x-tenant-id", "t_unknown"), ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "two tenants": ((TENANT, TENANT, ENV), INVALID, "TENANT_INVALID", "x-tenant-id"),
    "other env": ((TENANT, ("x-env", "production")), INVALID, "ENV_INVALID", "x-env"),
    "upper env": ((TENANT, ("x-env", "DEV")), INVALID, "ENV_INVALID", "x-env"),
    "empty env": ((TENANT, ("x-env", "")), INVALID, "ENV_INVALID", "x-env"),
    "two envs": ((TENANT, ENV, ENV), INVALID, "ENV_INVALID", "x-env"),
    "long user": (
        (TENANT, ENV, ("x-user-id", "u" * 129)),
        INVALID,
        "METADATA_INVALID",
        "x-user-id",
    ),
    "two projects": (
        (TENANT, ENV, ("x-project-id", "a"), ("x-project-id", "b")),
        INVALID,
        "METADATA_INVALID",
        "x-project-id",
    ),
    "bad request id": (
        (TENANT, ENV, ("x-request-id", "a b")),
        INVALID,
        "METADATA_INVALID",
        "x-request-id",
    ),
}


@METHODS
def test_every_rpc_refuses_wrong_metadata(channel, call, info, method):
    for name, (metadata, code, reason, key) in WRONG.items():
        with pytest.raises(grpc.RpcError) as refused:
            call(channel, method, metadata)
        found = info(refused.value)
        assert (name, refused.value.code()) == (name, code)
        assert (name, found.domain, found.reason) == (name, "multicam", reason)
        assert (name, found.metadata["key"]) == (name, key)
        assert key in refused.value.details()


@METHODS
def test_every_rpc_takes_proper_metadata(channel, call, info, method):
    metadata = (TENANT, ENV, ("x-user-id", "Ada L."), ("x-project-id", "p/1"))
    with pytest.raises(grpc.RpcError) as refused:
        call(channel, method, metadata, bodies=(b"not a message",))
    assert info(refused.value).reason == "REQUEST_INVALID"


def test_a_stranger_is_refused_before_its_body_is_read(channel):
    """A unary call whose body never comes: on the wire it is a stream of one."""
    held = threading.Event()

    def never():
        held.wait(20)
        yield b""

    focus = channel.stream_unary(f"/{SERVICE.full_name}/Focus")
    try:
        with pytest.raises(grpc.RpcError) as refused:
            focus(never(), metadata=(ENV,), timeout=5)
        assert refused.value.code() is MISSING
    finally:
        held.set()


def test_the_environments_are_configurable(serve, connect, call, info):
    from multicam_server.config import TenancyConfig

    channel = connect(serve(tenancy=TenancyConfig(("blue", "green"))).address)
    method = SERVICE.methods_by_name["Focus"]
    with pytest.raises(grpc.RpcError) as refused:
        call(channel, method, (TENANT, ENV))
    assert info(refused.value).reason == "ENV_INVALID"
    assert "blue, green" in refused.value.details()
    with pytest.raises(grpc.RpcError) as refused:
        call(channel, method, (TENANT, ("x-env", "blue")))
    assert info(refused.value).reason == "REQUEST_INVALID"


def test_health_and_reflection_ask_for_no_identity(channel):
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    health = health_pb2_grpc.HealthStub(channel)
    assert health.Check(health_pb2.HealthCheckRequest()).status == 1


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "\x7f", "a\x85b", "", b"bytes"])
@pytest.mark.parametrize("key", ["x-user-id", "x-project-id", "x-request-id"])
def test_what_no_grpc_client_can_send_is_refused_too(key, value):
    rule = environment_rule(["dev"])
    with pytest.raises(InvalidMetadata) as refused:
        check((TENANT, ENV, (key, value)), rule)
    assert refused.value.key == key


def test_a_trailing_line_break_is_no_tenant():
    with pytest.raises(InvalidMetadata):
        check((("x-tenant-id", "t_a\n"), ENV), environment_rule(["dev"]))
    with pytest.raises(InvalidMetadata):
        check((TENANT, ("x-env", "dev\n")), environment_rule(["dev"]))
    with pytest.raises(MissingMetadata):
        check((("X-Tenant-Id", "t_a"), ENV), environment_rule(["dev"]))
