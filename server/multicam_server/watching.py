"""What can be seen of a server from outside: its metrics, and its traces."""

import logging

from .config import DoorConfig, ListenConfig, TelemetryConfig
from .doors import StartError, refuse_plaintext
from .telemetry.endpoint import MetricsEndpoint
from .telemetry.metrics import Metrics
from .telemetry.outcome import Observer, Traces

_log = logging.getLogger(__name__)


class Watching:
    """The observers of one server's calls; serves the metrics between `start` and `close`.

    Raises:
        StartError: traces are asked for, and OpenTelemetry is not installed.
    """

    def __init__(self, config: TelemetryConfig) -> None:
        self.metrics = Metrics()
        self._config = config
        self._traces = None if config.trace_endpoint is None else _traces(config.trace_endpoint)
        self._endpoint: MetricsEndpoint | None = None

    @property
    def observers(self) -> tuple[Observer, ...]:
        """Whoever is told of every call."""
        return (self.metrics,) if self._traces is None else (self.metrics, self._traces)

    @property
    def address(self) -> str:
        """Where the metrics are served, HOST:PORT; empty where they are not."""
        listen = self._config.metrics
        if listen is None or self._endpoint is None:
            return ""
        return str(ListenConfig(listen.host, self._endpoint.port))

    def start(self, door: DoorConfig) -> None:
        """Serves the metrics, where they are to be served. Raises StartError."""
        listen = self._config.metrics
        if listen is None:
            return
        try:
            refuse_plaintext("--metrics-listen", listen, door)
            self._endpoint = MetricsEndpoint(self.metrics.registry, listen.host, listen.port)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StartError(f"--metrics-listen: cannot listen on {listen}: {reason}") from error
        _log.info("serves metrics", extra={"address": self.address})

    def close(self) -> None:
        """Stops serving the metrics, and sends the last traces."""
        if self._endpoint is not None:
            self._endpoint.close()
            self._endpoint = None
        if self._traces is not None:
            self._traces.close()
            self._traces = None


def _traces(endpoint: str) -> Traces:
    try:
        from .telemetry.tracing import to_receiver  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise StartError(
            f"--trace-endpoint: needs {error.name}, which is not installed: "
            'pip install "multicam[otel]"'
        ) from error
    return to_receiver(endpoint)
