"""What a server is told, and what it does when told nothing."""

from dataclasses import dataclass, field
from pathlib import Path

from .door_values import DoorConfig
from .work_values import CacheConfig, LimitsConfig, UploadConfig, WorkConfig

ENVIRONMENTS = ("dev", "enterprise", "lab", "prod", "saas", "stage", "staging")
LOG_LEVELS = ("debug", "info", "warning", "error")


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
class TelemetryConfig:
    """Where metrics are served, and where traces are sent; None: nowhere."""

    metrics: ListenConfig | None = None
    trace_endpoint: str | None = None


@dataclass(frozen=True)
class VoiceConfig:
    """What finds speech in sound that no artifact tells of; None: an energy gate."""

    model: Path | None = None


@dataclass(frozen=True)
class ServerConfig:
    """Everything that a server is told."""

    cache: CacheConfig
    listen: ListenConfig | SocketConfig = field(default_factory=ListenConfig)
    media: MediaConfig = field(default_factory=MediaConfig)
    uploads: UploadConfig = field(default_factory=UploadConfig)
    limits: LimitsConfig = field(default_factory=LimitsConfig)
    work: WorkConfig = field(default_factory=WorkConfig)
    tenancy: TenancyConfig = field(default_factory=TenancyConfig)
    drain: DrainConfig = field(default_factory=DrainConfig)
    log: LogConfig = field(default_factory=LogConfig)
    door: DoorConfig = field(default_factory=DoorConfig)
    telemetry: TelemetryConfig = field(default_factory=TelemetryConfig)
    voice: VoiceConfig = field(default_factory=VoiceConfig)
