"""A click at a known instant is found at that instant, whatever the container."""

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from multicam_server.domain.faults import MediaUnreadable, MediaWithoutAudio
from multicam_server.media import decode
from multicam_server.media.decode import decode_sound

# What a container's or codec's own precision allows, in microseconds.
EXACT_US = 2.0  # PCM, FLAC, ALAC, AAC and MP3 with their delay stated: far below a sample
OPUS_US = 15.0  # Opus colours the click a little
MILLISECOND_US = 1_000.0  # FLV and MP4 edit lists round to 1 ms
UNSTATED = 2.0  # plus the encoder's delay, which the file does not tell

FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}
FRAGMENTED_WITH_EDITS = {"movflags": "frag_keyframe+empty_moov+delay_moov"}
WITHOUT_EDIT_LIST = {"use_editlist": "0"}


@pytest.fixture
def click_at(click_time: Callable[..., float]) -> Callable[..., list[float]]:
    """Seconds from the reference point to each channel's click."""

    def times(path: Path, **options: Any) -> list[float]:
        sound = decode_sound(path, "cam", **options)
        assert sound.channels.dtype == np.float32
        assert sound.cut_short == ""
        return [
            sound.start_ms / 1e3 + click_time(channel, sound.sample_rate_hz)
            for channel in sound.channels
        ]

    return times


class Filmed(NamedTuple):
    """A file with a picture: the starts on the common clock, the bound in microseconds."""

    name: str
    video: str
    audio: str
    video_start_s: float
    audio_start_s: float
    options: dict[str, str]
    bound_us: float


FILMED = [
    Filmed("a.mp4", "libx264", "aac", 0, 0, {}, EXACT_US),
    Filmed("a.mp4", "libx264", "aac", 0, 0, WITHOUT_EDIT_LIST, EXACT_US),
    Filmed("a.mp4", "libx264", "aac", 0, 0, FRAGMENTED, EXACT_US),
    Filmed("a.mp4", "libx264", "aac", 0, 0.4, {}, MILLISECOND_US),
    Filmed("a.mp4", "libx264", "aac", 0.4, 0, {}, EXACT_US),
    Filmed("a.mp4", "libx264", "aac", 0.4, 0, FRAGMENTED_WITH_EDITS, MILLISECOND_US),
    Filmed("a.mov", "libx264", "pcm_s16le", 0, 0, {}, EXACT_US),
    Filmed("a.mov", "libx264", "pcm_s24le", 0, 0.4, {}, EXACT_US),
    Filmed("a.mov", "mjpeg", "pcm_s16le", 0.4, 0, {}, EXACT_US),
    Filmed("a.mkv", "libx264", "aac", 0, 0, {}, EXACT_US),
    Filmed("a.mkv", "libx264", "flac", 0, 0.4, {}, EXACT_US),
    Filmed("a.mkv", "libx264", "aac", 0.4, 0, {}, EXACT_US),
    Filmed("a.mkv", "libx264", "libopus", 0, 0, {}, OPUS_US),
    Filmed("a.webm", "libvpx-vp9", "libopus", 0, 0, {}, OPUS_US),
    Filmed("a.ts", "libx264", "aac", 0, 0, {}, EXACT_US),
    Filmed("a.ts", "libx264", "aac", 0, 0.4, {}, EXACT_US),
    Filmed("a.ts", "libx264", "aac", 0.4, 0, {}, EXACT_US),
    Filmed("a.ts", "mpeg2video", "mp2", 0, 0, {}, EXACT_US),
    Filmed("a.avi", "mpeg4", "pcm_s16le", 0, 0, {}, EXACT_US),
    Filmed("a.mxf", "mpeg2video", "pcm_s16le", 0, 0, {}, EXACT_US),
    Filmed("a.flv", "libx264", "aac", 0, 0, {}, MILLISECOND_US),
]


@pytest.mark.parametrize("case", FILMED, ids=str)
def test_sound_is_placed_against_the_first_video_frame(
    make_media: Callable[..., Path],
    click_at: Callable[..., list[float]],
    specs: Any,
    case: Filmed,
) -> None:
    rate = 44_100 if case.name.endswith("flv") else 48_000
    path = make_media(
        case.name,
        specs.Picture(codec=case.video, start_s=case.video_start_s),
        [specs.Track(codec=case.audio, start_s=case.audio_start_s, rate=rate)],
        options=case.options,
    )
    truth = 1.0 - case.video_start_s
    assert click_at(path) == pytest.approx([truth, truth], abs=case.bound_us * 1e-6)


