"""The answer to Analyze: progress messages, then the result."""

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Protocol

import grpc

from .errors import MulticamError
from .v1.analyze_pb2 import AnalyzeResponse


class ResponseStream(Protocol):
    """A running server stream, as gRPC gives it."""

    def __next__(self) -> AnalyzeResponse:
        """Waits for the next response."""

    def cancel(self) -> object:
        """Ends the call."""


class AnalyzeStream(Iterator[AnalyzeResponse]):
    """Iterates over a running Analyze call, which starts at once.

    Iterating raises the exceptions of `multicam.errors`, also in the middle of
    the stream. Leaving a `with` block (or `close`) ends a call that is not
    finished yet, and with it the server's work.
    """

    def __init__(
        self,
        call: ResponseStream,
        *,
        request_id: str,
        failure: Callable[[grpc.RpcError], MulticamError],
    ) -> None:
        self.request_id = request_id
        self._call = call
        self._failure = failure

    def __next__(self) -> AnalyzeResponse:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Ends the call; nothing happens when it is finished."""
        self._call.cancel()

    def __enter__(self) -> "AnalyzeStream":
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
