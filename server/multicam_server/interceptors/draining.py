"""Draining: no new calls, and the running ones are counted until they are done."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from ..domain.faults import ShuttingDown
from .around import Around, Call


class Draining(Around):
    """Counts the running calls; refuses new ones once `begin` was called."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._begun = False

    def begin(self) -> None:
        """From now on every new call is refused."""
        with self._changed:
            self._begun = True

    def running(self) -> int:
        """How many calls are running."""
        with self._changed:
            return self._running

    def wait_idle(self, timeout_s: float) -> bool:
        """Waits until no call is running; False when the time is up before that."""
        with self._changed:
            return self._changed.wait_for(lambda: self._running == 0, timeout_s)

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Admits and counts in one step, so that no call slips in behind the last one."""
        with self._changed:
            if self._begun:
                raise ShuttingDown
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
