"""Who is let in: every RPC, by token, by certificate, and by both."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from cryptography import x509
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from multicam import Client, TlsConfig, errors
from multicam.v1 import focus_pb2, media_analysis_service_pb2
from multicam_server.config import DoorConfig, TenancyConfig, TokenConfig
from multicam_server.config import TlsConfig as ServerTlsConfig

SERVICE = media_analysis_service_pb2.DESCRIPTOR.services_by_name["MediaAnalysisService"]
METHODS = list(SERVICE.methods)
ISSUER, AUDIENCE = "https://issuer.test", "multicam"
WAIT_S = 20


@pytest.fixture(scope="module")
def token_door(tmp_path_factory: pytest.TempPathFactory, issuer: Any) -> DoorConfig:
    jwks = tmp_path_factory.mktemp("tokens") / "jwks.json"
    jwks.write_bytes(issuer.jwks())
    return DoorConfig(tokens=TokenConfig(jwks, ISSUER, AUDIENCE))


@pytest.fixture(scope="module")
def address(
    tmp_path_factory: pytest.TempPathFactory, new_server: Any, token_door: DoorConfig
) -> Iterator[str]:
    with new_server(tmp_path_factory.mktemp("cache"), door=token_door) as server:
        yield server.address


@pytest.fixture
def channel(address: str, connect: Any) -> grpc.Channel:
    return connect(address)


def test_every_rpc_takes_a_token_that_holds(channel: Any, refusal: Any, issuer: Any) -> None:
    for method in METHODS:
        told = refusal(channel, method=method, token=issuer.token())
        assert (told.code, told.reason) == ("INVALID_ARGUMENT", "REQUEST_INVALID")


def test_every_rpc_refuses_a_call_without_credentials(channel: Any, refusal: Any) -> None:
    for method in METHODS:
        told = refusal(channel, method=method)
        assert (told.code, told.reason) == ("UNAUTHENTICATED", "CREDENTIALS_MISSING")


def test_every_rpc_refuses_credentials_that_do_not_hold(
    channel: Any, refusal: Any, issuer: Any, stranger: Any
) -> None:
    header, claims, signature = issuer.token().split(".")
    unsigned = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    wrong = {
        "forged": stranger.token(),
        "expired": issuer.token(exp=1),
        "another audience": issuer.token(aud="another"),
        "another issuer": issuer.token(iss="another"),
        "not yet": issuer.token(nbf=2**31),
        "none": f"{unsigned}.{claims}.",
        "cut": f"{header}.{claims}",
        "no token": "t_a",
        "long": signature * 12,
    }
    for method in METHODS:
        seen = {name: refusal(channel, method=method, token=token) for name, token in wrong.items()}
        assert {(told.code, told.reason) for told in seen.values()} == {
            ("UNAUTHENTICATED", "CREDENTIALS_INVALID")
        }
        # One text for all of them: which it was stands in the log.
        assert len({told.text for told in seen.values()}) == 1
        assert {frozenset(told.metadata) for told in seen.values()} == {frozenset({"request_id"})}


def test_every_rpc_refuses_another_tenant_and_environment(
    channel: Any, refusal: Any, issuer: Any
) -> None:
    for method in METHODS:
        for tenant, env, key in (
            ("t_b", "dev", "x-tenant-id"),
            ("t_b", "prod", "x-tenant-id"),
            ("t_a", "prod", "x-env"),
            ("t_aa", "dev", "x-tenant-id"),
        ):
            told = refusal(channel, method=method, tenant=tenant, env=env, token=issuer.token())
            assert (told.code, told.reason) == ("PERMISSION_DENIED", "TENANT_MISMATCH")
            assert told.metadata["key"] == key
            for value in ("t_a", "t_b", "t_aa", "dev", "prod"):
                assert value not in told.text.replace("x-tenant-id", "")


@pytest.mark.parametrize(
    ("claims", "key"),
    [
        ({"tenants": None}, "x-tenant-id"),
        ({"tenants": []}, "x-tenant-id"),
        ({"tenants": "*"}, "x-tenant-id"),
        ({"envs": None}, "x-env"),
        ({"envs": ["*"]}, "x-env"),
    ],
    ids=str,
)
def test_a_token_for_nobody(
    channel: Any, refusal: Any, issuer: Any, claims: dict[str, Any], key: str
) -> None:
    told = refusal(channel, token=issuer.token(**claims))
    assert (told.reason, told.metadata["key"]) == ("TENANT_MISMATCH", key)


def test_the_metadata_is_checked_still(channel: Any, refusal: Any, issuer: Any) -> None:
    token = issuer.token(tenants=["T_A", "t_unknown", "t_a"])
    assert refusal(channel, tenant=None, token=token).reason == "TENANT_MISSING"
    assert refusal(channel, env=None, token=token).reason == "ENV_MISSING"
    assert refusal(channel, tenant="T_A", token=token).reason == "TENANT_INVALID"
    assert refusal(channel, tenant="t_unknown", token=token).reason == "TENANT_INVALID"
    assert refusal(channel, env="Dev", token=token).reason == "ENV_INVALID"
    twice = (("x-tenant-id", "t_a"),)
    assert refusal(channel, tenant="t_b", token=token, metadata=twice).reason == "TENANT_INVALID"


def test_a_stranger_learns_nothing_of_the_metadata(channel: Any, refusal: Any) -> None:
    for told in (refusal(channel, tenant=None), refusal(channel, env="nowhere")):
        assert told.reason == "CREDENTIALS_MISSING"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (["{}"], "CREDENTIALS_INVALID"),
        (["Basic {}"], "CREDENTIALS_INVALID"),
        (["Bearer"], "CREDENTIALS_INVALID"),
        (["Bearer {} {}"], "CREDENTIALS_INVALID"),
        (["Bearer {}", "Bearer {}"], "CREDENTIALS_INVALID"),
        (["bearer {}"], "REQUEST_INVALID"),
        (["BEARER   {}"], "REQUEST_INVALID"),
    ],
)
def test_how_a_token_is_written(
    channel: Any, refusal: Any, issuer: Any, values: list[str], reason: str
) -> None:
    token = issuer.token()
    metadata = [("authorization", value.replace("{}", token)) for value in values]
    assert refusal(channel, metadata=metadata).reason == reason


def test_a_stranger_is_refused_before_its_body_is_received(channel: Any) -> None:
    held = threading.Event()

    def never() -> Any:
        held.wait(WAIT_S)
        yield b""

    focus = channel.stream_unary(f"/{SERVICE.full_name}/Focus")
    try:
        with pytest.raises(grpc.RpcError) as refused:
            focus(never(), metadata=(("x-tenant-id", "t_a"), ("x-env", "dev")), timeout=WAIT_S)
        assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    finally:
        held.set()


def test_health_stays_open(channel: Any) -> None:
    health = health_pb2_grpc.HealthStub(channel)
    assert health.Check(health_pb2.HealthCheckRequest(), timeout=WAIT_S).status == 1


def reflection_is_served(channel: grpc.Channel, version: str) -> bool:
    stream = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    question = reflection_pb2.ServerReflectionRequest(list_services="")
    try:
        return bool(list(stream(iter([question]), timeout=WAIT_S)))
    except grpc.RpcError as error:
        return error.code() is not grpc.StatusCode.UNIMPLEMENTED


def test_reflection_can_be_closed(serve: Any, connect: Any, channel: Any) -> None:
    closed = connect(serve(door=DoorConfig(reflection=False)).address)
    for version in ("v1", "v1alpha"):
        assert reflection_is_served(channel, version)
        assert not reflection_is_served(closed, version)


@pytest.fixture
def client_door(folder: Any, server_identity: Any, authority: Any) -> DoorConfig:
    """Mutual TLS, with a list of names."""
    names = {
        "URI:spiffe://test/editor": {"tenants": ["t_a"], "envs": ["dev"]},
        "DNS:gateway.test": {"tenants": ["*"], "envs": ["*"]},
        "CN:old tool": {"tenants": ["t_c"], "envs": ["dev"]},
    }
    return DoorConfig(
        tls=ServerTlsConfig(
            *folder.identity(server_identity), folder.write("ca.pem", authority.certificate)
        ),
        client_names=folder.write("names.json", json.dumps(names).encode()),
    )


EDITOR = x509.UniformResourceIdentifier("spiffe://test/editor")
GATEWAY = x509.DNSName("gateway.test")


def test_a_certificate_is_for_the_tenants_of_its_name(
    serve: Any, connect: Any, refusal: Any, client_door: DoorConfig, authority: Any
) -> None:
    address = serve(door=client_door, tenancy=TenancyConfig(("dev", "prod"))).address

    def told(identity: Any, **call: Any) -> str:
        channel = connect(address, roots=authority.certificate, identity=identity)
        return refusal(channel, **call).reason

    editor = authority.issue("anything", EDITOR)
    gateway = authority.issue("anything", GATEWAY)
    old_tool, stranger = (
        authority.issue("old tool"),
        authority.issue("a stranger", x509.DNSName("x")),
    )
    assert told(editor) == "REQUEST_INVALID"
    assert told(editor, tenant="t_b") == "TENANT_MISMATCH"
    assert told(editor, env="prod") == "TENANT_MISMATCH"
    assert told(gateway, tenant="t_b", env="prod") == "REQUEST_INVALID"
    assert told(old_tool, tenant="t_c") == "REQUEST_INVALID"
    assert told(old_tool) == "TENANT_MISMATCH"
    assert told(stranger) == "CREDENTIALS_INVALID"
    # Known by a name of the alternative names, not by a common name that somebody else has.
    assert told(authority.issue("old tool", x509.DNSName("x")), tenant="t_c") == (
        "CREDENTIALS_INVALID"
    )


def test_with_certificate_and_token_both_must_hold(
    serve: Any, connect: Any, refusal: Any, doors: Callable[[], DoorConfig], authority: Any
) -> None:
    door, issuer = doors()
    address = serve(door=door).address
    roots = authority.certificate
    editor = connect(address, roots=roots, identity=authority.issue("a", EDITOR))
    gateway = connect(address, roots=roots, identity=authority.issue("a", GATEWAY))
    both = issuer.token(tenants=["t_a", "t_b"])
    assert refusal(editor, token=both).reason == "REQUEST_INVALID"
    assert refusal(editor, tenant="t_b", token=both).reason == "TENANT_MISMATCH"
    assert refusal(gateway, tenant="t_b", token=both).reason == "REQUEST_INVALID"
    assert refusal(gateway, tenant="t_c", token=both).reason == "TENANT_MISMATCH"
    assert refusal(gateway).reason == "CREDENTIALS_MISSING"


@pytest.fixture
def doors(client_door: DoorConfig, token_door: DoorConfig, issuer: Any) -> Callable[[], Any]:
    return lambda: (replace(client_door, tokens=token_door.tokens), issuer)


def test_the_client_passes_all_doors(
    serve: Any, full_requests: dict[str, Message], doors: Any, authority: Any
) -> None:
    """The typed client over mutual TLS, with a token that is asked for at every call."""
    door, issuer = doors()
    identity = authority.issue("a", EDITOR)
    tls = TlsConfig(authority.certificate, identity.certificate, identity.key)
    asked: list[str] = []

    def token() -> str:
        asked.append(issuer.token())
        return asked[-1]

    request = full_requests["Focus"]
    assert isinstance(request, focus_pb2.FocusRequest)
    address = serve(door=door).address
    with Client(address, tenant_id="t_a", env="dev", tls=tls, token=token) as client:
        assert client.focus(request).clip_id == request.clip_id
        client.focus(request)
    assert len(asked) == 2
    with (
        Client(address, tenant_id="t_b", env="dev", tls=tls, token=token) as client,
        pytest.raises(errors.TenantMismatch) as mismatch,
    ):
        client.focus(request)
    assert mismatch.value.metadata["key"] == "x-tenant-id"
    with (
        Client(address, tenant_id="t_a", env="dev", tls=tls, token="x") as client,
        pytest.raises(errors.CredentialsInvalid),
    ):
        client.focus(request)
    with (
        Client(address, tenant_id="t_a", env="dev", tls=tls) as client,
        pytest.raises(errors.CredentialsMissing),
    ):
        client.focus(request)


def test_why_a_token_was_refused_stands_in_the_log(
    channel: Any, refusal: Any, issuer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from multicam_server.logs import JsonFormatter

    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(JsonFormatter().format(record))

    keep = Keep()
    caplog.set_level(logging.INFO)
    logging.getLogger().addHandler(keep)
    try:
        expired = issuer.token(exp=1, sub="an editor")
        refusal(channel, token=expired)
        refusal(channel, tenant="t_b", token=issuer.token(sub="an editor"))
    finally:
        logging.getLogger().removeHandler(keep)
    calls = [json.loads(line) for line in lines if '"call"' in line]
    assert [line["reason"] for line in calls] == ["CREDENTIALS_INVALID", "TENANT_MISMATCH"]
    assert calls[0]["why"] == "it has expired"
    assert "subject" not in calls[0]  # an expired token names nobody
    assert calls[1]["subject"] == "an editor"
    for part in expired.split("."):
        assert part not in "".join(lines)


def test_the_extra_is_asked_for_by_its_name(
    folder: Any, issuer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    from multicam_server.doors import StartError, authentication

    monkeypatch.setitem(sys.modules, "jwt", None)
    monkeypatch.delitem(sys.modules, "multicam_server.security.tokens", raising=False)
    jwks = folder.write("jwks.json", issuer.jwks())
    door = DoorConfig(tokens=TokenConfig(jwks, ISSUER, AUDIENCE))
    with pytest.raises(StartError, match=r'pip install "multicam\[jwt\]"'):
        authentication(door, ["dev"], lambda what, *, taken: None)


def test_the_command_line_passes_all_doors(
    serve: Any, doors: Any, folder: Any, authority: Any
) -> None:
    door, issuer = doors()
    identity = authority.issue("a", EDITOR)
    options = {
        "--server": serve(door=door).address,
        "--env": "dev",
        "--ca": str(folder.write("roots.pem", authority.certificate)),
        "--cert": str(folder.write("client.pem", identity.certificate)),
        "--key": str(folder.write("client.key", identity.key)),
        "--token-file": str(folder.write("token", issuer.token().encode() + b"\n")),
    }
    request = {"asset_id": "a", "out_ms": 2000, "target_aspect_ratio": "1:1"}

    command = [sys.executable, "-m", "multicam", "focus", "--request", "-"]

    def run(tenant_id: str) -> subprocess.CompletedProcess[str]:
        told = [word for option in options.items() for word in option]
        return subprocess.run(
            [*command, "--tenant", tenant_id, *told],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )

    done = run("t_a")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["automations"]
    refused = run("t_b")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "TENANT_MISMATCH" in refused.stderr
    assert not any(part in refused.stderr for part in issuer.token().split("."))
