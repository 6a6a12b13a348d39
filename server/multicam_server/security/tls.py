"""TLS and mutual TLS from files, whose renewal is noticed at the next connection."""

import ssl
from pathlib import Path

import grpc

from .reloading import ReloadCount, Reloading, UnusableFile, not_counted, read_bytes

MAX_PEM_BYTES = 1 << 20
"""A certificate with its chain has a few kilobytes, a system's bundle of roots 250."""

KEY_OF_ANOTHER = frozenset({"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"})
"""OpenSSL's reasons for a key that does not belong to the certificate."""


def server_credentials(
    *,
    certificate: Path,
    key: Path,
    client_ca: Path | None = None,
    count: ReloadCount = not_counted,
) -> grpc.ServerCredentials:
    """Credentials of a server that takes renewed files without a restart.

    The files are looked at when a client connects. A renewed pair that cannot be used is
    logged, and the old one stays. Connections that are open stay as they are.

    Args:
        certificate: PEM, the server's first, then the intermediate ones.
        key: PEM, not encrypted.
        client_ca: PEM; with it, a client must show a certificate that one of these signed.
        count: is told of every change.

    Raises:
        UnusableFile: a file cannot be read, or is not what it must be.
    """
    paths = [certificate, key] if client_ca is None else [certificate, key, client_ca]
    files = Reloading(
        "certificates",
        paths,
        lambda: _load(certificate=certificate, key=key, client_ca=client_ca),
        count=count,
    )

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        configuration, changed = files.look()
        return configuration if changed else None

    return grpc.dynamic_ssl_server_credentials(
        files.current(),
        renewed,  # type: ignore[arg-type]  # None means "as before", says gRPC's documentation
        require_client_authentication=client_ca is not None,
    )


def _load(
    *, certificate: Path, key: Path, client_ca: Path | None
) -> grpc.ServerCertificateConfiguration:
    """Reads the files, and lets OpenSSL say whether they fit together: gRPC does not."""
    contents = [read_bytes(path, limit=MAX_PEM_BYTES) for path in (certificate, key)]
    roots = None if client_ca is None else read_bytes(client_ca, limit=MAX_PEM_BYTES)
    _check_certificates(certificate)
    _check_pair(certificate, key)
    if client_ca is not None:
        _check_certificates(client_ca)
    chain, private_key = contents
    return grpc.ssl_server_certificate_configuration([(private_key, chain)], roots)


def _check_certificates(path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_verify_locations(path)
    except (OSError, ValueError) as error:  # SSLError is an OSError
        raise UnusableFile(path, "holds no certificate in PEM") from error


def _check_pair(certificate: Path, key: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except _Encrypted as error:
        raise UnusableFile(key, "is encrypted; the server cannot ask for its password") from error
    except ssl.SSLError as error:
        if error.reason in KEY_OF_ANOTHER:
            raise UnusableFile(
                key, f"is not the key of the certificate in {str(certificate)!r}"
            ) from error
        raise UnusableFile(key, "holds no private key in PEM") from error
    except OSError as error:
        raise UnusableFile(key, f"cannot be read: {error.strerror}") from error


class _Encrypted(Exception):
    """OpenSSL asks for a password."""


def _no_password() -> str:
    raise _Encrypted
