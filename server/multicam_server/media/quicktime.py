"""What libavformat does not tell of a QuickTime (MOV, MP4) file.

- The rate at which a timecode track counts its frames. It need not be the picture's:
  cameras count 50 and 60 frames a second in pairs. It stands in the track's sample
  description.
- Whether the index is whole. libavformat makes do with the tracks at its beginning.

Source: Apple, QuickTime File Format, "Movie Atoms" and "Timecode Sample Description".
Reads beside libavformat (pread), without moving the file's position.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from itertools import takewhile

from ..domain.media import FrameRate

_MOVIE = b"moov"
_PATH_TO_DESCRIPTIONS = (_MOVIE, b"trak", b"mdia", b"minf", b"stbl", b"stsd")

# The table's version, flags and count come before its entries.
_TABLE_HEADER_BYTES = 8
# Of an entry's body: reserved and data reference (8), reserved (4), flags (4), time scale
# (4), frame duration (4), frames per nominal second (1).
_TIMECODE_ENTRY = struct.Struct(">8xIIIIB")


@dataclass(frozen=True)
class _Atom:
    """One atom: its type and where its body lies in the file."""

    kind: bytes
    start: int
    end: int


def has_whole_index(file: FileIO) -> bool:
    """Whether no movie atom, which holds the index, reaches beyond the end of the file."""
    whole = _whole_file(file)
    return all(atom.end <= whole.end for atom in _headers(file, whole) if atom.kind == _MOVIE)


def timecode_rates(file: FileIO) -> tuple[FrameRate, ...]:
    """The counting rates of the timecode tracks, in the file's order.

    Reads headers only. A description that makes no sense is left out.
    """
    rates = []
    for table in _at_path(file, _whole_file(file), _PATH_TO_DESCRIPTIONS):
        entries = _Atom(b"", table.start + _TABLE_HEADER_BYTES, table.end)
        for entry in _atoms(file, entries):
            if entry.kind == b"tmcd":
                rate = _counting_rate(file, entry)
                if rate is not None:
                    rates.append(rate)
    return tuple(rates)


def _at_path(file: FileIO, outer: _Atom, path: tuple[bytes, ...]) -> Iterator[_Atom]:
    for atom in _atoms(file, outer):
        if atom.kind == path[0]:
            if len(path) == 1:
                yield atom
            else:
                yield from _at_path(file, atom, path[1:])


def _atoms(file: FileIO, outer: _Atom) -> Iterator[_Atom]:
    """The atoms directly inside `outer`; ends at the first one that does not fit."""
    return takewhile(lambda atom: atom.end <= outer.end, _headers(file, outer))


def _headers(file: FileIO, outer: _Atom) -> Iterator[_Atom]:
    """The atoms that begin directly inside `outer`; the last may reach beyond it."""
    position = outer.start
    while position + 8 <= outer.end:
        header = os.pread(file.fileno(), 16, position)
        if len(header) < 8:
            return
        size, kind = struct.unpack_from(">I4s", header)
        body = position + 8
        if size == 1 and len(header) == 16:  # the size follows in 64 bits
            (size,) = struct.unpack_from(">Q", header, 8)
            body += 8
        elif size == 0:  # up to the end
            size = outer.end - position
        end: int = position + size
        if end < body:
            return
        yield _Atom(kind, body, end)
        position = end


def _whole_file(file: FileIO) -> _Atom:
    return _Atom(b"", 0, os.fstat(file.fileno()).st_size)


def _counting_rate(file: FileIO, entry: _Atom) -> FrameRate | None:
    length = min(entry.end - entry.start, _TIMECODE_ENTRY.size)
    body = os.pread(file.fileno(), length, entry.start)
    if len(body) < _TIMECODE_ENTRY.size:
        return None
    _, _, time_scale, frame_duration, _ = _TIMECODE_ENTRY.unpack(body)
    if not 0 < frame_duration <= time_scale < 2**31:
        return None
    rate = FrameRate(time_scale, frame_duration).fraction
    return FrameRate(rate.numerator, rate.denominator)
