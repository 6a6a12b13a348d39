"""Files that callers sent, kept by content, each tenant's apart."""

import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from ..domain.analysis import Upload
from ..domain.faults import UploadInvalid, UploadTooLarge

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

    Any number of servers may share the folder. An unfinished file is locked by its
    writer; at the start, those whose writer has died are removed.
    """

    def __init__(self, folder: Path, *, limit_bytes: int) -> None:
        incoming = folder / _INCOMING
        incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Resolved: the paths given out are free of symbolic links.
        self._folder = folder.resolve()
        self._incoming = self._folder / _INCOMING
        self._limit_bytes = limit_bytes
        self._remove_leftovers()

    def receive(
        self, tenant_id: str, chunks: Iterable[bytes], *, size_bytes: int = 0, sha256: str = ""
    ) -> Upload:
        """Stores what `chunks` yields; `size_bytes` and `sha256` are checked where given.

        Raises UploadTooLarge as soon as the limit is passed, UploadInvalid for an empty
        upload or one that is not what was announced, ValueError for a malformed tenant id,
        and whatever `chunks` raises. After an exception nothing is left behind.
        """
        _check_tenant(tenant_id)
        self._check_announced(size_bytes, sha256)
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
            temporary.unlink(missing_ok=True)
        return Upload(upload_id=f"sha256-{digest}", size_bytes=length, sha256=digest)

    def path(self, tenant_id: str, upload_id: str) -> Path | None:
        """Where the tenant's upload is, free of symbolic links, or None."""
        match = _UPLOAD_ID.fullmatch(upload_id)
        if match is None or TENANT_ID.fullmatch(tenant_id) is None:
            return None
        path = self._folder / tenant_id / match[1]
        return path if path.is_file() and not path.is_symlink() else None

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
