"""Waiting for a call on asyncio: what its end, or the waiting task's, raises."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from ..calls import CallOptions
from ..uploads import Cancellable


@asynccontextmanager
async def ended(call: Cancellable, options: CallOptions) -> AsyncIterator[None]:
    """Around waiting for a call: gRPC's failures become the client's.

    gRPC raises asyncio's CancelledError both when the waiting task is cancelled
    and when the call is, as by closing the client. The first passes through and
    ends the call; the second is `multicam.errors.Cancelled`.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        call.cancel()
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise options.cancelled("the call was cancelled") from error
    except grpc.RpcError as error:
        raise options.failure(error) from error
    except BaseException:
        call.cancel()
        raise
