"""A folder of remembered answers: whole or absent, bounded, apart per tenant."""

import hashlib
import logging
import os
import tempfile
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

DIGEST_BYTES = hashlib.sha256().digest_size
# An hour of four cameras takes 40 MB.
DEFAULT_LIMIT_BYTES = 1024 * 1024 * 1024
# Most answers are a few kilobytes; looking at the folder's size at each of them would
# cost more than it saves. It is looked at again after this share of the limit.
SHARE_BETWEEN_TRIMS = 1 / 16


class ResultStore:
    """Answers as files `<folder>/<tenant>/<key>`, each led by its own SHA-256.

    A file is written beside its place and renamed into it, so that a killed server
    leaves whole answers only; a damaged one is dropped on reading. A disk that is
    full or read-only costs the memory, never the answer.
    """

    def __init__(self, folder: Path, *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        # The first put looks how much an earlier server left.
        self._bytes_since_trim = limit_bytes

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
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # the least recently used are trimmed first
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
        self._bytes_since_trim += len(value)
        if self._bytes_since_trim > SHARE_BETWEEN_TRIMS * self._limit_bytes:
            self._bytes_since_trim = 0
            self._trim()

    def _trim(self) -> None:
        """Removes the least recently used answers beyond the limit, and leftovers."""
        entries: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("*/*"):
            with suppress(OSError):
                status = path.stat()
                entries.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self._limit_bytes:
                break
            with suppress(OSError):
                path.unlink()
            total -= size
