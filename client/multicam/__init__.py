"""multicam: media analysis for multi-camera editing. The client."""

from .client import Client
from .config import (
    CallerIdentity,
    ClientConfig,
    KeepaliveConfig,
    MessageConfig,
    TlsConfig,
    UploadConfig,
)
from .errors import ErrorReport, FieldViolation, MulticamError, QuotaViolation, Resource
from .streams import AnalyzeStream

__all__ = [
    "AnalyzeStream",
    "CallerIdentity",
    "Client",
    "ClientConfig",
    "ErrorReport",
    "FieldViolation",
    "KeepaliveConfig",
    "MessageConfig",
    "MulticamError",
    "QuotaViolation",
    "Resource",
    "TlsConfig",
    "UploadConfig",
]
