"""Work on several recordings or pairs at once."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

WORKERS = min(4, os.cpu_count() or 1)

In = TypeVar("In")
Out = TypeVar("Out")


def in_parallel(work: Callable[[In], Out], items: Sequence[In]) -> list[Out]:
    """Results in the items' order; numpy's transforms run outside the interpreter lock."""
    if len(items) < 2 or WORKERS < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="align") as pool:
        return list(pool.map(work, items))
