"""What happens around every call, one concern a file; `chain` puts them in order.

gRPC turns an interceptor that raises into UNKNOWN. None here does: a concern
refuses by raising its fault inside the call, where `faults` turns it into a
status.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import grpc

from ..telemetry.outcome import Observer
from .authentication import Authentication
from .call_log import CallLog
from .capacity import Pools
from .draining import Draining
from .faults import Faults
from .identity import Caller, Identity, caller
from .measuring import Measuring, MessageSizes
from .parsing import Parsing
from .patience import Patience
from .places import Places, Room
from .request_id import EchoRequestId, RequestIds
from .stream_end import StreamEnd
from .stream_idle import StreamIdle
from .turns import Turns

__all__ = ["Caller", "Draining", "Limits", "Pools", "Turns", "caller", "chain"]


@dataclass(frozen=True)
class Limits:
    """How many calls there may be, and how long they may take.

    `calls` and `streams` are places, of which one tenant may have `tenant_share`, from 0
    to 1.
    """

    calls: int
    streams: int
    tenant_share: float
    default_deadline_s: float
    stream_idle_s: float


def chain(
    *,
    pools: Pools,
    draining: Draining,
    turns: Turns,
    environments: Sequence[str],
    limits: Limits,
    authentication: Authentication | None = None,
    observers: Sequence[Observer] = (),
) -> list[grpc.ServerInterceptor]:
    """The interceptors in the order in which a call meets them, outermost first."""
    places = Places(
        calls=Room("calls", limits.calls, limits.tenant_share),
        streams=Room("streams", limits.streams, limits.tenant_share),
    )
    return [
        pools,  # the thread that everything below runs on
        RequestIds(),  # from here on every log line names the call
        Measuring(observers),  # sees all that a call is, refused ones too
        CallLog(),  # sees the final code, whoever decides it
        Faults(),  # everything below may raise faults
        draining,  # a refusal that the client's runtime retries elsewhere
        *([] if authentication is None else [authentication]),  # whether it is who it says
        Identity(environments),
        Patience(limits.default_deadline_s),
        places,  # refuses what is too much, before the body is received
        EchoRequestId(),  # the first bytes of the reply; with them retries end
        Parsing(limits.stream_idle_s),  # receives the body
        MessageSizes(),
        StreamIdle(limits.stream_idle_s),  # ends a stream that stands still
        StreamEnd(),  # tells a stream that was cut off from one that was ended
        turns,  # waits its turn
    ]
