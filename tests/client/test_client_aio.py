"""The asyncio client: the surface of the other one, and its behaviour over real connections."""

import asyncio
import contextlib
import hashlib
import inspect
import io
import threading

import grpc
import pytest
from multicam import Client, ClientConfig, UploadConfig, aio, errors
from multicam.calls import SERVICE
from multicam.service_config import shipped_service_config
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    probe_pb2,
)
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceServicer
from multicam.v1.upload_pb2 import UploadMediaResponse

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
UNARY = {
    "align": align_pb2.AlignRequest(session_id="s"),
    "auto_cut": auto_cut_pb2.AutoCutRequest(session_id="s"),
    "highlights": highlights_pb2.HighlightsRequest(session_id="s"),
    "focus": focus_pb2.FocusRequest(clip_id="s"),
    "probe_media": probe_pb2.ProbeMediaRequest(),
}


class Answering(MediaAnalysisServiceServicer):
    """Answers everything at once and keeps what came with each call."""

    def __init__(self):
        self.metadata, self.time_remaining_s = {}, {}
        self.header, self.content = None, b""
        self.ended = threading.Event()

    def _keep(self, name, context):
        self.metadata[name] = dict(context.invocation_metadata())
        self.time_remaining_s[name] = context.time_remaining()

    def Align(self, request, context):  # noqa: N802
        self._keep("align", context)
        return align_pb2.AlignResponse(session_id=request.session_id)

    def AutoCut(self, request, context):  # noqa: N802
        self._keep("auto_cut", context)
        return auto_cut_pb2.AutoCutResponse()

    def Highlights(self, request, context):  # noqa: N802
        self._keep("highlights", context)
        return highlights_pb2.HighlightsResponse()

    def Focus(self, request, context):  # noqa: N802
        self._keep("focus", context)
        return focus_pb2.FocusResponse(clip_id=request.clip_id)

    def ProbeMedia(self, request, context):  # noqa: N802
        self._keep("probe_media", context)
        return probe_pb2.ProbeMediaResponse()

    def Analyze(self, request, context):  # noqa: N802
        self._keep("analyze", context)
        context.add_callback(self.ended.set)
        for fraction in (0.25, 0.5):
            progress = analyze_pb2.AnalyzeProgress(fraction=fraction)
            yield analyze_pb2.AnalyzeResponse(progress=progress)

    def UploadMedia(self, requests, context):  # noqa: N802
        self._keep("upload_media", context)
        for request in requests:
            if request.HasField("header"):
                self.header = request.header
            self.content += request.chunk
        return UploadMediaResponse(upload_id="u-1", size_bytes=len(self.content))


class Hanging(MediaAnalysisServiceServicer):
    """Never answers; `ended` is set when a call has ended all the same."""

    def __init__(self):
        self.started, self.ended = threading.Event(), threading.Event()

    def _hang(self, context):
        self._tell_the_end(context)
        self.started.set()
        self.ended.wait(20)

    def _tell_the_end(self, context):
        if not context.add_callback(self.ended.set):  # it was over before this began
            self.ended.set()

    def Align(self, request, context):  # noqa: N802
        self._hang(context)
        return align_pb2.AlignResponse()

    def Analyze(self, request, context):  # noqa: N802
        self._tell_the_end(context)
        yield analyze_pb2.AnalyzeResponse(progress=analyze_pb2.AnalyzeProgress(fraction=0.1))
        self.ended.wait(20)

    def UploadMedia(self, requests, context):  # noqa: N802
        with contextlib.suppress(Exception):
            list(requests)
        self._hang(context)
        return UploadMediaResponse()


class Refusing(MediaAnalysisServiceServicer):
    def __init__(self, refuse):
        self.refuse = refuse

    def Focus(self, request, context):  # noqa: N802
        self.refuse(
            context, grpc.StatusCode.INVALID_ARGUMENT, "out_ms is wrong", reason="REQUEST_INVALID"
        )

    def Analyze(self, request, context):  # noqa: N802
        yield analyze_pb2.AnalyzeResponse()
        self.refuse(context, grpc.StatusCode.NOT_FOUND, "nothing here", reason="MEDIA_NOT_FOUND")

    def UploadMedia(self, requests, context):  # noqa: N802
        self.refuse(
            context, grpc.StatusCode.RESOURCE_EXHAUSTED, "too long", reason="UPLOAD_TOO_LARGE"
        )


