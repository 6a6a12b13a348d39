"""The process that workers are forked from. It loads everything and stays idle.

It has one thread and no locks that a fork could catch, ignores what a terminal or a
service manager signals to all processes of the server, and ends, with all workers,
when the server's end of its line closes.

On the line: commands of the server (COMMAND: what, which worker), the socket and the
crash file of a new worker beside them as file descriptors; events of the nursery
(EVENT: what, which worker, process id or wait status).
"""

import gc
import os
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

COMMAND = struct.Struct("!cQ")
FORK, KILL = b"F", b"K"

EVENT = struct.Struct("!cQq")
READY, FORKED, ENDED = b"R", b"F", b"E"

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""For the server, which then ends its workers; blocked until the nursery ignores them."""

Run = Callable[[int, int], None]


def main(line_descriptor: int) -> None:
    """Serves the line until it closes."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING_SIGNALS)
    line = socket.socket(fileno=line_descriptor)
    from .worker import run  # noqa: PLC0415 - signals are ignored by now, and this takes long

    # What is loaded stays in memory that all workers share: collections must not touch it.
    gc.collect()
    gc.freeze()
    Nursery(line, run).serve()


class Nursery:
    """Forks, kills and buries workers."""

    def __init__(self, line: socket.socket, run: Run) -> None:
        self._line = line
        self._run = run
        self._workers: dict[int, int] = {}  # process ids to the server's numbers
        self._deaths, self._wakeup = socket.socketpair()
        for end in (self._deaths, self._wakeup):
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakeup.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Does what the line asks for until it closes."""
        self._tell(READY, 0, os.getpid())
        events = select.poll()
        for end in (self._line, self._deaths):
            events.register(end.fileno(), select.POLLIN)
        while True:
            found = [descriptor for descriptor, _ in events.poll()]
            if self._deaths.fileno() in found:
                self._bury()
            if self._line.fileno() in found and not self._obey():
                break
        for process_id in self._workers:
            os.kill(process_id, signal.SIGKILL)

    def _obey(self) -> bool:
        """Carries out one command; False at the line's end."""
        command, descriptors, _, _ = socket.recv_fds(self._line, COMMAND.size, 2)
        if len(command) < COMMAND.size:
            return False
        what, number = COMMAND.unpack(command)
        if what == FORK:
            self._fork(number, *descriptors)
        else:
            for process_id, own in self._workers.items():
                if own == number:  # not buried yet, so that the id is still its own
                    os.kill(process_id, signal.SIGKILL)
        return True

    def _fork(self, number: int, channel: int, crash_file: int) -> None:
        process_id = os.fork()
        if process_id == 0:
            self._become_worker(channel, crash_file)
        self._workers[process_id] = number
        os.close(channel)
        os.close(crash_file)
        self._tell(FORKED, number, process_id)

    def _become_worker(self, channel: int, crash_file: int) -> NoReturn:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (self._line, self._deaths, self._wakeup):
                end.close()
            self._run(channel, crash_file)
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)

    def _bury(self) -> None:
        self._deaths.recv(4096)
        while self._workers:
            process_id, status = os.waitpid(-1, os.WNOHANG)
            if process_id == 0:
                return
            self._tell(ENDED, self._workers.pop(process_id), status)

    def _tell(self, what: bytes, number: int, value: int) -> None:
        with suppress(OSError):  # the server is gone; the line's end will be read next
            self._line.sendall(EVENT.pack(what, number, value))
