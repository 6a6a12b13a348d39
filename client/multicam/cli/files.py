"""Media named on the command line: files of this machine, and URIs."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from .failures import UsageError

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_FILE_URI = re.compile(r"file://(?:localhost)?(/[^?#]*)", re.IGNORECASE)


@dataclass(frozen=True)
class NamedMedia:
    """One file or URI of the command line, under the asset id that results call it by."""

    asset_id: str
    uri: str
    path: Path | None  # None: a URI


def name_media(arguments: Sequence[str]) -> tuple[NamedMedia, ...]:
    """The media of the command line, in its order.

    The asset id is the file's name, or as much of the path's end as tells files
    of one name apart: "A/clip.mov" and "B/clip.mov".

    Raises:
        UsageError: A file is not there, cannot be read or is named twice.
    """
    parts = [_parts(argument) for argument in arguments]
    for own, times in Counter(parts).items():
        if times > 1:
            raise UsageError(f"{_readable(own[-1])!r} is named {times} times; once is enough")
    return tuple(
        NamedMedia(
            asset_id=_readable("/".join(_distinct_end(own, parts))),
            uri=argument if is_uri(argument) else _absolute(argument).as_uri(),
            path=None if is_uri(argument) else _readable_file(argument),
        )
        for argument, own in zip(arguments, parts, strict=True)
    )


def is_uri(argument: str) -> bool:
    """Whether an argument is a URI and not a path."""
    return _URI.match(argument) is not None


def local_path(uri: str) -> Path | None:
    """The path that a request's `uri` names on this machine; None for other schemes."""
    if not is_uri(uri):
        return Path(uri)
    match = _FILE_URI.fullmatch(uri)
    return Path(os.fsdecode(unquote_to_bytes(match[1]))) if match else None


def _absolute(argument: str) -> Path:
    return Path(os.path.abspath(argument))  # noqa: PTH100  without following links


def _parts(argument: str) -> tuple[str, ...]:
    """The path's or URI's segments, root first."""
    if is_uri(argument):
        return tuple(part for part in argument.split("/") if part)
    return _absolute(argument).parts[1:]


def _distinct_end(own: tuple[str, ...], all_parts: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The shortest end of `own` that no other path ends in; all of it where there is none."""
    others = [parts for parts in all_parts if parts != own]
    for length in range(1, len(own)):
        end = own[-length:]
        if all(other[-length:] != end for other in others):
            return end
    return own


def _readable(name: str) -> str:
    """A name as text: bytes that are no UTF-8 are replaced."""
    return os.fsencode(name).decode("utf-8", "replace")


def _readable_file(argument: str) -> Path:
    path = _absolute(argument)
    name = _readable(argument)
    if not path.exists():
        raise UsageError(
            f"there is no file {name!r}; a file that the server can reach is named file:///..."
        )
    if not path.is_file():
        raise UsageError(f"{name!r} is not a regular file")
    if not os.access(path, os.R_OK):
        raise UsageError(f"{name!r} cannot be read: permission denied")
    return path
