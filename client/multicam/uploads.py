"""Turns what a caller holds (a path, an open file, pieces of bytes) into an upload."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from .v1.upload_pb2 import UploadHeader, UploadMediaRequest

UploadSource = str | os.PathLike[str] | bytes | BinaryIO | Iterable[bytes]

_READ_BYTES = 2**20  # a piece of a file when it is hashed or sent


class Cancellable(Protocol):
    """A running call."""

    def cancel(self) -> object:
        """Ends the call."""


def open_source(source: UploadSource) -> AbstractContextManager[BinaryIO | Iterable[bytes]]:
    """Opens a path; a file that the caller has opened stays the caller's to close.

    Raises:
        OSError: The path cannot be opened.
        TypeError: A file is open for text.
    """
    if isinstance(source, str | os.PathLike):
        return Path(source).open("rb")
    if isinstance(source, bytes):
        return nullcontext((source,))
    if hasattr(source, "encoding"):
        raise TypeError("an upload needs a file opened for bytes: open(path, 'rb')")
    return nullcontext(source)


def announce(
    content: BinaryIO | Iterable[bytes], size_bytes: int | None, sha256: str | None
) -> UploadHeader:
    """The header of an upload: what the caller knows, and what a seekable file tells."""
    header = UploadHeader(size_bytes=size_bytes or 0, sha256=sha256 or "")
    if size_bytes is None or sha256 is None:
        found = describe(content)
        header.size_bytes = header.size_bytes or found.size_bytes
        header.sha256 = header.sha256 or found.sha256
    return header


def describe(content: BinaryIO | Iterable[bytes]) -> UploadHeader:
    """Size and SHA-256 of what a seekable file holds from its position on; else empty.

    Reads the file once and returns to where it stood, so that the server can
    tell a damaged upload from a sound one.
    """
    if not (hasattr(content, "seekable") and content.seekable()):
        return UploadHeader()
    file = cast(BinaryIO, content)
    start = file.tell()
    digest = hashlib.sha256()
    for piece in pieces(file):
        digest.update(piece)
    size_bytes = file.tell() - start
    file.seek(start)
    return UploadHeader(size_bytes=size_bytes, sha256=digest.hexdigest())


def pieces(content: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of a file or of an iterable, in pieces of any size."""
    if hasattr(content, "read"):
        while piece := content.read(_READ_BYTES):
            yield piece
    else:
        yield from content


class Chunker:
    """Cuts pieces of any size into chunks of one size; the last may be shorter, none is empty."""

    def __init__(self, chunk_bytes: int) -> None:
        self._chunk_bytes = chunk_bytes
        self._pending = bytearray()

    def add(self, piece: bytes) -> Iterator[bytes]:
        """The chunks that this piece completes."""
        self._pending += piece
        whole = len(self._pending) - len(self._pending) % self._chunk_bytes
        for start in range(0, whole, self._chunk_bytes):
            yield bytes(self._pending[start : start + self._chunk_bytes])
        del self._pending[:whole]

    def rest(self) -> Iterator[bytes]:
        """What is left after the last piece."""
        if self._pending:
            yield bytes(self._pending)


def chunked(source: Iterable[bytes], chunk_bytes: int) -> Iterator[bytes]:
    """The same bytes in chunks of one size; the last may be shorter, none is empty."""
    chunker = Chunker(chunk_bytes)
    for piece in source:
        yield from chunker.add(piece)
    yield from chunker.rest()


def upload_requests(
    header: UploadHeader, chunks: Iterable[bytes], on_progress: Callable[[int], None] | None
) -> Iterator[UploadMediaRequest]:
    """The messages of an upload; tells `on_progress` how many bytes are on their way."""
    yield UploadMediaRequest(header=header)
    sent_bytes = 0
    for chunk in chunks:
        yield UploadMediaRequest(chunk=chunk)
        sent_bytes += len(chunk)
        if on_progress is not None:
            on_progress(sent_bytes)


class GuardedRequests:
    """Requests whose source may fail while gRPC's own thread reads them.

    A stream that merely ended there would look complete to the server. So a
    failure cancels the call first, and is kept for the caller.
    """

    def __init__(self, requests: Iterator[UploadMediaRequest]) -> None:
        self.failure: Exception | None = None
        self._requests = requests
        self._call: Cancellable | None = None
        self._started = threading.Event()

    def attach(self, call: Cancellable) -> None:
        """Names the call that reads these requests."""
        self._call = call
        self._started.set()

    def __iter__(self) -> "GuardedRequests":
        return self

    def __next__(self) -> UploadMediaRequest:
        try:
            return next(self._requests)
        except StopIteration:
            raise
        except Exception as failure:
            self.failure = failure
            self._started.wait()
            if self._call is not None:
                self._call.cancel()
            raise StopIteration from None
