"""Logs: one JSON object a line; every line made during a call names the call.

What identifies the call (request id, tenant, environment, method) is bound once
and added to every line that the call's thread writes, whichever module writes
it. gRPC runs each call in a context of its own, so that nothing is ever unbound.

Call metadata is never logged as such: `authorization` has no way into a log.
"""

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
"""What every record has; the rest came as `extra`."""

_NO_CALL: Mapping[str, str] = MappingProxyType({})
_call: ContextVar[Mapping[str, str]] = ContextVar("multicam_call", default=_NO_CALL)


def bind(**fields: str) -> None:
    """Adds fields to every further line of the running call."""
    _call.set({**_call.get(), **fields})


def bound(field: str) -> str:
    """What the running call has bound to a field; empty when it has not."""
    return _call.get().get(field, "")


class JsonFormatter(logging.Formatter):
    """One line per record: time, level, logger, message, the call's fields, the record's own.

    A record's own fields are what its writer gave as `extra`. An exception becomes
    the field `traceback`. Line breaks and control characters are escaped by
    JSON, so that no value can forge a line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as one JSON object without line breaks."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_call.get(),
            **{key: value for key, value in vars(record).items() if key not in STANDARD},
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure(level: str) -> None:
    """Makes the whole process log JSON to stderr from `level` ("info") on.

    Warnings of Python and of libraries become lines, too. Called once, by the
    server's own process; a program that embeds a server keeps its own logging.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(capture=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Holds back what the server says below a warning, for a program that embeds one."""
    logger = logging.getLogger(__package__)
    before = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(before)
