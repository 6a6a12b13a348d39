"""The server's line to its nursery: starts it, asks for workers, learns of their ends."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from .channel import Channel
from .nursery import COMMAND, ENDED, ENDING_SIGNALS, EVENT, FORK, FORKED, KILL, READY

START_S = 60.0
"""How long loading everything may take on a busy machine; 1 s on an idle one."""

END_S = 2.0
"""How long a killed process has to be gone, and an ended nursery to take its workers along."""

LOST = -1
"""The wait status of a worker whose nursery died: nobody knows it."""

_PROGRAM = "from multicam_server.workers.nursery import main; main({})"


class WorkerProcess:
    """One worker as the server sees it."""

    def __init__(self, number: int, channel: Channel, crash_file: IO[bytes]) -> None:
        self.number = number
        self.channel = channel
        self.process_id = 0
        self._crash_file = crash_file
        self._ended = threading.Event()
        self._status = LOST

    def end(self, status: int) -> None:
        """Notes that the process is gone, and its wait status."""
        self._status = status
        self._ended.set()

    @property
    def has_ended(self) -> bool:
        """Whether the process is known to be gone."""
        return self._ended.is_set()

    def wait_status(self, timeout_s: float) -> int | None:
        """How the process ended, LOST where nobody knows; None if it still runs."""
        return self._status if self._ended.wait(timeout_s) else None

    def last_words(self) -> str:
        """The stacks of its threads if a fatal signal ended it, else nothing."""
        with suppress(OSError):
            self._crash_file.seek(0)
            return self._crash_file.read().decode("utf-8", "replace")
        return ""

    def close(self) -> None:
        """Lets go of what belongs to the worker here; one that is idle then ends."""
        self.channel.close()
        self._crash_file.close()


class ForkServer:
    """The nursery, started when it is needed and again should it die."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = iter(range(1, 2**63))
        self._nursery: _Nursery | None = None

    def start(self) -> "_Nursery":
        """Starts the nursery unless it runs; does not wait for it."""
        with self._lock:
            if self._nursery is None or self._nursery.has_ended:
                self._nursery = _Nursery()
            return self._nursery

    def wait_ready(self, timeout_s: float = START_S) -> bool:
        """Whether the nursery is ready to fork, within this time."""
        return self.start().wait_ready(timeout_s)

    def fork(self) -> WorkerProcess:
        """Asks for a worker; it takes messages at once and reads them when it is there."""
        with self._lock:
            number = next(self._numbers)
        return self.start().fork(number)

    def kill(self, worker: WorkerProcess) -> None:
        """Ends a worker wherever it is."""
        with self._lock:
            nursery = self._nursery
        if nursery is not None:
            nursery.kill(worker)

    def close(self) -> None:
        """Ends the nursery and all workers."""
        with self._lock:
            nursery, self._nursery = self._nursery, None
        if nursery is not None:
            nursery.close()


class _Nursery:
    """One run of the nursery's process."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair()
        # In this process's own session: Linux schedules sessions against each other
        # (autogroup), and one of their own gave the workers a third of their share.
        with theirs, _ending_signals_blocked():
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM.format(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        self._lock = threading.Lock()
        self._workers: dict[int, WorkerProcess] = {}
        self._ready = threading.Event()
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, name="multicam-nursery", daemon=True)
        self._reader.start()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    def wait_ready(self, timeout_s: float) -> bool:
        return self._ready.wait(timeout_s) and not self.has_ended

    def fork(self, number: int) -> WorkerProcess:
        ours, theirs = socket.socketpair()
        crash_file = _open_crash_file()
        worker = WorkerProcess(number, Channel(ours), crash_file)
        with theirs, self._lock:
            self._workers[number] = worker
            descriptors = [theirs.fileno(), crash_file.fileno()]
            try:
                socket.send_fds(self._line, [COMMAND.pack(FORK, number)], descriptors)
            except OSError:
                del self._workers[number]
                worker.end(LOST)
        if self.has_ended:  # and may have been before the worker was noted
            worker.end(LOST)
        return worker

    def kill(self, worker: WorkerProcess) -> None:
        with self._lock, suppress(OSError):
            if worker.number in self._workers:
                self._line.sendall(COMMAND.pack(KILL, worker.number))

    def close(self) -> None:
        if not self._ready.is_set():  # still loading: it would not read its line's end for long
            self._process.kill()
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._reader.join(END_S)
        self._line.close()

    def _read(self) -> None:
        """Takes the nursery's events until it ends."""
        with suppress(OSError):
            while len(event := self._line.recv(EVENT.size, socket.MSG_WAITALL)) == EVENT.size:
                self._take(*EVENT.unpack(event))
        self._bury()

    def _take(self, what: bytes, number: int, value: int) -> None:
        if what == READY:
            self._ready.set()
            return
        with self._lock:
            worker = self._workers.get(number)
            if what == ENDED:
                self._workers.pop(number, None)
        if worker is not None and what == FORKED:
            worker.process_id = value
        elif worker is not None:
            worker.end(value)

    def _bury(self) -> None:
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._ended.set()
        self._ready.set()  # whoever waits for it learns that it has ended
        with self._lock:
            orphans, self._workers = [*self._workers.values()], {}
        for worker in orphans:
            worker.end(LOST)


@contextmanager
def _ending_signals_blocked() -> Iterator[None]:
    """What is started inside the block gets these signals once it has decided to ignore them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _open_crash_file() -> IO[bytes]:
    """A file without a name, in memory where the system has such, so that no disk can be full."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("multicam-crash"), "r+b")
    return tempfile.TemporaryFile()


class _Shared:
    """One fork server for all servers of this process, for as long as there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._fork_server = ForkServer()

    @contextmanager
    def borrowed(self) -> Iterator[ForkServer]:
        with self._lock:
            self._users += 1
        try:
            yield self._fork_server
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._fork_server.close()


shared_fork_server = _Shared().borrowed
"""Lends the process's one fork server; it ends when nobody has it any more."""
