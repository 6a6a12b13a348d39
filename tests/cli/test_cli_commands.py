"""Every command against a running service: what is sent, printed and written."""

import json

import grpc
import pytest
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    media_pb2,
    probe_pb2,
    sequence_pb2,
    session_pb2,
    upload_pb2,
)
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceServicer

SEQUENCE = sequence_pb2.Sequence(
    name="s programme",
    duration_ms=62_000,
    tracks=[
        sequence_pb2.SequenceTrack(
            kind=sequence_pb2.TRACK_KIND_VIDEO,
            clips=[
                sequence_pb2.SequenceClip(asset_id="a.wav", in_ms=0, out_ms=31_000, speed=1),
                sequence_pb2.SequenceClip(
                    asset_id="b.wav", start_ms_on_timeline=31_000, in_ms=500, out_ms=31_500, speed=1
                ),
            ],
        )
    ],
)


def aligned(request):
    """Places the tracks one second apart; the last one cannot be placed."""
    tracks = [
        align_pb2.AlignedTrack(
            asset_id=track.asset.asset_id,
            offset_ms=1_000.25 * index,
            drift_ppm=8.5,
            confidence=0.998,
            status=align_pb2.ALIGN_STATUS_ALIGNED,
            method=align_pb2.ALIGN_METHOD_AUDIO_CROSS_CORRELATION,
        )
        for index, track in enumerate(request.tracks)
    ]
    if len(tracks) > 2:
        tracks[-1] = align_pb2.AlignedTrack(
            asset_id=tracks[-1].asset_id,
            status=align_pb2.ALIGN_STATUS_UNALIGNED,
            reason="no sound in common",
        )
    return align_pb2.AlignResponse(
        session_id=request.session_id,
        base_asset_id=request.base_asset_id,
        tracks=tracks,
        meta=align_pb2.AlignMeta(warnings=["b.wav: is quiet"], fallbacks=["b.wav: one window"]),
    )


class Answering(MediaAnalysisServiceServicer):
    """Keeps requests, metadata and uploads; answers plausibly."""

    def __init__(self):
        self.requests, self.metadata, self.uploads = [], [], []

    def keep(self, request, context):
        self.requests.append(request)
        self.metadata.append(dict(context.invocation_metadata()))

    def Align(self, request, context):  # noqa: N802
        self.keep(request, context)
        return aligned(request)

    def AutoCut(self, request, context):  # noqa: N802
        self.keep(request, context)
        return auto_cut_pb2.AutoCutResponse(sequence=SEQUENCE)

    def Highlights(self, request, context):  # noqa: N802
        self.keep(request, context)
        return highlights_pb2.HighlightsResponse(sequence=SEQUENCE)

    def Focus(self, request, context):  # noqa: N802
        self.keep(request, context)
        return focus_pb2.FocusResponse(clip_id=request.clip_id)

    def ProbeMedia(self, request, context):  # noqa: N802
        self.keep(request, context)
        video = probe_pb2.VideoInfo(
            codec="h264",
            width=1920,
            height=1080,
            rotation_degrees=90,
            frame_rate=media_pb2.FrameRate(numerator=30000, denominator=1001),
            variable_frame_rate=True,
        )
        sound = probe_pb2.AudioInfo(codec="aac", channels=2, sample_rate_hz=48_000)
        found = probe_pb2.FoundTimecode(
            timecode=media_pb2.Timecode(value="10:00:00;02"),
            source=probe_pb2.TIMECODE_SOURCE_CONTAINER,
        )
        media = [
            probe_pb2.MediaInfo(
                asset_id=request.assets[0].asset_id,
                container="mov",
                duration_ms=3_723_004.4,
                video=video,
                audio_streams=[sound],
                timecodes=[found],
                warnings=["ends early"],
            )
        ]
        return probe_pb2.ProbeMediaResponse(media=media)

    def Analyze(self, request, context):  # noqa: N802
        self.keep(request, context)
        yield analyze_pb2.AnalyzeResponse(
            progress=analyze_pb2.AnalyzeProgress(fraction=0.5, message="cutting")
        )
        decision = session_pb2.Decision(clip_index=0, score=3.25, reason="a laugh")
        result = analyze_pb2.AnalyzeResult(
            align=aligned(request),
            auto_cut=auto_cut_pb2.AutoCutResponse(
                sequence=SEQUENCE, meta=auto_cut_pb2.AutoCutMeta(warnings=["c.wav left out"])
            ),
            highlights=highlights_pb2.HighlightsResponse(sequence=SEQUENCE, decisions=[decision]),
            focus=[
                focus_pb2.FocusResponse(
                    clip_id="programme/0", meta=focus_pb2.FocusMeta(fallbacks=["centred"])
                ),
                focus_pb2.FocusResponse(
                    clip_id="programme/1", meta=focus_pb2.FocusMeta(fallbacks=["centred"])
                ),
            ],
        )
        yield analyze_pb2.AnalyzeResponse(result=result)

    def UploadMedia(self, requests, context):  # noqa: N802
        content = b"".join(request.chunk for request in requests)
        self.uploads.append(content)
        return upload_pb2.UploadMediaResponse(upload_id=f"u-{len(self.uploads)}")


