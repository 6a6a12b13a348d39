"""The sound of a film as a file of its own, for uploading: packets are copied, not encoded.

Needs PyAV (the extra `multicam[engines]`), which is imported when a file is looked at.
Without it, or where a file resists, the whole file is sent.

The service counts a film's time from its first picture, and a sound file's from its
first sample. `Extract.shift_ms` is the difference, which the caller takes back out of
what it is told.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..v1.media_pb2 import FrameRate, Timecode
from .pictures import frames_of, picture_stream

FORMATS = (("mov", ".mov"), ("matroska", ".mka"))
"""Containers to copy into, with their suffixes: the first that takes the codec."""

SAME_MS = 1.0
"""A picture that starts so near to the sound starts with it, as far as timecodes count:
they name frames of 16 ms and more."""

_LABEL = re.compile(r"\s*(\d{2}):(\d{2}):(\d{2})([:;.])(\d{2,3})\s*")
_DROP_RATES = (Fraction(30_000, 1001), Fraction(60_000, 1001))
_PLAIN_RATES = 30.5
"""Up to this many frames per second a timecode counts every frame; above, some count pairs."""


@dataclass(frozen=True)
class Extract:
    """A file's sound alone.

    `shift_ms`: how much later the first sample is than the first picture. `timecode`: of
    the first picture, where the file states one plainly and the two start together.
    """

    path: Path
    shift_ms: float
    timecode: Timecode | None


def extract_sound(film: Path, folder: Path) -> Extract | None:
    """Copies the sound of `film` into a file in `folder`.

    None where the film is to be sent as it is: it has no picture or no sound, PyAV is not
    installed, no container takes the sound unchanged, or the copy sounds different.
    """
    try:
        import av  # noqa: PLC0415 - an extra, needed here only
        from av.error import FFmpegError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        found = _look_at(av, film)
        if found is None:
            return None
        for container_format, suffix in FORMATS:
            copy = folder / f"sound{suffix}"
            try:
                _copy_sound(av, film, copy, container_format)
                if _first_sound(av, copy).same_as(found.sound):
                    return Extract(copy, found.shift_ms, found.timecode)
            except (FFmpegError, ValueError):
                continue
    except (FFmpegError, ValueError):
        return None
    return None


@dataclass(frozen=True)
class _First:
    """The first frame of sound: when it is heard (s), and what."""

    time: Fraction
    samples: int
    content: bytes

    def same_as(self, other: "_First") -> bool:
        """Whether the same is heard first, whatever the container's clock says."""
        return (self.samples, self.content) == (other.samples, other.content)


@dataclass(frozen=True)
class _Film:
    sound: _First
    shift_ms: float
    timecode: Timecode | None


def _look_at(av: Any, film: Path) -> _Film | None:
    """When picture and sound of a film start; None where it has not both."""
    with av.open(str(film)) as container:
        picture = picture_stream(container)
        if picture is None or not container.streams.audio:
            return None
        first = next(iter(frames_of(container, picture)), None)
        if first is None or first.pts is None:
            return None
        picture_time = first.pts * first.time_base
        stated = _timecode(container, picture)
    starts = [_first_sound(av, film, index) for index in range(_sounds(av, film))]
    if max(abs(one.time - starts[0].time) for one in starts) * 1000 > SAME_MS:
        return None  # streams that start apart need the film's clock
    shift_ms = float((starts[0].time - picture_time) * 1000)
    return _Film(starts[0], shift_ms, stated if abs(shift_ms) <= SAME_MS else None)


def _sounds(av: Any, film: Path) -> int:
    with av.open(str(film)) as container:
        return len(container.streams.audio)


def _first_sound(av: Any, path: Path, index: int = 0) -> _First:
    """The first frame of sound that a decoder gives out. Raises ValueError without one."""
    with av.open(str(path)) as container:
        _skip_all_but_sound(av, container)
        for frame in frames_of(container, container.streams.audio[index]):
            if frame.pts is not None:
                content = bytes(frame.planes[0])
                return _First(frame.pts * frame.time_base, frame.samples, content)
    raise ValueError("no sound can be decoded")


def _copy_sound(av: Any, film: Path, copy: Path, container_format: str) -> None:
    """Copies the packets of all audio streams into a new file."""
    with av.open(str(film)) as given, av.open(str(copy), "w", format=container_format) as made:
        streams = {
            stream.index: made.add_stream_from_template(stream) for stream in given.streams.audio
        }
        _skip_all_but_sound(av, given)
        for packet in given.demux(*given.streams.audio):
            if packet.dts is None:
                continue  # the empty packet that ends a stream
            packet.stream = streams[packet.stream.index]
            made.mux(packet)


def _skip_all_but_sound(av: Any, container: Any) -> None:
    """Lets the demuxer jump over the pictures instead of reading them."""
    for stream in container.streams:
        if stream.type != "audio":
            stream.discard = av.stream.Discard.all


def _timecode(container: Any, picture: Any) -> Timecode | None:
    """The timecode that the file states, where there is no doubt about what it counts."""
    rate = picture.average_rate
    if rate is None or rate > _PLAIN_RATES:
        return None
    tags = [stream.metadata for stream in (picture, *container.streams.data)]
    labels = [_tag(tag) for tag in (*tags, container.metadata)]
    stated = next((label for label in labels if label), "")
    match = _LABEL.fullmatch(stated)
    if match is None:
        return None
    hours, minutes, seconds, mark, frames = match.groups()
    drop = mark in ";."
    skipped = drop and seconds == "00" and int(frames) < 2 and int(minutes) % 10
    if (drop and rate not in _DROP_RATES) or skipped or int(frames) >= round(rate):
        return None
    if int(hours) > 23 or int(minutes) > 59 or int(seconds) > 59:
        return None
    value = f"{hours}:{minutes}:{seconds}{';' if drop else ':'}{frames}"
    return Timecode(
        value=value,
        frame_rate=FrameRate(numerator=rate.numerator, denominator=rate.denominator),
    )


def _tag(metadata: dict[str, str]) -> str:
    return next((value for key, value in metadata.items() if key.lower() == "timecode"), "")
