"""The workers that wait for jobs, and what becomes of a job."""

import logging
import pickle
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress

from ..domain.faults import ShuttingDown, WorkerDied
from .forkserver import START_S, ForkServer, WorkerProcess, shared_fork_server
from .job import DiedIdle, Job, Patience
from .setup import WorkerSetup

TRIES = 8
"""Workers that a job tries, should they be dead before they begin: more than are kept idle
on a machine with few cores, so that a job survives the death of all of them."""

_log = logging.getLogger(__name__)


class Pool:
    """Answers requests with workers: as many as there are jobs, a few always ready.

    The pool bounds nothing: whoever calls it does (`interceptors.capacity`).

    Args:
        setup: what every worker is told.
        ready: how many idle workers are kept.
    """

    def __init__(self, setup: WorkerSetup, *, ready: int) -> None:
        self._setup = pickle.dumps(setup)
        self._cpu_s = setup.limits.cpu_s
        self._most_idle = ready
        self._lock = threading.Lock()
        self._idle: list[WorkerProcess] = []
        self._at_work = 0
        self._closed = False
        self._fork_server: ForkServer | None = None
        self._open = ExitStack()

    def start(self) -> None:
        """Starts loading what workers need, and forks those that are to be ready."""
        self._fork_server = self._open.enter_context(shared_fork_server())
        with self._lock:
            self._idle += [self._forked() for _ in range(self._most_idle)]

    def wait_ready(self) -> bool:
        """Waits until workers can be forked; False if that fails."""
        return self._forks().wait_ready(START_S)

    def close(self) -> None:
        """Ends all workers; jobs at work fail."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            self._dismiss(worker)
        self._open.close()

    def counts(self) -> tuple[int, int]:
        """How many workers are at work, and how many are idle."""
        with self._lock:
            return self._at_work, len(self._idle)

    def run(
        self, method: str, body: bytes, patience: Patience, *, tenant_id: str
    ) -> Iterator[bytes]:
        """Yields the replies of one call as they come.

        Raises:
            Fault: what the worker raised or why nobody waits; WorkerDied and WorkTooLarge
                when the worker did not survive.
            UnforeseenFault: what the worker raised and nobody foresaw.
        """
        for _ in range(TRIES):
            job = Job(self._forks(), patience, cpu_s=self._cpu_s)
            worker = self._taken()
            try:
                yield from job.replies(worker, method, body, tenant_id)
                return
            except DiedIdle:
                _log.warning("an idle worker died", extra={"worker": worker.process_id})
            finally:
                self._give_back(worker, returns=job.worker_lives_on)
        raise WorkerDied("died before it began, as others before it")

    def _taken(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise ShuttingDown
            self._at_work += 1
            worker = self._idle.pop() if self._idle else self._forked()
            if not self._idle and self._most_idle > 1:
                self._idle.append(self._forked())
            return worker

    def _give_back(self, worker: WorkerProcess, *, returns: bool) -> None:
        with self._lock:
            self._at_work -= 1
            if returns and not self._closed and len(self._idle) < self._most_idle:
                self._idle.append(worker)
                return
        self._dismiss(worker)

    def _dismiss(self, worker: WorkerProcess) -> None:
        self._forks().kill(worker)
        worker.close()

    def _forked(self) -> WorkerProcess:
        worker = self._forks().fork()
        with suppress(OSError):  # it is dead, then, and will be found to be
            worker.channel.send("setup", self._setup)
        return worker

    def _forks(self) -> ForkServer:
        if self._fork_server is None:
            raise RuntimeError("the pool has not been started")
        return self._fork_server
