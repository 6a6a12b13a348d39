"""A worker: one job at a time until the server closes its end of the channel."""

import ctypes
import errno
import faulthandler
import logging
import os
import pickle
import resource
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

from threadpoolctl import threadpool_limits

from ..cache import AlignmentCache, ResultStore
from ..domain.faults import Fault, WorkTooLarge
from ..media import reading
from ..silero import SileroVoice
from ..telemetry import tally
from . import told_faults, told_logs, told_tally
from .channel import Channel, Message
from .methods import Methods
from .setup import WorkerSetup

RETIRE_PEAK_BYTES = 512 * 1024**2
"""A worker that a job has made larger than this is replaced after it: allocators give little
back, and a fork costs less than the memory. Most jobs stay below 200 MiB."""

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a full disk says to sound that is kept in a temporary file while it is read."""

_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def run(channel_descriptor: int, crash_descriptor: int) -> None:
    """Serves the channel until it closes. Where the process begins, right after the fork."""
    nursery = os.getppid()
    _die_with_the_nursery(nursery)
    faulthandler.enable(crash_descriptor)
    channel = Channel(socket.socket(fileno=channel_descriptor))
    try:
        channel.wait()
        setup: WorkerSetup = pickle.loads(channel.receive().body or b"")
    except (EOFError, OSError):
        return
    with suppress(OSError):  # a folder that is gone: no relative path leads anywhere, then
        os.chdir(setup.working_folder)
    _limit_memory(setup.limits.memory_bytes)
    logging.root.handlers = [told_logs.ToChannel(channel)]
    logging.captureWarnings(capture=True)
    reading.tell(lambda asset_ids: channel.send("reading", assets=asset_ids))
    # Sums of several threads are added in another order: the last bits of a reply
    # would depend on who imported numpy, and with which settings.
    threadpool_limits(limits=1, user_api="blas")
    bounds = setup.answers_bounds
    answers = ResultStore(
        setup.answers_folder, limit_bytes=bounds.limit_bytes, keep_s=bounds.keep_s
    )
    voice = None if setup.vad_model is None else SileroVoice(setup.vad_model)
    worker = _Worker(channel, Methods(setup.media, AlignmentCache(answers), voice), setup)
    try:
        while True:
            channel.wait()
            worker.work(channel.receive())
    except (EOFError, OSError):
        return  # the server has gone, or does not want this worker any more


class _Worker:
    """Runs jobs and tells what becomes of them."""

    def __init__(self, channel: Channel, methods: Methods, setup: WorkerSetup) -> None:
        self._channel = channel
        self._methods = methods
        self._limits = setup.limits

    def work(self, job: Message) -> None:
        """Runs one job. Raises OSError when the server is gone."""
        self._channel.send("begun")
        _allow_processor_time(self._limits.cpu_s)
        logging.root.setLevel(job.fields["log_level"])
        with tally.collecting() as measured:
            ending = self._run(job)
        peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT_BYTES
        ending.setdefault("retires", peak_bytes > RETIRE_PEAK_BYTES)
        self._channel.send("end", tally=told_tally.pack(measured), **ending)

    def _run(self, job: Message) -> dict[str, Any]:
        """Sends the replies of a job; how it ended."""
        try:
            method = self._methods.by_name[job.fields["method"]]
            for reply in method(job.body or b"", job.fields["tenant_id"]):
                self._channel.send("reply", reply)
        except Fault as fault:
            return {"fault": told_faults.pack(fault)}
        except Exception as error:
            return self._ending_of(error)
        return {}

    def _ending_of(self, error: Exception) -> dict[str, Any]:
        """How a job ends that no fault ended: want of memory or disk, or what nobody foresaw."""
        if isinstance(error, MemoryError) or _is_for_want_of_memory(error):
            return {**self._too_large(self._memory_in_words()), "retires": True}
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return self._too_large("more room for temporary files than there is")
        return {"unforeseen": traceback.format_exc()}

    def _memory_in_words(self) -> str:
        mebibytes = self._limits.memory_bytes // 1024**2
        return f"more than the {mebibytes:,} MiB of memory that one request may"

    def _too_large(self, what: str) -> dict[str, Any]:
        return {"fault": told_faults.pack(WorkTooLarge(what, reading.asset_ids()))}


def _die_with_the_nursery(nursery: int) -> None:
    """Asks Linux to kill this process when its parent dies; elsewhere the channel's end does."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(1)


def _limit_memory(limit_bytes: int) -> None:
    """Bounds the address space; no dump of a crash may fill the disk with media."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        limit_bytes = min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, hard))


def _allow_processor_time(seconds: float) -> None:
    """Lets the next job have so much more; SIGXCPU ends a process that takes more."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    allowed = int(time.process_time() + seconds) + 1
    if hard != resource.RLIM_INFINITY:
        allowed = min(allowed, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, hard))


def _is_for_want_of_memory(error: Exception) -> bool:
    """Whether a thread could not be started, which Python tells as a RuntimeError."""
    return isinstance(error, RuntimeError) and "can't start new thread" in str(error)
