"""A folder of remembered answers: whole or absent, bounded, apart per tenant."""

import hashlib
import logging
import os
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from ..retention import Bounds, keep_within, mark_used
from ..telemetry.tally import count

log = logging.getLogger(__name__)

DIGEST_BYTES = hashlib.sha256().digest_size
# An hour of four cameras takes 40 MB.
DEFAULT_LIMIT_BYTES = 1024 * 1024 * 1024
DEFAULT_KEEP_S = 30 * 86_400.0
# Most answers are a few kilobytes; looking at the folder's size at each of them would
# cost more than it saves. It is looked at again after this share of the limit.
SHARE_BETWEEN_TRIMS = 1 / 16


class ResultStore:
    """Answers as files `<folder>/<tenant>/<key>`, each led by its own SHA-256.

    A file is written beside its place and renamed into it, so that a killed server
    leaves whole answers only; a damaged one is dropped on reading. A disk that is
    full or read-only costs the memory, never the answer.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        keep_s: float = DEFAULT_KEEP_S,
    ) -> None:
        self._folder = folder
        self._bounds = Bounds(limit_bytes, keep_s)
        self._lock = threading.Lock()
        # How much an earlier process left is the server's to look at (retention.Housekeeping).
        self._bytes_since_trim = 0

    def get(self, tenant_id: str, key: str) -> bytes | None:
        """The answer under `key`, or None."""
        path = self._folder / tenant_id / key
        try:
            stored = path.read_bytes()
        except OSError:
            return None
        digest, value = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
        if hashlib.sha256(value).digest() != digest:
            log.warning("dropped a damaged answer from the cache", extra={"cache_key": key})
            count("cache", _kind_of(key), "damaged")
            with suppress(OSError):
                path.unlink()
            return None
        mark_used(path)
        return value

    def put(self, tenant_id: str, key: str, value: bytes) -> None:
        """Remembers an answer; logs a warning when the disk does not take it."""
        folder = self._folder / tenant_id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=folder, prefix=".", delete=False) as scratch:
                try:
                    scratch.write(hashlib.sha256(value).digest() + value)
                    scratch.flush()
                    os.fsync(scratch.fileno())
                    Path(scratch.name).replace(folder / key)
                except BaseException:
                    Path(scratch.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            log.warning("the cache could not be written: %s", error.strerror)
            return
        self._note_written(len(value))

    def _note_written(self, size_bytes: int) -> None:
        with self._lock:
            self._bytes_since_trim += size_bytes
            if self._bytes_since_trim <= SHARE_BETWEEN_TRIMS * self._bounds.limit_bytes:
                return
            self._bytes_since_trim = 0
        self.keep_within_bounds()

    def keep_within_bounds(self) -> int:
        """Removes what is beyond the bounds; how many files went."""
        return keep_within(self._folder.glob("*/*"), self._bounds)


def _kind_of(key: str) -> str:
    """What an answer is of: keys of media begin with it, those of alignments are digests."""
    kind, dash, _ = key.partition("-")
    return kind if dash else "alignments"
