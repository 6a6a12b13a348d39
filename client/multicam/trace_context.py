"""The caller's trace goes along with a call, where the calling program has one.

Nothing is imported for it: a program that traces has imported OpenTelemetry itself.
"""

import sys
from importlib import import_module


def trace_metadata() -> tuple[tuple[str, str], ...]:
    """The W3C trace context of the running code as call metadata; nothing without one."""
    if "opentelemetry.trace" not in sys.modules:
        return ()
    context = import_module("opentelemetry.trace.propagation.tracecontext")
    carrier: dict[str, str] = {}
    context.TraceContextTextMapPropagator().inject(carrier)
    return tuple(carrier.items())
