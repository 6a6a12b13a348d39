"""The answer to Analyze on asyncio: progress messages, then the result."""

from collections.abc import AsyncIterator
from types import TracebackType

import grpc.aio

from ..calls import CallOptions
from ..v1.analyze_pb2 import AnalyzeRequest, AnalyzeResponse
from .waiting import ended

ResponseStream = grpc.aio.UnaryStreamCall[AnalyzeRequest, AnalyzeResponse]


class AnalyzeStream(AsyncIterator[AnalyzeResponse]):
    """Iterates over a running Analyze call, which starts at once.

    Iterating raises the exceptions of `multicam.errors`, also in the middle of
    the stream. Leaving an `async with` block (or `close`) ends a call that is
    not finished yet, and with it the server's work.
    """

    def __init__(self, call: ResponseStream, options: CallOptions) -> None:
        self.request_id = options.request_id
        self._call = call
        self._options = options

    async def __anext__(self) -> AnalyzeResponse:
        async with ended(self._call, self._options):
            response = await self._call.read()
        if not isinstance(response, AnalyzeResponse):  # gRPC's end of the stream
            raise StopAsyncIteration
        return response

    def close(self) -> None:
        """Ends the call; nothing happens when it is finished."""
        self._call.cancel()

    async def __aenter__(self) -> "AnalyzeStream":
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
