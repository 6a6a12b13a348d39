"""The command line over TLS."""

import shutil
import subprocess

import grpc
import pytest
from multicam.v1.focus_pb2 import FocusResponse
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceServicer


class Focusing(MediaAnalysisServiceServicer):
    """Answers Focus with the bearer token that came with it."""

    def Focus(self, request, context):  # noqa: N802
        metadata = dict(context.invocation_metadata())
        return FocusResponse(clip_id=metadata.get("authorization", ""))


@pytest.fixture(scope="module")
def identity(tmp_path_factory):
    """Key and self-signed certificate of 127.0.0.1, made for this run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("making a certificate needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    names = ("-addext", "subjectAltName=IP:127.0.0.1")
    files = ("-keyout", key, "-out", certificate)
    subprocess.run([openssl, *command.split(), *names, *files], check=True, capture_output=True)
    return key, certificate


@pytest.fixture
def server(serve, identity):
    key, certificate = (path.read_bytes() for path in identity)
    return serve(Focusing(), grpc.ssl_server_credentials([(key, certificate)]))


def test_a_named_authority_is_trusted(multicam, server, identity):
    token = {"MULTICAM_TOKEN": "secret"}
    options = ("--request", "-", *server, "--ca", identity[1])
    done = multicam("focus", *options, stdin="{}", environment=token)
    assert done.returncode == 0, done.stderr
    assert '"Bearer secret"' in done.stdout


@pytest.mark.parametrize("option", [(), ("--tls",)], ids=["plain text", "unknown authority"])
def test_anything_else_does_not_connect(multicam, server, option):
    done = multicam("focus", "--request", "-", *server, *option, stdin="{}")
    assert (done.returncode, done.stdout) == (1, "")
    assert "UNAVAILABLE" in done.stderr


def test_a_token_file_wins_over_the_environment(multicam, server, identity, tmp_path):
    (tmp_path / "token").write_text("of the file\n")
    options = ("--request", "-", *server, "--ca", identity[1], "--token-file", tmp_path / "token")
    done = multicam("focus", *options, stdin="{}", environment={"MULTICAM_TOKEN": "secret"})
    assert '"Bearer of the file"' in done.stdout, done.stderr


def test_a_token_is_read_again_before_every_call(tmp_path):
    from multicam.cli.credentials import TokenFile

    path = tmp_path / "token"
    path.write_text("first\n")
    token = TokenFile(path)
    assert token() == "first"
    path.write_text("second")
    assert token() == "second"
    path.unlink()  # while it is replaced, the last one stays
    assert token() == "second"
    path.write_text("")
    assert token() == "second"


def test_a_client_certificate_is_shown(serve, multicam, identity):
    key, certificate = (path.read_bytes() for path in identity)
    mutual = grpc.ssl_server_credentials([(key, certificate)], certificate, True)
    options = ("--request", "-", *serve(Focusing(), mutual), "--ca", identity[1])
    own = ("--cert", identity[1], "--key", identity[0])
    assert multicam("focus", *options, stdin="{}").returncode == 1
    done = multicam("focus", *options, *own, stdin="{}")
    assert done.returncode == 0, done.stderr
