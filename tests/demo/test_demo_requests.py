from pathlib import Path

import pytest
from google.protobuf.json_format import Parse
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    probe_pb2,
    upload_pb2,
)

REQUESTS = Path(__file__).resolve().parents[2] / "examples" / "requests"

MESSAGES = {
    "align": align_pb2.AlignRequest,
    "analyze": analyze_pb2.AnalyzeRequest,
    "auto_cut": auto_cut_pb2.AutoCutRequest,
    "focus": focus_pb2.FocusRequest,
    "highlights": highlights_pb2.HighlightsRequest,
    "probe_media": probe_pb2.ProbeMediaRequest,
}


def test_there_is_a_request_for_every_rpc():
    assert {path.stem for path in REQUESTS.iterdir()} == {*MESSAGES, "upload_media"}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_request_is_the_contracts(name):
    message = Parse((REQUESTS / f"{name}.json").read_text("utf-8"), MESSAGES[name]())
    assert message.ByteSize() > 0


def test_the_upload_is_a_stream_of_messages_one_a_line():
    lines = (REQUESTS / "upload_media.json").read_text("utf-8").splitlines()
    parts = [Parse(line, upload_pb2.UploadMediaRequest()) for line in lines]
    assert parts[0].HasField("header")
    content = b"".join(part.chunk for part in parts[1:])
    assert len(content) == parts[0].header.size_bytes
    assert content.startswith(b"RIFF")
