"""Ctrl-C and SIGTERM: never lost, and never in the middle of starting or stopping."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ENDINGS: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held_back() -> Iterator[None]:
    """Lets the first ending signal wait until the block is done; a second one ends at once.

    A server that is interrupted between listening and being noted as started
    would never be stopped, and gRPC waits for that forever when it is destroyed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    waiting: list[int] = []

    def hold(number: int, frame: FrameType | None) -> None:
        handler = before[number]
        if waiting and callable(handler):
            handler(number, frame)
        waiting.append(number)

    before = {number: signal.getsignal(number) for number in _ENDINGS}
    for number in _ENDINGS:
        signal.signal(number, hold)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in waiting[:1]:
        signal.raise_signal(number)
