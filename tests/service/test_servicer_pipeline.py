"""The RPCs on real files, over a real port, with known truth."""

import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    highlights_pb2,
    media_analysis_service_pb2_grpc,
    probe_pb2,
    upload_pb2,
)
from multicam_server.config import MediaConfig
from scipy import signal

RATE_HZ = 16_000
EVENT_S = 30
LATE_MS = 3_217.0
WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))
OTHER = (("x-tenant-id", "t_other"), ("x-env", "dev"))


def talking(seconds: float, seed: int) -> np.ndarray:
    """Sound with the spectrum and the syllables of speech, and pauses."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    band = signal.butter(2, (200, 3_000), "bandpass", fs=RATE_HZ, output="sos")
    noise = signal.sosfilt(band, rng.standard_normal(count))
    syllables = np.repeat(rng.uniform(0, 1, count // 3_200 + 1) ** 2, 3_200)[:count]
    pauses = np.repeat(rng.uniform(0, 1, count // 16_000 + 1) > 0.25, 16_000)[:count]
    return np.asarray(0.4 * noise * syllables * pauses)


def write_wav(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Media of two tenants: two cameras that hear one event, one that hears nothing."""
    folder = tmp_path_factory.mktemp("media")
    event = talking(EVENT_S + 5, seed=1)
    rng = np.random.default_rng(2)
    late = int(LATE_MS * RATE_HZ / 1e3)
    for tenant in ("t_test", "t_other"):
        write_wav(folder / tenant / "a.wav", event[: EVENT_S * RATE_HZ])
        heard_late = 0.3 * event[late:] + 0.002 * rng.standard_normal(len(event) - late)
        write_wav(folder / tenant / "b.wav", heard_late)
        write_wav(folder / tenant / "silent.wav", np.zeros(EVENT_S * RATE_HZ))
        (folder / tenant / "text.mp4").write_text("this is no film")
    write_wav(folder / "outside.wav", event)
    (folder / "t_test" / "link.wav").symlink_to(folder / "t_other" / "a.wav")
    return folder


@pytest.fixture
def stub(
    root: Path, serve: Callable[..., Any], connect: Callable[..., grpc.Channel]
) -> media_analysis_service_pb2_grpc.MediaAnalysisServiceStub:
    address = serve(media=MediaConfig(roots=(root,))).address
    return media_analysis_service_pb2_grpc.MediaAnalysisServiceStub(connect(address))


def to_align(*files: str, **options: Any) -> align_pb2.AlignRequest:
    request = align_pb2.AlignRequest(session_id="ses", base_asset_id=files[0])
    for file in files:
        request.tracks.add().asset.MergeFrom(
            align_pb2.AlignTrack(asset={"asset_id": file, "uri": f"{file}.wav"}).asset
        )
    request.options.MergeFrom(align_pb2.AlignOptions(**options))
    return request


def same_bytes(first: Message, second: Message) -> bool:
    """Whether two replies are equal to the byte, `cache_hit` apart."""

    def neutral(message: Message) -> bytes:
        copy = type(message)()
        copy.CopyFrom(message)
        if isinstance(copy, align_pb2.AlignResponse):
            copy.meta.cache_hit = False
        return copy.SerializeToString(deterministic=True)

    return neutral(first) == neutral(second)


def test_two_files_are_placed(stub: Any) -> None:
    reply = stub.Align(to_align("a", "b"), metadata=WHO)
    base, late = reply.tracks
    assert base.status == align_pb2.ALIGN_STATUS_BASE
    assert base.offset_ms == 0
    assert late.status == align_pb2.ALIGN_STATUS_ALIGNED, late.reason
    assert late.offset_ms == pytest.approx(LATE_MS, abs=1.0)
    assert late.confidence >= 0.9
    assert reply.meta.alignment_version


def test_a_camera_that_heard_nothing_gets_no_offset(stub: Any) -> None:
    reply = stub.Align(to_align("a", "b", "silent"), metadata=WHO)
    silent = reply.tracks[2]
    assert silent.status == align_pb2.ALIGN_STATUS_UNALIGNED
    assert not silent.HasField("offset_ms")
    assert silent.confidence < 0.5
    assert silent.reason
    assert reply.tracks[1].offset_ms == pytest.approx(LATE_MS, abs=1.0)


def test_the_order_of_tracks_changes_no_value(stub: Any) -> None:
    forward = to_align("a", "b", "silent")
    backward = align_pb2.AlignRequest()
    backward.CopyFrom(forward)
    del backward.tracks[:]
    backward.tracks.extend(reversed(forward.tracks))
    first = stub.Align(forward, metadata=WHO)
    second = stub.Align(backward, metadata=WHO)
    assert list(first.tracks) == list(reversed(second.tracks))


