"""The server's configuration: one small dataclass per concern, from flags and variables."""

from .command_line import PROGRAM, SETTINGS, parser, read
from .door_values import DoorConfig, TlsConfig, TokenConfig
from .settings import ConfigError, Setting
from .values import (
    DrainConfig,
    ListenConfig,
    LogConfig,
    MediaConfig,
    ServerConfig,
    SocketConfig,
    TelemetryConfig,
    TenancyConfig,
    VoiceConfig,
)
from .work_values import CacheConfig, LimitsConfig, UploadConfig, WorkConfig

__all__ = [
    "PROGRAM",
    "SETTINGS",
    "CacheConfig",
    "ConfigError",
    "DoorConfig",
    "DrainConfig",
    "LimitsConfig",
    "ListenConfig",
    "LogConfig",
    "MediaConfig",
    "ServerConfig",
    "Setting",
    "SocketConfig",
    "TelemetryConfig",
    "TenancyConfig",
    "TlsConfig",
    "TokenConfig",
    "UploadConfig",
    "VoiceConfig",
    "WorkConfig",
    "parser",
    "read",
]
