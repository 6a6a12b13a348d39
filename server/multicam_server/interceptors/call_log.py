"""The call log: one line per call with its outcome and how long it took."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from .around import Around, Call, code_of

_log = logging.getLogger(__name__)


def outcome(context: grpc.ServicerContext) -> grpc.StatusCode:
    """The code with which a call ends, as far as its handler can know."""
    if context.is_active():
        return code_of(context) or grpc.StatusCode.OK
    if context.time_remaining() == 0:
        return grpc.StatusCode.DEADLINE_EXCEEDED
    return grpc.StatusCode.CANCELLED


class CallLog(Around):
    """Writes the line when the call has run, whatever its end."""

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Measures the call on its thread; the wait for a free thread is not in it."""
        begun_s = time.perf_counter()
        try:
            yield
        finally:
            elapsed_ms = (time.perf_counter() - begun_s) * 1e3
            ended = {"code": outcome(context).name, "ms": round(elapsed_ms, 3)}
            _log.info("call", extra=ended)
