"""A stream of requests that stands still ends.

gRPC cannot wait for a message with a time limit. So another thread waits, and
hands on what comes: one message at a time, so that a slow disk still slows the
caller down.
"""

import contextvars
import queue
import threading
from collections.abc import Iterator
from typing import Any

import grpc

from ..domain.faults import UploadStalled
from . import patience
from .around import Continuation, Handler, behavior_of, is_open, with_behavior

_END = object()


class StreamIdle(grpc.ServerInterceptor):
    """Raises UploadStalled where no message comes for too long."""

    def __init__(self, idle_s: float) -> None:
        self._idle_s = idle_s

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler, with requests that do not keep it waiting for ever."""
        handler = continuation(handler_call_details)
        if handler is None or not handler.request_streaming or is_open(handler_call_details.method):
            return handler
        inner = behavior_of(handler)

        def run(requests: Iterator[Any], context: grpc.ServicerContext) -> Any:
            return inner(prompt(requests, self._idle_s), context)

        return with_behavior(handler, run)


class _Failed:
    """What the requests raised instead of coming."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def prompt(requests: Iterator[Any], idle_s: float) -> Iterator[Any]:
    """The requests. For use inside a call.

    Raises:
        UploadStalled: if one does not come within `idle_s`.
        DeadlinePassed: if the server's default deadline passes.
        Exception: what `requests` raises.
    """
    arrived: queue.SimpleQueue[Any] = queue.SimpleQueue()
    wanted = threading.Semaphore(0)
    left = threading.Event()

    def receive() -> None:
        while True:
            wanted.acquire()
            if left.is_set():
                return
            try:
                arrived.put(next(requests, _END))
            except BaseException as error:
                arrived.put(_Failed(error))
                return

    context = contextvars.copy_context()
    thread = threading.Thread(
        target=context.run, args=(receive,), name="multicam-receive", daemon=True
    )
    thread.start()
    waits = patience.of_call()
    try:
        while True:
            wanted.release()
            try:
                found = arrived.get(timeout=min(idle_s, waits.remaining_s()))
            except queue.Empty:
                waits.check()
                raise UploadStalled(idle_s) from None
            if found is _END:
                return
            if isinstance(found, _Failed):
                raise found.error
            yield found
    finally:
        left.set()
        wanted.release()
