"""What a server is told about its work: how much is taken on, how long, and what is kept."""

import os
from dataclasses import dataclass, field
from pathlib import Path

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def default_workers() -> int:
    """One per core, which answered most calls a second; at least two, so that one may be long."""
    return max(2, cores())


def default_max_streams() -> int:
    """Two per core, as an upload mostly waits for its caller; at least four."""
    return max(4, 2 * cores())


@dataclass(frozen=True)
class LimitsConfig:
    """How much is taken on at a time; `tenant_share` in percent."""

    max_message_bytes: int = 64 * MIB
    workers: int = field(default_factory=default_workers)
    max_waiting: int = 126
    max_streams: int = field(default_factory=default_max_streams)
    tenant_share: int = 75

    @property
    def max_calls(self) -> int:
        """Single-request calls that find a place: at work, waiting or receiving their body."""
        return self.workers + self.max_waiting


@dataclass(frozen=True)
class WorkConfig:
    """How much one request may take: time in seconds, of the clock and of processors; memory."""

    default_deadline_s: float = 600.0
    cpu_s: float = HOUR_S
    memory_bytes: int = 8 * GIB


@dataclass(frozen=True)
class UploadConfig:
    """How long uploads may be, how many are kept of one tenant, and for how long unused."""

    limit_bytes: int = 16 * GIB
    tenant_bytes: int = 256 * GIB
    keep_s: float = 30 * DAY_S
    idle_s: float = 60.0


@dataclass(frozen=True)
class CacheConfig:
    """The one folder that the server writes to, and how much is remembered in it."""

    folder: Path
    limit_bytes: int = 1 * GIB
    keep_s: float = 30 * DAY_S

    @property
    def uploads_folder(self) -> Path:
        """Where uploads are kept."""
        return self.folder / "uploads"

    @property
    def alignments_folder(self) -> Path:
        """Where alignments are remembered."""
        return self.folder / "alignments"
