"""TLS: who may connect, renewed files, and files that cannot be used."""

import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import HealthServicer
from multicam_server.config import DoorConfig, ListenConfig, TelemetryConfig, TlsConfig, TokenConfig
from multicam_server.doors import StartError, bind
from multicam_server.security.reloading import not_counted
from multicam_server.watching import Watching

WAIT_S = 20


@dataclass
class Home:
    """What a test of a server needs: files, a server's identity in them, and two authorities."""

    folder: Any
    identity: Any
    authority: Any
    other_authority: Any

    @property
    def tls(self) -> TlsConfig:
        return TlsConfig(*self.folder.identity(self.identity))

    @property
    def roots(self) -> bytes:
        return self.authority.certificate


@pytest.fixture
def home(folder: Any, server_identity: Any, authority: Any, other_authority: Any) -> Home:
    return Home(folder, server_identity, authority, other_authority)


@pytest.fixture
def listening() -> Iterator[Callable[..., str]]:
    """Opens a door with nothing but a health check behind it; its address."""
    servers = []

    def start(door: DoorConfig, host: str = "127.0.0.1") -> str:
        server = grpc.server(ThreadPoolExecutor(2))
        health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(), server)
        address = bind(server, ListenConfig(host, 0), door, not_counted)
        server.start()
        servers.append(server)
        return address

    yield start
    for server in servers:
        server.stop(None).wait()


def is_served(channel: grpc.Channel) -> bool:
    """Whether a health check gets through."""
    try:
        health = health_pb2_grpc.HealthStub(channel)
        reply = health.Check(health_pb2.HealthCheckRequest(), timeout=WAIT_S)
    except grpc.RpcError:
        return False
    return bool(reply.status == health_pb2.HealthCheckResponse.SERVING)


