"""What a command shows to a running service: certificates and tokens, from files."""

import argparse
import os
from contextlib import suppress
from pathlib import Path

from ..calls import Token
from ..config import TlsConfig
from .failures import UsageError

TOKEN_VARIABLE = "MULTICAM_TOKEN"

OPTIONS = ("tls", "ca", "cert", "key", "token_file")
"""What makes sense with a running service only."""


def tls_of(options: argparse.Namespace) -> TlsConfig | None:
    """How the connection is encrypted; None: it is not.

    Raises:
        UsageError: A file cannot be read, or certificate and key are not both named.
    """
    if (options.cert is None) != (options.key is None):
        raise UsageError("--cert and --key belong together")
    if not (options.tls or options.ca or options.cert):
        return None
    return TlsConfig(
        root_certificates_pem=_content("ca", options.ca),
        client_certificate_pem=_content("cert", options.cert),
        client_key_pem=_content("key", options.key),
    )


def token_of(options: argparse.Namespace) -> Token | None:
    """The bearer token: of --token-file, else of the environment.

    Raises:
        UsageError: The file cannot be read or is empty.
    """
    if options.token_file is None:
        return os.environ.get(TOKEN_VARIABLE) or None
    return TokenFile(options.token_file)


class TokenFile:
    """A token in a file, which is read before every call: whoever renews it writes it there.

    Raises:
        UsageError: There is no token at the beginning. Later the last one stays.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = (_content("token-file", path) or b"").decode("ascii", "replace").strip()
        if not self._token.isprintable() or not self._token:
            raise UsageError(f"--token-file {path}: holds no token")

    def __call__(self) -> str:
        """The token."""
        with suppress(OSError, UnicodeDecodeError):  # it is being replaced
            self._token = self._path.read_text("ascii").strip() or self._token
        return self._token


def _content(option: str, path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"--{option} {path}: {error.strerror}") from error
