"""The pictures of a film on this machine: their stream, and their size.

Needs PyAV (the extra `multicam[engines]`), which is imported when a film is looked at.
"""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

_QUARTER_TURN_DEGREES = 90


def picture_stream(container: Any) -> Any:
    """The first video stream that is no cover picture; None where there is none."""
    return next(
        (
            stream
            for stream in container.streams.video
            if "attached_pic" not in str(stream.disposition).lower()
        ),
        None,
    )


def frames_of(container: Any, stream: Any) -> Iterable[Any]:
    """The frames that a stream decodes to."""
    return chain.from_iterable(packet.decode() for packet in container.demux(stream))


def shown_size(film: Path) -> tuple[int, int] | None:
    """Width and height in pixels as shown; None without PyAV, or where no picture is found."""
    try:
        import av  # noqa: PLC0415 - an extra, needed here only
        from av.error import FFmpegError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        with av.open(str(film)) as container:
            stream = picture_stream(container)
            frame = next(iter(frames_of(container, stream)), None) if stream else None
    except (FFmpegError, ValueError):
        return None
    if frame is None:
        return None
    turned = round(frame.rotation / _QUARTER_TURN_DEGREES) % 2
    return (frame.height, frame.width) if turned else (frame.width, frame.height)
