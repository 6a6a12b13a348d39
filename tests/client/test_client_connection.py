"""The channel: service config, deadlines, retries, TLS, threads, closing."""

import json
import shutil
import subprocess
import threading
from concurrent import futures
from importlib import resources
from pathlib import Path

import grpc
import pytest
from multicam import Client, ClientConfig, KeepaliveConfig, MessageConfig, TlsConfig, errors
from multicam.calls import SERVICE
from multicam.service_config import parse_service_config, shipped_service_config
from multicam.v1 import align_pb2, focus_pb2
from multicam.v1.media_analysis_service_pb2_grpc import (
    MediaAnalysisServiceServicer,
    add_MediaAnalysisServiceServicer_to_server,
)


class Focusing(MediaAnalysisServiceServicer):
    """Answers Focus with the request's clip id."""

    def Focus(self, request, context):  # noqa: N802
        return focus_pb2.FocusResponse(clip_id=request.clip_id)


class Flaky(MediaAnalysisServiceServicer):
    """Refuses the first calls with one status; counts the attempts."""

    def __init__(self, code, refusals):
        self.code, self.refusals, self.attempts = code, refusals, 0

    def Focus(self, request, context):  # noqa: N802
        self.attempts += 1
        if self.attempts <= self.refusals:
            context.abort(self.code, "not now")
        return focus_pb2.FocusResponse(clip_id=request.clip_id)


def test_every_method_has_a_timeout_in_the_shipped_config():
    config = shipped_service_config()
    timeouts = {
        method.name: config.timeout_s(SERVICE.full_name, method.name) for method in SERVICE.methods
    }
    assert timeouts == {
        "Align": 600,
        "AutoCut": 60,
        "Highlights": 60,
        "Focus": 60,
        "ProbeMedia": 60,
        "Analyze": 600,
        "UploadMedia": 3600,
    }


def test_the_channel_gets_the_retries_of_the_shipped_config_and_no_timeout():
    shipped = json.loads(
        (resources.files("multicam.v1") / "multicam_grpc_service_config.json").read_text("utf-8")
    )
    for method in shipped["methodConfig"]:
        del method["timeout"]
    options = dict(shipped_service_config().channel_options())
    assert options["grpc.enable_retries"] == 1
    assert json.loads(options["grpc.service_config"]) == shipped


def test_durations_are_read_as_protobuf_writes_them():
    config = parse_service_config(
        {"methodConfig": [{"name": [{"service": "s"}], "timeout": "0.250s"}]}
    )
    assert config.timeout_s("s", "Any") == 0.25


def test_an_unavailable_server_is_asked_again(connect):
    flaky = Flaky(grpc.StatusCode.UNAVAILABLE, refusals=2)
    reply = connect(flaky).focus(focus_pb2.FocusRequest(clip_id="c"))
    assert (reply.clip_id, flaky.attempts) == ("c", 3)


def test_other_failures_are_not_repeated(connect):
    flaky = Flaky(grpc.StatusCode.DEADLINE_EXCEEDED, refusals=1)
    with pytest.raises(errors.DeadlineExceeded):
        connect(flaky).focus(focus_pb2.FocusRequest())
    assert flaky.attempts == 1


def test_a_server_that_is_not_there_is_unavailable():
    with (
        Client("127.0.0.1:1", tenant_id="t_a", env="dev") as client,
        pytest.raises(errors.Unavailable),
    ):
        client.focus(focus_pb2.FocusRequest())


def test_a_caller_may_wait_longer_than_the_service_config_says(connect):
    remaining_s = []

    class Watching(MediaAnalysisServiceServicer):
        def Align(self, request, context):  # noqa: N802
            remaining_s.append(context.time_remaining())
            return align_pb2.AlignResponse()

    client = connect(Watching())
    client.align(align_pb2.AlignRequest())
    client.align(align_pb2.AlignRequest(), timeout_s=7200)
    # On the wire a deadline keeps about three digits, rounded up.
    assert remaining_s == pytest.approx([600, 7200], rel=0.02)


def test_one_client_serves_many_threads(connect):
    client = connect(Focusing())
    names = [f"clip-{index}" for index in range(64)]
    with futures.ThreadPoolExecutor(16) as pool:
        replies = pool.map(lambda name: client.focus(focus_pb2.FocusRequest(clip_id=name)), names)
        assert [reply.clip_id for reply in replies] == names


def test_a_closed_client_says_so(connect):
    client = connect(Focusing())
    client.focus(focus_pb2.FocusRequest())
    client.close()
    client.close()
    with pytest.raises(ValueError, match="closed channel"):
        client.focus(focus_pb2.FocusRequest())


