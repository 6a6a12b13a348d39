"""Which assets are being read, told to whoever wants to know.

A decoder that breaks takes its process along, and nobody is left to say in which
file it was.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[tuple[str, ...]], None]

_lock = threading.Lock()
_open: list[str] = []
_listeners: list[Listener] = []


def tell(listener: Listener) -> None:
    """From now on every change is told: the assets being read, the latest last."""
    _listeners.append(listener)


def asset_ids() -> tuple[str, ...]:
    """The assets being read by this process, the latest last, each once."""
    latest_first = dict.fromkeys(reversed(_open))
    return tuple(reversed(latest_first))


@contextmanager
def reading(asset_id: str) -> Iterator[None]:
    """Notes that an asset is read inside the block, on any thread."""
    with _lock:
        _open.append(asset_id)
        _tell_all()
    try:
        yield
    finally:
        with _lock:
            _open.remove(asset_id)
            _tell_all()


def _tell_all() -> None:
    found = asset_ids()
    for listener in _listeners:
        listener(found)
