"""Log records as JSON: a worker writes a line, the server logs it as the call's own."""

import json
import logging
from collections.abc import Mapping
from typing import Any

from .. import logs
from .channel import Channel


class ToChannel(logging.Handler):
    """Sends every record to the server."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        """Sends one record. A line that cannot be sent is lost, and nothing else."""
        try:
            self._channel.send("log", **pack(record))
        except Exception:
            self.handleError(record)


def pack(record: logging.LogRecord) -> dict[str, Any]:
    """A record as JSON: logger, level, text, and the fields that its writer added."""
    extra = {key: value for key, value in vars(record).items() if key not in logs.STANDARD}
    if record.exc_info:
        extra["traceback"] = logging.Formatter().formatException(record.exc_info)
    return {
        "logger": record.name,
        "level": record.levelno,
        "text": record.getMessage(),
        "extra": json.loads(json.dumps(extra, default=str)),
    }


def lowest_level() -> int:
    """The level from which on this process logs what the server's modules write."""
    return logging.getLogger(__package__.partition(".")[0]).getEffectiveLevel()


def handle(told: Mapping[str, Any]) -> None:
    """Logs a packed record here, if this process logs such."""
    logger, level = logging.getLogger(told["logger"]), told["level"]
    if logger.isEnabledFor(level):
        logger.handle(
            logging.makeLogRecord(
                {
                    **told["extra"],
                    "name": told["logger"],
                    "levelno": level,
                    "levelname": logging.getLevelName(level),
                    "msg": told["text"],
                }
            )
        )
