"""The rate at which a QuickTime timecode track counts its frames.

libavformat tells a timecode's label but not its rate, which need not be the picture's:
cameras count 50 and 60 frames a second in pairs. It stands in the track's sample
description. Source: Apple, QuickTime File Format, "Timecode Sample Description".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO

from ..domain.media import FrameRate

_PATH_TO_DESCRIPTIONS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")

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


def timecode_rates(file: FileIO, size_bytes: int) -> tuple[FrameRate, ...]:
    """The counting rates of a MOV or MP4 file's timecode tracks, in the file's order.

    Reads headers only. A description that makes no sense is left out.
    """
    rates = []
    for table in _at_path(file, _Atom(b"", 0, size_bytes), _PATH_TO_DESCRIPTIONS):
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
    position = outer.start
    while position + 8 <= outer.end:
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return
        size, kind = struct.unpack_from(">I4s", header)
        body = position + 8
        if size == 1 and len(header) == 16:  # the size follows in 64 bits
            (size,) = struct.unpack_from(">Q", header, 8)
            body += 8
        elif size == 0:  # up to the end
            size = outer.end - position
        end = position + size
        if end < body or end > outer.end:
            return
        yield _Atom(kind, body, end)
        position = end


def _counting_rate(file: FileIO, entry: _Atom) -> FrameRate | None:
    file.seek(entry.start)
    body = file.read(min(entry.end - entry.start, _TIMECODE_ENTRY.size))
    if len(body) < _TIMECODE_ENTRY.size:
        return None
    _, _, time_scale, frame_duration, _ = _TIMECODE_ENTRY.unpack(body)
    if not 0 < frame_duration <= time_scale < 2**31:
        return None
    rate = FrameRate(time_scale, frame_duration).fraction
    return FrameRate(rate.numerator, rate.denominator)
