"""What earlier requests of a tenant have learned about files: none is opened twice for it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..alignment import SOUND_VERSION, KnownSound, timecode_from_json, timecode_to_json
from ..domain.analysis import FoundTimecode


class MediaMemory(Protocol):
    """Remembers bytes per tenant."""

    def recall(self, tenant_id: str, key: str) -> bytes | None:
        """What is known under `key`, or None."""

    def keep(self, tenant_id: str, key: str, value: bytes) -> None:
        """Remembers `value`; failing to is not an error."""


@dataclass(frozen=True)
class MediaNotes:
    """What an alignment needs to know of a file beside its sound.

    `fingerprint` is that of its sound, empty where it has none.
    """

    timecodes: tuple[FoundTimecode, ...]
    fingerprint: str

    def pack(self) -> bytes:
        """The notes as bytes."""
        told = [timecode_to_json(found) for found in self.timecodes]
        return json.dumps({"timecodes": told, "fingerprint": self.fingerprint}).encode()

    @staticmethod
    def unpack(packed: bytes) -> "MediaNotes | None":
        """What `pack` told, or None if it did not."""
        try:
            told = json.loads(packed)
            timecodes = tuple(timecode_from_json(found) for found in told["timecodes"])
            return MediaNotes(timecodes, str(told["fingerprint"]))
        except (KeyError, TypeError, ValueError):
            return None


@dataclass(frozen=True)
class KnownMedia:
    """One tenant's files as `memory` knows them."""

    memory: MediaMemory
    tenant_id: str

    def notes(self, file: str) -> MediaNotes | None:
        """The notes on a file, by its identity."""
        packed = self.memory.recall(self.tenant_id, f"notes-{file}")
        return None if packed is None else MediaNotes.unpack(packed)

    def sound(self, file: str) -> KnownSound:
        """What is known of a file's sound; perhaps nothing."""
        packed = self.memory.recall(self.tenant_id, f"sound-{file}")
        return KnownSound() if packed is None else KnownSound.unpack(packed)

    def keep(self, file: str, notes: MediaNotes, sound: KnownSound | None) -> None:
        """Remembers a file."""
        if sound is not None:
            self.memory.keep(self.tenant_id, f"sound-{file}", sound.pack())
        self.memory.keep(self.tenant_id, f"notes-{file}", notes.pack())


def file_identity(path: Path) -> str:
    """Which file this is, and in which state: changes whenever its content may have.

    Raises OSError if there is none.
    """
    status = path.stat()
    state: Sequence[object] = (
        SOUND_VERSION,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
    )
    return hashlib.sha256(repr(state).encode()).hexdigest()


def is_still(path: Path, identity: str) -> bool:
    """Whether a file is there and in the state that `identity` was told of."""
    try:
        return file_identity(path) == identity
    except OSError:
        return False
