"""Files that callers sent, kept by content, each tenant's apart."""

import errno
import fcntl
import hashlib
import logging
import os
import re
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..domain.analysis import Upload
from ..domain.faults import UploadInvalid, UploadNotStored, UploadTooLarge
from ..retention import Bounds, keep_within, mark_used

DEFAULT_TENANT_BYTES = 256 * 1024**3
DEFAULT_KEEP_S = 30 * 86_400.0

# A disk that is full, or must not be written to: a state that may pass.
TAKES_NOTHING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})

log = logging.getLogger(__name__)

# The form of a tenant id (contract: x-tenant-id). Here it is a folder's name.
TENANT_ID = re.compile(r"t_[a-z0-9_-]+")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_UPLOAD_ID = re.compile(r"sha256-([0-9a-f]{64})")

# No tenant id starts with a dot, so that this folder is no tenant's.
_INCOMING = ".incoming"


class UploadStore:
    """Keeps uploads as `<folder>/<tenant_id>/<sha256>`.

    A file appears there complete and durable, or not at all: it is written beside, hashed,
    synced and then renamed. The content is not hashed again when it is read: it cannot
    have been written partly, and hashing would cost every call a pass over the file. The
    same bytes sent again replace the file, which also repairs one damaged on disk.

    A tenant's uploads are kept within bounds of size and of time since their last use.

    Any number of servers may share the folder. An unfinished file is locked by its
    writer; at the start, those whose writer has died are removed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limit_bytes: int,
        tenant_bytes: int = DEFAULT_TENANT_BYTES,
        keep_s: float = DEFAULT_KEEP_S,
    ) -> None:
        # Resolved: the paths given out are free of symbolic links.
        self._folder = folder.resolve()
        self._incoming = self._folder / _INCOMING
        self._limit_bytes = limit_bytes
        self._bounds = Bounds(tenant_bytes, keep_s)
        try:
            self._make_incoming()
            self._remove_leftovers()
        except OSError as error:
            if error.errno not in TAKES_NOTHING:
                raise
            log.warning("no uploads can be stored: %s", error.strerror)

    def receive(
        self, tenant_id: str, chunks: Iterable[bytes], *, size_bytes: int = 0, sha256: str = ""
    ) -> Upload:
        """Stores what `chunks` yields; `size_bytes` and `sha256` are checked where given.

        Raises UploadTooLarge as soon as the limit is passed, UploadInvalid for an empty
        upload or one that is not what was announced, UploadNotStored when the disk does not
        take it, ValueError for a malformed tenant id, and whatever `chunks` raises. After an
        exception nothing is left behind.
        """
        _check_tenant(tenant_id)
        self._check_announced(size_bytes, sha256)
        try:
            upload = self._received(tenant_id, chunks, size_bytes, sha256)
        except OSError as error:
            log.warning("an upload could not be stored: %s", error.strerror)
            raise UploadNotStored from error
        self._keep_within_bounds(self._folder / tenant_id)
        return upload

    def _received(
        self, tenant_id: str, chunks: Iterable[bytes], size_bytes: int, sha256: str
    ) -> Upload:
        temporary, descriptor = self._open_temporary()
        try:
            with os.fdopen(descriptor, "wb") as file:
                hasher = hashlib.sha256()
                length = 0
                for chunk in chunks:
                    length += len(chunk)
                    self._check_length(length, size_bytes)
                    hasher.update(chunk)
                    file.write(chunk)
                digest = hasher.hexdigest()
                _check_complete(length, digest, size_bytes, sha256)
                file.flush()
                os.fchmod(file.fileno(), stat.S_IRUSR)
                os.fsync(file.fileno())
                self._publish(temporary, tenant_id, digest)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        return Upload(upload_id=f"sha256-{digest}", size_bytes=length, sha256=digest)

    def path(self, tenant_id: str, upload_id: str) -> Path | None:
        """Where the tenant's upload is, free of symbolic links, or None."""
        match = _UPLOAD_ID.fullmatch(upload_id)
        if match is None or TENANT_ID.fullmatch(tenant_id) is None:
            return None
        path = self._folder / tenant_id / match[1]
        if not path.is_file() or path.is_symlink():
            return None
        mark_used(path)
        return path

    def keep_within_bounds(self) -> int:
        """Removes what is beyond each tenant's bounds; how many files went."""
        self._remove_leftovers()
        return sum(
            self._keep_within_bounds(folder)
            for folder in self._folder.iterdir()
            if folder.name != _INCOMING
        )

    def _keep_within_bounds(self, folder: Path) -> int:
        return keep_within(folder.glob("*"), self._bounds)

    def _make_incoming(self) -> None:
        # One by one: what is made on the way takes no mode.
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)

    def _check_announced(self, size_bytes: int, sha256: str) -> None:
        if size_bytes < 0:
            raise UploadInvalid(f"size_bytes must not be negative, but is {size_bytes}")
        if size_bytes > self._limit_bytes:
            raise UploadTooLarge(self._limit_bytes)
        if sha256 and _SHA256.fullmatch(sha256) is None:
            raise UploadInvalid("sha256 must be 64 lower-case hexadecimal digits")

    def _check_length(self, length: int, size_bytes: int) -> None:
        if length > self._limit_bytes:
            raise UploadTooLarge(self._limit_bytes)
        if size_bytes and length > size_bytes:
            raise UploadInvalid(f"the upload is longer than the announced {size_bytes} bytes")

    def _open_temporary(self) -> tuple[Path, int]:
        """A new locked file for writing; the lock ends with its descriptor."""
        self._make_incoming()
        while True:
            path = self._incoming / secrets.token_hex(16)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Another server that is starting may have removed it before it was locked.
            if os.fstat(descriptor).st_nlink:
                return path, descriptor
            os.close(descriptor)

    def _publish(self, temporary: Path, tenant_id: str, digest: str) -> None:
        folder = self._folder / tenant_id
        folder.mkdir(mode=0o700, exist_ok=True)
        temporary.replace(folder / digest)
        _sync_folder(folder)
        _sync_folder(self._folder)

    def _remove_leftovers(self) -> None:
        for path in sorted(self._incoming.iterdir()):
            with suppress(FileNotFoundError):
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue  # its writer lives
                else:
                    path.unlink()
                finally:
                    os.close(descriptor)


def _check_tenant(tenant_id: str) -> None:
    if TENANT_ID.fullmatch(tenant_id) is None:
        raise ValueError(f"{tenant_id!r} is no tenant id")


def _check_complete(length: int, digest: str, size_bytes: int, sha256: str) -> None:
    if length == 0:
        raise UploadInvalid("the upload has no bytes")
    if size_bytes and length != size_bytes:
        raise UploadInvalid(f"the upload has {length} bytes, but {size_bytes} were announced")
    if sha256 and digest != sha256:
        raise UploadInvalid(f"the upload's sha256 is {digest}, but {sha256} was announced")


def _sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
