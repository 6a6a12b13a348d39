"""The one place that opens a file with PyAV: that file, and no other.

A media file is hostile input. Playlists and references (HLS, DASH, concat, SDP, image
sequences, QuickTime aliases) make a demuxer open further files or network addresses with
the server's rights. Here libavformat gets an open file instead of a name, may use only
the demuxers below, none of which needs a second file, and is refused every other open.
"""

import os
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from io import FileIO
from pathlib import Path
from typing import NoReturn

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from ..domain.faults import MediaUnreadable
from .files import open_regular
from .quicktime import has_whole_index
from .reading import reading

# libavformat's names of the demuxers in use: what cameras, recorders, phones, editing
# programs and browsers write, and nothing that refers to other files.
DEMUXERS = (
    "aac",
    "ac3",
    "aiff",
    "amr",
    "asf",
    "au",
    "avi",
    "caf",
    "dv",
    "eac3",
    "flac",
    "flv",
    "matroska",
    "mov",
    "mp3",
    "mpeg",
    "mpegts",
    "mxf",
    "ogg",
    "w64",
    "wav",
)

# How far libavformat reads to learn what the streams are, in bytes and microseconds.
# Its defaults (5 MB, 5 s) miss a stream that starts later.
_PROBE_BYTES = 32 << 20
_PROBE_US = 60_000_000

# Containers that state their streams' lengths. The others' are libavformat's estimates
# from the bit rate, or from what is there.
_STATES_LENGTH = frozenset({"aiff", "au", "avi", "caf", "flac", "mov", "mxf", "w64", "wav"})

# Matroska states a stream's length in this tag: "00:01:30.005000000".
_MATROSKA_LENGTH_TAG = "DURATION"
_CLOCK_TIME = re.compile(r"([0-9]+):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)")

# The first bytes of WAV and AVI: the kind, and the number of bytes after this header.
_RIFF_HEADER = struct.Struct("<4sI")
_RIFF_UNKNOWN = 2**32 - 1

# Attached pictures are cover art; timed thumbnails are for a player's seek bar.
_NOT_A_PICTURE_TRACK = Disposition.attached_pic | Disposition.timed_thumbnails


@contextmanager
def open_file(path: Path, asset_id: str) -> Iterator[FileIO]:
    """Opens the regular file at the resolved `path`. Raises MediaUnreadable."""
    try:
        descriptor = open_regular(path)
    except OSError as error:
        raise MediaUnreadable(asset_id, f"it cannot be opened: {_in_words(error)}") from error
    with FileIO(descriptor) as file, reading(asset_id):
        yield file


@contextmanager
def open_media(path: Path, asset_id: str) -> Iterator[InputContainer]:
    """Opens the regular file at the resolved `path` for demuxing and decoding.

    The kind of file is told from its content, never from its name. Raises
    MediaUnreadable; also for PyAV's errors inside the `with` block.
    """
    with open_file(path, asset_id) as file:
        if os.fstat(file.fileno()).st_size == 0:
            raise MediaUnreadable(asset_id, "the file is empty")
        try:
            with av.open(
                file,
                "r",
                options={
                    "format_whitelist": ",".join(DEMUXERS),
                    "protocol_whitelist": "none",
                    "probesize": str(_PROBE_BYTES),
                    "analyzeduration": str(_PROBE_US),
                },
                metadata_errors="replace",
                io_open=_refuse_other_files,
            ) as container:
                if short_name(container) == "mov" and not has_whole_index(file):
                    raise MediaUnreadable(asset_id, "its index is incomplete")
                yield container
        except (FFmpegError, _OtherFile) as error:
            raise MediaUnreadable(asset_id, explain(error)) from error


def explain(error: Exception) -> str:
    """What an error of PyAV means for the file, in words and without any path.

    Raises MemoryError as it is: that is not the file's fault.
    """
    if isinstance(error, MemoryError):
        raise error
    if isinstance(error, _OtherFile):
        return "it refers to other files, which are not opened"
    if isinstance(error, av.error.ArgumentError):
        return "it is of a kind that this server does not read"
    if isinstance(error, av.error.InvalidDataError):
        return "it is damaged, incomplete or no media file"
    if isinstance(error, av.error.EOFError):
        return "it ends too early"
    return _in_words(error)


def short_name(container: InputContainer) -> str:
    """The container's short name: "mov", "matroska", "wav"."""
    return container.format.name.split(",")[0]


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The file's picture: its first video stream that is no attached picture."""
    return next(
        (s for s in container.streams.video if not s.disposition & _NOT_A_PICTURE_TRACK), None
    )


def has_attached_picture(container: InputContainer) -> bool:
    """Whether a video stream was passed over by `picture_stream`."""
    return any(s.disposition & _NOT_A_PICTURE_TRACK for s in container.streams.video)


def sound_streams(container: InputContainer) -> tuple[AudioStream, ...]:
    """The audio streams that can be decoded, in the file's order.

    Channels are counted through these streams wherever a channel has a number.
    """
    return tuple(s for s in container.streams.audio if is_decodable(s) and s.channels > 0)


def is_decodable(stream: Stream) -> bool:
    """Whether there is a decoder for the stream."""
    return stream.codec_context is not None


def read_only(container: InputContainer, streams: Sequence[Stream]) -> None:
    """Tells the demuxer to skip all other streams, which saves reading them."""
    wanted = {stream.index for stream in streams}
    for stream in container.streams:
        stream.discard = Discard.default if stream.index in wanted else Discard.all


def time_base(stream: Stream) -> Fraction:
    """The stream's unit of time in seconds."""
    base = stream.time_base
    assert base is not None  # libavformat gives every stream of a file one
    return base


def declared_end(container: InputContainer, stream: Stream) -> Fraction | None:
    """When the container says that the stream ends, in its own seconds; None: it does not."""
    name = short_name(container)
    if name in _STATES_LENGTH and stream.duration:
        return ((stream.start_time or 0) + stream.duration) * time_base(stream)
    if name == "matroska":
        match = _CLOCK_TIME.fullmatch(stream.metadata.get(_MATROSKA_LENGTH_TAG, ""))
        if match is not None:
            return (int(match[1]) * 60 + int(match[2])) * 60 + Fraction(match[3])
    return None


def is_cut_riff(path: Path, asset_id: str) -> bool:
    """Whether a WAV or AVI file is shorter than its RIFF header states.

    libavformat trims its own idea of the length to what is there. A length of 0 or of all
    ones was never filled in and states nothing.
    """
    with open_file(path, asset_id) as file:
        header = file.read(_RIFF_HEADER.size)
        if len(header) < _RIFF_HEADER.size:
            return False
        kind, stated = _RIFF_HEADER.unpack(header)
        if kind != b"RIFF" or stated in (0, _RIFF_UNKNOWN):
            return False
        return bool(os.fstat(file.fileno()).st_size < _RIFF_HEADER.size + stated)


class _OtherFile(Exception):
    """A demuxer asked for a file other than the one it was given."""


def _refuse_other_files(_url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    raise _OtherFile


def _in_words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
