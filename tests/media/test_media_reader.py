"""Sound read by the window equals sound decoded from the start, wherever it is read."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.faults import MediaUnreadable, MediaWithoutAudio
from multicam_server.domain.media import Sound, SoundSource, Waveform
from multicam_server.media import reader as reader_module
from multicam_server.media.decode import decode_sound
from multicam_server.media.reader import SoundReader, open_sound
from multicam_server.media.waveform import WaveformSource, waveform_sound

SECONDS = 12.0
COUNTED = "its sound is not sought but counted from its start"
KEPT = "its sound is decoded from its start to its end, and kept"

# Relative error of what a decoder makes of a window: none; the rounding of floats; MP2's
# dither; AC-3's noise in place of what was not coded.
EXACT = 0.0
FLOATS = 1e-6
DITHER = 1e-3
NOISE = 0.05

# Noise substitution draws from a generator that runs on from frame to frame.
WITHOUT_NOISE = {"aac_pns": "0"}
FRAGMENTED = {"movflags": "frag_keyframe+empty_moov"}
FRAGMENTED_WITH_EDITS = {"movflags": "frag_keyframe+empty_moov+delay_moov"}
WITHOUT_EDIT_LIST = {"use_editlist": "0"}


class Case(NamedTuple):
    """A file: the starts of picture and sound, and how it is read."""

    name: str
    video: str | None
    audio: str
    rate: int = 48_000
    layout: str = "stereo"
    video_start_s: float = 0.0
    audio_start_s: float = 0.0
    options: dict[str, str] = {}  # noqa: RUF012 - a constant
    bound: float = EXACT
    note: str = ""


CASES = [
    Case("a.mp4", "libx264", "aac"),
    Case("a.mp4", "libx264", "aac", rate=44_100, audio_start_s=0.4),
    Case("a.mp4", "libx264", "aac", video_start_s=0.4),
    Case("a.mp4", "libx264", "aac", options=FRAGMENTED),
    Case("a.mp4", "libx264", "aac", video_start_s=0.4, options=FRAGMENTED_WITH_EDITS),
    Case("a.mp4", "libx264", "aac", options=WITHOUT_EDIT_LIST),
    Case("a.m4a", None, "aac", rate=44_100),
    Case("a.m4a", None, "alac"),
    Case("a.mov", "libx264", "aac"),
    Case("a.mov", "libx264", "pcm_s16le"),
    Case("a.mov", "libx264", "pcm_s24le", audio_start_s=0.4),
    Case("a.mkv", "libx264", "aac"),
    Case("a.mkv", "libx264", "aac", rate=44_100, video_start_s=0.4),
    Case("a.mkv", "libx264", "flac", audio_start_s=0.4),
    Case("a.mkv", "libx264", "pcm_s16le"),
    Case("a.mkv", "libx264", "libopus", bound=FLOATS),
    Case("a.mkv", None, "aac"),
    Case("a.mkv", "libx264", "ac3", bound=NOISE),
    Case("a.webm", "libvpx-vp9", "libopus", bound=FLOATS),
    Case("a.ts", "libx264", "aac", audio_start_s=0.4),
    Case("a.ts", "libx264", "aac", rate=44_100),
    Case("a.ts", "mpeg2video", "mp2", bound=DITHER),
    Case("a.avi", "mpeg4", "pcm_s16le"),
    Case("a.avi", "mpeg4", "libmp3lame", note=COUNTED),
    Case("a.mxf", "mpeg2video", "pcm_s16le"),
    Case("a.flv", "libx264", "aac", rate=44_100),
    Case("a.wav", None, "pcm_s16le"),
    Case("a.wav", None, "pcm_u8", rate=44_100),
    Case("a.wav", None, "pcm_s16le", rate=8_000),
    Case("a.wav", None, "pcm_s24le", rate=96_000, layout="8 channels"),
    Case("a.w64", None, "pcm_s16le"),
    Case("a.aiff", None, "pcm_s16be"),
    Case("a.caf", None, "pcm_s16le"),
    Case("a.flac", None, "flac", rate=44_100),
    Case("a.mp3", None, "libmp3lame", rate=44_100, note=COUNTED),
    Case("a.mp3", None, "libmp3lame", note=COUNTED),
    Case("a.aac", None, "aac", note=COUNTED),
    Case("a.opus", None, "libopus", bound=FLOATS, note=COUNTED),
    Case("a.ogg", None, "flac", note=COUNTED),
    Case("a.ogg", None, "vorbis", note=KEPT),
]


@pytest.fixture(scope="module", params=CASES, ids=str)
def case_file(
    request: pytest.FixtureRequest, make_media: Callable[..., Path], specs: Any
) -> tuple[Path, Case]:
    case: Case = request.param
    picture = None
    if case.video is not None:
        picture = specs.Picture(codec=case.video, seconds=SECONDS, start_s=case.video_start_s)
    options = {"aac": WITHOUT_NOISE, "vorbis": {"strict": "-2"}}.get(case.audio, {})
    track = specs.Track(
        codec=case.audio,
        rate=case.rate,
        layout=case.layout,
        seconds=SECONDS - case.audio_start_s,
        start_s=case.audio_start_s,
        clicks_s=(6.0,),
        noise=0.1,
        options=options,
    )
    return make_media(case.name, picture, [track], options=case.options), case


def part_of(dense: Sound, sound: Sound) -> np.ndarray[Any, Any]:
    """What `dense` has at the times of `sound`, whose grid must be its own."""
    first = (sound.start_ms - dense.start_ms) * dense.sample_rate_hz / 1e3
    assert first == pytest.approx(round(first), abs=1e-3)
    return dense.channels[:, round(first) : round(first) + sound.channels.shape[1]]


def relative_error(found: np.ndarray[Any, Any], truth: np.ndarray[Any, Any]) -> float:
    assert found.shape == truth.shape
    assert found.dtype == np.float32
    return float(np.sqrt(np.mean((found - truth) ** 2) / np.mean(truth**2)))


def windows_of(dense: Sound) -> list[tuple[float, float]]:
    """From before the start, near the start, around the click, short, beyond the end."""
    at = dense.start_ms
    return [
        (at - 500, at + 500),
        (at + 900.03, at + 2_100),
        (at + 5_400, at + 6_600),
        (at + 8_000.4, at + 8_020),
        (at + 10_500, at + 90_000),
    ]


def test_windows_and_blocks_agree_with_decoding_everything(case_file: tuple[Path, Case]) -> None:
    path, case = case_file
    dense = decode_sound(path, "cam")
    with open_sound(path, "cam") as source:
        assert source.channel_count == dense.channels.shape[0]
        assert source.sample_rate_hz == dense.sample_rate_hz
        assert source.start_ms == pytest.approx(dense.start_ms, abs=1e-9)
        assert source.end_ms == pytest.approx(dense.start_ms + dense.duration_ms, abs=25)
        assert source.cut_short == ""
        windows = windows_of(dense)
        for (start, end), sound in zip(windows, source.read_windows(windows), strict=True):
            assert relative_error(sound.channels, part_of(dense, sound)) <= case.bound
            assert sound.start_ms == pytest.approx(max(start, dense.start_ms), abs=0.0313)
            last = min(end, dense.start_ms + dense.duration_ms)
            assert sound.start_ms + sound.duration_ms == pytest.approx(last, abs=0.0626)
        joined = np.concatenate([b.channels for b in source.blocks(1.7)], axis=1)
        assert relative_error(joined, dense.channels) <= case.bound
        joins = round(1.7 * 16_000) * np.arange(1, 7)
        around = (joins[:, np.newaxis] + np.arange(-200, 200)).ravel()
        assert relative_error(joined[:, around], dense.channels[:, around]) <= case.bound
        assert relative_error(source.read_all().channels, dense.channels) <= case.bound
        assert source.notes == ((case.note,) if case.note else ())


def test_what_is_read_depends_on_the_window_alone(case_file: tuple[Path, Case]) -> None:
    path, _ = case_file
    with open_sound(path, "cam", threads=2) as source:
        windows = windows_of(source.read_all())
        together = source.read_windows(windows)
    with open_sound(path, "cam", threads=1) as source:
        alone = [source.read(*window) for window in windows[::-1]][::-1]
        again = source.read_windows(windows[::-1])[::-1]
    for one, other, third in zip(together, alone, again, strict=True):
        assert one.start_ms == other.start_ms == third.start_ms
        assert np.array_equal(one.channels, other.channels)
        assert np.array_equal(one.channels, third.channels)


@pytest.fixture(scope="module")
def film(make_media: Callable[..., Path], specs: Any) -> Path:
    """Two streams, three channels, that start apart."""
    return make_media(
        "two.mov",
        specs.Picture(start_s=0.2, seconds=8.0),
        [
            specs.Track(codec="pcm_s16le", seconds=7.0, noise=0.1),
            specs.Track(
                codec="aac",
                layout="mono",
                start_s=3.5 + 1 / 48_000,
                seconds=4.0,
                noise=0.1,
                options=WITHOUT_NOISE,
            ),
        ],
    )


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    start_ms=st.floats(-1_000, 9_000),
    length_ms=st.floats(-100, 4_000),
    channels=st.none() | st.lists(st.integers(0, 2), unique=True, max_size=3),
)
def test_any_window_of_any_channels(
    film: Path, start_ms: float, length_ms: float, channels: list[int] | None
) -> None:
    dense = _dense(film)
    with open_sound(film, "cam") as source:
        sound = source.read(start_ms, start_ms + length_ms, channels=channels)
    expected = part_of(dense, sound)
    picked = expected if channels is None else expected[channels]
    assert np.array_equal(sound.channels, picked)


_SOUNDS: dict[Path, Sound] = {}


def _dense(path: Path) -> Sound:
    if path not in _SOUNDS:
        _SOUNDS[path] = decode_sound(path, "cam")
    return _SOUNDS[path]


def test_blocks_of_some_channels(film: Path) -> None:
    dense = _dense(film)
    with open_sound(film, "cam") as source:
        for channels in ([2, 0], [1], [2]):
            blocks = list(source.blocks(1.0, channels=channels))
            joined = np.concatenate([block.channels for block in blocks], axis=1)
            whole = dense.channels[channels][:, : joined.shape[1]]
            assert np.array_equal(joined, whole)
            starts = [block.start_ms for block in blocks]
            assert starts == pytest.approx(dense.start_ms + 1_000.0 * np.arange(len(blocks)))
            assert np.array_equal(source.read_all(channels=channels).channels, joined)


def restamped(path: Path, source: Path, stamp: Callable[[int, int], int | None]) -> Path:
    """A copy of `source` whose audio packet n stamped p is stamped `stamp(n, p)` or left out."""
    with av.open(str(source)) as read, av.open(str(path), "w") as out:
        audio = read.streams.audio[0]
        copy = out.add_stream_from_template(audio)
        for number, packet in enumerate(read.demux(audio)):
            if not packet.size or packet.pts is None:
                continue
            stamped = stamp(number, packet.pts)
            if stamped is not None:
                packet.pts = packet.dts = stamped
                packet.stream = copy
                out.mux(packet)
    return path


def _jitter(number: int, pts: int) -> int:
    """A recorder's clock: 300 ppm fast against its samples, stamped to 5 ms or so."""
    return round(pts * 1.0003) + (number * 7_919) % 200


