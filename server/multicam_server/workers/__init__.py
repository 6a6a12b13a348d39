"""Work runs in processes of its own, so that it can be stopped and may fail.

numpy and FFmpeg cannot be interrupted in a thread, and what breaks them ends the
process. So the server itself computes nothing and decodes nothing: it hands the
bytes of a request to a worker, which answers with the bytes of the reply. A worker
is killed when nobody waits for it any more; one that dies takes its own request
with it and no other.

Workers are forked from a process that has loaded everything and does nothing else
(`nursery`), which takes milliseconds where a new interpreter takes a second.
"""

from .forkserver import ForkServer, shared_fork_server
from .job import Patience
from .pool import Pool
from .setup import WorkerLimits, WorkerSetup
from .told_faults import UnforeseenFault

__all__ = [
    "ForkServer",
    "Patience",
    "Pool",
    "UnforeseenFault",
    "WorkerLimits",
    "WorkerSetup",
    "shared_fork_server",
]
