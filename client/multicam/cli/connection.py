"""The service that a command talks to: a running one, or one inside this process."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..calls import Token
from ..client import Client
from ..config import TlsConfig
from ..v1.media_pb2 import Asset
from .credentials import OPTIONS, tls_of, token_of
from .failures import UsageError
from .files import NamedMedia, is_uri
from .progress import Progress
from .signals import held_back

LOCAL_TENANT = "t_local"
LOCAL_ENV = "dev"


@contextmanager
def connected(options: argparse.Namespace, files: Sequence[Path]) -> Iterator[Client]:
    """A client of the named service, or of an embedded one that serves exactly `files`.

    Raises:
        UsageError: The options do not go together, or the server's packages are
            not installed.
    """
    if options.server is not None:
        with _client(named_service(options)) as client:
            yield client
        return
    for name in OPTIONS:
        if getattr(options, name):
            flag = name.replace("_", "-")
            raise UsageError(f"--{flag} is for a running service; name it with --server HOST:PORT")
    tenant_id = options.tenant or LOCAL_TENANT
    with (
        _embedded(files, tenant_id) as target,
        Client(
            target,
            tenant_id=tenant_id,
            env=options.env or LOCAL_ENV,
            timeout_s=options.timeout,
        ) as client,
    ):
        yield client


def sources(
    client: Client, options: argparse.Namespace, media: Sequence[NamedMedia], progress: Progress
) -> list[Asset]:
    """The assets of a request: files go to a running service as uploads, else by URI."""
    if options.server is None:
        return [Asset(asset_id=item.asset_id, uri=item.uri) for item in media]
    return [_sent(client, item, progress) for item in media]


def embedded_files(options: argparse.Namespace, media: Sequence[NamedMedia]) -> list[Path]:
    """What an embedded server has to serve.

    Raises:
        UsageError: A URI is named without a service that could open it.
    """
    if options.server is None:
        for item in media:
            if item.path is None:
                raise UsageError(
                    f"{item.uri} is for a running service (--server); name a file by its path"
                )
    return [item.path for item in media if item.path is not None]


@dataclass(frozen=True)
class Remote:
    """A running service as the command line names it, and who calls it."""

    target: str
    tenant_id: str
    env: str
    tls: TlsConfig | None
    token: Token | None
    timeout_s: float | None


def named_service(options: argparse.Namespace) -> Remote:
    """The service of --server.

    Raises:
        UsageError: The options do not go together.
    """
    for name in ("tenant", "env"):
        if not getattr(options, name):
            raise UsageError(f"--server needs --{name}")
    if is_uri(options.server) and not options.server.startswith(("dns://", "unix://")):
        raise UsageError(f"--server {options.server}: give HOST:PORT, without a scheme")
    return Remote(
        options.server,
        tenant_id=options.tenant,
        env=options.env,
        tls=tls_of(options),
        token=token_of(options),
        timeout_s=options.timeout,
    )


def _client(remote: Remote) -> Client:
    return Client(
        remote.target,
        tenant_id=remote.tenant_id,
        env=remote.env,
        tls=remote.tls,
        token=remote.token,
        timeout_s=remote.timeout_s,
    )


@contextmanager
def _embedded(files: Sequence[Path], tenant_id: str) -> Iterator[str]:
    """The target of an embedded server. Its code is imported only now: it needs more packages."""
    try:
        from multicam_server.app import StartError, embedded  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("multicam"):
            raise  # a broken installation, not a missing extra
        raise UsageError(
            f"working without --server needs the server's packages ({error.name} is missing): "
            'pip install "multicam[server]"'
        ) from error
    server = ExitStack()
    try:
        with held_back():
            try:
                target = server.enter_context(embedded(files, tenant_id=tenant_id))
            except StartError as error:
                raise UsageError(f"the embedded server cannot start: {error}") from error
        yield target
    finally:
        with held_back():
            server.close()


def _sent(client: Client, item: NamedMedia, progress: Progress) -> Asset:
    if item.path is None:
        return Asset(asset_id=item.asset_id, uri=item.uri)
    message = f"uploading {item.asset_id}"
    progress.update(0.0, message)
    try:
        size_bytes = max(item.path.stat().st_size, 1)
        reply = client.upload_media(
            item.path,
            on_progress=lambda sent_bytes: progress.update(sent_bytes / size_bytes, message),
        )
    except OSError as error:
        raise UsageError(f"{item.asset_id} cannot be read: {error.strerror}") from error
    return Asset(asset_id=item.asset_id, upload_id=reply.upload_id)
