"""How media reaches the service: by URI, sent up, as a waveform; and what is sent of it."""

import struct
import sys
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from multicam import Client
from multicam.engines import ServerRoot, SourceSettings, SourceUnreachable
from multicam.engines.pictures import shown_size
from multicam.engines.sound_only import extract_sound
from multicam.v1 import media_analysis_service_pb2_grpc as service_grpc
from multicam.v1 import media_pb2, upload_pb2
from multicam.v1.align_pb2 import ALIGN_STATUS_BASE, AlignResponse

RATE_HZ = 48_000


class Recorder(service_grpc.MediaAnalysisServiceServicer):
    """Keeps what it is sent; knows no upload for as long as it is told to forget."""

    def __init__(self):
        self.aligned = []
        self.uploaded = []
        self.forgets = 0

    def UploadMedia(self, requests, context):  # noqa: N802 - the RPC's name
        content = b"".join(request.chunk for request in requests)
        self.uploaded.append(content)
        return upload_pb2.UploadMediaResponse(upload_id=f"u{len(self.uploaded)}")

    def Align(self, request, context):  # noqa: N802
        self.aligned.append(request)
        reply = AlignResponse(base_asset_id=request.base_asset_id)
        for track in request.tracks:
            reply.tracks.add(asset_id=track.asset.asset_id, offset_ms=0.0, status=ALIGN_STATUS_BASE)
        return reply


@pytest.fixture
def recorder(serve):
    servicer = Recorder()
    with Client(serve(servicer), tenant_id="t_x", env="dev") as client:
        yield servicer, client


def film(path, *, audio="aac", seconds=6.0, timecode=""):
    """Noise in sound and picture, from the same moment on."""
    chance = np.random.default_rng(3)
    with av.open(str(path), "w") as container:
        if timecode:
            container.metadata["timecode"] = timecode
        picture = container.add_stream("mpeg4", rate=25)
        picture.width, picture.height, picture.pix_fmt = 320, 240, "yuv420p"
        sound = container.add_stream(audio, rate=RATE_HZ, layout="mono")
        for index in range(round(seconds * 25)):
            pixels = chance.integers(0, 255, (240, 320, 3), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(picture.encode(frame))
        container.mux(picture.encode(None))
        for start in range(0, round(seconds * RATE_HZ), 1024):
            samples = chance.normal(0, 0.1, (1, 1024)).astype(np.float32)
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE_HZ, start
            frame.time_base = Fraction(1, RATE_HZ)
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


def sources_of(world, client, settings):
    engine = world.multicam(client, sources=settings)
    session = world.session(engine, "a", "b")
    engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))


def test_files_below_a_root_of_the_service_go_by_uri(world, recorder, tmp_path):
    servicer, client = recorder
    folder = tmp_path / "here" / "t_demo"
    folder.mkdir(parents=True)
    for name in ("a", "b b"):
        (folder / f"{name}.wav").write_bytes(b"sound")
    world.asset("a", str(folder / "a.wav"))
    world.asset("b", (folder / "b b.wav").as_uri())
    root = ServerRoot(tmp_path / "here", Path("/srv/media"))
    sources_of(world, client, SourceSettings(server_roots=(root,)))
    (request,) = servicer.aligned
    uris = [track.asset.uri for track in request.tracks]
    assert uris == ["/srv/media/t_demo/a.wav", "/srv/media/t_demo/b b.wav"]
    assert servicer.uploaded == []


def test_another_tenants_folder_is_not_named_to_the_service(world, recorder, tmp_path):
    servicer, client = recorder
    folder = tmp_path / "t_other"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.wav").write_bytes(name.encode())
        world.asset(name, str(folder / f"{name}.wav"))
    root = ServerRoot(tmp_path, tmp_path)
    sources_of(world, client, SourceSettings(server_roots=(root,)))
    assert servicer.uploaded == [b"a", b"b"]


def test_clouds_pass_through_when_the_service_reads_them(world, recorder):
    servicer, client = recorder
    world.asset("a", "gs://bucket/a.mp4", meta={"waveform": [0.5]})
    world.asset("b", "s3://bucket/b.mp4")
    with pytest.raises(SourceUnreachable, match="s3://"):
        sources_of(world, client, SourceSettings(server_schemes=frozenset({"gs"})))
    assert servicer.aligned == []
    sources_of(world, client, SourceSettings(server_schemes=frozenset({"gs", "s3"})))
    (request,) = servicer.aligned
    assert [t.asset.uri for t in request.tracks] == ["gs://bucket/a.mp4", "s3://bucket/b.mp4"]