class Recorded(NamedTuple):
    """A file without a picture; `delay`: the encoder's, in samples, where untold."""

    name: str
    codec: str
    rate: int
    layout: str
    delay: int
    bound_us: float


RECORDED = [
    Recorded("a.wav", "pcm_s16le", 48_000, "stereo", 0, EXACT_US),
    Recorded("a.wav", "pcm_s24le", 96_000, "mono", 0, EXACT_US),
    Recorded("a.wav", "pcm_u8", 44_100, "mono", 0, EXACT_US),
    Recorded("a.wav", "pcm_f32le", 16_000, "stereo", 0, EXACT_US),
    Recorded("a.wav", "pcm_s16le", 8_000, "mono", 0, EXACT_US),
    Recorded("a.wav", "pcm_s24le", 48_000, "8 channels", 0, EXACT_US),
    Recorded("a.w64", "pcm_s16le", 48_000, "stereo", 0, EXACT_US),
    Recorded("a.aiff", "pcm_s16be", 48_000, "stereo", 0, EXACT_US),
    Recorded("a.caf", "pcm_s16le", 48_000, "stereo", 0, EXACT_US),
    Recorded("a.flac", "flac", 48_000, "5.1", 0, EXACT_US),
    Recorded("a.mp3", "libmp3lame", 44_100, "stereo", 0, EXACT_US),
    Recorded("a.mp3", "libmp3lame", 48_000, "mono", 0, EXACT_US),
    Recorded("a.opus", "libopus", 48_000, "stereo", 0, OPUS_US),
    Recorded("a.m4a", "aac", 44_100, "stereo", 0, EXACT_US),
    Recorded("a.m4a", "alac", 48_000, "stereo", 0, EXACT_US),
    Recorded("a.aac", "aac", 48_000, "stereo", 1_024, UNSTATED),
    Recorded("a.ac3", "ac3", 48_000, "stereo", 256, UNSTATED),
]


@pytest.mark.parametrize("case", RECORDED, ids=str)
def test_sound_without_a_picture_starts_at_zero(
    make_media: Callable[..., Path],
    click_at: Callable[..., list[float]],
    specs: Any,
    case: Recorded,
) -> None:
    clicks = tuple(1.0 + 0.05 * n for n in range(8))
    track = specs.Track(codec=case.codec, rate=case.rate, layout=case.layout, clicks_s=clicks)
    path = make_media(case.name, None, [track])
    found = click_at(path)
    truth = [click + case.delay / case.rate for click in clicks[: len(found)]]
    assert found == pytest.approx(truth, abs=case.bound_us * 1e-6)
    assert decode_sound(path, "cam").start_ms == 0.0


def test_streams_stand_side_by_side_on_one_time(
    make_media: Callable[..., Path], click_at: Callable[..., list[float]], specs: Any
) -> None:
    path = make_media(
        "two.mov",
        specs.Picture(start_s=0.2),
        [
            specs.Track(codec="pcm_s16le", clicks_s=(1.0, 1.1)),
            # Starts between two samples of 16 kHz.
            specs.Track(codec="pcm_s24le", layout="mono", start_s=0.5 + 1 / 48_000, seconds=1.0),
        ],
    )
    half_a_sample = 0.5 / 16_000 + 2e-6
    assert click_at(path) == pytest.approx([0.8, 0.9, 0.8], abs=half_a_sample)
    sound = decode_sound(path, "cam")
    assert sound.channels.shape == (3, 32_000)
    assert sound.start_ms == pytest.approx(-200.0)
    assert not sound.channels[2, :8_000].any()
    assert not sound.channels[2, 24_001:].any()


def test_another_rate_may_be_asked_for(
    make_media: Callable[..., Path], click_at: Callable[..., list[float]], specs: Any
) -> None:
    path = make_media("a.wav", None, [specs.Track(codec="pcm_s16le")])
    assert click_at(path, sample_rate_hz=48_000) == pytest.approx([1.0, 1.0], abs=1e-6)
    assert decode_sound(path, "cam", sample_rate_hz=48_000).channels.shape == (2, 96_000)


