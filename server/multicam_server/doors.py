"""Opens the doors that the configuration asks for: address, TLS, who is let in."""

import ipaddress
import logging
import socket
from collections.abc import Sequence

import grpc

from .config import DoorConfig, ListenConfig, SocketConfig, TlsConfig, TokenConfig
from .interceptors.authentication import Authentication, Tokens
from .security.names import CertificateNames
from .security.reloading import ReloadCount, UnusableFile
from .security.tls import server_credentials

_log = logging.getLogger(__name__)


class StartError(Exception):
    """The server cannot start; the message is the one line to show."""


def authentication(
    door: DoorConfig, environments: Sequence[str], count: ReloadCount
) -> Authentication | None:
    """Who is let in; None where the metadata is believed. Raises StartError."""
    if door.tokens is None and door.client_names is None:
        return None
    try:
        names = door.client_names
        return Authentication(
            environments,
            tokens=None if door.tokens is None else _tokens(door.tokens, count),
            certificates=None if names is None else CertificateNames(names, count=count),
        )
    except UnusableFile as error:
        flag = "--jwks" if door.tokens and str(door.tokens.jwks) in str(error) else "--client-names"
        raise StartError(f"{flag}: {error}") from error


def _tokens(config: TokenConfig, count: ReloadCount) -> Tokens:
    try:
        from .security.tokens import TokenRules, TokenVerifier  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise StartError(
            f'--jwks: needs {error.name}, which is not installed: pip install "multicam[jwt]"'
        ) from error
    rules = TokenRules(
        issuer=config.issuer,
        audience=config.audience,
        leeway_s=config.leeway_s,
        tenants_claim=config.tenants_claim,
        envs_claim=config.envs_claim,
    )
    return TokenVerifier(config.jwks, rules, count=count)


def bind(
    server: grpc.Server,
    listen: ListenConfig | SocketConfig,
    door: DoorConfig,
    count: ReloadCount,
) -> str:
    """Binds, and returns the address with the port that was found for port 0.

    Raises:
        StartError: it cannot be bound, or its certificates cannot be used, or other
            machines could reach it without TLS.
    """
    credentials = None if door.tls is None else _credentials(door.tls, count)
    try:
        if isinstance(listen, ListenConfig):
            refuse_plaintext("--listen", listen, door)
            _try_binding(listen)
        if credentials is None:
            port = server.add_insecure_port(str(listen))
        else:
            port = server.add_secure_port(str(listen), credentials)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "the address cannot be used"
        raise StartError(f"--listen: cannot listen on {listen}: {reason}") from error
    if not isinstance(listen, ListenConfig):
        return str(listen)
    _warn_of_open_doors(listen, door)
    return str(ListenConfig(listen.host, port))


def refuse_plaintext(flag: str, listen: ListenConfig, door: DoorConfig) -> None:
    """Raises StartError where other machines could reach an address that has no TLS."""
    encrypted = door.tls is not None and flag == "--listen"
    if not (encrypted or door.allow_plaintext or _is_loopback(listen)):
        remedy = "give --tls-cert and --tls-key, or " if flag == "--listen" else ""
        raise StartError(
            f"{flag}: {listen} can be reached from other machines, without TLS; "
            f"{remedy}say --allow-plaintext"
        )


def _warn_of_open_doors(listen: ListenConfig, door: DoorConfig) -> None:
    """Says so where whoever reaches the address may name any tenant."""
    asks_for_something = door.tokens is not None or (door.tls and door.tls.client_ca)
    if not asks_for_something and not _is_loopback(listen):
        _log.warning(
            "whoever reaches the server may name any tenant: neither tokens nor client "
            "certificates are asked for",
            extra={"address": str(listen)},
        )


def _credentials(tls: TlsConfig, count: ReloadCount) -> grpc.ServerCredentials:
    try:
        return server_credentials(
            certificate=tls.certificate, key=tls.key, client_ca=tls.client_ca, count=count
        )
    except UnusableFile as error:
        raise StartError(f"TLS: {error}") from error


def _is_loopback(listen: ListenConfig) -> bool:
    """Whether every address that the host's name stands for is this machine's alone."""
    found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)
    addresses = {str(address[0]).partition("%")[0] for *_, address in found}
    return all(ipaddress.ip_address(address).is_loopback for address in addresses)


def _try_binding(listen: ListenConfig) -> None:
    """Binds and lets go: an OSError says why an address is not free, and gRPC does not."""
    found = socket.getaddrinfo(
        listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
