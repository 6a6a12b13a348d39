"""Parsing: bytes become the request's message on the call's own thread.

Left to itself, gRPC parses on the one thread that serves all connections, where
a long message would hold up everybody, and answers INTERNAL to bytes that are
not a message.

This is also where the body of a single request is received: everything outside
of here runs before that (`capacity`).
"""

from collections.abc import Iterator
from typing import Any

import grpc

from ..domain.faults import not_a_message
from . import patience
from .around import Continuation, Handler, behavior_of, is_open, with_behavior
from .body_watch import BodyWatch


class Parsing(grpc.ServerInterceptor):
    """Takes the parsing over from gRPC; a body of a single request may take `patience_s`."""

    def __init__(self, patience_s: float) -> None:
        self._watch = BodyWatch(patience_s)

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """A handler that takes the bodies as they come and parses them itself."""
        handler = continuation(handler_call_details)
        if handler is None or is_open(handler_call_details.method):
            return handler
        return parsing(handler, self._watch)


def parsing(handler: Handler, watch: BodyWatch) -> Handler:
    """The handler with its deserializer inside its function, which takes an iterator of bytes."""
    parse, inner = handler.request_deserializer, behavior_of(handler)

    def parsed(body: bytes) -> Any:
        if parse is None:
            return body
        try:
            return parse(body)
        except Exception as error:  # the deserializer's own kind, whatever it is
            raise not_a_message() from error

    def one_request(bodies: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        with watch.receiving(context):
            body = next(bodies, None)
        if body is None:
            patience.of_call().check()  # without a body because its caller has gone
            raise not_a_message()
        return inner(parsed(body), context)

    def many_requests(bodies: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        return inner(map(parsed, bodies), context)

    behavior = many_requests if handler.request_streaming else one_request
    return with_behavior(handler, behavior, raw_requests=True)
