"""`multicam-server`: reads its configuration, serves until a signal, drains, ends."""

import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence

from . import logs
from .app import Server, StartError
from .config import PROGRAM, ConfigError, ServerConfig, read

DONE, USAGE = 0, 2

_log = logging.getLogger("multicam_server.main")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the server; returns the process's exit code."""
    try:
        config = read(sys.argv[1:] if arguments is None else arguments, os.environ)
        logs.configure(config.log.level)
        server = Server(config)
        # What is loaded stays: collections during a call need not walk it. Reading
        # 240 minutes of four cameras' artifacts took 0.3 s longer without this.
        gc.collect()
        gc.freeze()
        signals = _Signals()
        server.start()
        server.wait_ready()
    except (ConfigError, StartError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return USAGE
    print(f"listening on {server.address}", file=sys.stderr, flush=True)
    _log.info("drains after %s", signals.wait().name)
    _drain(server, config)
    return DONE


class _Signals:
    """Catches SIGTERM and SIGINT from its making on.

    The kernel may hand a signal to any thread, where it interrupts no lock that
    the main thread waits for. What it always does is write to the wake-up socket.
    """

    NUMBERS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self._received, self._wakeup = socket.socketpair()
        self._wakeup.setblocking(False)
        signal.set_wakeup_fd(self._wakeup.fileno())
        for number in self.NUMBERS:
            signal.signal(number, lambda *_: None)

    def wait(self) -> signal.Signals:
        """The first of them; the next one ends the process at once."""
        first = signal.Signals(self._received.recv(1)[0])
        for number in self.NUMBERS:
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        return first


def _drain(server: Server, config: ServerConfig) -> None:
    """Lets running calls finish."""
    grace_s = config.drain.grace_s
    if server.drain(grace_s):
        return
    _log.warning("calls were cut off after %g s of grace", grace_s)
    # Their threads cannot be stopped, and Python would wait for them.
    logging.shutdown()
    os._exit(DONE)


if __name__ == "__main__":
    sys.exit(main())