def _one_lost(number: int, pts: int) -> int | None:
    return None if 200 <= number < 203 else pts


def _late(number: int, pts: int) -> int:
    """A pause of 37.3 ms, no whole number of frames."""
    return pts + (1_790 if number >= 200 else 0)


@pytest.mark.parametrize("stamp", [_jitter, _one_lost, _late])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_timestamps_that_do_not_follow_the_samples(
    make_media: Callable[..., Path],
    specs: Any,
    name: str,
    stamp: Callable[[int, int], int | None],
) -> None:
    track = specs.Track(seconds=SECONDS, noise=0.1, options=WITHOUT_NOISE)
    source = make_media("source.mov", None, [track], options=WITHOUT_EDIT_LIST)
    path = restamped(source.with_name(name), source, stamp)
    dense = decode_sound(path, "cam")
    with open_sound(path, "cam") as sound_source:
        for sound in sound_source.read_windows([(2_000, 2_500), (4_000, 5_500), (9_000, 9_300)]):
            assert relative_error(sound.channels, part_of(dense, sound)) < 1e-6
        assert sound_source.notes == (() if stamp is _one_lost else (COUNTED,))
        joined = np.concatenate([b.channels for b in sound_source.blocks(1.7)], axis=1)
        assert relative_error(joined, dense.channels) < 1e-6


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.ts"])
@pytest.mark.parametrize("rate", [48_000, 44_100])
def test_timestamps_that_were_matroskas(
    make_media: Callable[..., Path], specs: Any, name: str, rate: int
) -> None:
    track = specs.Track(seconds=SECONDS, rate=rate, noise=0.1, options=WITHOUT_NOISE)
    source = make_media("source.mkv", None, [track])
    path = restamped(source.with_name(name), source, lambda _, pts: pts)
    dense = decode_sound(path, "cam")
    with open_sound(path, "cam") as sound_source:
        for sound in sound_source.read_windows([(4_000, 5_500), (9_000, 9_300)]):
            assert relative_error(sound.channels, part_of(dense, sound)) < 1e-6
        assert sound_source.notes == ()


