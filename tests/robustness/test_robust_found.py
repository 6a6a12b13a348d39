"""Inputs that once were not borne; docs/track-record.md tells how each was found."""

import av
import numpy as np
import pytest
from multicam.v1 import align_pb2
from multicam_server import jobs
from multicam_server.cache import AlignmentCache, ResultStore
from multicam_server.domain.alignment import AlignOptions, AlignRequest, AlignTrack
from multicam_server.domain.faults import MediaWithoutAudio
from multicam_server.domain.media import Asset
from multicam_server.media.probe import probe
from multicam_server.workers import methods

MATROSKA_TRACKS = bytes.fromhex("1654ae6b")
NO_MATROSKA_ELEMENT = bytes.fromhex("1654ae6c")


@pytest.fixture
def without_tracks(tmp_path):
    """A Matroska file that states a length and has no streams."""
    path = tmp_path / "without_tracks.mkv"
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=16_000, layout="mono")
        for start in range(0, 32_000, 1_024):
            frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 1_024), np.float32), format="fltp", layout="mono"
            )
            frame.sample_rate, frame.pts = 16_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    content = path.read_bytes()
    assert content.count(MATROSKA_TRACKS) >= 1
    path.write_bytes(content.replace(MATROSKA_TRACKS, NO_MATROSKA_ELEMENT))
    return path


def test_a_file_that_states_a_length_and_has_no_streams(without_tracks, tmp_path):
    found = probe(without_tracks, "a")
    assert (found.audio_streams, found.video) == ((), None)
    assert found.duration_ms == pytest.approx(2_000, abs=200)
    tracks = tuple(AlignTrack(Asset(name, uri=str(without_tracks))) for name in "ab")
    memory = AlignmentCache(ResultStore(tmp_path / "answers"))
    request = AlignRequest("event", "a", tracks, AlignOptions())
    with pytest.raises(MediaWithoutAudio):
        jobs.align(request, lambda asset: without_tracks, memory, tenant_id="t_a")


def test_want_of_memory_while_parsing_is_no_malformed_message(monkeypatch):
    """protobuf tells both alike; what tells them apart is a look for the room it took."""
    monkeypatch.setattr(methods, "PARSING_BYTES", 1 << 60)
    with pytest.raises(MemoryError):
        methods._parsed(align_pb2.AlignRequest, b"\xff\xff")
