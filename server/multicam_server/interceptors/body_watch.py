"""A single request whose body stands still ends.

gRPC receives a message whole or not at all, and cannot wait for it with a time limit.
So one thread looks after all bodies that are on their way, and cancels calls whose
body does not come.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

LOOK_S = 1.0
"""How often the first body is looked at: the thread ends this long after the last has come."""


@dataclass
class _Awaited:
    """One body on its way, and when it counts as lost."""

    context: grpc.ServicerContext
    due_s: float


class BodyWatch:
    """Cancels calls whose body takes longer than `patience_s`."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._lock = threading.Lock()
        # The patience is the same for all, so that the first is due first.
        self._awaited: OrderedDict[int, _Awaited] = OrderedDict()
        self._runs = False

    @contextmanager
    def receiving(self, context: grpc.ServicerContext) -> Iterator[None]:
        """Looks after the body that is received inside the block."""
        awaited = _Awaited(context, time.monotonic() + self._patience_s)
        with self._lock:
            self._awaited[id(awaited)] = awaited
            if not self._runs:
                self._runs = True
                threading.Thread(target=self._watch, name="multicam-bodies", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._awaited.pop(id(awaited), None)

    def _watch(self) -> None:
        """Runs for as long as bodies are awaited."""
        while True:
            with self._lock:
                first = next(iter(self._awaited.values()), None)
                if first is None:
                    self._runs = False
                    return
                wait_s = first.due_s - time.monotonic()
                if wait_s <= 0:
                    del self._awaited[id(first)]
            if wait_s > 0:
                time.sleep(min(wait_s, LOOK_S))
            else:
                first.context.cancel()