@pytest.fixture
def talk(serve):
    """Serves a servicer, and runs a conversation of the client with it to its end."""

    def start(servicer, conversation, **options):
        target = serve(servicer)

        async def whole():
            identity = {"tenant_id": "t_test", "env": "dev", **options}
            async with aio.Client(target, **identity) as client:
                return await conversation(client)

        return asyncio.run(asyncio.wait_for(whole(), 30))

    return start


def public(kind):
    return {name: getattr(kind, name) for name in dir(kind) if not name.startswith("_")}


def unannotated(routine):
    """Names, kinds and defaults of the parameters."""
    parameters = inspect.signature(routine).parameters.values()
    return [(p.name, p.kind, p.default) for p in parameters]


def test_both_clients_have_the_same_methods_with_the_same_parameters():
    assert public(aio.Client).keys() == public(Client).keys()
    for name, routine in public(Client).items():
        assert unannotated(getattr(aio.Client, name)) == unannotated(routine), name
    assert unannotated(aio.Client) == unannotated(Client)


def test_both_clients_take_the_same_messages():
    for name in UNARY:
        waiting = inspect.get_annotations(getattr(Client, name), eval_str=True)
        assert inspect.get_annotations(getattr(aio.Client, name), eval_str=True) == waiting


def test_every_call_carries_identity_request_id_token_and_deadline(talk):
    async def conversation(client):
        for name, request in UNARY.items():
            await getattr(client, name)(request, request_id=f"r-{name}")
        assert [event async for event in await client.analyze(analyze_pb2.AnalyzeRequest())]
        await client.upload_media(b"some bytes")

    server = Answering()
    talk(server, conversation, user_id="u_7", project_id="p_9", token="secret")
    assert server.metadata.keys() == {*UNARY, "analyze", "upload_media"}
    for name, metadata in server.metadata.items():
        assert metadata["x-tenant-id"] == "t_test"
        assert metadata["x-env"] == "dev"
        assert metadata["x-user-id"] == "u_7"
        assert metadata["x-project-id"] == "p_9"
        assert metadata["authorization"] == "Bearer secret"
        assert metadata["x-request-id"] == f"r-{name}" if name in UNARY else True
        rpc = "".join(word.title() for word in name.split("_"))
        expected_s = shipped_service_config().timeout_s(SERVICE.full_name, rpc)
        assert server.time_remaining_s[name] == pytest.approx(expected_s, abs=20)
    assert len({metadata["x-request-id"] for metadata in server.metadata.values()}) == 7


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_token_function_is_asked_for_every_call(talk, kind):
    tokens = iter(("first", "second"))

    async def later():
        await asyncio.sleep(0)
        return next(tokens)

    seen = []

    async def conversation(client):
        for _ in range(2):
            await client.focus(UNARY["focus"])
            seen.append(server.metadata["focus"]["authorization"])

    server = Answering()
    talk(server, conversation, token=later if kind == "async" else lambda: next(tokens))
    assert seen == ["Bearer first", "Bearer second"]


def test_answers_come_back_and_progress_streams(talk):
    async def conversation(client):
        aligned, focused = await asyncio.gather(
            client.align(UNARY["align"]), client.focus(UNARY["focus"])
        )
        stream = await client.analyze(analyze_pb2.AnalyzeRequest(), request_id="r-1")
        assert stream.request_id == "r-1"
        return aligned.session_id, focused.clip_id, [e.progress.fraction async for e in stream]

    assert talk(Answering(), conversation) == ("s", "s", [0.25, 0.5])


def test_failures_are_the_clients_exceptions(talk, refuse):
    async def conversation(client):
        with pytest.raises(errors.InvalidRequest) as unary:
            await client.focus(UNARY["focus"], request_id="r-9")
        assert unary.value.request_id == "r-9"
        stream = await client.analyze(analyze_pb2.AnalyzeRequest())
        assert await anext(stream) == analyze_pb2.AnalyzeResponse()
        with pytest.raises(errors.MediaNotFound, match="nothing here"):
            await anext(stream)
        with pytest.raises(errors.UploadTooLarge):
            await client.upload_media(CONTENT * 8)

    talk(Refusing(refuse), conversation)


def test_a_deadline_is_kept(talk):
    async def conversation(client):
        with pytest.raises(errors.DeadlineExceeded):
            await client.align(UNARY["align"], timeout_s=0.2)

    server = Hanging()
    talk(server, conversation)
    assert server.ended.wait(5)


