"""Measuring: what every call did, told to those who make metrics and traces of it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import grpc

from .. import logs
from ..telemetry import tally
from ..telemetry.outcome import Observer, Outcome
from .around import Around, Call, Continuation, Handler, behavior_of, is_open, with_behavior
from .call_log import outcome

RECEIVED, SENT = "received_bytes", "sent_bytes"


class Measuring(Around):
    """Collects what a call and everything that works for it measures."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Tells the observers of the call's beginning and end."""
        begun_s = time.perf_counter()
        collected = tally.collect()
        method = call.method.rpartition("/")[2]
        endings = [observer.begin(method, call.metadata) for observer in self._observers]
        try:
            yield
        finally:
            ended = Outcome(
                code=outcome(context).name,
                reason=logs.bound("reason"),
                seconds=time.perf_counter() - begun_s,
                tally=collected,
            )
            for end in endings:
                end(ended)


class MessageSizes(grpc.ServerInterceptor):
    """Counts the bytes of requests and replies, after decompression."""

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler, with its messages counted."""
        handler = continuation(handler_call_details)
        if handler is None or is_open(handler_call_details.method):
            return handler
        inner = behavior_of(handler)

        def requests_of(request: Any) -> Any:
            if handler.request_streaming:
                return map(_received, request)
            return _received(request)

        def one_reply(request: Any, context: grpc.ServicerContext) -> Any:
            return _sent(inner(requests_of(request), context))

        def many_replies(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            for reply in inner(requests_of(request), context):
                yield _sent(reply)

        return with_behavior(handler, many_replies if handler.response_streaming else one_reply)


def _received(message: Any) -> Any:
    tally.count(RECEIVED, amount=_size_bytes(message))
    return message


def _sent(message: Any) -> Any:
    if message is not None:
        tally.count(SENT, amount=_size_bytes(message))
    return message


def _size_bytes(message: Any) -> int:
    return len(message) if isinstance(message, bytes) else int(message.ByteSize())
