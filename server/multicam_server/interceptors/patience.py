"""Patience: until when a call's answer is of use to anybody.

That is until the caller's deadline, or the server's default where the caller has
set none, and never after the caller has gone.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import grpc

from ..domain.faults import Cancelled, DeadlinePassed, Fault
from .around import Around, Call

NO_DEADLINE_S = 10 * 365 * 86_400.0
"""gRPC tells a call without a deadline as one that is centuries ahead."""


class CallersPatience:
    """How long one call's answer is waited for."""

    def __init__(self, context: grpc.ServicerContext, default_s: float) -> None:
        self._context = context
        self._default_s = default_s
        self._has_deadline = context.time_remaining() < NO_DEADLINE_S
        self._ends_at_s = time.monotonic() + default_s

    def remaining_s(self) -> float:
        """Seconds that are left."""
        if self._has_deadline:
            return self._context.time_remaining()
        return max(0.0, self._ends_at_s - time.monotonic())

    def ended(self, asset_ids: tuple[str, ...] = ()) -> Fault | None:
        """Why nobody waits any more; None while somebody does."""
        if not self._context.is_active():
            return Cancelled("the caller has gone, or its deadline has passed")
        if self.remaining_s() > 0:
            return None
        if self._has_deadline:
            return Cancelled("the deadline has passed")
        return DeadlinePassed(self._default_s, asset_ids)

    def check(self) -> None:
        """Raises the fault if nobody waits any more."""
        fault = self.ended()
        if fault is not None:
            raise fault


_of_call: ContextVar[CallersPatience] = ContextVar("multicam_patience")


def of_call() -> CallersPatience:
    """The running call's. For whatever runs behind `Patience`."""
    return _of_call.get()


class Patience(Around):
    """Notes when the call began, and its deadline."""

    def __init__(self, default_s: float) -> None:
        self._default_s = default_s

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Binds the call's patience."""
        _of_call.set(CallersPatience(context, self._default_s))
        yield
