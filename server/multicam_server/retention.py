"""What is kept on disk stays within bounds: of size, and of time since it was last used.

The folders are those of the cache and of the uploads: one per tenant, with files that
appear whole under their names. Several servers may share them, so that any file may be
gone at any moment.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LEFTOVER_S = 3600.0
"""An unfinished file that was not written to for this long has lost its writer: no write takes
this long, and an upload locks its file beside."""

SWEEP_S = 60.0
"""How often a server looks whether the bounds hold."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Bounds:
    """How many bytes a set of files may have, and how long each is kept unused."""

    limit_bytes: int
    keep_s: float


@dataclass(frozen=True)
class Kept:
    """A file, its size, and when it was last used."""

    path: Path
    size_bytes: int
    used_at_s: float


def mark_used(path: Path) -> None:
    """Notes that a file is used now. Its time of modification, which tells its state, stays."""
    with suppress(OSError):
        modified_ns = path.stat().st_mtime_ns
        os.utime(path, ns=(time.time_ns(), modified_ns))


def keep_within(files: Iterable[Path], bounds: Bounds) -> int:
    """Removes what is beyond the bounds, the least recently used first; how many files went.

    Unfinished files, whose names begin with a dot, go when their writers are gone.
    """
    now_s = time.time()
    kept = sorted(_kept(files), key=lambda one: (one.used_at_s, one.path))
    total_bytes = sum(one.size_bytes for one in kept)
    removed = 0
    for one in kept:
        unfinished = one.path.name.startswith(".")
        keep_s = LEFTOVER_S if unfinished else bounds.keep_s
        if now_s - one.used_at_s > keep_s or (total_bytes > bounds.limit_bytes and not unfinished):
            with suppress(OSError):
                one.path.unlink()
                removed += 1
            total_bytes -= one.size_bytes
    return removed


def _kept(files: Iterable[Path]) -> Iterable[Kept]:
    for path in files:
        with suppress(OSError):
            status = path.stat()
            yield Kept(path, status.st_size, max(status.st_atime, status.st_mtime))


class Housekeeping:
    """Looks after the bounds from `start` to `close`, on a thread of its own."""

    def __init__(self, sweeps: Iterable[Callable[[], int]]) -> None:
        self._sweeps = tuple(sweeps)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="multicam-housekeeping", daemon=True)

    def start(self) -> None:
        """Begins, with a first look at once."""
        self._thread.start()

    def close(self) -> None:
        """Ends; waits for nothing."""
        self._closed.set()

    def _run(self) -> None:
        while True:
            for sweep in self._sweeps:
                try:
                    removed = sweep()
                except Exception:
                    _log.exception("the bounds of a folder could not be looked after")
                else:
                    if removed:
                        _log.info("removed what was beyond its bounds", extra={"files": removed})
            if self._closed.wait(SWEEP_S):
                return
