"""The settings of the doors and of what is seen from outside."""

import argparse
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from .door_values import DoorConfig, TlsConfig, TokenConfig
from .settings import ConfigError, Setting, parse_listen
from .values import TelemetryConfig

MAX_LEEWAY_S = 300
"""Clocks that are further apart are broken, and a token's lifetime is often 300 s."""

MAX_TEXT_CHARACTERS = 512

T = TypeVar("T")


def parse_file(text: str) -> Path:
    """The path of a file, made absolute. Links stay: what they lead to may be renewed."""
    if not text or not Path(text).is_file():
        raise ValueError("must be an existing file")
    return Path(text).absolute()


def parse_text(text: str) -> str:
    """A name without blanks and control characters."""
    if not re.fullmatch(rf"[\x21-\x7e]{{1,{MAX_TEXT_CHARACTERS}}}", text):
        raise ValueError(f"must be 1 to {MAX_TEXT_CHARACTERS} printable ASCII characters, no blank")
    return text


def parse_leeway(text: str) -> float:
    """Seconds, 0 to MAX_LEEWAY_S."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= MAX_LEEWAY_S:
        raise ValueError(f"must be a number of seconds from 0 to {MAX_LEEWAY_S}")
    return seconds


def parse_endpoint(text: str) -> str:
    """The URL of an OTLP receiver."""
    if not re.fullmatch(r"https?://[^\s/?#@]+/?", text):
        raise ValueError("must be http://HOST:PORT or https://HOST:PORT")
    return text


def parse_switch(text: str) -> bool:
    """A switch in a variable; the flag stands for yes."""
    if text not in {"yes", "no"}:
        raise ValueError("must be yes or no")
    return text == "yes"


TLS_CERTIFICATE = Setting(
    "--tls-cert",
    "MULTICAM_TLS_CERT",
    "FILE",
    "certificate of the server and its chain (PEM); read again when renewed",
    "none: plain text",
    parse_file,
)
TLS_KEY = Setting(
    "--tls-key",
    "MULTICAM_TLS_KEY",
    "FILE",
    "the certificate's private key (PEM, not encrypted)",
    "none",
    parse_file,
)
TLS_CLIENT_CA = Setting(
    "--tls-client-ca",
    "MULTICAM_TLS_CLIENT_CA",
    "FILE",
    "clients must show a certificate that one of these (PEM) has signed",
    "none: clients need no certificate",
    parse_file,
)
ALLOW_PLAINTEXT = Setting(
    "--allow-plaintext",
    "MULTICAM_ALLOW_PLAINTEXT",
    "",
    "listen without TLS on addresses that other machines can reach",
    "no",
    parse_switch,
)
JWKS = Setting(
    "--jwks",
    "MULTICAM_JWKS",
    "FILE",
    "ask for bearer tokens (JWT) signed with a key of this JSON Web Key Set; "
    "read again when it changes",
    "none: no tokens",
    parse_file,
)
JWT_ISSUER = Setting(
    "--jwt-issuer",
    "MULTICAM_JWT_ISSUER",
    "NAME",
    "iss that a token must have; required with --jwks",
    "none",
    parse_text,
)
JWT_AUDIENCE = Setting(
    "--jwt-audience",
    "MULTICAM_JWT_AUDIENCE",
    "NAME",
    "aud that a token must have; required with --jwks",
    "none",
    parse_text,
)
JWT_LEEWAY = Setting(
    "--jwt-leeway-s",
    "MULTICAM_JWT_LEEWAY_S",
    "SECONDS",
    "how far the issuer's clock may be from this one",
    "30",
    parse_leeway,
)
JWT_TENANTS = Setting(
    "--jwt-tenants-claim",
    "MULTICAM_JWT_TENANTS_CLAIM",
    "NAME",
    "claim with the tenant or the list of tenants",
    "tenants",
    parse_text,
)
JWT_ENVS = Setting(
    "--jwt-envs-claim",
    "MULTICAM_JWT_ENVS_CLAIM",
    "NAME",
    "claim with the environment or the list of environments",
    "envs",
    parse_text,
)
CLIENT_NAMES = Setting(
    "--client-names",
    "MULTICAM_CLIENT_NAMES",
    "FILE",
    "tenants and environments of client certificates by their names (JSON); "
    "read again when it changes",
    "none: any certificate for any tenant",
    parse_file,
)
NO_REFLECTION = Setting(
    "--no-reflection",
    "MULTICAM_NO_REFLECTION",
    "",
    "do not describe the service to whoever asks",
    "no",
    parse_switch,
)
METRICS = Setting(
    "--metrics-listen",
    "MULTICAM_METRICS_LISTEN",
    "HOST:PORT",
    "serve Prometheus metrics over HTTP on this address",
    "none: no metrics are served",
    parse_listen,
)
TRACES = Setting(
    "--trace-endpoint",
    "MULTICAM_TRACE_ENDPOINT",
    "URL",
    "send OpenTelemetry traces to this OTLP receiver (gRPC)",
    "none: no traces",
    parse_endpoint,
)

DOOR_SETTINGS: tuple[Setting[Any], ...] = (
    TLS_CERTIFICATE,
    TLS_KEY,
    TLS_CLIENT_CA,
    ALLOW_PLAINTEXT,
    JWKS,
    JWT_ISSUER,
    JWT_AUDIENCE,
    JWT_LEEWAY,
    JWT_TENANTS,
    JWT_ENVS,
    CLIENT_NAMES,
    NO_REFLECTION,
    METRICS,
    TRACES,
)


def read_doors(flags: argparse.Namespace, environ: Mapping[str, str]) -> DoorConfig:
    """How the server may be reached.

    Raises:
        ConfigError: a setting is wrong, or lacks another one that it needs.
    """
    tls = _tls(flags, environ)
    client_names = _told(CLIENT_NAMES, flags, environ)
    if client_names is not None and (tls is None or tls.client_ca is None):
        raise ConfigError(f"{CLIENT_NAMES.flag}: needs {TLS_CLIENT_CA.flag}")
    return DoorConfig(
        tls=tls,
        allow_plaintext=ALLOW_PLAINTEXT.value(flags, environ, False),
        tokens=_tokens(flags, environ),
        client_names=client_names,
        reflection=not NO_REFLECTION.value(flags, environ, False),
    )


def read_telemetry(flags: argparse.Namespace, environ: Mapping[str, str]) -> TelemetryConfig:
    """Where metrics and traces go. Raises ConfigError."""
    return TelemetryConfig(
        metrics=_told(METRICS, flags, environ),
        trace_endpoint=_told(TRACES, flags, environ),
    )


def _told(setting: Setting[T], flags: argparse.Namespace, environ: Mapping[str, str]) -> T | None:
    return next(iter(setting.values(flags, environ)), None)


def _tls(flags: argparse.Namespace, environ: Mapping[str, str]) -> TlsConfig | None:
    certificate = _told(TLS_CERTIFICATE, flags, environ)
    key = _told(TLS_KEY, flags, environ)
    client_ca = _told(TLS_CLIENT_CA, flags, environ)
    if certificate is not None and key is not None:
        return TlsConfig(certificate, key, client_ca)
    for setting, value in ((TLS_CERTIFICATE, certificate), (TLS_KEY, key)):
        if value is None and (certificate or key or client_ca) is not None:
            raise ConfigError(f"{setting.flag}: is missing; TLS needs certificate and key")
    return None


def _tokens(flags: argparse.Namespace, environ: Mapping[str, str]) -> TokenConfig | None:
    jwks = _told(JWKS, flags, environ)
    issuer = _told(JWT_ISSUER, flags, environ)
    audience = _told(JWT_AUDIENCE, flags, environ)
    rules = (JWT_ISSUER, JWT_AUDIENCE, JWT_LEEWAY, JWT_TENANTS, JWT_ENVS)
    if jwks is None:
        for setting in rules:
            if setting.values(flags, environ):
                raise ConfigError(f"{setting.flag}: needs {JWKS.flag}")
        return None
    if issuer is None or audience is None:
        missing = JWT_ISSUER if issuer is None else JWT_AUDIENCE
        raise ConfigError(f"{missing.flag}: is missing; {JWKS.flag} needs it")
    standard = TokenConfig(jwks, issuer, audience)
    return TokenConfig(
        jwks=jwks,
        issuer=issuer,
        audience=audience,
        leeway_s=JWT_LEEWAY.value(flags, environ, standard.leeway_s),
        tenants_claim=JWT_TENANTS.value(flags, environ, standard.tenants_claim),
        envs_claim=JWT_ENVS.value(flags, environ, standard.envs_claim),
    )