def test_an_answer_is_remembered_per_tenant(stub: Any) -> None:
    request = to_align("a", "b")
    first = stub.Align(request, metadata=WHO)
    again = stub.Align(request, metadata=WHO)
    elsewhere = stub.Align(request, metadata=OTHER)
    fresh = stub.Align(to_align("a", "b", bypass_cache=True), metadata=WHO)
    hits = [reply.meta.cache_hit for reply in (first, again, elsewhere, fresh)]
    assert hits == [False, True, False, False]
    assert same_bytes(first, again)
    assert same_bytes(first, fresh)
    assert elsewhere.meta.cache_key != first.meta.cache_key
    longer = stub.Align(to_align("a", "b", window_ms=5_000), metadata=WHO)
    assert not longer.meta.cache_hit


REFUSED = [
    ("../t_other/a.wav", grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"),
    ("../t_other/none.wav", grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"),
    ("/etc/hostname", grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"),
    ("/etc/no-such-file", grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"),
    ("link.wav", grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"),
    ("http://localhost/a.wav", grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"),
    ("none.wav", grpc.StatusCode.NOT_FOUND, "MEDIA_NOT_FOUND"),
    ("text.mp4", grpc.StatusCode.FAILED_PRECONDITION, "MEDIA_UNREADABLE"),
]


def calls(stub: Any, asset: dict[str, str]) -> Sequence[Callable[[], object]]:
    """The asset, asked for by every RPC that opens media."""
    align = to_align("a", "b")
    align.tracks[1].asset.MergeFrom(align_pb2.AlignTrack(asset=asset).asset)
    probe = probe_pb2.ProbeMediaRequest(assets=[asset])
    cut = auto_cut_pb2.AutoCutRequest(
        tracks=[
            {"asset_id": "a", "duration_ms": 9_000, "asset": {"uri": "a.wav"}},
            {"asset_id": asset["asset_id"], "asset": asset},
        ]
    )
    pick = highlights_pb2.HighlightsRequest(tracks=cut.tracks)
    analyze = analyze_pb2.AnalyzeRequest(
        tracks=[{"asset": {"asset_id": "a", "uri": "a.wav"}}, {"asset": asset}]
    )
    return (
        lambda: stub.Align(align, metadata=WHO),
        lambda: stub.ProbeMedia(probe, metadata=WHO),
        lambda: stub.AutoCut(cut, metadata=WHO),
        lambda: stub.Highlights(pick, metadata=WHO),
        lambda: list(stub.Analyze(analyze, metadata=WHO)),
    )


@pytest.mark.parametrize(("uri", "code", "reason"), REFUSED)
def test_media_that_cannot_be_used_is_refused_by_every_rpc(
    stub: Any, info: Callable[..., Any], uri: str, code: grpc.StatusCode, reason: str
) -> None:
    for call in calls(stub, {"asset_id": "wanted", "uri": uri}):
        with pytest.raises(grpc.RpcError) as refused:
            call()
        assert refused.value.code() is code
        assert info(refused.value).reason == reason
        assert info(refused.value).metadata["asset_id"] == "wanted"
        assert "/t_other/" not in refused.value.details().replace(uri, "")


def test_what_is_refused_does_not_tell_whether_it_exists(stub: Any) -> None:
    texts = set()
    for uri in ("../t_other/a.wav", "../t_other/none.wav", "/etc/hostname", "/etc/no-such-file"):
        with pytest.raises(grpc.RpcError) as refused:
            calls(stub, {"asset_id": "wanted", "uri": uri})[1]()
        texts.add((refused.value.code(), refused.value.details()))
    assert len(texts) == 1


def test_a_bad_request_names_every_field(stub: Any, details: Callable[..., Any]) -> None:
    request = to_align("a", "b")
    request.base_asset_id = "z"
    request.tracks[1].asset.asset_id = "a"
    request.tracks[0].asset.duration_ms = float("nan")
    with pytest.raises(grpc.RpcError) as refused:
        stub.Align(request, metadata=WHO)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    violations = details(refused.value, error_details_pb2.BadRequest).field_violations
    assert sorted(violation.field for violation in violations) == [
        "base_asset_id",
        "tracks[0].asset.duration_ms",
        "tracks[1].asset.asset_id",
    ]
    assert all(violation.description for violation in violations)


def test_however_much_is_wrong_the_reply_arrives(stub: Any) -> None:
    request = align_pb2.AlignRequest(tracks=[{} for _ in range(3_000)])
    with pytest.raises(grpc.RpcError) as refused:
        stub.Align(request, metadata=WHO)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_an_upload_is_aligned_by_its_tenant_only(
    stub: Any, root: Path, info: Callable[..., Any]
) -> None:
    content = (root / "t_test" / "b.wav").read_bytes()
    parts = [
        upload_pb2.UploadMediaRequest(header={"size_bytes": len(content)}),
        *(
            upload_pb2.UploadMediaRequest(chunk=content[start : start + 262_144])
            for start in range(0, len(content), 262_144)
        ),
    ]
    upload = stub.UploadMedia(iter(parts), metadata=WHO)
    assert upload.size_bytes == len(content)
    request = to_align("a", "b")
    request.tracks[1].asset.upload_id = upload.upload_id
    reply = stub.Align(request, metadata=WHO)
    assert reply.tracks[1].offset_ms == pytest.approx(LATE_MS, abs=1.0)
    with pytest.raises(grpc.RpcError) as refused:
        stub.Align(request, metadata=OTHER)
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert info(refused.value).reason == "UPLOAD_NOT_FOUND"


def shuffled(message: Any, seed: int) -> Any:
    """The same request with its tracks, events, beats, frames and subjects in another order."""
    rng = np.random.default_rng(seed)
    copy = type(message)()
    copy.CopyFrom(message)

    def shuffle(items: Any) -> None:
        kept = list(items)
        del items[:]
        items.extend(kept[place] for place in rng.permutation(len(kept)))

    tracks = copy.tracks if hasattr(copy, "tracks") else [copy]
    for track in tracks:
        timeline, visual = track.artifacts.audio_semantic_timeline, track.artifacts.visual_meta
        shuffle(timeline.events)
        shuffle(timeline.beats)
        for frame in visual.frames:
            shuffle(frame.subjects)
        shuffle(visual.frames)
    if hasattr(copy, "tracks"):
        shuffle(copy.tracks)
    return copy


@pytest.mark.parametrize("rpc", ["AutoCut", "Highlights", "Focus"])
def test_the_order_of_what_is_sent_changes_no_byte(
    stub: Any, rpc: str, full_requests: dict[str, Message]
) -> None:
    method = getattr(stub, rpc)
    first = method(full_requests[rpc], metadata=WHO)
    for seed in range(3):
        assert same_bytes(first, method(shuffled(full_requests[rpc], seed), metadata=WHO))


def test_speech_is_measured_where_no_artifact_tells_it(stub: Any) -> None:
    request = auto_cut_pb2.AutoCutRequest(
        tracks=[
            {"asset_id": "a", "asset": {"uri": "a.wav"}},
            {"asset_id": "b", "asset": {"uri": "b.wav"}, "offset_ms": LATE_MS},
        ]
    )
    reply = stub.AutoCut(request, metadata=WHO)
    for asset_id in ("a", "b"):
        named = f"{asset_id}: no audio_semantic_timeline"
        assert any(text.startswith(named) for text in reply.meta.fallbacks)
    picture = reply.sequence.tracks[0].clips
    assert sum((clip.out_ms - clip.in_ms) / clip.speed for clip in picture) == pytest.approx(
        reply.sequence.duration_ms
    )


def test_a_track_of_unknown_length_is_named(stub: Any, details: Callable[..., Any]) -> None:
    request = auto_cut_pb2.AutoCutRequest(
        tracks=[{"asset_id": "a", "duration_ms": 5_000}, {"asset_id": "b"}]
    )
    with pytest.raises(grpc.RpcError) as refused:
        stub.AutoCut(request, metadata=WHO)
    violations = details(refused.value, error_details_pb2.BadRequest).field_violations
    assert [violation.field for violation in violations] == ["tracks[1].duration_ms"]


def test_analyze_tells_its_progress_and_ends_with_every_result(stub: Any) -> None:
    request = analyze_pb2.AnalyzeRequest(
        session_id="ses",
        base_asset_id="a",
        tracks=[
            {"asset": {"asset_id": name, "uri": f"{name}.wav"}} for name in ("a", "b", "silent")
        ],
        highlights={"target_duration_ms": 8_000},
    )
    *progress, last = stub.Analyze(request, metadata=WHO)
    fractions = [event.progress.fraction for event in progress]
    assert all(event.WhichOneof("event") == "progress" for event in progress)
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    stages = [event.progress.stage for event in progress]
    assert sorted(set(stages)) == [1, 2, 3, 4]
    assert stages == sorted(stages)
    result = last.result
    assert same_bytes(result.align, stub.Align(to_align("a", "b", "silent"), metadata=WHO))
    shown = {clip.asset_id for clip in result.auto_cut.sequence.tracks[0].clips}
    assert shown <= {"a", "b"}
    assert any(text.startswith("silent: left out") for text in result.auto_cut.meta.warnings)
    assert 0 < result.highlights.sequence.duration_ms <= 8_000
    programme = len(result.auto_cut.sequence.tracks[0].clips)
    moments = len(result.highlights.sequence.tracks[0].clips)
    assert [focus.clip_id for focus in result.focus] == [
        *(f"programme/{index}" for index in range(programme)),
        *(f"highlights/{index}" for index in range(moments)),
    ]


def test_whoever_runs_the_service_learns_of_fallbacks(
    stub: Any, caplog: pytest.LogCaptureFixture
) -> None:
    tracks = [{"asset_id": "a", "duration_ms": 9_000}, {"asset_id": "b", "duration_ms": 9_000}]
    with caplog.at_level("INFO", logger="multicam_server"):
        reply = stub.AutoCut(auto_cut_pb2.AutoCutRequest(tracks=tracks), metadata=WHO)
    assert reply.meta.fallbacks
    logged = [message.removeprefix("fallback: ") for message in caplog.messages]
    assert set(reply.meta.fallbacks) <= set(logged)
