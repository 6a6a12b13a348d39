"""The server's metrics, in Prometheus's data model.

Every label has a few values that stand in the program: methods, status codes, reasons,
stages. A tenant, a user, a file or a session is never a label, because each would be a
time series of its own, for everyone who may read the metrics. What one tenant did
stands in the log.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .outcome import Metadata, Outcome

CALL_BUCKETS_S = (
    *(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5),
    *(1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0),
)
"""From the shortest Focus to the deadline of Align, about twice apart."""

STAGES = frozenset(
    {"admission", "align", "cut", "decode", "focus", "highlights", "open", "probe", "speech"}
)
"""The stages that are told apart; every other one is counted as OTHER."""

OTHER = "other"

STORES = frozenset({"alignments", "notes", "sound"})
OUTCOMES = frozenset({"hit", "miss", "damaged"})
"""Of looks into the cache. A worker tells them, and one that is broken might tell anything."""

WORKER_ENDS = frozenset({"abandoned", "died", "retired", "too_large"})
"""Why workers ended: their callers left, they crashed, they grew, the work took too much."""

WORKER_STATES = ("busy", "idle")

Numbers = Mapping[str, float]


class Metrics:
    """All metrics of one server, in a registry of their own.

    An `Observer` of calls. Gauges are read when somebody looks at them:
    `watch_queue` and `watch_workers` take the functions that know. Everything may be
    called from any thread.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        build = Info("multicam_build", "Version of the server", registry=self.registry)
        build.info({"version": version("multicam")})
        self._calls = self._counter("calls", "Calls that have ended", "method", "code")
        self._refusals = self._counter("refusals", "Refused calls by the reason", "reason")
        self._running = Gauge(
            "multicam_calls_in_flight",
            "Calls that a thread is running, waiting ones included",
            ("method",),
            registry=self.registry,
        )
        self._call_seconds = self._histogram("call_seconds", "Time from thread to end", "method")
        self._stage_seconds = self._histogram(
            "stage_seconds", "Time that one call spent in a stage, its threads added up", "stage"
        )
        self._received = self._counter("received_bytes", "Request messages", "method")
        self._sent = self._counter("sent_bytes", "Response messages", "method")
        self._cache = self._counter("cache_lookups", "Looks into the cache", "store", "outcome")
        self._decoded = self._counter("decoded_seconds", "Sound decoded, in its own time")
        self._worker_ends = self._counter("worker_ends", "Worker processes that ended", "cause")
        self._reloads = self._counter("reloads", "Files read again", "what", "outcome")

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"multicam_{name}", meaning, labels, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(
            f"multicam_{name}", meaning, labels, buckets=CALL_BUCKETS_S, registry=self.registry
        )

    def begin(self, method: str, _metadata: Metadata) -> Callable[[Outcome], None]:
        """As `Observer.begin`."""
        self._running.labels(method).inc()
        return lambda outcome: self._end(method, outcome)

    def _end(self, method: str, outcome: Outcome) -> None:
        self._running.labels(method).dec()
        self._calls.labels(method, outcome.code).inc()
        self._call_seconds.labels(method).observe(outcome.seconds)
        if outcome.reason:
            self._refusals.labels(outcome.reason).inc()
        for stage, spent_s in outcome.tally.seconds.items():
            self._stage_seconds.labels(stage if stage in STAGES else OTHER).observe(spent_s)
        for (name, *labels), amount in outcome.tally.amounts.items():
            self._count(name, labels, method, amount)

    def _count(self, name: str, labels: Sequence[str], method: str, amount: float) -> None:
        if not 0 <= amount < math.inf:
            return
        match name:
            case "cache" if len(labels) == 2 and labels[0] in STORES and labels[1] in OUTCOMES:
                self._cache.labels(*labels).inc(amount)
            case "worker_ends" if len(labels) == 1 and labels[0] in WORKER_ENDS:
                self._worker_ends.labels(*labels).inc(amount)
            case "decoded_seconds":
                self._decoded.inc(amount)
            case "received_bytes":
                self._received.labels(method).inc(amount)
            case "sent_bytes":
                self._sent.labels(method).inc(amount)

    def reloaded(self, what: str, *, taken: bool) -> None:
        """A file of certificates or keys has changed, and is used or was refused."""
        self._reloads.labels(what, "taken" if taken else "refused").inc()

    def watch_queue(self, waiting: Callable[[], float]) -> None:
        """How many admitted calls wait for their turn, asked when the metrics are read."""
        queue = Gauge(
            "multicam_calls_waiting",
            "Calls that wait for their turn to work",
            registry=self.registry,
        )
        queue.set_function(waiting)

    def watch_workers(self, counts: Callable[[], Numbers]) -> None:
        """How many worker processes are in each of WORKER_STATES, asked likewise."""
        self.registry.register(_Workers(counts))


class _Workers(Collector):
    def __init__(self, counts: Callable[[], Numbers]) -> None:
        self._counts = counts

    def collect(self) -> list[GaugeMetricFamily]:
        """The number of worker processes in each state."""
        family = GaugeMetricFamily(
            "multicam_workers", "Worker processes by what they do", labels=("state",)
        )
        counts = self._counts()
        for state in WORKER_STATES:
            family.add_metric((state,), counts.get(state, 0.0))
        return [family]
