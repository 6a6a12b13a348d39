"""An authority of certificates, an issuer of tokens, and servers behind both."""

import datetime
import ipaddress
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from multicam.v1 import media_analysis_service_pb2
from multicam_server.app import Server
from multicam_server.config import CacheConfig, LimitsConfig, ListenConfig, ServerConfig

SERVICE = media_analysis_service_pb2.DESCRIPTOR.services_by_name["MediaAnalysisService"]
WAIT_S = 20
ISSUER, AUDIENCE = "https://issuer.test", "multicam"
LOCAL_NAMES = (x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1")))


@dataclass(frozen=True)
class Issued:
    """A certificate and its key, in PEM."""

    certificate: bytes
    key: bytes

    def encrypted_key(self, password: bytes) -> bytes:
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(self.key, None)
        return key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password)
        )


class Authority:
    """Signs certificates; its own is `certificate`."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        authority = x509.BasicConstraints(ca=True, path_length=None)
        made = self._builder(self._name, self._key).add_extension(authority, critical=True)
        self.certificate = made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)

    def issue(self, name: str, *names: x509.GeneralName) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(_name(name), key)
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return Issued(
            builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM),
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        )

    def _builder(self, name: x509.Name, key: Any) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=1))
        )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority("an authority")


@pytest.fixture(scope="session")
def other_authority() -> Authority:
    return Authority("another authority")


@pytest.fixture(scope="session")
def server_identity(authority: Authority) -> Issued:
    return authority.issue("server", *LOCAL_NAMES)


@dataclass
class Folder:
    """Files of PEM; `renew` replaces them as a renewal does, by renaming."""

    path: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def write(self, name: str, content: bytes) -> Path:
        beside = self.path / f".{name}.{next(self._numbers)}"
        beside.write_bytes(content)
        return beside.replace(self.path / name)

    def identity(self, issued: Issued) -> tuple[Path, Path]:
        return self.write("cert.pem", issued.certificate), self.write("key.pem", issued.key)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "pem").mkdir()
    return Folder(tmp_path / "pem")


ALGORITHMS: Mapping[str, Callable[[], Any]] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


@dataclass
class Issuer:
    """Keys by their ids, and tokens signed with them."""

    keys: dict[str, tuple[str, Any]]

    def jwks(self, *kids: str) -> bytes:
        """The public keys; of these ids, or all."""
        entries = [self.public(kid) for kid in kids or self.keys]
        return json.dumps({"keys": entries}).encode()

    def public(self, kid: str) -> dict[str, Any]:
        algorithm, key = self.keys[kid]
        entry = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
        return {**entry, "kid": kid, "use": "sig", "alg": algorithm}

    def token(self, kid: str = "RS256", **changes: Any) -> str:
        """A token that holds, but for what `changes` says; None leaves a claim out."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "exp": now + 300,
            "iat": now,
            "sub": "someone",
            "tenants": ["t_a"],
            "envs": ["dev"],
            **changes,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        algorithm, key = self.keys[kid]
        return jwt.encode(told, key, algorithm=algorithm, headers={"kid": kid})


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer({name: (name, make()) for name, make in ALGORITHMS.items()})


@pytest.fixture(scope="session")
def stranger() -> Issuer:
    """An issuer with the same key ids and other keys."""
    return Issuer({name: (name, make()) for name, make in ALGORITHMS.items()})


@contextmanager
def running(cache: Path, **concerns: Any) -> Iterator[Server]:
    """A server in this process, with one worker."""
    standard = {
        "cache": CacheConfig(cache),
        "listen": ListenConfig(port=0),
        "limits": LimitsConfig(workers=1),
    }
    server = Server(ServerConfig(**{**standard, **concerns}), ready_workers=1)
    server.start()
    try:
        server.wait_ready()
        yield server
    finally:
        server.drain(0)


@pytest.fixture(scope="session")
def new_server() -> Callable[..., AbstractContextManager[Server]]:
    """A server as a context manager."""
    return running


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts servers that end with the test."""
    with ExitStack() as servers:
        yield lambda **concerns: servers.enter_context(running(tmp_path / "cache", **concerns))


@pytest.fixture
def connect() -> Iterator[Callable[..., grpc.Channel]]:
    """Opens channels; with roots, over TLS, and with an identity of the client's."""
    channels = []

    def make(
        address: str, *, roots: bytes | None = None, identity: Issued | None = None
    ) -> grpc.Channel:
        # Without a pool of its own, a channel would take over the connection of another one.
        options = (("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1))
        if roots is None:
            channel = grpc.insecure_channel(address, options)
        else:
            key, certificate = (identity.key, identity.certificate) if identity else (None, None)
            credentials = grpc.ssl_channel_credentials(roots, key, certificate)
            channel = grpc.secure_channel(address, credentials, options)
        channels.append(channel)
        return channel

    yield make
    for channel in channels:
        channel.close()


@dataclass(frozen=True)
class Refusal:
    """How a call ended."""

    code: str
    reason: str
    text: str
    metadata: Mapping[str, str]


@pytest.fixture
def refusal() -> Callable[..., Refusal]:
    """Calls an RPC with a body that is no message; how it was refused.

    A caller that is let in is told REQUEST_INVALID.
    """

    def run(
        channel: grpc.Channel,
        *,
        tenant: str | None = "t_a",
        env: str | None = "dev",
        token: str | None = None,
        method: Any = SERVICE.methods_by_name["Focus"],
        metadata: Sequence[tuple[str, str]] = (),
        body: bytes = b"not a message",
    ) -> Refusal:
        path = f"/{method.containing_service.full_name}/{method.name}"
        told = [("x-tenant-id", tenant), ("x-env", env)]
        if token is not None:
            told.append(("authorization", f"Bearer {token}"))
        told += metadata
        options = {
            "metadata": [(key, value) for key, value in told if value is not None],
            "timeout": WAIT_S,
        }
        make = channel.stream_stream if method.client_streaming else channel.unary_stream
        with pytest.raises(grpc.RpcError) as caught:
            list(make(path)(iter([body]) if method.client_streaming else body, **options))
        return refusal_of(caught.value)

    return run


def refusal_of(error: Any) -> Refusal:
    status = rpc_status.from_call(error)
    info = error_details_pb2.ErrorInfo()
    for detail in status.details if status else ():
        detail.Unpack(info) if detail.Is(info.DESCRIPTOR) else None
    return Refusal(error.code().name, info.reason, error.details() or "", dict(info.metadata))
