"""The form of every concern: a context manager around the calls of the service."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:  # generic in its stubs, not at run time
    Handler = grpc.RpcMethodHandler[Any, Any]
else:
    Handler = grpc.RpcMethodHandler

Behavior = Callable[[Any, grpc.ServicerContext], Any]
Continuation = Callable[[grpc.HandlerCallDetails], Handler | None]
Metadata = tuple[tuple[str, str | bytes], ...]

HEALTH_SERVICE = "grpc.health.v1.Health"
REFLECTION_SERVICES = (
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
)

OPEN_SERVICES = frozenset({HEALTH_SERVICE, *REFLECTION_SERVICES})
"""Services for machines and for discovery: no identity, no call log, answered while draining."""


@dataclass(frozen=True)
class Call:
    """What is known of a call before it runs; `streaming` in either direction."""

    method: str
    metadata: Metadata
    streaming: bool


class Around(grpc.ServerInterceptor, ABC):
    """A concern around every call; the open services pass untouched."""

    @abstractmethod
    def around(
        self, call: Call, context: grpc.ServicerContext
    ) -> AbstractContextManager[object, bool | None]:
        """What to do before and after one call, on the call's thread. May raise faults."""

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler with this concern around it. Never raises."""
        handler = continuation(handler_call_details)
        if handler is None or is_open(handler_call_details.method):
            return handler
        call = Call(
            handler_call_details.method,
            tuple(handler_call_details.invocation_metadata),
            is_streaming(handler),
        )
        return surrounded(handler, lambda context: self.around(call, context))


def is_open(method: str) -> bool:
    """Whether a method ("/package.Service/Method") belongs to an open service."""
    return method.removeprefix("/").partition("/")[0] in OPEN_SERVICES


def is_streaming(handler: Handler) -> bool:
    """Whether a method streams, in either direction."""
    return bool(handler.request_streaming or handler.response_streaming)


def behavior_of(handler: Handler) -> Behavior:
    """The one function that a handler has, whichever of the four kinds it is."""
    behaviors: tuple[Behavior | None, ...] = (
        handler.unary_unary,
        handler.unary_stream,
        handler.stream_unary,
        handler.stream_stream,
    )
    return next(behavior for behavior in behaviors if behavior is not None)


def with_behavior(
    handler: Handler, behavior: Behavior, *, raw_requests: bool = False, early: bool = False
) -> Handler:
    """A handler of the same kind with another function, which may ask for requests as bytes.

    One that is to start early takes an iterator of requests. On the wire one request is a
    stream of one, and gRPC starts a handler for a stream at once.
    """
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[early or bool(handler.request_streaming), bool(handler.response_streaming)]
    made: Handler = make(
        behavior,
        request_deserializer=None if raw_requests else handler.request_deserializer,
        response_serializer=handler.response_serializer,
    )
    return made


def code_of(context: grpc.ServicerContext) -> grpc.StatusCode | None:
    """The code that a handler has set or aborted with; None before that."""
    code: grpc.StatusCode | None = context.code()  # type: ignore[attr-defined]
    return code


def surrounded(
    handler: Handler,
    around: Callable[[grpc.ServicerContext], AbstractContextManager[object, bool | None]],
) -> Handler:
    """The handler with a context manager around its whole run, streamed replies included."""
    inner = behavior_of(handler)

    def one_reply(request: Any, context: grpc.ServicerContext) -> Any:
        with around(context):
            return inner(request, context)

    def many_replies(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        with around(context):
            yield from inner(request, context)

    return with_behavior(handler, many_replies if handler.response_streaming else one_reply)
