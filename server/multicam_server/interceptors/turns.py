"""Turns: single requests work in as many slots as there are workers, tenants in rotation.

A call that waits has all of its body. Whose turn is next goes round among the
tenants that wait, so that one call of a tenant waits for one of each other tenant
at most, however many those have. Streams take no turns: each has a worker of its
own, and the cap on streams bounds those.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from ..telemetry.tally import stage
from . import patience
from .around import Around, Call
from .identity import caller


class Turns(Around):
    """Lets every single request wait for its turn."""

    def __init__(self, slots: int) -> None:
        self._queue = FairQueue(slots)

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Holds a slot. Raises the fault of a call that nobody waits for any more."""
        if call.streaming:
            yield
            return
        turn = Turn(caller(context).tenant_id)
        context.add_callback(turn.stirred.set)
        waits = patience.of_call()
        self._queue.join(turn)
        try:
            with stage("admission"):
                while not turn.granted:
                    turn.stirred.wait(min(waits.remaining_s(), threading.TIMEOUT_MAX))
                    waits.check()
            waits.check()
            yield
        finally:
            self._queue.leave(turn)

    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return self._queue.waiting()


class Turn:
    """One call in the queue; `stirred` when something has happened to it."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.granted = False
        self.stirred = threading.Event()


class FairQueue:
    """Slots, and who waits for them."""

    def __init__(self, slots: int) -> None:
        self._lock = threading.Lock()
        self._free = slots
        # The first tenant's turn is next; one that had its turn goes to the end.
        self._tenants: OrderedDict[str, deque[Turn]] = OrderedDict()

    def join(self, turn: Turn) -> None:
        """Grants a slot at once, or later."""
        with self._lock:
            self._tenants.setdefault(turn.tenant_id, deque()).append(turn)
            self._grant()

    def leave(self, turn: Turn) -> None:
        """Gives up a slot, or the wait for one."""
        with self._lock:
            if turn.granted:
                self._free += 1
                self._grant()
            else:
                waiting = self._tenants[turn.tenant_id]
                waiting.remove(turn)
                if not waiting:
                    del self._tenants[turn.tenant_id]

    def waiting(self) -> int:
        """How many wait."""
        with self._lock:
            return sum(map(len, self._tenants.values()))

    def _grant(self) -> None:
        while self._free and self._tenants:
            tenant_id, waiting = next(iter(self._tenants.items()))
            turn = waiting.popleft()
            if waiting:
                self._tenants.move_to_end(tenant_id)
            else:
                del self._tenants[tenant_id]
            self._free -= 1
            turn.granted = True
            turn.stirred.set()
