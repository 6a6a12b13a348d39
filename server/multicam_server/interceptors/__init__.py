"""What happens around every call, one concern a file; `chain` puts them in order.

gRPC turns an interceptor that raises into UNKNOWN. None here does: a concern
refuses by raising its fault inside the call, where `faults` turns it into a
status.
"""

from collections.abc import Sequence

import grpc

from .call_log import CallLog
from .capacity import Pools, StreamCap, WorkSlots
from .draining import Draining
from .faults import Faults
from .identity import Caller, Identity, caller
from .parsing import Parsing
from .request_id import EchoRequestId, RequestIds
from .stream_end import StreamEnd

__all__ = ["Caller", "Draining", "Pools", "caller", "chain"]


def chain(
    *,
    pools: Pools,
    draining: Draining,
    environments: Sequence[str],
    max_streams: int,
    threads: int,
) -> list[grpc.ServerInterceptor]:
    """The interceptors in the order in which a call meets them, outermost first."""
    return [
        pools,  # the thread that everything below runs on
        RequestIds(),  # from here on every log line names the call
        CallLog(),  # sees the final code, whoever decides it
        Faults(),  # everything below may raise faults
        draining,  # a refusal that the client's runtime retries elsewhere
        Identity(environments),  # refuses before the body is read
        StreamCap(max_streams),  # a refusal that is retried, too
        EchoRequestId(),  # the first bytes of the reply; from here on no retry
        WorkSlots(threads),  # waits its turn
        StreamEnd(),  # tells a stream that was cut off from one that was ended
        Parsing(),  # bytes become a message on the call's own thread
    ]
