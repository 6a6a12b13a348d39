"""Capacity: which threads run which calls.

A thread waits for its call's body and, in a stream, for every message, as long
as the caller likes. So slow callers must not hold the threads that others need:
single requests, streams, health checks, health watches and reflection have a pool
each, with more threads than there are places for calls (`places`), so that one is
always free to refuse.

A handler of this service starts when its call's metadata is there, not, as gRPC
has it for single requests, when all of the body is: the body of a call that is
refused is never received.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc

from .around import (
    HEALTH_SERVICE,
    Behavior,
    Continuation,
    Handler,
    behavior_of,
    is_open,
    is_streaming,
    with_behavior,
)

REFUSING_THREADS = 16
"""Threads of a pool beyond those for calls that have a place. Made when needed. A refusal
takes microseconds."""

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

    def __init__(self, *, max_calls: int, max_streams: int) -> None:
        self.single_requests = _pool("call", max_calls + REFUSING_THREADS)
        self._streams = _pool("stream", max_streams + REFUSING_THREADS)
        self._health = _pool("health", HEALTH_THREADS)
        self._watches = _pool("watch", WATCH_THREADS)
        self._reflection = _pool("reflection", REFLECTION_THREADS)

    def intercept_service(
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> Handler | None:
        """The handler, bound to its pool; of this service's, one that starts at once."""
        handler = continuation(handler_call_details)
        if handler is None:
            return None
        pool = self._pool_of(handler_call_details.method, handler)
        early = not is_open(handler_call_details.method)
        return with_behavior(handler, _InPool(behavior_of(handler), pool), early=early)

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
