"""Every limit at its edge: what just fits is taken, what is one more is refused by name."""

import struct
from dataclasses import replace
from pathlib import Path

import grpc
import numpy as np
import pytest
from multicam.v1 import align_pb2, auto_cut_pb2, focus_pb2, media_pb2, probe_pb2, upload_pb2
from multicam_server import wire
from multicam_server.config import LimitsConfig, UploadConfig, WorkConfig
from multicam_server.domain.artifacts import RegionSummary
from multicam_server.domain.faults import InvalidRequest
from multicam_server.validation import artifacts as artifact_rules
from multicam_server.validation import lists, media
from multicam_server.validation.artifacts import check_artifacts
from multicam_server.validation.report import Report

MIB = 1024**2
MESSAGE_BYTES = 3 * MIB


@pytest.fixture(scope="module")
def server(tmp_path_factory, media_root, tools):
    """One server with small limits for all of these tests."""
    server = tools.server(
        *("--listen", "127.0.0.1:0", "--media-root", str(media_root)),
        *("--cache-dir", str(tmp_path_factory.mktemp("cache")), "--log-level", "warning"),
        *("--max-message-bytes", str(MESSAGE_BYTES), "--max-upload-bytes", "100000"),
    )
    yield server
    server.close()


@pytest.fixture
def stub(server, stub_of):
    return stub_of(server)


def refused(call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments, timeout=60, **options)
    return error.value


def of_size(size_bytes):
    """A Focus request of exactly so many bytes on the wire, with nothing right in it."""
    request = focus_pb2.FocusRequest(clip_id="x" * (size_bytes - 5))
    request.clip_id += "x" * (size_bytes - request.ByteSize())
    assert request.ByteSize() == size_bytes
    return request


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_a_message_after_decompression(stub, tools, compression):
    options = {"metadata": tools.who(), "compression": compression}
    fits = refused(stub.Focus, of_size(MESSAGE_BYTES), **options)
    assert tools.reason_of(fits) == "REQUEST_INVALID"  # it has been read
    too_long = refused(stub.Focus, of_size(MESSAGE_BYTES + 1), **options)
    assert too_long.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


@pytest.mark.parametrize("extra", [0, 1])
def test_an_upload(stub, tools, extra):
    def chunks():
        yield upload_pb2.UploadMediaRequest(chunk=bytes(99_999))
        yield upload_pb2.UploadMediaRequest(chunk=bytes(1 + extra))

    if extra:
        error = refused(stub.UploadMedia, chunks(), metadata=tools.who())
        assert tools.reason_of(error) == "UPLOAD_TOO_LARGE"
    else:
        assert stub.UploadMedia(chunks(), metadata=tools.who()).size_bytes == 100_000


def test_metadata(stub, tools):
    """gRPC refuses some calls from 8 KiB on and all from 16 KiB on; ours have 128 characters."""
    cut = tools.small_cut()
    assert stub.AutoCut(cut, metadata=(*tools.who(), ("authorization", "x" * 7_000)))
    error = refused(stub.AutoCut, cut, metadata=(*tools.who(), ("authorization", "x" * 17_000)))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert stub.AutoCut(cut, metadata=(*tools.who(), ("x-user-id", "u" * 128)))
    error = refused(stub.AutoCut, cut, metadata=(*tools.who(), ("x-user-id", "u" * 129)))
    assert tools.reason_of(error) == "METADATA_INVALID"


def test_tracks(stub, tools):
    request = auto_cut_pb2.AutoCutRequest(session_id="many")
    for number in range(lists.MAX_TRACKS):
        request.tracks.add(asset_id=f"a{number}", duration_ms=5_000)
    assert stub.AutoCut(request, metadata=tools.who()).decisions
    request.tracks.add(asset_id="one more", duration_ms=5_000)
    assert "tracks" in refused(stub.AutoCut, request, metadata=tools.who()).details()


def write_quiet_wav(path, seconds, rate=1_000):
    """Silence of any length, of which the file system keeps the header only."""
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + seconds * rate, b"WAVE", b"fmt ", 16, 1, 1, rate, rate, 1, 8),
        *(b"data", seconds * rate),
    )
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + seconds * rate)


