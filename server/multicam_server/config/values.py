"""What a server is told, and what it does when told nothing."""

import os
from dataclasses import dataclass, field
from pathlib import Path

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

ENVIRONMENTS = ("dev", "enterprise", "lab", "prod", "saas", "stage", "staging")
LOG_LEVELS = ("debug", "info", "warning", "error")


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_threads() -> int:
    """One per core, which answered most calls a second; at least two, so that one may be long."""
    return max(2, cores())


def default_max_streams() -> int:
    """Two per core, as an upload mostly waits for its caller; at least four."""
    return max(4, 2 * cores())


@dataclass(frozen=True)
class ListenConfig:
    """A TCP address to listen on; port 0 picks a free one."""

    host: str = "127.0.0.1"
    port: int = 50051

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True)
class SocketConfig:
    """A unix socket to listen on, for an embedded server; its folder decides who may reach it."""

    path: Path

    def __str__(self) -> str:
        return f"unix:{self.path}"


@dataclass(frozen=True)
class MediaConfig:
    """Where the tenants' media lies: `<root>/<tenant id>/...`, first root first."""

    roots: tuple[Path, ...] = ()


@dataclass(frozen=True)
class CacheConfig:
    """The one folder that the server writes to."""

    folder: Path

    @property
    def uploads_folder(self) -> Path:
        """Where uploads are kept."""
        return self.folder / "uploads"

    @property
    def alignments_folder(self) -> Path:
        """Where alignments are remembered."""
        return self.folder / "alignments"


@dataclass(frozen=True)
class UploadConfig:
    """How long an upload may be."""

    limit_bytes: int = 16 * GIB


@dataclass(frozen=True)
class LimitsConfig:
    """How much is taken on at a time."""

    max_message_bytes: int = 64 * MIB
    threads: int = field(default_factory=default_threads)
    max_streams: int = field(default_factory=default_max_streams)


@dataclass(frozen=True)
class TenancyConfig:
    """The environments that callers may name."""

    environments: tuple[str, ...] = ENVIRONMENTS


@dataclass(frozen=True)
class DrainConfig:
    """How long running calls may go on after the signal to stop."""

    grace_s: float = 30.0


@dataclass(frozen=True)
class LogConfig:
    """The level from which on the server logs, one of LOG_LEVELS."""

    level: str = "info"


@dataclass(frozen=True)
class ServerConfig:
    """Everything that a server is told."""

    cache: CacheConfig
    listen: ListenConfig | SocketConfig = field(default_factory=ListenConfig)
    media: MediaConfig = field(default_factory=MediaConfig)
    uploads: UploadConfig = field(default_factory=UploadConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    tenancy: TenancyConfig = field(default_factory=TenancyConfig)
    drain: DrainConfig = field(default_factory=DrainConfig)
    log: LogConfig = field(default_factory=LogConfig)
