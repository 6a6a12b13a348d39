"""Reads the command line and the environment into a ServerConfig.

A flag wins over its variable, a variable over the default. An empty variable is
one that is not set. The first wrong value stops the start with one line that
names it and says what would be right.
"""

import argparse
import os
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from .door_settings import DOOR_SETTINGS, read_doors, read_telemetry
from .settings import (
    CACHE_FOLDER,
    ENVIRONMENT_NAMES,
    GRACE,
    LISTEN,
    LOG_LEVEL,
    MEDIA_ROOTS,
    VAD_MODEL,
    ConfigError,
    Setting,
)
from .settings import SETTINGS as SERVICE_SETTINGS
from .values import (
    ENVIRONMENTS,
    DrainConfig,
    ListenConfig,
    LogConfig,
    MediaConfig,
    ServerConfig,
    TenancyConfig,
    VoiceConfig,
)
from .work_settings import WORK_SETTINGS, read_cache, read_limits, read_uploads, read_work

PROGRAM = "multicam-server"

SETTINGS: tuple[Setting[Any], ...] = (*SERVICE_SETTINGS, *WORK_SETTINGS, *DOOR_SETTINGS)

T = TypeVar("T")


class _Parser(argparse.ArgumentParser):
    """Reports a mistake as ConfigError instead of printing its usage."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; see {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The command line; values stay text, as variables are, and are read in one place."""
    made = _Parser(
        prog=PROGRAM,
        description="Serves multicam.v1.MediaAnalysisService over gRPC.",
        epilog="A flag wins over its variable. Several values in a variable: folders are "
        f"separated by {os.pathsep!r}, names by commas.",
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"{PROGRAM} {version('multicam')}")
    for setting in SETTINGS:
        told = f"{setting.meaning} (${setting.variable}; default: {setting.default_text})"
        if setting.is_switch:
            made.add_argument(setting.flag, action="append_const", const="yes", help=told)
        else:
            made.add_argument(setting.flag, action="append", metavar=setting.metavar, help=told)
    return made


def default_cache_folder(environ: Mapping[str, str]) -> Path:
    """The user's cache folder by the XDG Base Directory Specification.

    Raises:
        ConfigError: the user has no home.
    """
    base = environ.get("XDG_CACHE_HOME", "")
    if Path(base).is_absolute():
        return Path(base) / "multicam"
    try:
        return Path.home() / ".cache" / "multicam"
    except RuntimeError:
        raise ConfigError(
            f"{CACHE_FOLDER.flag}: there is no home folder to keep a cache in; name a folder"
        ) from None


def read(arguments: Sequence[str], environ: Mapping[str, str]) -> ServerConfig:
    """The configuration that a command line and its variables ask for.

    Raises:
        ConfigError: a flag or a variable is wrong, or two of them contradict each other.
        SystemExit: after --help and --version.
    """
    flags = parser().parse_args(arguments)
    cache = next(iter(CACHE_FOLDER.values(flags, environ)), None)
    config = ServerConfig(
        cache=read_cache(cache or default_cache_folder(environ), flags, environ),
        listen=LISTEN.value(flags, environ, ListenConfig()),
        media=MediaConfig(_unique(MEDIA_ROOTS.values(flags, environ))),
        uploads=read_uploads(flags, environ),
        limits=read_limits(flags, environ),
        work=read_work(flags, environ),
        tenancy=TenancyConfig(_unique(ENVIRONMENT_NAMES.values(flags, environ)) or ENVIRONMENTS),
        drain=DrainConfig(GRACE.value(flags, environ, DrainConfig().grace_s)),
        log=LogConfig(LOG_LEVEL.value(flags, environ, LogConfig().level)),
        door=read_doors(flags, environ),
        telemetry=read_telemetry(flags, environ),
        voice=VoiceConfig(next(iter(VAD_MODEL.values(flags, environ)), None)),
    )
    _keep_uploads_private(config)
    return config


def _unique(values: Sequence[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _keep_uploads_private(config: ServerConfig) -> None:
    """A cache inside of a media root would be some tenant's media, with everybody's uploads."""
    for root in config.media.roots:
        if config.cache.folder.is_relative_to(root):
            raise ConfigError(
                f"{CACHE_FOLDER.flag}: {str(config.cache.folder)!r} lies inside the media root "
                f"{str(root)!r}; it must lie elsewhere"
            )