@pytest.mark.parametrize("extra_s", [0, 1])
def test_the_length_of_media(stub, tools, media_root, extra_s):
    write_quiet_wav(media_root / tools.tenant / "day.wav", 24 * 3_600 + extra_s)
    assets = [media_pb2.Asset(asset_id="day", uri="day.wav")]
    request = probe_pb2.ProbeMediaRequest(assets=assets)
    if extra_s:
        error = refused(stub.ProbeMedia, request, metadata=tools.who())
        assert tools.reason_of(error) == "MEDIA_UNREADABLE"
        assert "at most 24 h" in error.details()
    else:
        (found,) = stub.ProbeMedia(request, metadata=tools.who()).media
        assert found.duration_ms == 24 * 3_600_000


def violations(artifacts):
    report = Report()
    check_artifacts(report, "artifacts", artifacts)
    try:
        report.close()
    except InvalidRequest as fault:
        return [violation.field for violation in fault.violations]
    return []


@pytest.fixture(scope="module")
def one_of_each():
    """Artifacts with one event, beat, frame, subject and region."""
    request = auto_cut_pb2.AutoCutRequest()
    told = request.tracks.add().artifacts
    told.audio_semantic_timeline.events.add(kind=1, start_ms=0, end_ms=1)
    told.audio_semantic_timeline.beats.add(time_ms=1)
    told.visual_meta.frames.add(timestamp_ms=1).subjects.add(bbox_width=0.5, bbox_height=0.5)
    told.region_summary.entries.add(time_ms=1, region="face")
    return wire.read_auto_cut(request).tracks[0].artifacts


def repeated(columns, count):
    """A dataclass of columns with its first element so many times; what is inside likewise."""
    found = {}
    for name, column in vars(columns).items():
        if isinstance(column, np.ndarray) and len(column) == 1:
            found[name] = np.repeat(column, count)
        elif isinstance(column, tuple) and len(column) == 1:
            found[name] = column * count
    return replace(columns, **found)


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("audio_semantic_timeline.events", artifact_rules.MAX_EVENTS),
        ("audio_semantic_timeline.beats", artifact_rules.MAX_BEATS),
        ("visual_meta.frames", artifact_rules.MAX_FRAMES),
        ("region_summary.entries", artifact_rules.MAX_REGION_ENTRIES),
    ],
)
def test_long_lists(one_of_each, path, most, extra):
    outer, _, inner = path.partition(".")
    part = getattr(one_of_each, outer)
    if inner in {"events", "beats"}:
        part = replace(part, **{inner: repeated(getattr(part, inner), most + extra)})
    elif isinstance(part, RegionSummary):
        part = repeated(part, most + extra)
    else:
        part = repeated(part, most + extra)
    found = violations(replace(one_of_each, **{outer: part}))
    assert found == ([f"artifacts.{path}"] if extra else [])


@pytest.mark.parametrize("extra", [0, 1])
def test_samples(extra):
    request = align_pb2.AlignRequest()
    waveform = request.tracks.add().asset.waveform
    waveform.sample_rate_hz = 8_000
    waveform.samples.append(0.5)
    asset = wire.read_align(request).tracks[0].asset
    samples = np.zeros(media.MAX_SAMPLES + extra, dtype=asset.waveform.samples.dtype)
    asset = replace(asset, asset_id="a", waveform=replace(asset.waveform, samples=samples))
    report = Report()
    media.check_source(report, "asset", asset, required=True)
    if extra:
        with pytest.raises(InvalidRequest, match="samples"):
            report.close()
    else:
        report.close()


def test_the_docs_tell_these_limits():
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text("utf-8")
    table = text.partition("## Limits")[2].partition("\n## ")[0]
    for limit in (
        lists.MAX_TRACKS,
        media.MAX_SAMPLES,
        artifact_rules.MAX_EVENTS,
        artifact_rules.MAX_BEATS,
        artifact_rules.MAX_FRAMES,
        artifact_rules.MAX_SUBJECTS,
    ):
        assert f" {limit:,} " in table
    default_bytes = (
        LimitsConfig().max_message_bytes,
        UploadConfig().limit_bytes,
        UploadConfig().tenant_bytes,
        WorkConfig().memory_bytes,
    )
    for size_bytes in default_bytes:
        unit = "GiB" if size_bytes >= 1024**3 else "MiB"
        assert f"{size_bytes // (1024**3 if unit == 'GiB' else MIB)} {unit}" in table
    for seconds in (WorkConfig().default_deadline_s, WorkConfig().cpu_s, UploadConfig().idle_s):
        assert f" {seconds:,.0f} s" in table
