"""What a file is: lengths, rates, rotations, channels, timecodes at the reference point."""

import re
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.analysis import FoundTimecode, TimecodeSource
from multicam_server.domain.faults import MediaUnreadable
from multicam_server.domain.media import FrameRate, Timecode
from multicam_server.media.container_timecode import StatedTimecode, at_reference
from multicam_server.media.decode import decode_sound
from multicam_server.media.frame_rate import evenly_spaced, nearest_standard
from multicam_server.media.probe import probe

NTSC = Fraction(30_000, 1_001)
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}
VARIES = "the frame rate varies; frame_rate is the average"
TRUNCATED = "the file is truncated: it ends before its stated length"


class Kind(NamedTuple):
    """A kind of file: its codecs, the muxer's options, and the name that it goes by."""

    name: str
    video: str | None
    audio: str
    options: dict[str, str]
    container: str


def container_timecode(value: str, rate: Fraction, time_of_day_ms: Any) -> FoundTimecode:
    return FoundTimecode(
        timecode=Timecode(value, FrameRate(rate.numerator, rate.denominator)),
        source=TimecodeSource.CONTAINER,
        time_of_day_ms=pytest.approx(float(time_of_day_ms), abs=1e-6),
    )


def test_a_camera_file(make_media: Callable[..., Path], specs: Any) -> None:
    picture = specs.Picture(rate=NTSC, seconds=4.0, size=(128, 64), start_s=0.5)
    tracks = [
        specs.Track(codec="pcm_s16le", seconds=4.0),
        specs.Track(codec="pcm_s24le", layout="mono", seconds=3.0, start_s=0.75),
    ]
    info = probe(make_media("a.mov", picture, tracks), "cam")
    assert (info.asset_id, info.container, info.warnings) == ("cam", "mov", ())
    assert info.duration_ms == pytest.approx(120 * 1_001 / 30, abs=0.1)
    assert info.video is not None
    assert (info.video.codec, info.video.width, info.video.height) == ("h264", 128, 64)
    assert info.video.frame_rate == FrameRate(30_000, 1_001)
    assert not info.video.variable_frame_rate
    assert info.video.rotation_degrees == 0
    assert info.video.start_ms == pytest.approx(500.0, abs=0.1)
    first, second = info.audio_streams
    assert (first.codec, first.channels, first.first_channel) == ("pcm_s16le", 2, 0)
    assert (second.codec, second.channels, second.first_channel) == ("pcm_s24le", 1, 2)
    assert first.sample_rate_hz == second.sample_rate_hz == 48_000
    assert first.start_ms == pytest.approx(-500.0, abs=0.1)
    assert second.start_ms == pytest.approx(250.0, abs=0.1)


@pytest.mark.parametrize(
    "case",
    [
        Kind("a.mp4", "libx264", "aac", {}, "mov"),
        Kind("a.mp4", "libx264", "aac", FRAGMENTED, "mov"),
        Kind("a.mkv", "libx264", "libopus", {}, "matroska"),
        Kind("a.webm", "libvpx-vp9", "libopus", {}, "matroska"),
        Kind("a.ts", "libx264", "aac", {}, "mpegts"),
        Kind("a.avi", "mpeg4", "pcm_s16le", {}, "avi"),
        Kind("a.mxf", "mpeg2video", "pcm_s16le", {}, "mxf"),
        Kind("a.flv", "libx264", "aac", {}, "flv"),
        Kind("a.wav", None, "pcm_s16le", {}, "wav"),
        Kind("a.flac", None, "flac", {}, "flac"),
        Kind("a.mp3", None, "libmp3lame", {}, "mp3"),
        Kind("a.aac", None, "aac", {}, "aac"),
        Kind("a.ogg", None, "libopus", {}, "ogg"),
    ],
    ids=str,
)
def test_probing_and_decoding_agree(
    make_media: Callable[..., Path], specs: Any, case: Kind
) -> None:
    name, video, audio, options, container = case
    picture = specs.Picture(codec=video, seconds=3.0) if video else None
    track = specs.Track(codec=audio, seconds=3.0, rate=44_100 if container == "flv" else 48_000)
    path = make_media(name, picture, [track], options=options)
    info = probe(path, "cam")
    sound = decode_sound(path, "cam")
    assert info.container == container
    assert info.warnings == ()
    assert (info.video is not None) == (video is not None)
    assert info.audio_streams[0].start_ms == pytest.approx(sound.start_ms, abs=1e-6)
    assert info.duration_ms == pytest.approx(3_000, abs=80)
    if info.video is not None:
        assert info.video.frame_rate == FrameRate(25, 1)
        assert not info.video.variable_frame_rate


