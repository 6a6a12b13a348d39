"""One call's way through a worker: its replies, its log lines, and its end."""

import logging
import os
import signal
import time
from collections.abc import Iterator
from typing import Protocol

from ..domain.faults import Fault, WorkerDied, WorkTooLarge
from ..telemetry.tally import count
from . import told_faults, told_logs, told_tally
from .channel import Message
from .forkserver import END_S, LOST, ForkServer, WorkerProcess
from .told_faults import UnforeseenFault

LOOK_S = 0.02
"""How often a running job's caller is looked after."""

GRACE_S = 0.02
"""How much longer a job may run whose caller has left: most end by themselves in this time,
and their workers live on, which costs less than to fork others."""

_log = logging.getLogger(__name__)


class Patience(Protocol):
    """How long somebody waits for a job."""

    def ended(self, asset_ids: tuple[str, ...]) -> Fault | None:
        """Why nobody waits any more for the job that now reads these assets; None: they do."""
        ...


class DiedIdle(Exception):
    """The worker was dead, or about to be, before it began with the job: another may do it."""


class Job:
    """One call for a worker to answer."""

    def __init__(self, fork_server: ForkServer, patience: Patience, *, cpu_s: float) -> None:
        self.worker_lives_on = False
        self._begun = False
        self._fork_server = fork_server
        self._patience = patience
        self._cpu_s = cpu_s
        self._asset_ids: tuple[str, ...] = ()
        self._left_at_s: float | None = None
        self._look_at_s = time.monotonic() + LOOK_S

    def replies(
        self, worker: WorkerProcess, method: str, body: bytes, tenant_id: str
    ) -> Iterator[bytes]:
        """Has the worker do the job. Yields replies; raises as `Pool.run`, and DiedIdle."""
        try:
            worker.channel.send(
                "job",
                body,
                method=method,
                tenant_id=tenant_id,
                log_level=told_logs.lowest_level(),
            )
            while (message := self._next(worker)).kind != "end":
                if message.kind == "begun":
                    self._begun = True
                elif message.kind == "reply":
                    yield message.body or b""
                elif message.kind == "log":
                    told_logs.handle(message.fields)
                elif message.kind == "reading":
                    self._asset_ids = tuple(message.fields["assets"])
        except (EOFError, OSError) as error:
            if not self._begun and not isinstance(error, BlockingIOError):
                raise DiedIdle from None
            raise self._epitaph(worker, error) from None
        told_tally.include(message.fields["tally"])
        self.worker_lives_on = not message.fields["retires"]
        if not self.worker_lives_on:
            count("worker_ends", "retired")
        if "unforeseen" in message.fields:
            raise UnforeseenFault(message.fields["unforeseen"])
        if "fault" in message.fields:
            raise told_faults.unpack(message.fields["fault"])

    def _next(self, worker: WorkerProcess) -> Message:
        """The worker's next message. Raises the fault of a caller who does not wait for it."""
        while not worker.channel.has_message(LOOK_S):
            self._look_after_the_caller()
        self._look_after_the_caller()
        return worker.channel.receive()

    def _look_after_the_caller(self) -> None:
        now_s = time.monotonic()
        if now_s < self._look_at_s:
            return
        self._look_at_s = now_s + LOOK_S
        fault = self._patience.ended(self._asset_ids)
        if fault is None:
            return
        if self._left_at_s is None:
            self._left_at_s = now_s
        elif now_s - self._left_at_s >= GRACE_S:
            count("worker_ends", "abandoned")
            raise fault

    def _epitaph(self, worker: WorkerProcess, error: Exception) -> Fault:
        """The fault of a worker that is gone, or that stopped in the middle of a message."""
        self._fork_server.kill(worker)
        status = worker.wait_status(END_S)
        stalled = isinstance(error, BlockingIOError)
        fault = self._fault_of(None if stalled else status)
        count("worker_ends", "too_large" if isinstance(fault, WorkTooLarge) else "died")
        _log.error(
            "a worker died",
            extra={
                "worker": worker.process_id,
                "wait_status": status,
                "assets": list(self._asset_ids),
                "stacks": worker.last_words(),
            },
        )
        return fault

    def _fault_of(self, status: int | None) -> Fault:
        if status is None:
            return WorkerDied("stopped answering", self._asset_ids)
        if status == LOST:
            return WorkerDied("was lost with its parent", self._asset_ids)
        if not os.WIFSIGNALED(status):
            code = os.waitstatus_to_exitcode(status)
            return WorkerDied(f"ended with exit code {code}", self._asset_ids)
        number = os.WTERMSIG(status)
        if number == signal.SIGXCPU:
            allowed = f"more than the {self._cpu_s:g} s of processor time that one request may"
            return WorkTooLarge(allowed, self._asset_ids)
        why = ", as the system does when memory runs out" if number == signal.SIGKILL else ""
        return WorkerDied(f"was ended by {signal.Signals(number).name}{why}", self._asset_ids)