class Refusing(MediaAnalysisServiceServicer):
    """Refuses every call in the service's manner."""

    def __init__(self, code, reason, message, *details):
        info = error_details_pb2.ErrorInfo(reason=reason, domain="multicam")
        self.code, self.message = code, message
        self.status = status_pb2.Status(code=code.value[0], message=message)
        for detail in (info, *details):
            packed = Any()
            packed.Pack(detail)
            self.status.details.append(packed)

    def refuse(self, request, context):
        context.set_trailing_metadata(
            (("grpc-status-details-bin", self.status.SerializeToString()),)
        )
        context.abort(self.code, self.message)

    Align = AutoCut = ProbeMedia = refuse

    def UploadMedia(self, requests, context):  # noqa: N802
        list(requests)
        return upload_pb2.UploadMediaResponse(upload_id="u")


@pytest.fixture
def service():
    return Answering()


@pytest.fixture
def server(serve, service):
    return serve(service)


def test_align_uploads_files_and_prints_a_table(multicam, server, service, recordings):
    done = multicam("align", *recordings, *server)
    assert (done.returncode, done.stderr) == (0, "")
    assert service.uploads == [path.read_bytes() for path in recordings]
    (request,) = service.requests
    assert request.base_asset_id == "a.wav"
    assert [(t.asset.asset_id, t.asset.upload_id) for t in request.tracks] == [
        ("a.wav", "u-1"),
        ("b.wav", "u-2"),
    ]
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [
        "a.wav",
        "+0.000",
        "+8.50",
        "0.998",
        "aligned",
        "audio",
        "cross",
        "correlation",
    ] in lines
    assert "+1000.250" in done.stdout
    assert done.stdout.endswith("warning: b.wav: is quiet\nfallback: b.wav: one window\n")


def test_align_says_what_could_not_be_placed(multicam, server, recordings, tmp_path):
    third = tmp_path / "c.wav"
    third.write_bytes(recordings[0].read_bytes())
    done = multicam("align", *recordings, third, *server)
    row = next(line for line in done.stdout.splitlines() if line.startswith("c.wav"))
    assert row.split() == [
        "c.wav",
        "-",
        "-",
        "0.000",
        "unaligned",
        "-",
        *["no", "sound", "in", "common"],
    ]


def test_align_json_keeps_names_and_prints_what_has_no_presence(multicam, server, recordings):
    done = multicam("align", *recordings, "--json", "--session", "take 1", *server)
    document = json.loads(done.stdout)
    assert document["session_id"] == "take 1"
    assert document["tracks"][1]["offset_ms"] == 1000.25
    assert document["tracks"][0]["reason"] == ""
    assert document["meta"]["cache_hit"] is False
    assert "residual_ms" not in document["tracks"][0]


def test_the_base_is_counted_from_one(multicam, server, service, recordings):
    multicam("align", *recordings, "--base", "2", *server)
    assert service.requests[0].base_asset_id == "b.wav"


def test_a_uri_is_the_servers_to_open(multicam, server, service, recordings):
    uri = "file:///media/t_a/day 1/b.mov"
    done = multicam("align", recordings[0], uri, *server)
    assert done.returncode == 0
    assert len(service.uploads) == 1
    asset = service.requests[0].tracks[1].asset
    assert (asset.asset_id, asset.uri) == ("b.mov", uri)