def shown_certificate(address: str) -> bytes:
    """What the server shows on a new connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    host, port = address.split(":")
    with (
        socket.create_connection((host, int(port)), WAIT_S) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        shown = wrapped.getpeercert(binary_form=True)
    assert shown is not None
    return shown


def der(pem: bytes) -> bytes:
    return ssl.PEM_cert_to_DER_cert(pem.decode())


@pytest.fixture
def door(folder: Any, server_identity: Any) -> DoorConfig:
    return DoorConfig(tls=TlsConfig(*folder.identity(server_identity)))


def test_clients_that_trust_the_authority_are_served(
    listening: Any, connect: Any, door: DoorConfig, authority: Any, other_authority: Any
) -> None:
    address = listening(door)
    assert is_served(connect(address, roots=authority.certificate))
    assert not is_served(connect(address, roots=other_authority.certificate))
    assert not is_served(connect(address))


def test_the_server_stands_behind_the_door(
    serve: Any, connect: Any, door: DoorConfig, authority: Any
) -> None:
    assert is_served(connect(serve(door=door).address, roots=authority.certificate))


def test_no_old_version_of_tls_is_spoken(listening: Any, door: DoorConfig) -> None:
    host, port = listening(door).split(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection((host, int(port)), WAIT_S) as plain,
        pytest.raises((ssl.SSLError, OSError)),
        context.wrap_socket(plain),
    ):
        pass


def test_with_mutual_tls_a_client_needs_a_certificate(
    listening: Any, connect: Any, home: Home
) -> None:
    clients = home.folder.write("clients.pem", home.other_authority.certificate)
    address = listening(DoorConfig(tls=replace(home.tls, client_ca=clients)))
    client, stranger = home.other_authority.issue("client"), home.authority.issue("stranger")
    assert is_served(connect(address, roots=home.roots, identity=client))
    assert not is_served(connect(address, roots=home.roots, identity=stranger))
    assert not is_served(connect(address, roots=home.roots))


def test_a_renewed_certificate_is_shown_without_a_restart(
    listening: Any, connect: Any, home: Home
) -> None:
    address = listening(DoorConfig(tls=home.tls))
    open_before = connect(address, roots=home.roots)
    assert is_served(open_before)
    assert shown_certificate(address) == der(home.identity.certificate)
    renewed = home.authority.issue("server", *names_of_localhost())
    home.folder.identity(renewed)
    assert shown_certificate(address) == der(renewed.certificate)
    assert is_served(connect(address, roots=home.roots))
    assert is_served(open_before)  # open connections go on


def names_of_localhost() -> tuple[Any, ...]:
    import ipaddress

    from cryptography import x509

    return (x509.IPAddress(ipaddress.ip_address("127.0.0.1")),)


def test_a_renewed_pair_that_does_not_fit_leaves_the_old_one(
    listening: Any, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    folder = home.folder
    address = listening(DoorConfig(tls=home.tls))
    old, renewed = der(home.identity.certificate), home.authority.issue("server")
    folder.write("cert.pem", renewed.certificate)
    for _ in range(3):
        assert shown_certificate(address) == old
    for _ in range(200):
        told = [line.getMessage() for line in caplog.records if line.name.endswith("reloading")]
        if told:  # written by a thread of gRPC's own
            break
        threading.Event().wait(0.05)
    (line,) = told
    assert "is not the key of the certificate" in line
    assert "BEGIN" not in line
    for broken in (b"", b"no pem", renewed.key[:-40]):
        folder.write("key.pem", broken)
        assert shown_certificate(address) == old
    (folder.path / "key.pem").unlink()
    assert shown_certificate(address) == old
    folder.write("key.pem", renewed.key)
    assert shown_certificate(address) == der(renewed.certificate)


def test_a_link_that_is_turned_is_a_renewal(
    listening: Any, folder: Any, authority: Any, server_identity: Any
) -> None:
    """How mounted secrets are renewed: `..data` is a link to a folder, and is replaced."""
    renewed = authority.issue("server")
    for name, issued in (("one", server_identity), ("two", renewed)):
        (folder.path / name).mkdir()
        (folder.path / name / "cert.pem").write_bytes(issued.certificate)
        (folder.path / name / "key.pem").write_bytes(issued.key)
    data = folder.path / "..data"
    data.symlink_to("one")
    tls = TlsConfig(data / "cert.pem", data / "key.pem")
    address = listening(DoorConfig(tls=tls))
    assert shown_certificate(address) == der(server_identity.certificate)
    (folder.path / "new").symlink_to("two")
    (folder.path / "new").replace(data)
    assert shown_certificate(address) == der(renewed.certificate)


def test_a_renewed_authority_of_clients_holds_for_new_connections(
    listening: Any, connect: Any, home: Home
) -> None:
    clients = home.folder.write("clients.pem", home.authority.certificate)
    address = listening(DoorConfig(tls=replace(home.tls, client_ca=clients)))
    old, new = home.authority.issue("old"), home.other_authority.issue("new")
    assert is_served(connect(address, roots=home.roots, identity=old))
    home.folder.write("clients.pem", home.other_authority.certificate)
    assert not is_served(connect(address, roots=home.roots, identity=old))
    assert is_served(connect(address, roots=home.roots, identity=new))


def test_renewals_under_load_refuse_nobody(
    listening: Any, connect: Any, folder: Any, door: DoorConfig, authority: Any
) -> None:
    address = listening(door)
    done = threading.Event()

    def renew() -> None:
        while not done.is_set():
            folder.identity(authority.issue("server", *names_of_localhost()))

    thread = threading.Thread(target=renew)
    thread.start()
    try:
        for _ in range(30):
            assert is_served(connect(address, roots=authority.certificate))
    finally:
        done.set()
        thread.join()


def refused(door: DoorConfig, host: str = "127.0.0.1") -> str:
    with pytest.raises(StartError) as caught:
        bind(grpc.server(ThreadPoolExecutor(1)), ListenConfig(host, 0), door, not_counted)
    assert "\n" not in str(caught.value)
    assert "BEGIN" not in str(caught.value)
    return str(caught.value)


def test_files_that_cannot_be_used(folder: Any, authority: Any, server_identity: Any) -> None:
    certificate, key = folder.identity(server_identity)
    other = folder.write("other.pem", authority.issue("other").key)
    locked = folder.write("locked.pem", server_identity.encrypted_key(b"secret"))
    empty, text = folder.write("empty.pem", b""), folder.write("text.pem", b"some text\n")
    gone = folder.path / "gone.pem"

    def told(*files: Path) -> str:
        return refused(DoorConfig(tls=TlsConfig(*files)))

    assert "is not the key of the certificate" in told(certificate, other)
    assert "is encrypted" in told(certificate, locked)
    for wrong in (empty, text, certificate):
        assert "no private key" in told(certificate, wrong)
    for wrong in (empty, text, key):
        assert "holds no certificate" in told(wrong, key)
        assert "holds no certificate" in told(certificate, key, wrong)
    for files in ((gone, key), (certificate, gone), (certificate, key, gone)):
        assert "cannot be read: No such file" in told(*files)
    assert "cannot be read: Is a directory" in told(folder.path, key)


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_other_machines_are_not_let_in_without_tls(host: str) -> None:
    told = refused(DoorConfig(), host)
    assert "without TLS" in told
    assert "--allow-plaintext" in told


def test_other_machines_are_let_in_with_tls_or_when_told_so(
    listening: Any, door: DoorConfig
) -> None:
    for opened in (door, DoorConfig(allow_plaintext=True)):
        assert listening(opened, "0.0.0.0")


def test_doors_that_ask_for_nothing_are_warned_of(
    listening: Any, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    def warned(door: DoorConfig, host: str) -> bool:
        caplog.clear()
        listening(door, host)
        return any("may name any tenant" in line.getMessage() for line in caplog.records)

    tls = home.tls
    clients = replace(tls, client_ca=home.folder.write("clients.pem", home.authority.certificate))
    tokens = TokenConfig(Path("jwks.json"), "issuer", "audience")
    assert warned(DoorConfig(tls=tls), "0.0.0.0")
    assert warned(DoorConfig(allow_plaintext=True), "0.0.0.0")
    assert not warned(DoorConfig(tls=clients), "0.0.0.0")
    assert not warned(DoorConfig(tls=tls, tokens=tokens), "0.0.0.0")
    assert not warned(DoorConfig(tls=tls), "127.0.0.1")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost"])
def test_this_machine_needs_no_tls(listening: Any, host: str) -> None:
    assert listening(DoorConfig(), host)


def test_metrics_are_not_shown_to_other_machines_unless_told_so() -> None:
    watching = Watching(TelemetryConfig(metrics=ListenConfig("0.0.0.0", 0)))
    with pytest.raises(StartError, match=r"--metrics-listen: .* can be reached"):
        watching.start(DoorConfig())
    watching.start(DoorConfig(allow_plaintext=True))
    watching.close()


@pytest.fixture
def started(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A server's process that ends by itself."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "multicam_server", *arguments]
        own = ("--listen", "127.0.0.1:0", "--cache-dir", str(tmp_path / "cache"))
        return subprocess.run(
            [*command, *own], capture_output=True, text=True, timeout=WAIT_S, check=False
        )

    return run


def test_the_process_says_one_line_and_ends_with_2(
    started: Any, folder: Any, server_identity: Any
) -> None:
    certificate, _ = folder.identity(server_identity)
    wrong = str(folder.write("wrong.pem", b"-----BEGIN PRIVATE KEY-----\nsecret\n"))
    done = started("--tls-cert", str(certificate), "--tls-key", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line == f"multicam-server: TLS: {wrong!r} holds no private key in PEM"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tls-cert", "{cert}"), "--tls-key: is missing"),
        (("--tls-key", "{cert}"), "--tls-cert: is missing"),
        (("--tls-client-ca", "{cert}"), "--tls-cert: is missing"),
        (("--client-names", "{cert}"), "--client-names: needs --tls-client-ca"),
        (("--jwks", "{cert}"), "--jwt-issuer: is missing"),
        (("--jwks", "{cert}", "--jwt-issuer", "x"), "--jwt-audience: is missing"),
        (("--jwt-issuer", "x"), "--jwt-issuer: needs --jwks"),
        (("--jwt-leeway-s", "1"), "--jwt-leeway-s: needs --jwks"),
        (
            ("--jwks", "{cert}", "--jwt-issuer", "x", "--jwt-audience", "y"),
            "--jwks: '{cert}' is no JSON",
        ),
    ],
)
def test_settings_that_do_not_go_together(
    capsys: pytest.CaptureFixture[str], home: Home, arguments: tuple[str, ...], said: str
) -> None:
    from multicam_server.__main__ import main

    certificate = home.tls.certificate
    told = [argument.format(cert=certificate) for argument in arguments]
    own = ["--listen", "127.0.0.1:0", "--cache-dir", str(home.folder.path / "cache")]
    assert main([*told, *own]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"multicam-server: {said.format(cert=certificate)}")
