"""Parsing: bytes become the request's message on the call's own thread.

Left to itself, gRPC parses on the one thread that serves all connections, where
a long waveform would hold up everybody, and answers INTERNAL to bytes that are
not a message.
"""

from collections.abc import Iterator
from typing import Any

import grpc

from ..domain.faults import InvalidRequest, Violation
from .around import Continuation, Handler, behavior_of, is_open, with_behavior

BODY = "request"
"""The field path of the whole message."""


class Parsing(grpc.ServerInterceptor):
    """Takes the parsing over from gRPC."""

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """A handler that takes bytes and parses them itself."""
        handler = continuation(handler_call_details)
        if handler is None or is_open(handler_call_details.method):
            return handler
        return parsing(handler)


def parsing(handler: Handler) -> Handler:
    """The handler with its deserializer inside its function."""
    parse, inner = handler.request_deserializer, behavior_of(handler)
    if parse is None:
        return handler

    def parsed(body: bytes) -> Any:
        try:
            return parse(body)
        except Exception as error:  # the deserializer's own kind, whatever it is
            violation = Violation(BODY, "the bytes are not the method's request message")
            raise InvalidRequest((violation,)) from error

    def one_request(body: bytes, context: grpc.ServicerContext) -> Any:
        return inner(parsed(body), context)

    def many_requests(bodies: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        return inner(map(parsed, bodies), context)

    behavior = many_requests if handler.request_streaming else one_request
    return with_behavior(handler, behavior, raw_requests=True)