def test_a_waveform_is_sent_where_there_is_no_file(world, recorder):
    servicer, client = recorder
    world.asset("a", "gs://bucket/a.mp4", meta={"waveform": [0.5, -0.25, 1]})
    world.asset("b", "/nowhere/b.mp4", meta={"waveform": [0.0]})
    sources_of(world, client, SourceSettings())
    (request,) = servicer.aligned
    first = request.tracks[0].asset.waveform
    assert first == media_pb2.Waveform(sample_rate_hz=1_000, samples=[0.5, -0.25, 1.0])
    world.asset("b", "/nowhere/b.mp4", meta={"waveform": [0.0, "loud"]})
    with pytest.raises(SourceUnreachable, match="Asset b "):
        sources_of(world, client, SourceSettings())


def test_only_the_sound_is_sent_and_only_once(world, recorder, tmp_path):
    servicer, client = recorder
    for name in ("a", "b"):
        world.asset(name, str(film(tmp_path / f"{name}.mp4")), duration_ms=6_000.0)
    engine = world.multicam(client)
    session = world.session(engine, "a", "b")
    request = world.request("MultiCamAlignRequest", session_id=session.id)
    engine.align_session(request)
    engine.align_session(request)
    assert len(servicer.uploaded) == 2
    assert [t.asset.upload_id for t in servicer.aligned[1].tracks] == ["u1", "u2"]
    sent = tmp_path / "sent"
    sent.write_bytes(servicer.uploaded[0])
    assert len(servicer.uploaded[0]) < (tmp_path / "a.mp4").stat().st_size / 2
    with av.open(str(sent)) as container:
        assert not container.streams.video
        (stream,) = container.streams.audio
        assert stream.codec_context.name == "aac"


def packets(path):
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


@pytest.mark.parametrize(
    ("suffix", "audio"), [("mp4", "aac"), ("mkv", "aac"), ("mov", "pcm_s16le")]
)
def test_packets_are_copied_not_encoded(tmp_path, suffix, audio):
    path = film(tmp_path / f"film.{suffix}", audio=audio, seconds=2.0)
    folder = tmp_path / "out"
    folder.mkdir()
    extract = extract_sound(path, folder)
    assert packets(extract.path) == packets(path)
    assert extract.shift_ms == pytest.approx(0.0, abs=25.0)


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("10:20:30:12", "10:20:30:12"),
        ("10:20:30;12", None),  # no drop frame at 25
        ("10:20:30:25", None),
        ("noon", None),
    ],
)
def test_a_timecode_that_the_upload_lacks_goes_along(tmp_path, stated, read):
    path = tmp_path / "film.mkv"
    film(path, seconds=1.0, timecode=stated)
    extract = extract_sound(path, tmp_path)
    assert abs(extract.shift_ms) <= 1.0
    if read is None:
        assert extract.timecode is None
    else:
        rate = media_pb2.FrameRate(numerator=25, denominator=1)
        assert extract.timecode == media_pb2.Timecode(value=read, frame_rate=rate)