def test_sound_is_sought_by_the_picture_where_only_that_is_indexed(
    make_media: Callable[..., Path], specs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Matroska lists its pictures: the sound is found without reading up to it."""
    picture = specs.Picture(seconds=90.0, rate=Fraction(5), options={"g": "10"})
    track = specs.Track(seconds=90.0, rate=16_000, layout="mono", noise=0.1, options=WITHOUT_NOISE)
    path = make_media("long.mkv", picture, [track])
    dense = decode_sound(path, "cam")
    with open_sound(path, "cam") as source:
        for at in (80_000, 45_000, 70_000):
            sound = source.read(at, at + 300)
            assert np.array_equal(sound.channels, part_of(dense, sound))
        assert source.notes == ()


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
def test_a_truncated_file_ends_where_its_sound_does(
    cut_media: Callable[..., Path], name: str, video: str | None, audio: str
) -> None:
    path = cut_media(name, video, audio)
    dense = decode_sound(path, "cam")
    with open_sound(path, "cam") as source:
        assert source.cut_short
        assert source.end_ms == pytest.approx(dense.start_ms + dense.duration_ms, abs=100)
        whole = source.read_all()
        assert whole.cut_short
        assert whole.channels.shape == dense.channels.shape
        sound = source.read(1_500, 60_000)
        assert sound.channels.shape[1] == dense.channels.shape[1] - round(
            (sound.start_ms - dense.start_ms) * 16
        )
        assert source.read(30_000, 31_000).channels.shape == (dense.channels.shape[0], 0)


def test_damage_in_the_middle_does_not_move_what_follows(
    make_media: Callable[..., Path], specs: Any
) -> None:
    track = specs.Track(seconds=SECONDS, clicks_s=(9.0,), noise=0.05, options=WITHOUT_NOISE)
    path = make_media("a.ts", specs.Picture(seconds=SECONDS), [track])
    content = bytearray(path.read_bytes())
    start = len(content) // 4
    content[start : start + 5_000] = bytes(5_000)
    path.write_bytes(content)
    dense = decode_sound(path, "cam")
    with open_sound(path, "cam") as source:
        sound = source.read(8_500, 9_500)
        assert relative_error(sound.channels, part_of(dense, sound)) < 1e-6


def test_faults_are_those_of_decoding(make_media: Callable[..., Path], specs: Any) -> None:
    with pytest.raises(MediaWithoutAudio):
        open_sound(make_media("silent.mp4", specs.Picture()), "cam")
    path = make_media("a.mp4", specs.Picture(), [specs.Track()])
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"moov") - 4])
    with pytest.raises(MediaUnreadable, match="'cam'"):
        open_sound(path, "cam")
    path.write_bytes(b"")
    with pytest.raises(MediaUnreadable, match="empty"):
        open_sound(path, "cam")


def test_very_short_sound(make_media: Callable[..., Path], specs: Any) -> None:
    path = make_media("a.wav", None, [specs.Track(codec="pcm_s16le", seconds=0.1, noise=0.1)])
    dense = decode_sound(path, "cam")
    with open_sound(path, "cam") as source:
        assert np.array_equal(source.read_all().channels, dense.channels)
        assert source.read(50, 60).channels.shape == (2, 160)
        assert source.read(60, 50).channels.shape == (2, 0)


def test_endless_sound_is_cut_at_what_can_be_held(
    make_media: Callable[..., Path], specs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "MAX_SOUND_BYTES", 2 * 4 * 16_000)
    monkeypatch.setattr(reader_module, "_BLOCK_S", 0.5)
    path = make_media("a.flac", None, [specs.Track(codec="flac", seconds=20.0)])
    with open_sound(path, "cam") as source:
        sound = source.read_all()
    assert sound.cut_short == "its sound is longer than the 1 s that are held of it"
    assert 1_000 <= sound.duration_ms <= 2_500


def test_a_closed_reader_holds_no_file(film: Path) -> None:
    before = set(_open_files())
    with open_sound(film, "cam") as source:
        blocks = source.blocks(1.0)
        next(blocks)
        source.read(2_000, 3_000)
        assert set(_open_files()) != before
        del blocks
    assert set(_open_files()) == before


def _open_files() -> Iterator[str]:
    for entry in Path("/proc/self/fd").iterdir():
        try:
            yield f"{entry.name} {entry.readlink()}"
        except OSError:
            continue


@pytest.mark.parametrize("rate", [1_000.0, 16_000.0, 48_000.0, 44_100.5])
def test_a_waveform_reads_as_files_do(rate: float) -> None:
    samples = np.random.default_rng(1).standard_normal(round(5 * rate)).astype(np.float32)
    waveform = Waveform(sample_rate_hz=rate, samples=samples)
    dense = waveform_sound(waveform)
    source: SoundSource = WaveformSource(waveform)
    assert source.sample_rate_hz == dense.sample_rate_hz
    assert (source.channel_count, source.start_ms, source.notes) == (1, 0.0, ())
    assert source.end_ms == dense.duration_ms
    assert np.array_equal(source.read_all().channels, dense.channels)
    joined = np.concatenate([b.channels for b in source.blocks(0.7)], axis=1)
    assert np.array_equal(joined, dense.channels)
    early, late = source.read_windows([(-100, 1_000.0), (2_000.2, 90_000)])
    assert np.array_equal(early.channels, part_of(dense, early))
    assert np.array_equal(late.channels, part_of(dense, late))
    assert late.start_ms + late.duration_ms == pytest.approx(dense.duration_ms)


def test_a_reader_is_a_sound_source(film: Path) -> None:
    def length(source: SoundSource) -> float:
        return source.end_ms - source.start_ms

    reader: SoundReader = open_sound(film, "cam")
    with reader:
        assert length(reader) == pytest.approx(7_500, abs=30)
