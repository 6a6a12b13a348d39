"""Uploads: what is sent for a path, an open file or pieces, and what a failure leaves."""

import contextlib
import hashlib
import io
import threading
from concurrent import futures

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam import ClientConfig, UploadConfig, errors
from multicam.uploads import chunked
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceServicer
from multicam.v1.upload_pb2 import UploadHeader, UploadMediaResponse

CONTENT = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Receiving(MediaAnalysisServiceServicer):
    """Keeps what it was sent; `whole` is set when the requests have ended."""

    def __init__(self):
        self.header, self.chunks, self.whole = None, [], threading.Event()

    def UploadMedia(self, requests, context):  # noqa: N802
        for request in requests:
            if request.HasField("header"):
                self.header = request.header
            else:
                self.chunks.append(request.chunk)
        self.whole.set()
        content = b"".join(self.chunks)
        return UploadMediaResponse(upload_id="u-1", size_bytes=len(content))


@pytest.fixture
def receiver():
    return Receiving()


def one_shot():
    yield from (CONTENT[start : start + 100_001] for start in range(0, len(CONTENT), 100_001))


@pytest.mark.parametrize("kind", ["str", "path", "file", "memory"])
def test_a_seekable_source_is_announced_with_size_and_sha256(connect, receiver, tmp_path, kind):
    path = tmp_path / "take 1.mov"
    path.write_bytes(CONTENT)
    with path.open("rb") as file:
        source = {"str": str(path), "path": path, "file": file, "memory": io.BytesIO(CONTENT)}
        reply = connect(receiver).upload_media(source[kind])
        assert not file.closed
    assert reply.upload_id == "u-1"
    assert receiver.header == UploadHeader(size_bytes=len(CONTENT), sha256=SHA256)
    assert b"".join(receiver.chunks) == CONTENT
    assert {len(chunk) for chunk in receiver.chunks} == {262_144}


def test_a_file_is_sent_from_its_position_on(connect, receiver):
    file = io.BytesIO(b"skip me" + CONTENT)
    file.seek(7)
    connect(receiver).upload_media(file)
    assert receiver.header.sha256 == SHA256
    assert b"".join(receiver.chunks) == CONTENT


def test_pieces_are_sent_in_whole_chunks_without_an_announcement(connect, receiver):
    connect(receiver).upload_media(one_shot())
    assert receiver.header == UploadHeader()
    assert b"".join(receiver.chunks) == CONTENT
    assert {len(chunk) for chunk in receiver.chunks} == {262_144}


def test_what_the_caller_knows_is_announced(connect, receiver):
    connect(receiver).upload_media(one_shot(), size_bytes=len(CONTENT), sha256=SHA256)
    assert receiver.header == UploadHeader(size_bytes=len(CONTENT), sha256=SHA256)


def test_an_empty_file_is_a_header_without_chunks(connect, receiver):
    connect(receiver).upload_media(b"")
    assert receiver.whole.is_set()
    assert receiver.chunks == []


def test_progress_counts_the_bytes(connect, receiver):
    told = []
    connect(receiver).upload_media(CONTENT, on_progress=told.append)
    assert told == [262_144, 524_288, 786_432, 1_048_576]


def test_the_chunk_size_can_be_chosen(connect, receiver):
    config = ClientConfig(upload=UploadConfig(chunk_bytes=1_000_000))
    connect(receiver, config=config).upload_media(CONTENT)
    assert [len(chunk) for chunk in receiver.chunks] == [1_000_000, 48_576]


@pytest.mark.parametrize("size_bytes", [0, 2**20 + 1])
def test_a_chunk_size_that_the_contract_forbids_is_refused(size_bytes):
    with pytest.raises(ValueError, match="1 MiB"):
        UploadConfig(chunk_bytes=size_bytes)


def test_a_source_that_fails_cancels_the_upload(connect):
    class Waiting(MediaAnalysisServiceServicer):
        """Does not trust the end of the requests: gRPC's server may see it before the
        cancellation that caused it. Only a call that was ended properly stays active."""

        def __init__(self):
            self.cancelled, self.outcome = threading.Event(), futures.Future()

        def UploadMedia(self, requests, context):  # noqa: N802
            if not context.add_callback(self.cancelled.set):  # it was over before this began
                self.cancelled.set()
            with contextlib.suppress(Exception):
                list(requests)
            self.outcome.set_result(self.cancelled.wait(5))
            return UploadMediaResponse()

    def broken():
        yield CONTENT
        raise OSError("the disk is gone")

    server = Waiting()
    with pytest.raises(OSError, match="the disk is gone"):
        connect(server).upload_media(broken())
    assert server.outcome.result(10), "the upload looked whole to the server"


def test_a_missing_file_is_the_systems_error(connect, receiver, tmp_path):
    with pytest.raises(FileNotFoundError):
        connect(receiver).upload_media(tmp_path / "none.mov")


def test_a_text_file_is_refused(connect, receiver):
    with pytest.raises(TypeError, match="rb"):
        connect(receiver).upload_media(io.StringIO("text"))


def test_a_server_that_answers_early_ends_the_upload(connect):
    class Knowing(MediaAnalysisServiceServicer):
        def UploadMedia(self, requests, context):  # noqa: N802
            return UploadMediaResponse(upload_id=f"u-{next(requests).header.sha256[:4]}")

    assert connect(Knowing()).upload_media(CONTENT * 16).upload_id.startswith("u-")


def test_closing_the_client_cancels_a_running_upload(connect):
    client = connect(Receiving())
    more = threading.Event()

    def waiting():
        yield b"first"
        threading.Thread(target=client.close).start()
        more.wait(10)

    with pytest.raises(errors.Cancelled):
        client.upload_media(waiting())
    more.set()


@given(
    pieces=st.lists(st.binary(max_size=40), max_size=20),
    chunk_bytes=st.integers(min_value=1, max_value=50),
)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_chunks_hold_the_same_bytes_and_only_the_last_is_shorter(pieces, chunk_bytes):
    chunks = list(chunked(pieces, chunk_bytes))
    assert b"".join(chunks) == b"".join(pieces)
    assert all(len(chunk) == chunk_bytes for chunk in chunks[:-1])
    assert all(0 < len(chunk) <= chunk_bytes for chunk in chunks)
