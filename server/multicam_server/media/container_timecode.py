"""Timecodes that a container states, moved to the file's reference point."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from ..domain.analysis import FoundTimecode, TimecodeSource
from ..domain.media import FrameRate, Timecode
from ..domain.timecode import SECONDS_PER_DAY, format_timecode, parse_timecode
from .container import time_base
from .frame_rate import nearest_standard

# Containers write the drop-frame mark as ";" or ".", some for every separator.
_LABEL = re.compile(r"\s*(\d{2})[:;.](\d{2})[:;.](\d{2})([:;.])(\d{2,3})\s*", re.ASCII)

# A timecode names the frame that is on; a start that is this close before the next frame
# (rounding of the container's times) is the next frame's.
_ROUNDING_FRAMES = Fraction(1, 20)


@dataclass(frozen=True)
class StatedTimecode:
    """A label as the container has it, the rate it counts in, and when it holds.

    `holds_at` is in the container's seconds; None: at the reference point. `rate` None:
    the picture's.
    """

    label: str
    rate: FrameRate | None = None
    holds_at: Fraction | None = None


def stated_timecodes(
    container: InputContainer, picture: VideoStream | None, track_rates: Sequence[FrameRate]
) -> list[StatedTimecode]:
    """The timecode tracks, or, where there are none, the tags of the file and its streams.

    `track_rates` are the counting rates of the timecode tracks in the file's order.
    """
    tracks = [stream for stream in container.streams.data if _tag(stream.metadata)]
    rates = track_rates if len(track_rates) == len(tracks) else [None] * len(tracks)
    if tracks:
        return [
            StatedTimecode(_tag(track.metadata), rate, _track_start(track, picture))
            for track, rate in zip(tracks, rates, strict=True)
        ]
    tags = [container.metadata, *(stream.metadata for stream in container.streams)]
    return [StatedTimecode(label) for label in dict.fromkeys(map(_tag, tags)) if label]


def at_reference(
    stated: StatedTimecode, reference: Fraction | None, picture_rate: FrameRate | None
) -> FoundTimecode:
    """The timecode at the reference point. Raises ValueError where it makes no sense."""
    match = _LABEL.fullmatch(stated.label)
    if match is None:
        raise ValueError("it is not written HH:MM:SS:FF")
    rate = stated.rate or picture_rate
    if rate is None:
        raise ValueError("the rate of its frames is not known")
    standard = nearest_standard(rate.fraction)
    rate = FrameRate(standard.numerator, standard.denominator)
    mark = ":" if match[4] == ":" else ";"
    label = f"{match[1]}:{match[2]}:{match[3]}{mark}{match[5]}"
    held = parse_timecode(label, rate)
    if reference is not None and stated.holds_at is not None:
        frames = math.floor((reference - stated.holds_at) * rate.fraction + _ROUNDING_FRAMES)
        label = format_timecode(held + frames / rate.fraction, rate, drop_frame=mark == ";")
    return FoundTimecode(
        timecode=Timecode(value=label, frame_rate=rate),
        source=TimecodeSource.CONTAINER,
        time_of_day_ms=float(parse_timecode(label, rate) * 1_000),
    )


def broadcast_wave_timecode(
    container: InputContainer, sound: AudioStream | None
) -> FoundTimecode | None:
    """The Broadcast Wave time reference (EBU Tech 3285): samples since midnight.

    It counts no frames: the label names the second, its frames are 00 and its rate is
    absent; `time_of_day_ms` is exact. Every `bext` chunk has the field, and 0 is what is
    there when nobody set it: 0 is no timecode.
    """
    samples = container.metadata.get("time_reference", "")
    if sound is None or re.fullmatch("[0-9]+", samples) is None or int(samples) == 0:
        return None
    seconds = Fraction(int(samples), sound.sample_rate) % SECONDS_PER_DAY
    minutes, second = divmod(math.floor(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return FoundTimecode(
        timecode=Timecode(value=f"{hour:02d}:{minute:02d}:{second:02d}:00", frame_rate=None),
        source=TimecodeSource.BWF,
        time_of_day_ms=float(seconds * 1_000),
    )


def _tag(metadata: dict[str, str]) -> str:
    """The timecode tag: "timecode" in MOV and MXF, "TIMECODE" in Matroska."""
    return next((text for key, text in metadata.items() if key.lower() == "timecode"), "")


def _track_start(track: Stream, picture: VideoStream | None) -> Fraction | None:
    """When a timecode track's first label holds; None: at the first video frame.

    Files without edit lists show the first frame later than they decode it, by the depth
    of reordering, and start the timecode track with the decoding.
    """
    if track.start_time is None:
        return None
    start = track.start_time * time_base(track)
    if picture is not None and len(picture.index_entries) and picture.start_time is not None:
        decoded = picture.index_entries[0].timestamp * time_base(picture)
        if decoded <= start <= picture.start_time * time_base(picture):
            return None
    return start