def test_a_late_sound_does_not_move_the_offset(plain_world, client, tmp_path):
    """One event, two films of it; in the second the sound starts 480 ms after the picture."""
    world = plain_world
    chance = np.random.default_rng(8)
    event = np.repeat(chance.normal(0, 0.2, 400), RATE_HZ // 50) * chance.normal(0, 1, RATE_HZ * 8)

    def camera(path, starts_s, sound_from_s):
        with av.open(str(path), "w") as container:
            picture = container.add_stream("mpeg4", rate=25)
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
            sound = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
            for index in range(150):
                frame = av.VideoFrame(64, 64, "yuv420p")
                frame.pts, frame.time_base = index, Fraction(1, 25)
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
            first = round((starts_s + sound_from_s) * RATE_HZ)
            heard = np.clip(event[first:] * 8_000, -32_000, 32_000).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(heard[None], format="s16", layout="mono")
            frame.sample_rate, frame.time_base = RATE_HZ, Fraction(1, RATE_HZ)
            frame.pts = round(sound_from_s * RATE_HZ)
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
        return path

    world.asset("a", str(camera(tmp_path / "a.mov", 0.0, 0.0)))
    world.asset("b", str(camera(tmp_path / "b.mov", 1.2, 0.48)))
    engine = world.multicam(client)
    session = world.session(engine, "a", "b")
    result = engine.align_session(world.request("MultiCamAlignRequest", session_id=session.id))
    assert result.offsets_ms == {"a": 0, "b": 1_200}


def test_what_has_no_picture_or_no_sound_is_sent_whole(tmp_path, room):
    assert extract_sound(room("plain", 0.0, 1.0), tmp_path) is None
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing that can be read")
    assert extract_sound(broken, tmp_path) is None


def test_without_pyav_the_whole_file_is_sent(world, recorder, tmp_path, monkeypatch):
    servicer, client = recorder
    monkeypatch.setitem(sys.modules, "av", None)
    for name in ("a", "b"):
        (tmp_path / f"{name}.mp4").write_bytes(name.encode())
        world.asset(name, str(tmp_path / f"{name}.mp4"))
    sources_of(world, client, SourceSettings())
    assert servicer.uploaded == [b"a", b"b"]


def test_an_upload_that_the_service_has_lost_is_sent_again(plain_world, client, room):
    world = plain_world
    for name, start_s in (("a", 0.0), ("b", 2.0)):
        world.asset(name, str(room(name, start_s)))
    engine = world.multicam(client)
    session = world.session(engine, "a", "b")
    request = world.request("MultiCamAlignRequest", session_id=session.id)
    assert engine.align_session(request).offsets_ms == {"a": 0, "b": 2_000}
    uploads = engine._sources._uploads
    for key, kept in list(uploads.items()):
        uploads[key] = type(kept)("0" * 64, kept.shift_ms, kept.timecode)
    assert engine.align_session(request).offsets_ms == {"a": 0, "b": 2_000}


def test_settings_are_read_from_the_environment():
    settings = SourceSettings.from_environment(
        {
            "MULTICAM_ENGINES_SERVER_ROOTS": "/mnt/media=/srv/media:/data",
            "MULTICAM_ENGINES_SERVER_SCHEMES": "gs://, S3",
        }
    )
    assert settings.server_roots == (
        ServerRoot(Path("/mnt/media"), Path("/srv/media")),
        ServerRoot(Path("/data"), Path("/data")),
    )
    assert settings.server_schemes == {"gs", "s3"}
    assert SourceSettings.from_environment({}) == SourceSettings()


def test_a_record_may_be_anything_with_attributes(recorder):
    servicer, client = recorder
    from multicam.engines import AlignBackend

    backend = AlignBackend(client, sources=SourceSettings())
    assert backend.calculate_offset(SimpleNamespace(), "b") == (0.0, 0.0)
    assert servicer.aligned == []


def test_a_path_is_a_location_too(recorder, plain_world, tmp_path):
    servicer, client = recorder
    for name in ("a", "b"):
        (tmp_path / f"{name}.wav").write_bytes(name.encode())
        plain_world.asset(name, "").source_uri = tmp_path / f"{name}.wav"
    sources_of(plain_world, client, SourceSettings())
    assert servicer.uploaded == [b"a", b"b"]


def test_the_shape_of_a_film_that_only_this_machine_has(world, client, tmp_path, monkeypatch):
    world.asset("a", film(tmp_path / "a.mp4", seconds=1.0).as_uri(), duration_ms=1_000.0)
    asked = world.request("FocusRequest", clip_id="c", asset_id="a", target_aspect_ratio="1:1")
    assumed = "asset 'a' has no source size: 16:9 assumed"
    assert assumed not in world.focus(client).calculate_focus(asked).meta["fallbacks"]
    assert shown_size(tmp_path / "a.mp4") == (320, 240)
    monkeypatch.setitem(sys.modules, "av", None)
    assert assumed in world.focus(client).calculate_focus(asked).meta["fallbacks"]


def test_a_film_on_its_side_is_as_high_as_it_is_shown(tmp_path, room):
    upright = film(tmp_path / "a.mp4", seconds=1.0)
    content = bytearray(upright.read_bytes())
    at = content.index(b"tkhd") + 44  # version 0: the display matrix
    one = 1 << 16
    content[at : at + 36] = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    (tmp_path / "turned.mp4").write_bytes(content)
    assert shown_size(tmp_path / "turned.mp4") == (240, 320)
    assert shown_size(room("plain", 0.0, 1.0)) is None