def test_who_calls_travels_as_metadata(multicam, server, service, recordings):
    multicam("align", *recordings, *server, environment={"MULTICAM_TOKEN": "secret"})
    metadata = service.metadata[0]
    assert (metadata["x-tenant-id"], metadata["x-env"]) == ("t_a", "dev")
    assert metadata["authorization"] == "Bearer secret"


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_align_passes_a_request_on_as_it_is(multicam, server, service, tmp_path, source):
    request = {
        "session_id": "s",
        "tracks": [
            {"asset": {"asset_id": "a", "uri": "a.mov"}, "pinned_offset_ms": 0},
            {"asset": {"asset_id": "b", "upload_id": "u"}, "role": "CAMERA_ROLE_WIDE"},
        ],
    }
    text = json.dumps(request)
    (tmp_path / "request.json").write_text(text, "utf-8")
    name = "-" if source == "stdin" else "request.json"
    done = multicam("align", "--request", name, *server, stdin=text)
    assert done.returncode == 0
    assert [track["asset_id"] for track in json.loads(done.stdout)["tracks"]] == ["a", "b"]
    sent = service.requests[0].tracks
    assert sent[0].asset.uri == "a.mov"
    assert sent[0].HasField("pinned_offset_ms")
    assert sent[1].role == media_pb2.CAMERA_ROLE_WIDE


@pytest.mark.parametrize(
    ("name", "request_text", "sent"),
    [
        ("autocut", '{"pacing": "PACING_FAST"}', auto_cut_pb2.AutoCutRequest(pacing=1)),
        (
            "highlights",
            '{"target_duration_ms": 20000}',
            highlights_pb2.HighlightsRequest(target_duration_ms=20_000),
        ),
        ("focus", '{"clip_id": "c"}', focus_pb2.FocusRequest(clip_id="c")),
    ],
)
def test_requests_go_in(multicam, serve, name, request_text, sent):
    service = Answering()
    done = multicam(name, "--request", "-", *serve(service), stdin=request_text)
    assert done.returncode == 0
    assert service.requests == [sent]


def test_a_sequence_comes_out(multicam, server):
    for name in ("autocut", "highlights"):
        document = json.loads(multicam(name, "--request", "-", *server, stdin="{}").stdout)
        track = document["sequence"]["tracks"][0]
        assert track["clips"][0]["start_ms_on_timeline"] == 0
        assert track["video_role"] == "VIDEO_ROLE_UNSPECIFIED"


def test_a_window_comes_out(multicam, server):
    done = multicam("focus", "--request", "-", *server, stdin='{"clip_id": "c"}')
    document = json.loads(done.stdout)
    assert (document["clip_id"], document["automations"]) == ("c", [])


def test_probe_prints_a_table(multicam, server, recordings):
    done = multicam("probe", recordings[0], *server)
    row = next(line for line in done.stdout.splitlines() if line.startswith("a.wav"))
    assert " ".join(row.split()) == (
        "a.wav mov 1:02:03.004 h264 1920x1080, 29.97 fps (varies), turned 90° "
        "aac 48000 Hz, 2 channels 10:00:00;02 (container)"
    )
    assert done.stdout.endswith("warning: a.wav: ends early\n")


def test_probe_json(multicam, server, recordings):
    done = multicam("probe", recordings[0], "--json", *server)
    media = json.loads(done.stdout)["media"][0]
    assert media["video"]["frame_rate"] == {"numerator": 30000, "denominator": 1001}


def test_analyze_writes_the_results_and_prints_a_summary(
    multicam, server, service, recordings, tmp_path
):
    out = tmp_path / "made" / "results"
    options = ("--pacing", "fast", "--target-duration-ms", "20000", "--target-aspect-ratio", "1:1")
    done = multicam("analyze", *recordings, "--out", out, "--base", "2", *options, *server)
    assert done.returncode == 0
    (request,) = service.requests
    assert request.base_asset_id == "b.wav"
    assert request.auto_cut.pacing == auto_cut_pb2.PACING_FAST
    assert request.highlights.target_duration_ms == 20_000
    assert request.focus.target_aspect_ratio == "1:1"
    documents = {path.name: json.loads(path.read_text("utf-8")) for path in out.iterdir()}
    assert sorted(documents) == ["align.json", "auto_cut.json", "focus.json", "highlights.json"]
    assert documents["align.json"]["tracks"][1]["asset_id"] == "b.wav"
    assert documents["auto_cut.json"]["sequence"]["duration_ms"] == 62_000
    assert documents["highlights.json"]["decisions"][0]["reason"] == "a laugh"
    clips = [focus["clip_id"] for focus in documents["focus.json"]]
    assert clips == ["programme/0", "programme/1"]
    assert "Programme: 0:01:02.000, 2 shots" in done.stdout
    assert ["a.wav", "1", "0:00:31.000", "50%"] in [
        line.split() for line in done.stdout.splitlines()
    ]
    assert "a laugh" in done.stdout
    assert done.stdout.count("fallback: centred") == 1
    assert "warning: c.wav left out" in done.stdout
    assert f"wrote {out / 'focus.json'}" in done.stdout


