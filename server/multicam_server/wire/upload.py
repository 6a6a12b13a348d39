"""UploadMedia: the stream in, the upload's name out."""

from collections.abc import Iterable, Iterator
from itertools import chain

from multicam.v1 import upload_pb2

from ..domain.analysis import Upload, UploadHeader
from ..domain.faults import UploadInvalid

MAX_CHUNK_BYTES = 1024 * 1024


def read_upload(
    messages: Iterable[upload_pb2.UploadMediaRequest],
) -> tuple[UploadHeader, Iterator[bytes]]:
    """The header (empty if none was sent) and the chunks, as they arrive.

    Raises:
        UploadInvalid: while iterating, for a header that is not the first
            message, a message without a part, and a chunk that is empty or too
            long.
    """
    parts = iter(messages)
    first = next(parts, None)
    if first is None:
        return UploadHeader(), iter(())
    if first.WhichOneof("part") == "header":
        return UploadHeader(first.header.size_bytes, first.header.sha256), _chunks(parts)
    return UploadHeader(), _chunks(chain((first,), parts))


def _chunks(messages: Iterable[upload_pb2.UploadMediaRequest]) -> Iterator[bytes]:
    for message in messages:
        part = message.WhichOneof("part")
        if part == "header":
            raise UploadInvalid("the upload's header must be its first message, and there is one")
        if part is None:
            raise UploadInvalid("a message of the upload has neither header nor chunk")
        if not 1 <= len(message.chunk) <= MAX_CHUNK_BYTES:
            raise UploadInvalid(
                f"a chunk has {len(message.chunk):,} bytes; it must have 1 to {MAX_CHUNK_BYTES:,}"
            )
        yield message.chunk


def write_upload(upload: Upload) -> upload_pb2.UploadMediaResponse:
    """The upload's name."""
    return upload_pb2.UploadMediaResponse(
        upload_id=upload.upload_id, size_bytes=upload.size_bytes, sha256=upload.sha256
    )
