"""The typed client: one method per RPC of multicam.v1.MediaAnalysisService."""

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from .calls import CallDefaults, CallOptions, Token, channel_credentials, channel_options
from .config import CallerIdentity, ClientConfig, TlsConfig
from .streams import AnalyzeStream, ResponseStream
from .uploads import (
    Cancellable,
    GuardedRequests,
    UploadSource,
    announce,
    chunked,
    open_source,
    pieces,
    upload_requests,
)
from .v1.align_pb2 import AlignRequest, AlignResponse
from .v1.analyze_pb2 import AnalyzeRequest
from .v1.auto_cut_pb2 import AutoCutRequest, AutoCutResponse
from .v1.focus_pb2 import FocusRequest, FocusResponse
from .v1.highlights_pb2 import HighlightsRequest, HighlightsResponse
from .v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceStub
from .v1.probe_pb2 import ProbeMediaRequest, ProbeMediaResponse
from .v1.upload_pb2 import UploadMediaResponse

Response = TypeVar("Response")


class UploadCall(Cancellable, Protocol):
    """A running UploadMedia."""

    def result(self) -> UploadMediaResponse:
        """Waits for the response."""


class Client:
    """A connection to a multicam service, for one tenant in one environment.

    Every method takes the request message of its RPC. It waits at most
    `timeout_s` seconds: the call's own, else the client's, else what the
    contract's service config gives the method (60 s; 600 s for `align` and
    `analyze`; 3,600 s for `upload_media`). Calls that meet an unavailable server
    are repeated as the service config says. `request_id` names the call in the
    server's log; without one, a random one is sent.

    Failed calls raise `multicam.MulticamError` or one of its subclasses. A
    client may be used from several threads. Close it, or use it in a `with`
    block; a call on a closed client raises ValueError.

    Args:
        target: Where the service is, as gRPC names it: "host:port",
            "dns:///host:port", "unix:/path".
        tenant_id: Whose media and results these are.
        env: The environment, such as "dev" or "prod".
        user_id: Who calls, for the server's log.
        project_id: For which project, for the server's log.
        tls: Encrypts the connection. None: plain text.
        token: Sent as `authorization: Bearer <token>`, in plain text without
            `tls`. A function is asked before every call, from any thread.
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
        channel: grpc.Channel,
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
        """This client on behalf of another caller, over the same connection.

        What it asks is another tenant's, environment's or user's; everything else is
        as here. It lives as long as this client does, and closing it changes nothing.
        """
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

    def align(
        self,
        request: AlignRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> AlignResponse:
        """Places the recordings of one event on one clock."""
        call: Callable[..., AlignResponse] = self._stub.Align
        return _call(call, request, self._options("Align", timeout_s, request_id))

    def auto_cut(
        self,
        request: AutoCutRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> AutoCutResponse:
        """Cuts a programme from placed recordings."""
        call: Callable[..., AutoCutResponse] = self._stub.AutoCut
        return _call(call, request, self._options("AutoCut", timeout_s, request_id))

    def highlights(
        self,
        request: HighlightsRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> HighlightsResponse:
        """Picks the best moments within a target duration."""
        call: Callable[..., HighlightsResponse] = self._stub.Highlights
        return _call(call, request, self._options("Highlights", timeout_s, request_id))

    def focus(
        self,
        request: FocusRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> FocusResponse:
        """Reframes one clip to another shape."""
        call: Callable[..., FocusResponse] = self._stub.Focus
        return _call(call, request, self._options("Focus", timeout_s, request_id))

    def probe_media(
        self,
        request: ProbeMediaRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> ProbeMediaResponse:
        """Tells what media files are, and their timecodes."""
        call: Callable[..., ProbeMediaResponse] = self._stub.ProbeMedia
        return _call(call, request, self._options("ProbeMedia", timeout_s, request_id))

    def analyze(
        self,
        request: AnalyzeRequest,
        *,
        timeout_s: float | None = None,
        request_id: str | None = None,
    ) -> AnalyzeStream:
        """Aligns, cuts, highlights and reframes: progress, then the result."""
        options = self._options("Analyze", timeout_s, request_id)
        call: ResponseStream = self._stub.Analyze(
            request, timeout=options.timeout_s, metadata=options.metadata
        )
        return AnalyzeStream(call, request_id=options.request_id, failure=options.failure)

    def upload_media(
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

        A path or a seekable file is read twice: first for the size and the
        SHA-256 that let the server check what arrives, unless both are given.
        Pieces are announced only as far as `size_bytes` and `sha256` say; without
        either, the server may take an interrupted upload for a shorter file.

        Args:
            source: A path, a file open for bytes (sent from its position on), or
                the bytes, whole or in pieces of any size.
            size_bytes: Length, where the caller knows it.
            sha256: SHA-256 in lower-case hexadecimal, where the caller knows it.
            on_progress: Told, from another thread, how many bytes were sent.
            timeout_s: See `Client`.
            request_id: See `Client`.

        Raises:
            OSError: The source cannot be read. Whatever else reading the source
                raises comes through too; the call is cancelled first.
            TypeError: A file is open for text.
        """
        options = self._options("UploadMedia", timeout_s, request_id)
        with open_source(source) as content:
            header = announce(content, size_bytes, sha256)
            chunks = chunked(pieces(content), self._config.upload.chunk_bytes)
            requests = GuardedRequests(upload_requests(header, chunks, on_progress))
            return self._upload(requests, options)

    def _upload(self, requests: GuardedRequests, options: CallOptions) -> UploadMediaResponse:
        call: UploadCall = self._stub.UploadMedia.future(
            requests, timeout=options.timeout_s, metadata=options.metadata
        )
        requests.attach(call)
        try:
            return call.result()
        except grpc.FutureCancelledError as error:
            if requests.failure is not None:
                raise requests.failure from None
            raise options.cancelled("the upload was cancelled") from error
        except grpc.RpcError as error:
            raise options.failure(error) from error
        except BaseException:
            call.cancel()
            raise

    def close(self) -> None:
        """Ends running calls and the connection, unless the channel is the caller's."""
        if self._owns_channel:
            self._channel.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _options(self, method: str, timeout_s: float | None, request_id: str | None) -> CallOptions:
        token = self._token() if callable(self._token) else self._token
        return self._defaults.options(method, timeout_s, request_id, token)


def _call(call: Callable[..., Response], request: Message, options: CallOptions) -> Response:
    """Makes one unary call."""
    try:
        return call(request, timeout=options.timeout_s, metadata=options.metadata)
    except grpc.RpcError as error:
        raise options.failure(error) from error


def _open_channel(target: str, tls: TlsConfig | None, config: ClientConfig) -> grpc.Channel:
    """A channel to `target`; connects when it is first used."""
    options = channel_options(config.channel_options(), tls)
    if tls is None:
        return grpc.insecure_channel(target, options)
    return grpc.secure_channel(target, channel_credentials(tls), options)
