"""Faults become statuses; what nobody foresaw becomes INTERNAL and a traceback in the log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import grpc

from .. import errors, logs
from ..domain.faults import CredentialsInvalid
from . import request_id
from .around import Around, Call, code_of

_log = logging.getLogger(__name__)


class Faults(Around):
    """Ends a failed call with the status that the table of errors has for it."""

    @contextmanager
    def around(self, call: Call, context: grpc.ServicerContext) -> Iterator[None]:
        """Turns what the call raises into a status."""
        try:
            yield
        except grpc.RpcError:
            raise  # gRPC's own word that the caller has gone
        except Exception as error:
            if code_of(context) is not None:
                raise  # the call has been aborted with a status already
            self._refuse(error, context)

    def _refuse(self, error: Exception, context: grpc.ServicerContext) -> None:
        row = errors.row_for(error)
        logs.bind(reason=row.reason_name)
        if isinstance(error, CredentialsInvalid):
            logs.bind(why=error.why)  # for the log alone
        if row is errors.UNFORESEEN:
            _log.error("unforeseen fault", exc_info=error)
        status = errors.to_status(error, request_id=request_id.current())
        if row.code is grpc.StatusCode.CANCELLED and context.time_remaining() == 0:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, status.details)
        if row.code is not grpc.StatusCode.UNAVAILABLE:
            request_id.echo(context)
        context.abort_with_status(status)
