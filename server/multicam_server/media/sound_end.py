"""Where a stream's sound ends, without decoding it."""

from fractions import Fraction
from pathlib import Path

from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Stream

from .container import declared_end, open_media, read_only, short_name, time_base

# libavformat finds the ends of these from their last packets.
_END_FROM_CONTENT = frozenset({"mpegts", "ogg"})

# A stream may end this long before its declared end without being cut short: codec
# frames and edit lists do not end together.
END_TOLERANCE_S = Fraction(1, 2)

# Where the search for the last packets begins, before the stated end.
_TAIL_S = 2


def find_end(path: Path, asset_id: str, index: int) -> tuple[Fraction | None, Fraction | None]:
    """The end of what the file has of stream `index`, and its stated end if that is later.

    In the container's seconds. Reads the last packets before a stated end, and all
    packets of the stream where nothing states it or nothing is found there. The first is
    None where no packet has a time.
    """
    with open_media(path, asset_id) as container:
        stream = container.streams[index]
        declared = declared_end(container, stream)
        stated = declared
        if stated is None and short_name(container) in _END_FROM_CONTENT and stream.duration:
            stated = ((stream.start_time or 0) + stream.duration) * time_base(stream)
        if stated is not None:
            found = _last_packet_end(container, stream, start_at=stated - _TAIL_S)
            if found is not None and found >= stated - END_TOLERANCE_S:
                return (found if declared is None else declared), None
    with open_media(path, asset_id) as container:
        found = _last_packet_end(container, container.streams[index], start_at=None)
    if found is not None and declared is not None and declared - found > END_TOLERANCE_S:
        return found, declared
    return found, None


def _last_packet_end(
    container: InputContainer, stream: Stream, *, start_at: Fraction | None
) -> Fraction | None:
    """The end of the last packet from near `start_at` on, of a container just opened."""
    read_only(container, [stream])
    last: tuple[int, int] | None = None
    try:
        if start_at is not None and start_at > 0:
            container.seek(int(start_at / time_base(stream)), stream=stream)
        for packet in container.demux([stream]):
            if packet.pts is not None and packet.size:
                last = (packet.pts, packet.duration or 0)
    except FFmpegError:
        pass  # what was read before the damage counts
    return None if last is None else sum(last) * time_base(stream)