def test_the_reference_is_the_first_frame_shown_not_the_first_one_stored(
    make_media: Callable[..., Path], click_at: Callable[..., list[float]], specs: Any
) -> None:
    """Deep reordering: 16 B-frames between references, nothing that hides them."""
    picture = specs.Picture(
        rate=Fraction(50), options={"bf": "16", "b_strategy": "0", "b-pyramid": "strict"}
    )
    path = make_media("deep.mp4", picture, [specs.Track()], options=WITHOUT_EDIT_LIST)
    assert click_at(path) == pytest.approx([1.0, 1.0], abs=EXACT_US * 1e-6)


def test_cover_art_is_no_picture(make_media: Callable[..., Path], specs: Any) -> None:
    path = make_media("a.mp3", None, [specs.Track(codec="libmp3lame")], cover=True)
    assert decode_sound(path, "cam").start_ms == 0.0


def test_the_same_file_gives_the_same_bytes(make_media: Callable[..., Path], specs: Any) -> None:
    path = make_media("a.mkv", specs.Picture(), [specs.Track(), specs.Track(codec="flac")])
    digests = {hashlib.sha256(decode_sound(path, "cam").channels).hexdigest() for _ in range(3)}
    assert len(digests) == 1


def test_a_name_does_not_matter(make_media: Callable[..., Path], specs: Any) -> None:
    path = make_media("a.ts", specs.Picture(), [specs.Track()])
    before = decode_sound(path, "cam").channels
    renamed = path.rename(path.with_name("0123abcd"))
    assert np.array_equal(decode_sound(renamed, "cam").channels, before)


def test_a_picture_without_sound(make_media: Callable[..., Path], specs: Any) -> None:
    with pytest.raises(MediaWithoutAudio) as caught:
        decode_sound(make_media("silent.mp4", specs.Picture()), "cam")
    assert caught.value.asset_id == "cam"


def test_next_to_no_sound(make_media: Callable[..., Path], specs: Any) -> None:
    path = make_media("a.wav", None, [specs.Track(codec="pcm_s16le", seconds=0.001)])
    with pytest.raises(MediaUnreadable, match="less than 2 ms of sound"):
        decode_sound(path, "cam")


def test_endless_sound_is_cut_at_what_can_be_held(
    make_media: Callable[..., Path], specs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_SOUND_BYTES", 2 * 4 * 16_000)
    path = make_media("a.flac", None, [specs.Track(codec="flac", seconds=60.0)])
    sound = decode_sound(path, "cam")
    assert sound.cut_short == "its sound is longer than the 1 s that are held of it"
    assert 1_000 <= sound.duration_ms <= 2_500


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        ("a.mov", "libx264", "pcm_s16le"),
        ("a.mp4", "libx264", "aac"),
        ("a.mkv", "libx264", "aac"),
        ("a.wav", None, "pcm_s16le"),
        ("a.avi", "mpeg4", "pcm_s16le"),
        ("a.flac", None, "flac"),
    ],
)
def test_a_truncated_file_keeps_what_it_has_and_says_so(
    cut_media: Callable[..., Path],
    click_time: Callable[..., float],
    name: str,
    video: str | None,
    audio: str,
) -> None:
    sound = decode_sound(cut_media(name, video, audio), "cam")
    assert 2_000 < sound.duration_ms < 5_000
    assert sound.cut_short
    click = sound.start_ms / 1e3 + click_time(sound.channels[0], sound.sample_rate_hz)
    assert click == pytest.approx(1.0, abs=2e-4)


def test_damage_in_the_middle_does_not_move_what_follows(
    make_media: Callable[..., Path], click_time: Callable[..., float], specs: Any
) -> None:
    track = specs.Track(seconds=6.0, clicks_s=(5.0,), noise=0.05)
    path = make_media("a.ts", specs.Picture(seconds=6.0), [track])
    content = bytearray(path.read_bytes())
    start = len(content) // 4
    content[start : start + 5_000] = bytes(5_000)
    path.write_bytes(content)
    sound = decode_sound(path, "cam")
    assert sound.start_ms / 1e3 + click_time(sound.channels[0], 16_000) == pytest.approx(
        5.0, abs=2e-4
    )


def test_a_file_without_its_index_is_unreadable(
    make_media: Callable[..., Path], specs: Any
) -> None:
    path = make_media("a.mp4", specs.Picture(), [specs.Track()])
    content = path.read_bytes()
    index = content.index(b"moov") - 4
    within_its_first_track = content.index(b"trak", content.index(b"trak") + 1)
    for length in (index, within_its_first_track, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(MediaUnreadable) as caught:
            decode_sound(path, "cam")
        assert "'cam' cannot be read as media: it" in str(caught.value)
        assert str(path.parent) not in str(caught.value)
