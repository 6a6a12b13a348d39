"""The server's configuration: one small dataclass per concern, from flags and variables."""

from .command_line import PROGRAM, parser, read
from .settings import SETTINGS, ConfigError, Setting
from .values import (
    CacheConfig,
    DrainConfig,
    LimitsConfig,
    ListenConfig,
    LogConfig,
    MediaConfig,
    ServerConfig,
    SocketConfig,
    TenancyConfig,
    UploadConfig,
)

__all__ = [
    "PROGRAM",
    "SETTINGS",
    "CacheConfig",
    "ConfigError",
    "DrainConfig",
    "LimitsConfig",
    "ListenConfig",
    "LogConfig",
    "MediaConfig",
    "ServerConfig",
    "Setting",
    "SocketConfig",
    "TenancyConfig",
    "UploadConfig",
    "parser",
    "read",
]
