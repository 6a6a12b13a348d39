"""A file's reference point: the presentation time of its first video frame.

A container's declared start times are not enough: some count an encoder's priming
samples or delayed frames, some round, some leave them out. What a decoder gives out
first, with the time that it gives it, is what a player presents; it is read here.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import InvalidDataError
from av.frame import Frame
from av.packet import Packet
from av.stream import Discard, Stream
from av.video.stream import VideoStream

from .container import is_decodable, open_media, picture_stream, read_only

# Where nothing can be decoded: packets among which the first one to be shown is sought.
# The deepest reordering of H.264 and HEVC is 16 frames.
_REORDER_PACKETS = 17


def first_frames(
    container: InputContainer, streams: Sequence[VideoStream | AudioStream]
) -> dict[int, Frame]:
    """The first frame that each stream's decoder gives out, by stream index.

    A stream that yields none is absent. Reads from the container's position up to the
    latest of these frames; the streams that were found are set to be skipped.
    """
    found: dict[int, Frame] = {}
    wanted = [stream for stream in streams if is_decodable(stream)]
    if not wanted:
        return found
    read_only(container, wanted)
    for packet in container.demux(wanted):
        if packet.stream.index in found:
            continue
        frames = decode_packet(packet)
        if frames:
            found[packet.stream.index] = frames[0]
            packet.stream.discard = Discard.all
        if len(found) == len(wanted):
            break
    return found


def decode_packet(packet: "Packet[Stream]") -> list[Frame]:
    """The frames in a packet; none for one that is damaged, as players do."""
    try:
        return [frame for frame in packet.decode() if isinstance(frame, Frame)]
    except InvalidDataError:
        return []


def frame_time(frame: Frame) -> Fraction | None:
    """The frame's presentation time in the container's seconds, or None."""
    ticks = frame.pts if frame.pts is not None else frame.dts
    if ticks is None or frame.time_base is None:
        return None
    return ticks * frame.time_base


def reference_time(path: Path, asset_id: str) -> Fraction | None:
    """The reference point of a file with a picture, in the container's seconds.

    Where no frame can be decoded, the earliest packet to be shown counts. None: there is
    no picture, and the first sample of the sound is the reference point. Raises
    MediaUnreadable.
    """
    with open_media(path, asset_id) as container:
        picture = picture_stream(container)
        if picture is None:
            return None
        frame = first_frames(container, [picture]).get(picture.index)
    time = frame_time(frame) if frame is not None else None
    return time if time is not None else first_packet_time(path, asset_id)


def first_packet_time(path: Path, asset_id: str) -> Fraction | None:
    """The earliest presentation time among the picture's first packets, or None."""
    with open_media(path, asset_id) as container:
        picture = picture_stream(container)
        if picture is None:
            return None
        read_only(container, [picture])
        times: list[Fraction] = []
        for packet in container.demux(picture):
            if packet.pts is not None and not packet.is_discard:
                times.append(packet.pts * packet.time_base)
            if len(times) == _REORDER_PACKETS:
                break
    return min(times, default=None)
