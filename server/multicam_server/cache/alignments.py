"""Alignments remembered as protobuf, so that any version of the server may read them.

Beside them, what they were found from: bytes that the alignment packs itself.
"""

from .. import wire
from ..domain.alignment import Alignment
from ..telemetry.tally import count
from .results import ResultStore


class AlignmentCache:
    """Remembers alignments in a ResultStore."""

    def __init__(self, store: ResultStore) -> None:
        self._store = store

    def get(self, tenant_id: str, key: str) -> Alignment | None:
        """What is known under `key`, or None."""
        packed = _counted("alignments", self._store.get(tenant_id, key))
        return None if packed is None else wire.unpack_alignment(packed)

    def put(self, tenant_id: str, key: str, value: Alignment) -> None:
        """Remembers `value`."""
        self._store.put(tenant_id, key, wire.pack_alignment(value))

    def recall(self, tenant_id: str, key: str) -> bytes | None:
        """Bytes known under `key`, or None."""
        kind = key.partition("-")[0]
        return _counted(kind, self._store.get(tenant_id, key))

    def keep(self, tenant_id: str, key: str, value: bytes) -> None:
        """Remembers bytes."""
        self._store.put(tenant_id, key, value)


def _counted(kind: str, found: bytes | None) -> bytes | None:
    """What was found, the look counted; `kind` is "alignments", "notes" or "sound"."""
    count("cache", kind, "miss" if found is None else "hit")
    return found
