"""The client over gRPC's fake channel: which calls it makes and what it sends with each."""

import inspect
import re
from concurrent import futures
from io import BytesIO

import grpc
import grpc_testing
import pytest
from multicam import CallerIdentity, Client
from multicam.calls import SERVICE
from multicam.service_config import shipped_service_config
from multicam.v1 import align_pb2, media_analysis_service_pb2, upload_pb2
from multicam.v1.analyze_pb2 import AnalyzeProgress, AnalyzeResponse, AnalyzeResult

NOT_RPCS = {"acting_for", "close", "from_channel"}
IDENTITY = {"tenant_id": "t_studio", "env": "stage", "user_id": "u_7", "project_id": "p_9"}
METHODS = [method.name for method in SERVICE.methods]


class DeadlineKeepingChannel(grpc.Channel):
    """The fake channel forgets a call's timeout; this one keeps it by method name."""

    def __init__(self, fake):
        self.fake = fake
        self.timeout_s = {}

    def _keeping(self, make, method, options):
        call = make(method, **options)
        channel, name = self, method.rpartition("/")[2]

        class Keeping:
            def __call__(self, request, timeout=None, metadata=None):
                channel.timeout_s[name] = timeout
                return call(request, timeout=timeout, metadata=metadata)

            def future(self, request, timeout=None, metadata=None):
                channel.timeout_s[name] = timeout
                return call.future(request, timeout=timeout, metadata=metadata)

        return Keeping()

    def unary_unary(self, method, **options):
        return self._keeping(self.fake.unary_unary, method, options)

    def unary_stream(self, method, **options):
        return self._keeping(self.fake.unary_stream, method, options)

    def stream_unary(self, method, **options):
        return self._keeping(self.fake.stream_unary, method, options)

    def stream_stream(self, method, **options):
        return self._keeping(self.fake.stream_stream, method, options)

    def subscribe(self, callback, try_to_connect=False):
        self.fake.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback):
        self.fake.unsubscribe(callback)

    def close(self):
        self.fake.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def channel():
    services = media_analysis_service_pb2.DESCRIPTOR.services_by_name.values()
    fake = grpc_testing.channel(services, grpc_testing.strict_real_time())
    return DeadlineKeepingChannel(fake)


@pytest.fixture
def in_background():
    with futures.ThreadPoolExecutor(1) as pool:
        yield pool.submit


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def message_class(descriptor):
    module = __import__(
        descriptor.file.name.removesuffix(".proto").replace("/", ".") + "_pb2",
        fromlist=[descriptor.name],
    )
    return getattr(module, descriptor.name)


def invoke(client, method, **options):
    """Calls the client's method for an RPC to its end; returns what came back."""
    call = getattr(client, snake_case(method.name))
    if method.client_streaming:
        return call(BytesIO(b"some bytes"), **options)
    reply = call(message_class(method.input_type)(), **options)
    return list(reply) if method.server_streaming else reply


def answer(channel, method):
    """Answers the one pending call of an RPC; returns its metadata and the answer."""
    response = message_class(method.output_type)()
    ok = ((), grpc.StatusCode.OK, "")
    if method.client_streaming:
        metadata, rpc = channel.fake.take_stream_unary(method)
        rpc.requests_closed()
        rpc.terminate(response, *ok)
    elif method.server_streaming:
        metadata, _, rpc = channel.fake.take_unary_stream(method)
        rpc.send_response(response)
        rpc.terminate(*ok)
    else:
        metadata, _, rpc = channel.fake.take_unary_unary(method)
        rpc.terminate(response, *ok)
    return dict(metadata), [response] if method.server_streaming else response


def test_the_client_has_exactly_the_services_methods():
    public = {
        name
        for name, _ in inspect.getmembers(Client, inspect.isroutine)
        if not name.startswith("_")
    }
    assert public - NOT_RPCS == {snake_case(name) for name in METHODS}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_takes_and_returns_its_rpcs_messages(name):
    method = SERVICE.methods_by_name[name]
    hints = inspect.get_annotations(getattr(Client, snake_case(name)), eval_str=True)
    if not method.client_streaming:
        assert hints["request"].DESCRIPTOR is method.input_type
    if not method.server_streaming:
        assert hints["return"].DESCRIPTOR is method.output_type


@pytest.mark.parametrize("name", METHODS)
def test_a_call_carries_identity_request_id_and_deadline(channel, in_background, name):
    method = SERVICE.methods_by_name[name]
    client = Client.from_channel(channel, **IDENTITY, token="secret")
    call = in_background(invoke, client, method, request_id="r-1")
    metadata, response = answer(channel, method)
    assert call.result(10) == response
    assert {key: metadata[key] for key in metadata if key.startswith(("x-", "auth"))} == {
        "x-tenant-id": "t_studio",
        "x-env": "stage",
        "x-user-id": "u_7",
        "x-project-id": "p_9",
        "x-request-id": "r-1",
        "authorization": "Bearer secret",
    }
    expected = shipped_service_config().timeout_s(SERVICE.full_name, name)
    assert channel.timeout_s == {name: expected}


