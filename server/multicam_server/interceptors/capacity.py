"""Capacity: which threads run which calls, and how many calls work at the same time.

A thread waits for its call's body and, in a stream, for every message, as long
as the caller likes. So slow callers must not hold the threads that others need:

- single requests, streams, health checks, health watches and reflection have a pool each;
- streams have a cap, beyond which they are refused;
- single requests work in as many slots as there are `threads`. One that still
  receives its body, or waits for a slot, has a thread of the pool but no slot.

A single-request pool of 64 threads with two slots answers as many tiny calls a
second as a pool of two threads (2,700 on two cores).
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc

from ..domain.faults import Cancelled, Overloaded
from .around import (
    HEALTH_SERVICE,
    Around,
    Behavior,
    Call,
    Continuation,
    Handler,
    behavior_of,
    is_open,
    is_streaming,
    with_behavior,
)

WAITING_THREADS = 62
"""Threads of a pool beyond those at work: as many slow bodies do no harm. Made when needed."""

HEALTH_THREADS = 2
"""A health check takes microseconds."""

WATCH_THREADS = 64
"""Health watches at a time: each holds a thread, apart from the checks'."""

REFLECTION_THREADS = 4
"""Open reflection streams at a time; a discovering client closes its stream in milliseconds."""


class _InPool:
    """A handler's function that tells gRPC which pool runs it.

    gRPC reads the attribute off the function, as its own health service has it.
    """

    def __init__(self, behavior: Behavior, pool: ThreadPoolExecutor) -> None:
        self._behavior = behavior
        self.experimental_thread_pool = pool

    def __call__(self, request: Any, context: grpc.ServicerContext) -> Any:
        return self._behavior(request, context)


class Pools(grpc.ServerInterceptor):
    """Gives every call the pool of its kind."""

    def __init__(self, *, threads: int, max_streams: int) -> None:
        self.single_requests = _pool("call", threads + WAITING_THREADS)
        self._streams = _pool("stream", max_streams + WAITING_THREADS)
        self._health = _pool("health", HEALTH_THREADS)
        self._watches = _pool("watch", WATCH_THREADS)
        self._reflection = _pool("reflection", REFLECTION_THREADS)

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler, bound to its pool."""
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        pool = self._pool_of(handler_call_details.method, handler)
        return with_behavior(handler, _InPool(behavior_of(handler), pool))

    def _pool_of(self, method: str, handler: Handler) -> ThreadPoolExecutor:
        streaming = is_streaming(handler)
        if not is_open(method):
            return self._streams if streaming else self.single_requests
        if HEALTH_SERVICE in method:
            return self._watches if streaming else self._health
        return self._reflection

    def shutdown(self) -> None:
        """Lets the idle threads go; waits for none."""
        calls = (self.single_requests, self._streams)
        for pool in (*calls, self._health, self._watches, self._reflection):
            pool.shutdown(wait=False, cancel_futures=True)


def _pool(name: str, threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"multicam-{name}")


class StreamCap(Around):
    """Refuses a stream when as many as allowed are open."""

    def __init__(self, max_streams: int) -> None:
        self._max_streams = max_streams
        self._places = threading.BoundedSemaphore(max_streams)

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Takes a place for the length of the stream."""
        if not call.streaming:
            yield
            return
        if not self._places.acquire(blocking=False):
            raise Overloaded("streams", self._max_streams)
        try:
            yield
        finally:
            self._places.release()


class WorkSlots(Around):
    """Lets as many single requests work at a time as there are threads for work."""

    def __init__(self, threads: int) -> None:
        self._slots = threading.BoundedSemaphore(threads)

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Waits for a slot, at most until the deadline; does no work that nobody waits for."""
        if call.streaming:
            yield
            return
        if not self._slots.acquire(timeout=min(context.time_remaining(), threading.TIMEOUT_MAX)):
            raise Cancelled("the deadline passed while the call waited for its turn")
        try:
            if not context.is_active():
                raise Cancelled("the caller has gone")
            yield
        finally:
            self._slots.release()
