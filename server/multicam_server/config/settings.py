"""Every setting: its flag, its variable, its bounds. docs/operations.md lists the same."""

import argparse
import math
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from .vad_model import parse_vad_model
from .values import ENVIRONMENTS, LOG_LEVELS, ListenConfig

MAX_GRACE_S = 3600

T = TypeVar("T")


class ConfigError(Exception):
    """A setting is wrong; the message is the one line to show."""


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One setting: its flag, its variable, and how its text becomes a value.

    One without a `metavar` is a switch: its flag takes no value and means "yes".

    `parse` raises ValueError with what would be right ("must be ..."). A setting
    with a `separator` takes several values: the flag repeated, or the variable's
    parts.
    """

    flag: str
    variable: str
    metavar: str
    meaning: str
    default_text: str
    parse: Callable[[str], T]
    separator: str = ""

    @property
    def destination(self) -> str:
        """The attribute that argparse keeps the flag in."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def is_switch(self) -> bool:
        """Whether the flag stands alone, without a value."""
        return not self.metavar

    def values(self, flags: argparse.Namespace, environ: Mapping[str, str]) -> tuple[T, ...]:
        """What was told, flag before variable; empty for the default.

        Raises:
            ConfigError: a value is wrong.
        """
        source, texts = self.flag, tuple(getattr(flags, self.destination) or ())
        if not texts and environ.get(self.variable):
            source, told = self.variable, environ[self.variable]
            texts = tuple(told.split(self.separator)) if self.separator else (told,)
        if len(texts) > 1 and not self.separator:
            raise ConfigError(f"{source}: given {len(texts)} times; give it once")
        return tuple(self._parsed(source, text) for text in texts)

    def value(self, flags: argparse.Namespace, environ: Mapping[str, str], default: T) -> T:
        """The one value of a setting without a separator."""
        return next(iter(self.values(flags, environ)), default)

    def _parsed(self, source: str, text: str) -> T:
        try:
            return self.parse(text)
        except ValueError as error:
            raise ConfigError(f"{source}: {text!r} {error}") from None


def parse_listen(text: str) -> ListenConfig:
    """HOST:PORT, an IPv6 address in brackets."""
    found = re.fullmatch(r"(?:\[([0-9A-Za-z:.%]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})", text)
    if found is None or int(found[3]) > 65535:
        raise ValueError(
            "must be HOST:PORT with a port from 0 to 65535, as 127.0.0.1:50051 or [::1]:50051"
        )
    return ListenConfig(found[1] or found[2], int(found[3]))


def parse_media_root(text: str) -> Path:
    """An existing folder, made absolute, links resolved."""
    folder = Path(text)
    if not text or not folder.is_dir():
        raise ValueError("must be an existing folder")
    return folder.resolve()


def parse_cache_folder(text: str) -> Path:
    """A folder, or a path where one can be made, made absolute."""
    folder = Path(text).expanduser().resolve()
    if not text or (folder.exists() and not folder.is_dir()):
        raise ValueError("must be a folder, or a path where one can be made")
    return folder


def parse_environment(text: str) -> str:
    """The name of one environment."""
    if not re.fullmatch(r"[a-z0-9_-]{1,64}", text):
        raise ValueError("must be 1 to 64 lower-case letters, digits, _ or -")
    return text


def parse_level(text: str) -> str:
    """A log level."""
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def parse_grace(text: str) -> float:
    """Seconds, 0 to MAX_GRACE_S."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= MAX_GRACE_S:
        raise ValueError(f"must be a number of seconds from 0 to {MAX_GRACE_S}")
    return seconds


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """A parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not lowest <= int(text) <= highest:
            raise ValueError(f"must be a whole number from {lowest} to {highest}")
        return int(text)

    return parse


LISTEN = Setting(
    "--listen",
    "MULTICAM_LISTEN",
    "HOST:PORT",
    "address to listen on; port 0 picks a free one",
    "127.0.0.1:50051",
    parse_listen,
)
MEDIA_ROOTS = Setting(
    "--media-root",
    "MULTICAM_MEDIA_ROOTS",
    "DIR",
    "folder with a folder of media per tenant; may be repeated",
    "none: only uploads and waveforms",
    parse_media_root,
    separator=os.pathsep,
)
CACHE_FOLDER = Setting(
    "--cache-dir",
    "MULTICAM_CACHE_DIR",
    "DIR",
    "folder for uploads and what is worth keeping; made when missing",
    "$XDG_CACHE_HOME/multicam or ~/.cache/multicam",
    parse_cache_folder,
)
GRACE = Setting(
    "--grace-s",
    "MULTICAM_GRACE_S",
    "SECONDS",
    "how long running calls may go on after SIGTERM",
    "30",
    parse_grace,
)
ENVIRONMENT_NAMES = Setting(
    "--env",
    "MULTICAM_ENVS",
    "NAME",
    "environment that callers may name in x-env; may be repeated",
    ",".join(ENVIRONMENTS),
    parse_environment,
    separator=",",
)
LOG_LEVEL = Setting(
    "--log-level",
    "MULTICAM_LOG_LEVEL",
    "LEVEL",
    f"lowest level to log: {', '.join(LOG_LEVELS)}",
    "info",
    parse_level,
)
VAD_MODEL = Setting(
    "--vad-model",
    "MULTICAM_VAD_MODEL",
    "FILE",
    "Silero VAD's ONNX model, or silero to find it in the installed wheel; finds who speaks "
    "in sound that no artifact tells of",
    "none: an energy gate",
    parse_vad_model,
)

SETTINGS: tuple[Setting[Any], ...] = (
    LISTEN,
    MEDIA_ROOTS,
    CACHE_FOLDER,
    GRACE,
    ENVIRONMENT_NAMES,
    LOG_LEVEL,
    VAD_MODEL,
)
