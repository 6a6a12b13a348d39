"""The typed client on asyncio: one method per RPC of multicam.v1.MediaAnalysisService."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from ..calls import CallDefaults, CallOptions, channel_credentials, channel_options
from ..config import CallerIdentity, ClientConfig, TlsConfig
from ..v1.align_pb2 import AlignRequest, AlignResponse
from ..v1.analyze_pb2 import AnalyzeRequest
from ..v1.auto_cut_pb2 import AutoCutRequest, AutoCutResponse
from ..v1.focus_pb2 import FocusRequest, FocusResponse
from ..v1.highlights_pb2 import HighlightsRequest, HighlightsResponse
from ..v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceStub
from ..v1.probe_pb2 import ProbeMediaRequest, ProbeMediaResponse
from ..v1.upload_pb2 import UploadMediaResponse
from .streams import AnalyzeStream
from .uploads import UploadSource, requests_of
from .waiting import ended

Token = str | Callable[[], str] | Callable[[], Awaitable[str]]
Response = TypeVar("Response")


class Client:
    """A connection to a multicam service, for one tenant in one environment.

    The methods, deadlines, retries and errors are those of `multicam.Client`;
    see there. Cancelling the task that waits for a call ends the call. A client
    belongs to the event loop in which it was made.

    Args:
        target: Where the service is, as gRPC names it: "host:port",
            "dns:///host:port", "unix:/path".
        tenant_id: Whose media and results these are.
        env: The environment, such as "dev" or "prod".
        user_id: Who calls, for the server's log.
        project_id: For which project, for the server's log.
        tls: Encrypts the connection. None: plain text.
        token: Sent as `authorization: Bearer <token>`, in plain text without
            `tls`. A function, async or not, is asked before every call.
        timeout_s: Replaces the service config's timeouts of all methods.
        config: Keepalive, message sizes and upload chunks.
    """

    def __init__(
        self,
        target: str,
        *,
        tenant_id: str,
        env: str,
        user_id: str | None = None,
        project_id: str | None = None,
        tls: TlsConfig | None = None,
        token: Token | None = None,
        timeout_s: float | None = None,
        config: ClientConfig | None = None,
    ) -> None:
        config = config or ClientConfig()
        self._channel = _open_channel(target, tls, config)
        self._owns_channel = True
        self._set_up(CallerIdentity(tenant_id, env, user_id, project_id), token, timeout_s, config)

    @classmethod
    def from_channel(
        cls,
        channel: grpc.aio.Channel,
        *,
        tenant_id: str,
        env: str,
        user_id: str | None = None,
        project_id: str | None = None,
        token: Token | None = None,
        timeout_s: float | None = None,
        config: ClientConfig | None = None,
    ) -> "Client":
        """A client over a channel that the caller has made, and will close.

        The channel's own options hold: `config` matters for uploads only, and
        there are no retries unless the channel was made with them.
        """
        client = cls.__new__(cls)
        client._channel = channel
        client._owns_channel = False
        identity = CallerIdentity(tenant_id, env, user_id, project_id)
        client._set_up(identity, token, timeout_s, config or ClientConfig())
        return client

    def acting_for(self, caller: CallerIdentity) -> "Client":
        """As `multicam.Client.acting_for`."""
        client = type(self).__new__(type(self))
        client._channel = self._channel
        client._owns_channel = False
        client._set_up(caller, self._token, self._defaults.timeout_s, self._config)
        return client

    def _set_up(
        self,
        identity: CallerIdentity,
        token: Token | None,
        timeout_s: float | None,
        config: ClientConfig,
    ) -> None:
        self._stub = MediaAnalysisServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self.identity = identity
        self._defaults = CallDefaults(identity, timeout_s)
        self._token = token
        self._config = config

    async def align(
        self,
        request: AlignRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> AlignResponse:
        """Places the recordings of one event on one clock."""
        call: Callable[..., UnaryCall[AlignResponse]] = self._stub.Align
        return await _call(call, request, await self._options("Align", timeout_s, request_id))

    async def auto_cut(
        self,
        request: AutoCutRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> AutoCutResponse:
        """Cuts a programme from placed recordings."""
        call: Callable[..., UnaryCall[AutoCutResponse]] = self._stub.AutoCut
        return await _call(call, request, await self._options("AutoCut", timeout_s, request_id))

    async def highlights(
        self,
        request: HighlightsRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> HighlightsResponse:
        """Picks the best moments within a target duration."""
        call: Callable[..., UnaryCall[HighlightsResponse]] = self._stub.Highlights
        return await _call(call, request, await self._options("Highlights", timeout_s, request_id))

    async def focus(
        self,
        request: FocusRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> FocusResponse:
        """Reframes one clip to another shape."""
        call: Callable[..., UnaryCall[FocusResponse]] = self._stub.Focus
        return await _call(call, request, await self._options("Focus", timeout_s, request_id))

    async def probe_media(
        self,
        request: ProbeMediaRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> ProbeMediaResponse:
        """Tells what media files are, and their timecodes."""
        call: Callable[..., UnaryCall[ProbeMediaResponse]] = self._stub.ProbeMedia
        return await _call(call, request, await self._options("ProbeMedia", timeout_s, request_id))

    async def analyze(
        self,
        request: AnalyzeRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> AnalyzeStream:
        """Aligns, cuts, highlights and reframes: progress, then the result."""
        options = await self._options("Analyze", timeout_s, request_id)
        call = self._stub.Analyze(request, timeout=options.timeout_s, metadata=options.metadata)
        return AnalyzeStream(call, options)

    async def upload_media(
        self,
        source: UploadSource,
        *,
        size_bytes: int | None = None,
        sha256: str | None = None,
        on_progress: Callable[[int], None] | None = None,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> UploadMediaResponse:
        """Sends a file that the server cannot reach by itself.

        As `multicam.Client.upload_media`; files are read in threads, so that
        the event loop goes on.

        Args:
            source: What `multicam.Client.upload_media` takes, or an async
                iterable of bytes.
            size_bytes: Length, where the caller knows it.
            sha256: SHA-256 in lower-case hexadecimal, where the caller knows it.
            on_progress: Told, in the event loop, how many bytes were sent.
            timeout_s: See `multicam.Client`.
            request_id: See `multicam.Client`.

        Raises:
            OSError: The source cannot be read. Whatever else reading the source
                raises comes through too; the call is cancelled first.
            TypeError: A file is open for text.
        """
        options = await self._options("UploadMedia", timeout_s, request_id)
        requests = requests_of(
            source,
            size_bytes=size_bytes,
            sha256=sha256,
            chunk_bytes=self._config.upload.chunk_bytes,
            on_progress=on_progress,
        )
        async with requests as pending:
            call = self._stub.UploadMedia(timeout=options.timeout_s, metadata=options.metadata)
            async with ended(call, options):
                try:
                    async for request in pending:
                        await call.write(request)
                    await call.done_writing()
                except (asyncio.InvalidStateError, grpc.RpcError):
                    pass  # it has ended without waiting for the rest; how, the call itself tells
                response: UploadMediaResponse = await call
                return response

    async def close(self) -> None:
        """Ends running calls and the connection, unless the channel is the caller's."""
        if self._owns_channel:
            await self._channel.close()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _options(
        self, method: str, timeout_s: float | None, request_id: str | None
    ) -> CallOptions:
        """Deadline, request id and metadata of one call."""
        token = self._token() if callable(self._token) else self._token
        if inspect.isawaitable(token):
            token = await token
        return self._defaults.options(method, timeout_s, request_id, token)


UnaryCall = grpc.aio.UnaryUnaryCall[Message, Response]


async def _call(
    call: Callable[..., UnaryCall[Response]], request: Message, options: CallOptions
) -> Response:
    """Makes one unary call."""
    running = call(request, timeout=options.timeout_s, metadata=options.metadata)
    async with ended(running, options):
        return await running


def _open_channel(target: str, tls: TlsConfig | None, config: ClientConfig) -> grpc.aio.Channel:
    """A channel to `target`; connects when it is first used."""
    options = channel_options(config.channel_options(), tls)
    if tls is None:
        return grpc.aio.insecure_channel(target, options)
    return grpc.aio.secure_channel(target, channel_credentials(tls), options)