@pytest.mark.parametrize(
    "rate",
    [
        (24_000, 1_001),
        (24, 1),
        (25, 1),
        (30_000, 1_001),
        (30, 1),
        (50, 1),
        (60_000, 1_001),
        (60, 1),
    ],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_constant_rates_are_exact(
    make_media: Callable[..., Path], specs: Any, name: str, rate: tuple[int, int]
) -> None:
    info = probe(make_media(name, specs.Picture(rate=Fraction(*rate), seconds=3.0)), "cam")
    assert info.video is not None
    assert info.video.frame_rate == FrameRate(*rate)
    assert not info.video.variable_frame_rate


def test_a_single_frame_without_a_stated_rate_has_none(
    make_media: Callable[..., Path], specs: Any
) -> None:
    info = probe(make_media("still.ts", specs.Picture(times_s=(0.0,))), "cam")
    assert info.video is not None
    assert info.video.frame_rate is None
    assert not info.video.variable_frame_rate
    assert "the frame rate is not known" in info.warnings


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.ts"])
def test_a_variable_rate_is_told(make_media: Callable[..., Path], specs: Any, name: str) -> None:
    times = tuple(n / 30 + (0.1 if n > 60 else 0) + (0.05 if n > 75 else 0) for n in range(120))
    picture = specs.Picture(rate=Fraction(30), times_s=times, options={"bf": "0"})
    info = probe(make_media(name, picture), "cam")
    assert info.video is not None
    assert info.video.variable_frame_rate
    average = 119 / (times[-1] - times[0])
    assert info.video.frame_rate is not None
    assert float(info.video.frame_rate.fraction) == pytest.approx(average, rel=0.01)
    assert VARIES in info.warnings


@pytest.mark.parametrize(
    ("counterclockwise", "clockwise"), [(0, 0), (-90, 90), (90, 270), (180, 180)]
)
@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_rotation_is_the_clockwise_turn_for_showing(
    make_media: Callable[..., Path],
    specs: Any,
    name: str,
    counterclockwise: int,
    clockwise: int,
) -> None:
    picture = specs.Picture(rotation=counterclockwise, size=(128, 64))
    info = probe(make_media(name, picture), "cam")
    assert info.video is not None
    assert info.video.rotation_degrees == clockwise
    assert info.video.shown_size == ((64, 128) if clockwise in {90, 270} else (128, 64))


def test_cover_art_is_no_video(make_media: Callable[..., Path], specs: Any) -> None:
    info = probe(make_media("a.mp3", None, [specs.Track(codec="libmp3lame")], cover=True), "cam")
    assert info.video is None
    assert info.warnings == ("an attached picture (cover art) is not taken for video",)


def test_a_length_that_is_stated_nowhere_is_read(
    make_media: Callable[..., Path], specs: Any
) -> None:
    path = make_media(
        "live.webm",
        specs.Picture(codec="libvpx-vp9", seconds=3.0),
        [specs.Track(codec="libopus", seconds=3.0)],
        options={"live": "1"},
    )
    assert probe(path, "cam").duration_ms == pytest.approx(3_000, abs=30)


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        ("a.mov", "libx264", "pcm_s16le"),
        ("a.mp4", "libx264", "aac"),
        ("a.mkv", "libx264", "aac"),
        ("a.avi", "mpeg4", "pcm_s16le"),
        ("a.wav", None, "pcm_s16le"),
        ("a.flac", None, "flac"),
    ],
)
def test_a_truncated_file_is_told(
    cut_media: Callable[..., Path], name: str, video: str | None, audio: str
) -> None:
    info = probe(cut_media(name, video, audio), "cam")
    assert info.warnings == (TRUNCATED,)
    assert 2_000 < info.duration_ms < 5_000


@pytest.mark.parametrize(
    "case",
    [
        Kind("a.mov", "libx264", "pcm_s16le", {}, "mov"),
        Kind("a.mp4", "libx264", "aac", {}, "mov"),
        Kind("a.mp4", "libx264", "aac", FRAGMENTED, "mov"),
        Kind("a.mkv", "libx264", "aac", {}, "matroska"),
    ],
    ids=str,
)
def test_the_containers_timecode_is_that_of_the_first_frame(
    make_media: Callable[..., Path], specs: Any, case: Kind
) -> None:
    path = make_media(
        case.name,
        specs.Picture(codec=case.video, rate=NTSC),
        [specs.Track(codec=case.audio)],
        options=case.options,
        metadata={"timecode": "10:00:00;02"},
    )
    time = Fraction((10 * 107_892 + 2) * 1_001, 30)
    assert probe(path, "cam").timecodes == (container_timecode("10:00:00;02", NTSC, time),)


def test_mxf_timecode(make_media: Callable[..., Path], specs: Any) -> None:
    path = make_media(
        "a.mxf",
        specs.Picture(codec="mpeg2video"),
        [specs.Track(codec="pcm_s16le")],
        metadata={"timecode": "23:59:59:24"},
    )
    expected = container_timecode("23:59:59:24", Fraction(25), 86_399_960)
    assert probe(path, "cam").timecodes == (expected,)


def test_a_timecode_track_that_starts_before_the_picture_is_counted_on(
    make_media: Callable[..., Path], specs: Any
) -> None:
    path = make_media(
        "late.mp4",
        specs.Picture(start_s=0.4),
        [specs.Track()],
        metadata={"timecode": "10:00:00:20"},
    )
    expected = container_timecode("10:00:01:05", Fraction(25), 36_001_200)
    assert probe(path, "cam").timecodes == (expected,)