@pytest.mark.parametrize("name", METHODS)
def test_a_call_without_further_options_has_a_request_id_of_its_own(channel, in_background, name):
    method = SERVICE.methods_by_name[name]
    client = Client.from_channel(channel, tenant_id="t_a", env="dev")
    request_ids = set()
    for _ in range(2):
        call = in_background(invoke, client, method)
        metadata, _ = answer(channel, method)
        call.result(10)
        assert "authorization" not in metadata
        assert "x-user-id" not in metadata
        request_ids.add(metadata["x-request-id"])
    assert len(request_ids) == 2
    assert all(request_ids)


@pytest.mark.parametrize("name", METHODS)
def test_a_calls_timeout_wins_over_the_clients_over_the_service_configs(
    channel, in_background, name
):
    method = SERVICE.methods_by_name[name]
    client = Client.from_channel(channel, tenant_id="t_a", env="dev", timeout_s=7)
    for options, expected in (({}, 7), ({"timeout_s": 5000}, 5000)):
        call = in_background(invoke, client, method, **options)
        answer(channel, method)
        call.result(10)
        assert channel.timeout_s[name] == expected


def test_a_token_function_is_asked_for_every_call(channel, in_background):
    tokens = iter(("first", "second"))
    client = Client.from_channel(channel, tenant_id="t_a", env="dev", token=lambda: next(tokens))
    method = SERVICE.methods_by_name["Focus"]
    for expected in ("Bearer first", "Bearer second"):
        call = in_background(invoke, client, method)
        metadata, _ = answer(channel, method)
        call.result(10)
        assert metadata["authorization"] == expected


def test_an_upload_sends_a_header_and_then_chunks(channel, in_background):
    client = Client.from_channel(channel, tenant_id="t_a", env="dev")
    call = in_background(client.upload_media, b"x" * 300_000)
    _, rpc = channel.fake.take_stream_unary(SERVICE.methods_by_name["UploadMedia"])
    parts = [rpc.take_request() for _ in range(3)]
    rpc.requests_closed()
    reply = upload_pb2.UploadMediaResponse(upload_id="u", size_bytes=300_000)
    rpc.terminate(reply, (), grpc.StatusCode.OK, "")
    assert call.result(10) == reply
    assert [part.WhichOneof("part") for part in parts] == ["header", "chunk", "chunk"]
    assert [len(part.chunk) for part in parts[1:]] == [262_144, 37_856]


def test_analyze_yields_progress_and_then_the_result(channel, in_background):
    client = Client.from_channel(channel, tenant_id="t_a", env="dev")
    call = in_background(invoke, client, SERVICE.methods_by_name["Analyze"])
    _, _, rpc = channel.fake.take_unary_stream(SERVICE.methods_by_name["Analyze"])
    sent = [
        AnalyzeResponse(progress=AnalyzeProgress(fraction=0.5)),
        AnalyzeResponse(result=AnalyzeResult(align=align_pb2.AlignResponse(session_id="s"))),
    ]
    for response in sent:
        rpc.send_response(response)
    rpc.terminate((), grpc.StatusCode.OK, "")
    assert call.result(10) == sent


def test_a_client_acts_for_another_caller_over_its_connection(channel, in_background):
    client = Client.from_channel(channel, **IDENTITY, token="secret", timeout_s=7.0)
    other = client.acting_for(CallerIdentity("t_other", "prod", trace_id="trace-3"))
    assert other.identity.tenant_id == "t_other"
    assert client.identity == CallerIdentity(**IDENTITY)
    method = SERVICE.methods_by_name["Align"]
    call = in_background(invoke, other, method, request_id="r-2")
    metadata, _ = answer(channel, method)
    call.result(10)
    assert {key: metadata[key] for key in metadata if key.startswith(("x-", "auth"))} == {
        "x-tenant-id": "t_other",
        "x-env": "prod",
        "x-trace-id": "trace-3",
        "x-request-id": "r-2",
        "authorization": "Bearer secret",
    }
    assert channel.timeout_s == {"Align": 7.0}


def test_a_client_over_a_channel_leaves_closing_to_its_owner(channel):
    closed = []
    channel.close = lambda: closed.append(True)
    with Client.from_channel(channel, tenant_id="t_a", env="dev"):
        pass
    assert not closed
