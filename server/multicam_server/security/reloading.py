"""Files that are read again when they change, as those of a renewed certificate."""

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
State = tuple[tuple[int, ...] | None, ...]

_log = logging.getLogger(__name__)


class UnusableFile(Exception):
    """A file does not hold what it must; the message is one line and names it."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{str(path)!r} {why}")


class ReloadCount(Protocol):
    """Counts changes of files."""

    def __call__(self, what: str, *, taken: bool) -> None:
        """`what` has changed, and is used or was refused."""


def not_counted(what: str, *, taken: bool) -> None:
    """Counts nothing."""


class Reloading(Generic[T]):
    """What some files hold together, read again when one of them has changed.

    A change that cannot be used is logged once, and what was read before stays in use;
    so does one that is still being written, for certificate and key are two files. Looking
    whether something has changed costs a microsecond or two a file.

    Args:
        what: the files' name in logs and metrics.
        paths: the files. Links are followed, as secrets that are mounted are links.
        load: reads them all. Raises UnusableFile.
        count: is told of every change.

    Raises:
        UnusableFile: the first state cannot be used.
    """

    def __init__(
        self,
        what: str,
        paths: Sequence[Path],
        load: Callable[[], T],
        *,
        count: ReloadCount = not_counted,
    ) -> None:
        self._what = what
        self._paths = tuple(paths)
        self._load = load
        self._count = count
        self._lock = threading.Lock()
        self._seen = _state(self._paths)
        self._current = load()

    def current(self) -> T:
        """The newest state that can be used."""
        return self.look()[0]

    def look(self) -> tuple[T, bool]:
        """The newest usable state, and whether it was read just now."""
        with self._lock:
            state = _state(self._paths)
            if state == self._seen:
                return self._current, False
            taken = self._read_again(state)
            return self._current, taken

    def _read_again(self, state: State) -> bool:
        try:
            loaded = self._load()
        except UnusableFile as error:
            if _state(self._paths) == state:
                self._seen = state
                self._count(self._what, taken=False)
                _log.error("changed %s cannot be used, the old stay: %s", self._what, error)
            return False
        if _state(self._paths) != state:
            return False  # changed while it was read: the next look takes it
        self._seen, self._current = state, loaded
        self._count(self._what, taken=True)
        _log.info("changed %s are used", self._what)
        return True


def read_bytes(path: Path, *, limit: int) -> bytes:
    """A file's content, of at most `limit` bytes. Raises UnusableFile."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise UnusableFile(path, f"cannot be read: {error.strerror}") from error
    if len(content) > limit:
        raise UnusableFile(path, f"is longer than {limit} bytes")
    return content


def _state(paths: Sequence[Path]) -> State:
    return tuple(map(_state_of, paths))


def _state_of(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
