"""Real media files with a known truth: a sound at a known instant of a common clock."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

# Width of the click: a Gaussian pulse, band limited to about 1 kHz, which every codec
# here keeps in its place.
CLICK_SIGMA_S = 0.0005


@dataclass(frozen=True)
class Picture:
    """A video stream: `start_s` on the common clock; `times_s` replaces a constant rate."""

    codec: str = "libx264"
    rate: Fraction = Fraction(25)
    start_s: float = 0.0
    seconds: float = 2.0
    size: tuple[int, int] = (64, 48)
    times_s: tuple[float, ...] | None = None
    rotation: int | None = None
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Track:
    """An audio stream with one click per channel; all times on the common clock."""

    codec: str = "aac"
    rate: int = 48_000
    layout: str = "stereo"
    start_s: float = 0.0
    seconds: float = 2.0
    clicks_s: tuple[float, ...] = (1.0,)
    sample_format: str | None = None
    noise: float = 0.0
    options: dict[str, str] = field(default_factory=dict)


def click_track(track: Track) -> np.ndarray[Any, Any]:
    """Samples of shape (n, c); channel k clicks at `clicks_s[k % len]`."""
    channels = av.AudioLayout(track.layout).nb_channels
    times = track.start_s + np.arange(round(track.seconds * track.rate)) / track.rate
    clicks = [track.clicks_s[k % len(track.clicks_s)] for k in range(channels)]
    pulse = [0.7 * np.exp(-0.5 * ((times - click) / CLICK_SIGMA_S) ** 2) for click in clicks]
    noise = np.random.default_rng(0).standard_normal((len(times), channels))
    return np.stack(pulse, axis=1) + track.noise * noise


def _picture_frames(picture: Picture) -> Iterator[av.VideoFrame]:
    width, height = picture.size
    tick = Fraction(1, 90_000)
    count = round(picture.seconds * picture.rate)
    times = picture.times_s or [picture.start_s + float(n / picture.rate) for n in range(count)]
    for n, time in enumerate(times):
        image = np.full((height, width, 3), (n * 7) % 256, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.time_base = tick
        frame.pts = round(time * 90_000)
        yield frame


def _sound_frames(track: Track, sample_format: str) -> Iterator[av.AudioFrame]:
    samples = click_track(track)
    resampler = av.AudioResampler(format=sample_format, layout=track.layout)
    first = round(track.start_s * track.rate)
    for start in range(0, len(samples), 1024):
        piece = samples[start : start + 1024].astype(np.float32)
        frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), format="flt", layout=track.layout)
        frame.sample_rate = track.rate
        frame.time_base = Fraction(1, track.rate)
        frame.pts = first + start
        yield from resampler.resample(frame)


def write_media(
    path: Path,
    picture: Picture | None = None,
    tracks: Sequence[Track] = (),
    *,
    container_format: str | None = None,
    options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    cover: bool = False,
) -> Path:
    """Encodes the picture and the tracks to `path`, interleaved by time."""
    with av.open(str(path), "w", format=container_format, options=options or {}) as out:
        out.metadata.update(metadata or {})
        queue: list[tuple[float, int, Any, Any]] = []
        streams = []
        if picture is not None:
            video = out.add_stream(picture.codec, rate=picture.rate, options=picture.options)
            video.width, video.height = picture.size
            video.pix_fmt = {"mjpeg": "yuvj420p", "prores_ks": "yuv422p10le"}.get(
                picture.codec, "yuv420p"
            )
            if picture.times_s is not None:
                video.codec_context.time_base = Fraction(1, 90_000)
            if picture.rotation is not None:
                video.set_display_rotation(picture.rotation)
            streams.append(video)
            queue += [(float(f.time or 0), 0, f, video) for f in _picture_frames(picture)]
        for number, track in enumerate(tracks, start=1):
            audio = out.add_stream(track.codec, rate=track.rate, options=track.options)
            audio.codec_context.layout = track.layout
            if track.sample_format is not None:
                audio.codec_context.format = track.sample_format
            streams.append(audio)
            frames = _sound_frames(track, audio.codec_context.format.name)
            queue += [(float(f.time or 0), number, f, audio) for f in frames]
        if cover:
            art = out.add_stream("mjpeg", rate=1)  # a still picture, not a video
            art.width, art.height, art.pix_fmt = 32, 32, "yuvj420p"
            art.disposition = av.stream.Disposition.attached_pic
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            frame.pts = 0
            streams.append(art)
            queue.insert(0, (-1.0, 0, frame, art))
        for _, _, frame, stream in sorted(queue, key=lambda entry: entry[:2]):
            out.mux(stream.encode(frame))
        for stream in streams:
            out.mux(stream.encode(None))
    return path


def find_click(channel: np.ndarray[Any, Any], rate: float) -> float:
    """The click's time from sample 0 in seconds: the centroid of the pulse's energy."""
    energy = channel.astype(np.float64) ** 2
    peak = int(np.argmax(energy))
    reach = round(6 * CLICK_SIGMA_S * rate)
    window = np.arange(max(0, peak - reach), min(len(energy), peak + reach + 1))
    return float((window * energy[window]).sum() / energy[window].sum() / rate)


@pytest.fixture(scope="session")
def make_media(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """`make_media(name, picture, tracks, ...)`: a new file in a folder of its own."""

    def make(name: str, *args: Any, **kwargs: Any) -> Path:
        folder = tmp_path_factory.mktemp("media").resolve()
        return write_media(folder / name, *args, **kwargs)

    return make


@pytest.fixture(scope="session")
def cut_media(make_media: Callable[..., Path]) -> Callable[..., Path]:
    """`cut_media(name, video codec, audio codec)`: 6 s of noise with a click, cut at 60 %."""

    def make(name: str, video: str | None, audio: str) -> Path:
        picture = Picture(codec=video, seconds=6.0) if video else None
        options = {"movflags": "faststart"} if name.endswith((".mov", ".mp4")) else {}
        track = Track(codec=audio, seconds=6.0, noise=0.05)
        path = make_media(name, picture, [track], options=options)
        content = path.read_bytes()
        path.write_bytes(content[: len(content) * 6 // 10])
        return path

    return make


@pytest.fixture(scope="session")
def specs() -> SimpleNamespace:
    """`specs.Picture` and `specs.Track`: what `make_media` writes."""
    return SimpleNamespace(Picture=Picture, Track=Track)


@pytest.fixture(scope="session")
def click_time() -> Callable[[np.ndarray[Any, Any], float], float]:
    """`click_time(channel, rate)`: seconds from sample 0 to the click."""
    return find_click
