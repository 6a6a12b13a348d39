"""What one piece of work measures of itself: its stages with their times, and amounts.

Work does not know about metrics and traces. It opens stages and counts amounts;
whoever gave it the work collects them in a tally, which is plain data and may come
from another process or thread, and turns them into metrics and spans. Where nobody
collects, a stage costs the look at a context variable.

In the process that does the work:

    with collecting() as tally:
        with stage("decode"):
            ...
        count("cache", "alignments", "hit")
    send(tally)

In the one that gave it: `include(tally)`, inside of the stage that waited for it.
Threads begin without a tally; `carried(function)` takes it along.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

MAX_STAGES = 256
"""Stages that a tally keeps one by one; of those beyond, only the total time is kept.
A day of sound is read in thousands of blocks, and nobody looks at thousands of spans."""

NO_PARENT = -1

P = ParamSpec("P")
R = TypeVar("R")


@dataclass
class Stage:
    """One stage: when it ran (nanoseconds since 1970), and inside of which other one.

    `parent` is the index of that one in its tally, NO_PARENT for none. `ended_ns` is 0
    while the stage runs.
    """

    name: str
    begun_ns: int
    parent: int
    ended_ns: int = 0
    failed: bool = False


@dataclass
class Tally:
    """Stages in the order in which they began, seconds per stage, and counted amounts.

    `seconds` has all stages, those of threads that ran side by side added up.
    `amounts` has a name with its labels for a key. Labels come from the program, never
    from a request: each becomes a time series.
    """

    stages: list[Stage] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    amounts: dict[tuple[str, ...], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, object]:
        with self._lock:
            return {
                "stages": list(self.stages),
                "seconds": dict(self.seconds),
                "amounts": dict(self.amounts),
            }

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._lock = threading.Lock()

    def begin(self, name: str, parent: int) -> int:
        """Begins a stage; its index, NO_PARENT when there are too many to keep it."""
        with self._lock:
            if len(self.stages) >= MAX_STAGES:
                return NO_PARENT
            self.stages.append(Stage(name, time.time_ns(), parent))
            return len(self.stages) - 1

    def end(self, name: str, index: int, seconds: float, *, failed: bool) -> None:
        """Ends a stage that took so long."""
        with self._lock:
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
            if index != NO_PARENT:
                kept = self.stages[index]
                kept.ended_ns, kept.failed = kept.begun_ns + round(seconds * 1e9), failed

    def add(self, key: tuple[str, ...], amount: float) -> None:
        """Counts an amount."""
        with self._lock:
            self.amounts[key] = self.amounts.get(key, 0.0) + amount

    def include(self, other: "Tally", parent: int) -> None:
        """Takes over another tally; its outermost stages were part of stage `parent`.

        The other one may be anything that a broken process sends.
        """
        with self._lock:
            room = MAX_STAGES - len(self.stages)
            first = len(self.stages)
            for index, stage in enumerate(other.stages[:room]):
                inside = first + stage.parent if 0 <= stage.parent < index else parent
                self.stages.append(
                    Stage(stage.name, stage.begun_ns, inside, stage.ended_ns, stage.failed)
                )
            for name, seconds in other.seconds.items():
                self.seconds[name] = self.seconds.get(name, 0.0) + seconds
            for key, amount in other.amounts.items():
                self.amounts[key] = self.amounts.get(key, 0.0) + amount


@dataclass(frozen=True)
class Place:
    """Where in a tally the running code is; `stage` opens a stage there from any thread."""

    tally: Tally | None = None
    index: int = NO_PARENT

    def count(self, name: str, *labels: str, amount: float = 1.0) -> None:
        """Counts an amount under a name and its labels."""
        if self.tally is not None:
            self.tally.add((name, *labels), amount)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measures what runs inside as one stage."""
        if self.tally is None:
            yield
            return
        index = self.tally.begin(name, self.index)
        inside = self.index if index == NO_PARENT else index
        token = _place.set(Place(self.tally, inside))
        begun_s = time.perf_counter()
        failed = True
        try:
            yield
            failed = False
        finally:
            _place.reset(token)
            self.tally.end(name, index, time.perf_counter() - begun_s, failed=failed)


_NOWHERE = Place()
_place: ContextVar[Place] = ContextVar("multicam_tally", default=_NOWHERE)


def here() -> Place:
    """Where the running code is."""
    return _place.get()


@contextmanager
def collecting() -> Iterator[Tally]:
    """A new tally for what runs inside, whatever is around it."""
    tally = Tally()
    token = _place.set(Place(tally))
    try:
        yield tally
    finally:
        _place.reset(token)


def collect() -> Tally:
    """A new tally for the rest of the running context, which is the caller's alone."""
    tally = Tally()
    _place.set(Place(tally))
    return tally


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Measures what runs inside as one stage of the work. Not around a `yield` of its own."""
    with here().stage(name):
        yield


def count(name: str, *labels: str, amount: float = 1.0) -> None:
    """Counts an amount under a name and its labels."""
    here().count(name, *labels, amount=amount)


def include(tally: Tally) -> None:
    """Takes over what other work has measured, as part of the running stage."""
    place = here()
    if place.tally is not None:
        place.tally.include(tally, place.index)


def carried(function: Callable[P, R]) -> Callable[P, R]:
    """The function for another thread, where it measures as part of the stage running here."""
    place = here()

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _place.set(place)
        try:
            return function(*args, **kwargs)
        finally:
            _place.reset(token)

    return run