def test_a_server_that_is_not_there_is_unavailable():
    async def conversation():
        async with aio.Client("127.0.0.1:1", tenant_id="t_a", env="dev", timeout_s=20) as client:
            with pytest.raises(errors.Unavailable):
                await client.focus(UNARY["focus"])
            with pytest.raises(errors.Unavailable):
                await client.upload_media(CONTENT)

    asyncio.run(asyncio.wait_for(conversation(), 30))


def test_cancelling_the_task_ends_the_call(talk):
    async def conversation(client):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.align(UNARY["align"]), 0.3)
        assert await asyncio.to_thread(server.ended.wait, 5)

    server = Hanging()
    talk(server, conversation)


def test_closing_the_client_cancels_what_runs(talk):
    async def conversation(client):
        call = asyncio.create_task(client.align(UNARY["align"]))
        assert await asyncio.to_thread(server.started.wait, 5)
        await client.close()
        with pytest.raises(errors.Cancelled):
            await call

    server = Hanging()
    talk(server, conversation)


def test_leaving_a_stream_ends_the_call(talk):
    async def conversation(client):
        async with await client.analyze(analyze_pb2.AnalyzeRequest()) as stream:
            await anext(stream)
        assert await asyncio.to_thread(server.ended.wait, 5)

    server = Hanging()
    talk(server, conversation)


async def in_pieces():
    for start in range(0, len(CONTENT), 100_001):
        await asyncio.sleep(0)
        yield CONTENT[start : start + 100_001]


@pytest.mark.parametrize("kind", ["path", "file", "bytes", "pieces", "async pieces"])
def test_every_kind_of_source_arrives_whole(talk, tmp_path, kind):
    path = tmp_path / "take 1.mov"
    path.write_bytes(CONTENT)
    sources = {
        "path": path,
        "file": io.BytesIO(CONTENT),
        "bytes": CONTENT,
        "pieces": iter((CONTENT[:7], CONTENT[7:])),
        "async pieces": in_pieces(),
    }
    told = []
    server = Answering()
    reply = talk(server, lambda client: client.upload_media(sources[kind], on_progress=told.append))
    assert reply.size_bytes == len(CONTENT)
    assert server.content == CONTENT
    assert told == [262_144, 524_288, 786_432, 1_048_576]
    if kind in ("path", "file"):
        assert (server.header.size_bytes, server.header.sha256) == (len(CONTENT), SHA256)


def test_what_the_caller_knows_is_announced(talk):
    async def conversation(client):
        await client.upload_media(in_pieces(), size_bytes=len(CONTENT), sha256=SHA256)

    server = Answering()
    talk(server, conversation, config=ClientConfig(upload=UploadConfig(chunk_bytes=1000)))
    assert (server.header.size_bytes, server.header.sha256) == (len(CONTENT), SHA256)


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_source_that_fails_cancels_the_upload(talk, kind):
    def broken():
        yield CONTENT
        raise OSError("the disk is gone")

    async def broken_later():
        yield CONTENT
        raise OSError("the disk is gone")

    async def conversation(client):
        with pytest.raises(OSError, match="the disk is gone"):
            await client.upload_media(broken() if kind == "plain" else broken_later())
        assert await asyncio.to_thread(server.ended.wait, 5)

    server = Hanging()
    talk(server, conversation)


def test_a_text_file_or_a_missing_one_is_refused(talk, tmp_path):
    async def conversation(client):
        with pytest.raises(TypeError, match="rb"):
            await client.upload_media(io.StringIO("text"))
        with pytest.raises(FileNotFoundError):
            await client.upload_media(tmp_path / "none.mov")

    talk(Answering(), conversation)


def test_a_server_that_answers_early_ends_the_upload(talk):
    class Knowing(MediaAnalysisServiceServicer):
        def UploadMedia(self, requests, context):  # noqa: N802
            return UploadMediaResponse(upload_id=f"u-{next(requests).header.sha256[:4]}")

    reply = talk(Knowing(), lambda client: client.upload_media(CONTENT * 16))
    assert reply.upload_id.startswith("u-")


def test_a_client_over_a_channel_leaves_closing_to_its_owner(serve):
    async def conversation():
        async with grpc.aio.insecure_channel(serve(Answering())) as channel:
            async with aio.Client.from_channel(channel, tenant_id="t_a", env="dev") as client:
                await client.focus(UNARY["focus"])
            other = aio.Client.from_channel(channel, tenant_id="t_b", env="dev")
            assert (await other.focus(UNARY["focus"])).clip_id == "s"

    asyncio.run(asyncio.wait_for(conversation(), 30))
