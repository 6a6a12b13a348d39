"""The console script `multicam`: results on stdout, everything else on stderr."""

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from ..errors import MulticamError
from .arguments import parse
from .failures import UsageError, explain

EXIT_DONE = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 128 + signal.SIGINT
EXIT_TERMINATED = 128 + signal.SIGTERM
EXIT_BROKEN_PIPE = 128 + signal.SIGPIPE  # what a shell sees of a program that the signal ends


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code. Wrong usage may raise SystemExit(2)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # any file's name can be printed
    options = parse(arguments)
    with _terminated_in_order():
        return _run(options)


def _run(options: argparse.Namespace) -> int:
    """Carries out a command; says on stderr why where it fails."""
    code: int | None
    try:
        code = options.run(options)
        sys.stdout.flush()
    except UsageError as error:
        _tell(f"multicam: {error}")
        return EXIT_USAGE
    except MulticamError as error:
        _tell(explain(error, server=options.server, names=options.names))
        return EXIT_REFUSED
    except KeyboardInterrupt:
        _tell("multicam: interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # What is left in the buffer must not fail again when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    return EXIT_DONE if code is None else code


@contextmanager
def _terminated_in_order() -> Iterator[None]:
    """Lets SIGTERM unwind the command, so that an embedded server leaves nothing behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(signal_number: int, frame: FrameType | None) -> None:
    raise SystemExit(EXIT_TERMINATED)


def _tell(text: str) -> None:
    print(text, file=sys.stderr)
