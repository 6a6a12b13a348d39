"""From an asset's or artifact's location to a file of this machine."""

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

# RFC 3986, section 3.1; of one letter it would be a drive of Windows.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
# RFC 8089: only this host's files.
_FILE_URI = re.compile(r"file:(?://(?:localhost)?)?(/[^?#]*)", re.IGNORECASE)


class LocalFileError(OSError):
    """A location that is no file of this machine."""


def scheme(location: str) -> str:
    """The location's scheme in lower case; "" for a plain path."""
    match = _SCHEME.match(location)
    return match[1].lower() if match else ""


def local_path(location: str) -> Path | None:
    """The path that a plain path or a `file://` URI names, else None."""
    if "\0" in location:
        return None
    if scheme(location) == "":
        return Path(location)
    match = _FILE_URI.fullmatch(location)
    return Path(os.fsdecode(unquote_to_bytes(match[1]))) if match else None


def read_local(location: str) -> bytes:
    """The bytes of a local file.

    Raises:
        LocalFileError: The location is none of this machine.
        OSError: The file cannot be read.
    """
    path = local_path(location)
    if path is None:
        raise LocalFileError(f"{scheme(location) or 'this'} is no file of this machine")
    return path.read_bytes()