def test_a_response_above_grpcs_default_size_arrives(connect):
    class Large(MediaAnalysisServiceServicer):
        def Focus(self, request, context):  # noqa: N802
            return focus_pb2.FocusResponse(clip_id="x" * 6_000_000)

    assert len(connect(Large()).focus(focus_pb2.FocusRequest()).clip_id) == 6_000_000
    small = ClientConfig(messages=MessageConfig(max_response_bytes=1_000))
    with pytest.raises(errors.ResourceExhausted):
        connect(Large(), config=small).focus(focus_pb2.FocusRequest())


def test_a_limit_on_requests_holds(connect):
    small = ClientConfig(messages=MessageConfig(max_request_bytes=100))
    with pytest.raises(errors.ResourceExhausted):
        connect(Focusing(), config=small).focus(focus_pb2.FocusRequest(clip_id="x" * 200))


def test_channel_options_are_in_grpcs_units():
    config = ClientConfig(
        keepalive=KeepaliveConfig(ping_interval_s=60, ping_timeout_s=2.5),
        messages=MessageConfig(max_request_bytes=1, max_response_bytes=None),
    )
    assert dict(config.channel_options()) == {
        "grpc.keepalive_time_ms": 60_000,
        "grpc.keepalive_timeout_ms": 2_500,
        "grpc.max_send_message_length": 1,
        "grpc.max_receive_message_length": -1,
    }


def test_a_restarted_server_is_found_again():
    def start(port):
        server = grpc.server(futures.ThreadPoolExecutor(1))
        add_MediaAnalysisServiceServicer_to_server(Focusing(), server)
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        server.start()
        return server, port

    server, port = start(0)
    with Client(f"127.0.0.1:{port}", tenant_id="t_a", env="dev") as client:
        client.focus(focus_pb2.FocusRequest())
        server.stop(grace=None).wait()
        server, _ = start(port)
        assert client.focus(focus_pb2.FocusRequest(clip_id="again")).clip_id == "again"
    server.stop(grace=None).wait()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A key and a self-signed certificate for studio.example, made for this run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("making a certificate needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=studio.example"
    names = ("-addext", "subjectAltName=DNS:studio.example")
    files = ("-keyout", key, "-out", certificate)
    subprocess.run([openssl, *command.split(), *names, *files], check=True, capture_output=True)
    return Path(key).read_bytes(), Path(certificate).read_bytes()


def test_tls_with_a_private_root_and_another_name(serve, certificate):
    target = serve(Focusing(), grpc.ssl_server_credentials([certificate]))
    tls = TlsConfig(root_certificates_pem=certificate[1], server_name="studio.example")
    with Client(target, tenant_id="t_a", env="dev", tls=tls, token="secret") as client:
        assert client.focus(focus_pb2.FocusRequest(clip_id="c")).clip_id == "c"


def test_tls_refuses_a_server_of_another_name(serve, certificate):
    target = serve(Focusing(), grpc.ssl_server_credentials([certificate]))
    tls = TlsConfig(root_certificates_pem=certificate[1])
    with (
        Client(target, tenant_id="t_a", env="dev", tls=tls, timeout_s=5) as client,
        pytest.raises(errors.Unavailable),
    ):
        client.focus(focus_pb2.FocusRequest())


def test_mutual_tls(serve, certificate):
    key, certificate_pem = certificate
    credentials = grpc.ssl_server_credentials(
        [certificate], root_certificates=certificate_pem, require_client_auth=True
    )
    target = serve(Focusing(), credentials)
    tls = TlsConfig(
        root_certificates_pem=certificate_pem,
        client_certificate_pem=certificate_pem,
        client_key_pem=key,
        server_name="studio.example",
    )
    with Client(target, tenant_id="t_a", env="dev", tls=tls) as client:
        assert client.focus(focus_pb2.FocusRequest(clip_id="c")).clip_id == "c"
    assert "PRIVATE" not in repr(tls)


def test_half_a_client_certificate_is_refused():
    with pytest.raises(ValueError, match="belong together"):
        TlsConfig(client_certificate_pem=b"certificate")


def test_threads_that_wait_are_released_by_close(connect):
    entered, released = threading.Event(), threading.Event()

    class Waiting(MediaAnalysisServiceServicer):
        def Focus(self, request, context):  # noqa: N802
            entered.set()
            released.wait(10)
            return focus_pb2.FocusResponse()

    client = connect(Waiting())
    with futures.ThreadPoolExecutor(1) as pool:
        call = pool.submit(client.focus, focus_pb2.FocusRequest())
        assert entered.wait(5)
        client.close()
        with pytest.raises(errors.Cancelled):
            call.result(5)
        released.set()
