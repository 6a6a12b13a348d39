"""What is going on, on stderr, once it takes longer than a second."""

import sys
import threading
from importlib.util import find_spec
from types import TracebackType
from typing import Protocol, TextIO

PATIENCE_S = 1.0  # until then nobody wonders whether anything happens


class Display(Protocol):
    """Shows the state of one piece of work."""

    def show(self, fraction: float | None, message: str) -> None:
        """Shows a share, 0 to 1 (None: unknown), and what is being done."""

    def close(self) -> None:
        """Leaves the terminal as it was."""


class Lines:
    """One line for each new message; for logs, and where rich is not installed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._shown = ""

    def show(self, fraction: float | None, message: str) -> None:
        """Prints a line unless the message is the last one's."""
        if message != self._shown:
            self._shown = message
            share = "" if not fraction else f" ({fraction:.0%})"
            print(f"multicam: {message}{share}", file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is left behind."""


class Bar:
    """A bar on a terminal, drawn by rich; gone when the work is done."""

    def __init__(self) -> None:
        from rich import progress  # noqa: PLC0415  an extra
        from rich.console import Console  # noqa: PLC0415

        self._bar = progress.Progress(
            progress.SpinnerColumn(),
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.TaskProgressColumn(),
            progress.TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def show(self, fraction: float | None, message: str) -> None:
        """Moves the bar; it pulses while the share is unknown."""
        total = None if fraction is None else 1.0
        self._bar.update(self._task, description=message, total=total, completed=fraction or 0.0)

    def close(self) -> None:
        """Removes the bar."""
        self._bar.stop()


class Progress:
    """Keeps the newest state, and shows it as soon as patience is at its end.

    Safe to update from any thread.
    """

    def __init__(self, message: str) -> None:
        self._state: tuple[float | None, str] = (None, message)
        self._display: Display | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(PATIENCE_S, self._appear)
        self._timer.daemon = True

    def update(self, fraction: float | None, message: str) -> None:
        """Tells how far the work is."""
        with self._lock:
            self._state = (fraction, message)
            if self._display is not None and not self._closed:
                self._display.show(*self._state)

    def __enter__(self) -> "Progress":
        self._timer.start()
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._closed = True
            if self._display is not None:
                self._display.close()

    def _appear(self) -> None:
        with self._lock:
            if not self._closed:
                self._display = _display()
                self._display.show(*self._state)


def _display() -> Display:
    if sys.stderr.isatty() and find_spec("rich") is not None:
        return Bar()
    return Lines(sys.stderr)
