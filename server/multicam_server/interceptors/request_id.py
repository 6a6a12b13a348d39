"""Request ids: taken from the caller or made, in every log line and in the reply.

The id returns in the initial metadata, and in ErrorInfo of every refusal. A
refusal as UNAVAILABLE has it in ErrorInfo alone: gRPC's own retry takes the
first initial metadata for the beginning of the answer and stops trying.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import grpc

from .. import logs
from ..domain.faults import InvalidMetadata
from .around import Around, Call, Metadata
from .metadata import MAX_LENGTH, Rule

REQUEST_ID = Rule(
    "x-request-id",
    re.compile(r"[A-Za-z0-9._:/+=@-]+"),
    f"1 to {MAX_LENGTH} letters, digits or any of . _ : / + = @ -",
)

_echoed: ContextVar[bool] = ContextVar("multicam_request_id_echoed", default=False)


def current() -> str:
    """The running call's request id; empty outside of a call."""
    return logs.bound("request_id")


def echo(context: grpc.ServicerContext) -> None:
    """Sends the request id to the caller, once a call."""
    if not _echoed.get():
        _echoed.set(True)
        context.send_initial_metadata(((REQUEST_ID.key, current()),))


def taken_or_made(metadata: Metadata) -> str:
    """The caller's id, or a new one where it sent none or one that `Identity` refuses."""
    try:
        taken = REQUEST_ID.read(metadata)
    except InvalidMetadata:
        taken = None
    return taken or uuid.uuid4().hex


class RequestIds(Around):
    """Names the call in every log line from here on."""

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Binds the request id and the method."""
        logs.bind(request_id=taken_or_made(call.metadata), method=call.method)
        yield


class EchoRequestId(Around):
    """Tells the caller its request id: with the reply, in a stream before the work begins.

    Until then a runtime whose server dies tries another one, unseen by its caller.
    """

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Sends the initial metadata."""
        if call.streaming:
            echo(context)
        yield
        if not call.streaming:
            echo(context)
