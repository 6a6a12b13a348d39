"""Turns what a caller holds into an upload without holding up the event loop."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

from .. import uploads
from ..v1.upload_pb2 import UploadHeader, UploadMediaRequest

UploadSource = uploads.UploadSource | AsyncIterable[bytes]


@asynccontextmanager
async def requests_of(
    source: UploadSource,
    *,
    size_bytes: int | None,
    sha256: str | None,
    chunk_bytes: int,
    on_progress: Callable[[int], None] | None,
) -> AsyncIterator[AsyncIterator[UploadMediaRequest]]:
    """The messages of an upload; a path is open as long as they are wanted.

    Raises:
        OSError: The source cannot be read.
        TypeError: A file is open for text.
    """
    if isinstance(source, AsyncIterable):
        header = uploads.announce((), size_bytes, sha256)
        yield _messages(header, _chunked(source, chunk_bytes), on_progress)
        return
    opened = await asyncio.to_thread(uploads.open_source, source)
    with opened as content:
        header = await asyncio.to_thread(uploads.announce, content, size_bytes, sha256)
        chunks = uploads.chunked(uploads.pieces(content), chunk_bytes)
        yield _messages(header, _in_thread(chunks), on_progress)


async def _messages(
    header: UploadHeader,
    chunks: AsyncIterator[bytes],
    on_progress: Callable[[int], None] | None,
) -> AsyncIterator[UploadMediaRequest]:
    """The messages; tells `on_progress` how many bytes are on their way."""
    yield UploadMediaRequest(header=header)
    sent_bytes = 0
    async for chunk in chunks:
        yield UploadMediaRequest(chunk=chunk)
        sent_bytes += len(chunk)
        if on_progress is not None:
            on_progress(sent_bytes)


async def _chunked(pieces: AsyncIterable[bytes], chunk_bytes: int) -> AsyncIterator[bytes]:
    """The same bytes in chunks of one size."""
    chunker = uploads.Chunker(chunk_bytes)
    async for piece in pieces:
        for chunk in chunker.add(piece):
            yield chunk
    for chunk in chunker.rest():
        yield chunk


async def _in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Reads one chunk after the other in a thread."""
    while chunk := await asyncio.to_thread(next, chunks, b""):
        yield chunk
