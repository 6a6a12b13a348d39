"""Traces of calls, by OpenTelemetry: one span per call, and one per stage of its work.

A call continues the caller's trace where its metadata has a W3C `traceparent`. Stages are
measured where they run, which may be another process, and become spans when the call has
ended. Needs the extra `multicam[otel]`.
"""

import os
import threading
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .. import logs
from .outcome import Metadata, Outcome
from .tally import NO_PARENT

SERVICE = "multicam.v1.MediaAnalysisService"

LAST_SPANS_S = 2.0
"""How long a receiver that does not answer may hold up a server that stops."""

# What OpenTelemetry's conventions for gRPC count as a fault of the server.
SERVER_FAULTS = frozenset(
    {"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}
)

_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """An `Observer` that turns every call into spans of a provider."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("multicam_server", version("multicam"))

    def begin(self, method: str, metadata: Metadata) -> Callable[[Outcome], None]:
        """As `Observer.begin`; the call's lines of log have the trace's id from here on."""
        carrier = {key: value for key, value in metadata if isinstance(value, str)}
        span = self._tracer.start_span(
            f"{SERVICE}/{method}",
            context=_PROPAGATOR.extract(carrier),
            kind=SpanKind.SERVER,
            attributes={
                "rpc.system": "grpc",
                "rpc.service": SERVICE,
                "rpc.method": method,
                "multicam.request_id": logs.bound("request_id"),
            },
        )
        logs.bind(trace_id=f"{span.get_span_context().trace_id:032x}")
        return partial(self._end, span)

    def close(self) -> None:
        """Sends what is left, as far as there is time.

        OpenTelemetry's own limit for that is ten seconds and more.
        """
        last = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(LAST_SPANS_S)

    def _end(self, span: Span, outcome: Outcome) -> None:
        spans: list[Span] = []
        for stage in outcome.tally.stages:
            parent = span if stage.parent == NO_PARENT else spans[stage.parent]
            part = self._tracer.start_span(
                stage.name, context=set_span_in_context(parent), start_time=stage.begun_ns
            )
            if stage.failed:
                part.set_status(Status(StatusCode.ERROR))
            part.end(stage.ended_ns or None)
            spans.append(part)
        span.set_attribute("rpc.grpc.status", outcome.code)
        if outcome.reason:
            span.set_attribute("multicam.reason", outcome.reason)
        if outcome.code in SERVER_FAULTS:
            span.set_status(Status(StatusCode.ERROR, outcome.reason))
        span.end()


def to_receiver(endpoint: str) -> Tracing:
    """Traces sent to an OTLP receiver over gRPC, in the background and in batches.

    What OpenTelemetry's own variables say holds where it does not contradict `endpoint`:
    OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_CERTIFICATE, OTEL_SERVICE_NAME and so on.
    """
    attributes = {SERVICE_VERSION: version("multicam")}
    if "OTEL_SERVICE_NAME" not in os.environ:
        attributes[SERVICE_NAME] = "multicam-server"
    provider = TracerProvider(resource=Resource.create(attributes), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider)