def test_analyze_leaves_the_defaults_to_the_service(multicam, server, service, recordings):
    multicam("analyze", *recordings, "--out", "results", *server)
    (request,) = service.requests
    assert not request.highlights.HasField("target_duration_ms")
    assert request.auto_cut.pacing == auto_cut_pb2.PACING_UNSPECIFIED
    assert request.focus.target_aspect_ratio == ""


def test_analyze_takes_a_request_and_prints_json(multicam, server, service, tmp_path):
    request = {"tracks": [{"asset": {"asset_id": "a", "uri": "a.mov"}}], "session_id": "s"}
    done = multicam(
        "analyze", "--request", "-", "--out", tmp_path, "--json", *server, stdin=json.dumps(request)
    )
    assert json.loads(done.stdout)["align"]["session_id"] == "s"
    assert service.requests[0].tracks[0].asset.uri == "a.mov"


def test_analyze_replaces_older_results_and_leaves_nothing_else(
    multicam, server, recordings, tmp_path
):
    out = tmp_path / "out"
    out.mkdir()
    (out / "align.json").write_text("old")
    (out / "notes.txt").write_text("mine")
    multicam("analyze", *recordings, "--out", out, *server)
    assert json.loads((out / "align.json").read_text("utf-8"))["base_asset_id"] == "a.wav"
    assert sorted(path.name for path in out.iterdir()) == [
        "align.json",
        "auto_cut.json",
        "focus.json",
        "highlights.json",
        "notes.txt",
    ]


def test_an_analysis_without_a_result_is_a_failure(multicam, serve, recordings, tmp_path):
    class Silent(Answering):
        def Analyze(self, request, context):  # noqa: N802
            yield analyze_pb2.AnalyzeResponse()

    done = multicam("analyze", *recordings, "--out", "out", *serve(Silent()))
    assert done.returncode == 1
    assert "without a result" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_refusal_names_field_file_and_remedy(multicam, serve, recordings):
    violations = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(
                field="tracks[1].asset.uri", description="must not be empty"
            ),
            error_details_pb2.BadRequest.FieldViolation(
                field="options.window_ms", description="must be 1,000 to 600,000"
            ),
        ]
    )
    code = grpc.StatusCode.INVALID_ARGUMENT
    server = serve(Refusing(code, "REQUEST_INVALID", "both at once", violations))
    done = multicam("align", *recordings, *server)
    assert (done.returncode, done.stdout) == (1, "")
    lines = done.stderr.splitlines()
    assert lines[0] == "multicam: the service refused (INVALID_ARGUMENT REQUEST_INVALID)"
    assert lines[1] == "  tracks[1].asset.uri (b.wav): must not be empty"
    assert lines[2] == "  options.window_ms: must be 1,000 to 600,000"
    assert lines[3].startswith("  request id: ")


def test_a_refusal_of_a_request_names_its_asset(multicam, serve):
    violations = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field="tracks[0].role", description="no")
        ]
    )
    code = grpc.StatusCode.INVALID_ARGUMENT
    server = serve(Refusing(code, "REQUEST_INVALID", "no", violations))
    request = json.dumps({"tracks": [{"asset_id": "cam-1"}]})
    done = multicam("autocut", "--request", "-", *server, stdin=request)
    assert "tracks[0].role (cam-1): no" in done.stderr


@pytest.mark.parametrize(
    ("refusal", "remedy"),
    [
        ((grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN"), "local path"),
        ((grpc.StatusCode.FAILED_PRECONDITION, "MEDIA_UNREADABLE"), "convert"),
        ((grpc.StatusCode.INTERNAL, "INTERNAL"), "request id"),
        ((grpc.StatusCode.UNAUTHENTICATED, "TENANT_MISSING"), "--tenant"),
    ],
)
def test_other_refusals_carry_the_message_and_a_remedy(
    multicam, serve, recordings, refusal, remedy
):
    done = multicam("probe", recordings[0], *serve(Refusing(*refusal, "a.wav: so it is")))
    assert done.returncode == 1
    assert "a.wav: so it is" in done.stderr
    told = next(line for line in done.stderr.splitlines() if line.startswith("  remedy: "))
    assert remedy in told


def test_no_server_at_the_address(multicam, recordings):
    address = "127.0.0.1:1"
    done = multicam("probe", recordings[0], "--server", address, "--tenant", "t_a", "--env", "dev")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"listens at {address}" in done.stderr
    assert "Traceback" not in done.stderr