def test_the_timecode_tracks_own_rate_counts(make_media: Callable[..., Path], specs: Any) -> None:
    """A camera at 50 frames a second that counts 25."""
    path = make_media(
        "a.mov", specs.Picture(rate=Fraction(50)), metadata={"timecode": "05:00:00:10"}
    )
    content = path.read_bytes()
    description = re.search(rb"stsd.{12}tmcd.{16}", content, re.DOTALL)
    assert description is not None
    start, counting = description.end(), struct.pack(">IIB", 25_000, 1_000, 25)
    path.write_bytes(content[:start] + counting + content[start + len(counting) :])
    expected = container_timecode("10:00:00:10", Fraction(25), 36_000_400)
    assert probe(path, "cam").timecodes == (expected,)


def test_a_timecode_that_makes_no_sense_is_told_and_not_used(
    make_media: Callable[..., Path], specs: Any
) -> None:
    path = make_media("a.mkv", specs.Picture(), metadata={"timecode": "10:00:00;02"})
    info = probe(path, "cam")
    assert info.timecodes == ()
    assert "the timecode '10:00:00;02' is not used: drop frame exists at" in info.warnings[0]


def test_broadcast_wave_counts_samples(make_media: Callable[..., Path], specs: Any) -> None:
    samples = 48_000 * 36_000 + 12_345
    path = make_media(
        "a.wav",
        None,
        [specs.Track(codec="pcm_s24le")],
        options={"write_bext": "1"},
        metadata={"time_reference": str(samples), "originator": "recorder"},
    )
    (found,) = probe(path, "cam").timecodes
    assert found.source is TimecodeSource.BWF
    assert found.timecode == Timecode("10:00:00:00", None)
    assert found.time_of_day_ms == samples / 48


def test_an_unset_broadcast_wave_reference_is_no_timecode(
    make_media: Callable[..., Path], specs: Any
) -> None:
    path = make_media(
        "a.wav",
        None,
        [specs.Track(codec="pcm_s16le")],
        options={"write_bext": "1"},
        metadata={"originator": "recorder"},
    )
    assert probe(path, "cam").timecodes == ()


@pytest.mark.parametrize(
    ("label", "late_s", "expected"),
    [
        ("10:00:00:00", Fraction(0), "10:00:00:00"),
        ("10:00:00:00", Fraction(1, 25), "10:00:00:01"),
        ("10:00:00:00", Fraction(39, 1_000), "10:00:00:01"),
        ("10:00:00:00", Fraction(21, 1_000), "10:00:00:00"),
        ("23:59:59:20", Fraction(1), "00:00:00:20"),
        ("00:00:00:00", Fraction(-1, 25), "23:59:59:24"),
        ("10:00:00.00", Fraction(0), None),
        ("10:00", Fraction(0), None),
        ("10:00:00:25", Fraction(0), None),
    ],
)
def test_labels_move_to_the_reference_point(
    label: str, late_s: Fraction, expected: str | None
) -> None:
    stated = StatedTimecode(label, holds_at=Fraction(5))
    if expected is None:
        with pytest.raises(ValueError, match=r"drop frame|HH:MM|frames go"):
            at_reference(stated, 5 + late_s, FrameRate(25, 1))
    else:
        found = at_reference(stated, 5 + late_s, FrameRate(25, 1))
        assert found.timecode.value == expected


def test_dots_mark_drop_frame_and_near_rates_are_the_standards() -> None:
    found = at_reference(StatedTimecode("10:00:00.02"), None, FrameRate(2_997, 100))
    assert found.timecode == Timecode("10:00:00;02", FrameRate(30_000, 1_001))
    with pytest.raises(ValueError, match="rate"):
        at_reference(StatedTimecode("10:00:00:02"), None, None)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(
    rate=st.sampled_from([Fraction(25), NTSC, Fraction(24_000, 1_001), Fraction(60)]),
    ticks_per_s=st.sampled_from([600, 1_000, 12_800, 90_000]),
    count=st.integers(3, 400),
)
def test_rounding_to_ticks_is_not_a_variable_rate(
    rate: Fraction, ticks_per_s: int, count: int
) -> None:
    ticks = [round(n * ticks_per_s / rate) for n in range(count)]
    assert evenly_spaced(ticks, Fraction(1, ticks_per_s))
    if count > 3:
        ticks[count // 2 :] = [tick + ticks_per_s // 25 for tick in ticks[count // 2 :]]
        assert not evenly_spaced(ticks, Fraction(1, ticks_per_s))


def test_close_rates_are_told_apart() -> None:
    assert nearest_standard(Fraction(2_997, 100)) == NTSC
    assert nearest_standard(Fraction(23_976, 1_000)) == Fraction(24_000, 1_001)
    assert nearest_standard(Fraction(30)) == 30
    assert nearest_standard(Fraction(2_985, 100)) == Fraction(2_985, 100)


def test_what_is_no_media(tmp_path: Path) -> None:
    path = tmp_path.resolve() / "notes.mp4"
    path.write_text("not a film\n" * 100)
    with pytest.raises(MediaUnreadable) as caught:
        probe(path, "cam")
    assert caught.value.asset_id == "cam"
