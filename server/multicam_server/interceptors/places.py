"""Places: how many calls may be in the house, in all and of one tenant.

A call has a place from its metadata to its end. Without a free one it is refused
at once, before its body is received. Single requests and streams have places
apart: streams last, and their callers are often slow.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

from ..domain.faults import Overloaded
from .around import Around, Call
from .identity import caller


@dataclass(frozen=True)
class Room:
    """How many calls of one kind ("calls" or "streams") find a place.

    `share` is the part of all places that one tenant may take; rounded up.
    """

    kind: str
    total: int
    share: float

    @property
    def per_tenant(self) -> int:
        """Places that one tenant may take."""
        return min(self.total, int(-(-self.total * self.share // 1)))


class Places(Around):
    """Gives every call a place, or refuses it."""

    def __init__(self, *, calls: Room, streams: Room) -> None:
        self._calls = _Taken(calls)
        self._streams = _Taken(streams)

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Holds a place for the length of the call. Raises Overloaded."""
        places = self._streams if call.streaming else self._calls
        with places.one(caller(context).tenant_id):
            yield

    def taken(self) -> tuple[int, int]:
        """How many places single requests and streams have taken."""
        return self._calls.count(), self._streams.count()


class _Taken:
    """The places of one room that are taken."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._lock = threading.Lock()
        self._by_tenant: Counter[str] = Counter()

    def count(self) -> int:
        with self._lock:
            return self._by_tenant.total()

    @contextmanager
    def one(self, tenant_id: str) -> Iterator[None]:
        room = self._room
        with self._lock:
            if self._by_tenant.total() >= room.total:
                raise Overloaded(room.kind, room.total)
            if self._by_tenant[tenant_id] >= room.per_tenant:
                raise Overloaded(room.kind, room.per_tenant, tenant_id=tenant_id)
            self._by_tenant[tenant_id] += 1
        try:
            yield
        finally:
            with self._lock:
                self._by_tenant[tenant_id] -= 1
                if not self._by_tenant[tenant_id]:
                    del self._by_tenant[tenant_id]
