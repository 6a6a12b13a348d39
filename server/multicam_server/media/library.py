"""From an asset's uri or upload id to a file that the calling tenant may read."""

import os
import re
import stat
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote_to_bytes

from ..domain.faults import MediaForbidden, MediaNotFound, UploadNotFound
from ..domain.media import Asset
from .uploads import TENANT_ID, UploadStore

# RFC 3986, section 3.1. What looks like a scheme is one: "concat:a.wav" is no file name;
# a file of that name is written "./concat:a.wav".
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# RFC 8089: no query, no fragment; only this host's files.
_FILE_URI = re.compile(r"file://(?:localhost)?(/[^?#]*)", re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class MediaLibrary(Protocol):
    """Knows which files a tenant may read."""

    def open_path(self, tenant_id: str, asset: Asset) -> Path:
        """The resolved path of the asset's file.

        Raises MediaForbidden, MediaNotFound or UploadNotFound; ValueError for an asset
        that has neither uri nor upload_id.
        """
        ...


class TenantFolders:
    """The folders `<root>/<tenant_id>/` of one or more roots, and the tenant's uploads.

    A relative path is looked up in each root's folder, in the roots' order. Roots may be
    symbolic links; a tenant's folder itself may not, since it would lead out of the root.
    """

    def __init__(self, roots: Sequence[Path], uploads: UploadStore | None = None) -> None:
        self._roots = tuple(roots)
        self._uploads = uploads

    def open_path(self, tenant_id: str, asset: Asset) -> Path:
        """As `MediaLibrary.open_path`."""
        if asset.upload_id is not None:
            return _uploaded(self._uploads, tenant_id, asset.asset_id, asset.upload_id)
        uri = _required_uri(asset)
        named = local_path(uri)
        if named is None or TENANT_ID.fullmatch(tenant_id) is None:
            raise MediaForbidden(asset.asset_id)
        missing = False
        for root in self._roots:
            folder = os.path.join(os.path.realpath(root), tenant_id)  # noqa: PTH118
            path = _resolved(os.path.join(folder, named))  # noqa: PTH118
            if path is None or not path.is_relative_to(folder) or named.endswith("/"):
                continue
            match _kind(path):
                case _Kind.REGULAR:
                    return path
                case _Kind.MISSING:
                    missing = True
        if missing:
            raise MediaNotFound(asset.asset_id, uri)
        raise MediaForbidden(asset.asset_id)


class NamedFiles:
    """Exactly the named files, for one tenant; relative paths are the working folder's."""

    def __init__(self, tenant_id: str, files: Sequence[Path]) -> None:
        self._tenant_id = tenant_id
        self._files = frozenset(Path(os.path.realpath(file)) for file in files)

    def open_path(self, tenant_id: str, asset: Asset) -> Path:
        """As `MediaLibrary.open_path`."""
        if asset.upload_id is not None:
            raise UploadNotFound(asset.asset_id, asset.upload_id)
        uri = _required_uri(asset)
        named = local_path(uri)
        if named is None or tenant_id != self._tenant_id:
            raise MediaForbidden(asset.asset_id)
        path = _resolved(named)
        kind = _kind(path) if path is not None and path in self._files else _Kind.OTHER
        if path is None or kind is _Kind.OTHER:
            raise MediaForbidden(asset.asset_id)
        if kind is _Kind.MISSING:
            raise MediaNotFound(asset.asset_id, uri)
        return path


def local_path(uri: str) -> str | None:
    """The path that `uri` names on this host, not yet resolved, or None.

    A plain path is taken as it stands; a `file://` URI has its percent escapes decoded
    once. None for every other scheme, another host, and what no path can contain.
    """
    if _SCHEME.match(uri) is None:
        return uri if _can_be_path(uri) else None
    match = _FILE_URI.fullmatch(uri)
    if match is None or _BROKEN_ESCAPE.search(match[1]):
        return None
    path = os.fsdecode(unquote_to_bytes(match[1]))
    return path if _can_be_path(path) else None


def _can_be_path(path: str) -> bool:
    if not path or "\0" in path:
        return False
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


class _Kind(Enum):
    REGULAR = "regular file"
    MISSING = "nothing there"
    OTHER = "a folder, FIFO, socket or device"


def _resolved(path: str) -> Path | None:
    """A path without symbolic links; None where one changed while it was followed."""
    try:
        return Path(os.path.realpath(path))
    except OSError:  # a link is looked at, and then read: in between it may have gone
        return None


def _kind(path: Path) -> _Kind:
    """What stands at a resolved path."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return _Kind.MISSING
    return _Kind.REGULAR if stat.S_ISREG(mode) else _Kind.OTHER


def _required_uri(asset: Asset) -> str:
    if asset.uri is None:
        raise ValueError(f"asset {asset.asset_id!r} has no file: neither uri nor upload_id")
    return asset.uri


def _uploaded(uploads: UploadStore | None, tenant_id: str, asset_id: str, upload_id: str) -> Path:
    path = uploads.path(tenant_id, upload_id) if uploads is not None else None
    if path is None:
        raise UploadNotFound(asset_id, upload_id)
    return path
