"""What a server is told about its doors: how it is reached, and who gets in."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TlsConfig:
    """Certificate and key in PEM; with `client_ca`, clients must show certificates, too."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True)
class TokenConfig:
    """What a bearer token must say, and the file of the keys that may sign it (JWKS)."""

    jwks: Path
    issuer: str
    audience: str
    leeway_s: float = 30.0
    tenants_claim: str = "tenants"
    envs_claim: str = "envs"


@dataclass(frozen=True)
class DoorConfig:
    """How the server may be reached, and what a caller must show.

    Without `tokens` and `client_names` the tenant in a call's metadata is believed. With
    both, a call must pass both.
    """

    tls: TlsConfig | None = None
    allow_plaintext: bool = False
    tokens: TokenConfig | None = None
    client_names: Path | None = None
    reflection: bool = True
