"""What a media file is, from its headers and as few of its packets as decide."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.frame import Frame
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..domain.analysis import AudioInfo, FoundTimecode, MediaInfo, VideoInfo
from ..domain.faults import MediaUnreadable
from ..domain.media import FrameRate
from .clock import first_frames, first_packet_time, frame_time
from .container import (
    has_attached_picture,
    is_cut_riff,
    is_decodable,
    open_file,
    open_media,
    picture_stream,
    read_only,
    short_name,
    sound_streams,
    time_base,
)
from .container_timecode import at_reference, broadcast_wave_timecode, stated_timecodes
from .frame_rate import FrameTiming, frame_timing
from .quicktime import timecode_rates

# Their lengths are estimated from the bit rate; reading them is quick.
_LENGTH_NEEDS_READING = frozenset({"aac", "ac3", "amr", "eac3", "mp3"})

# libavformat finds their lengths from their last packets.
_LENGTH_FROM_CONTENT = frozenset({"mpeg", "mpegts", "ogg"})

# A file is truncated where nothing is found within this time of its stated end: more
# than the streams of a whole file end apart from their statements.
_END_TOLERANCE_S = Fraction(1)

# Where the search for the end begins, before the stated end.
_TAIL_S = 2

_MICROSECONDS = 1_000_000


_HOUR_MS = 3_600_000.0

MAX_DURATION_MS = 24 * _HOUR_MS
"""The longest recording: as the contract has it for lengths that a request states. A file may
claim any length."""


def probe(path: Path, asset_id: str) -> MediaInfo:
    """What the file at the resolved `path` is. Times count from its reference point.

    Decodes one frame per stream. Reads a file from start to end only where its length is
    stated nowhere. Raises MediaUnreadable, also for a file that is longer than a day.
    """
    info = _Probe(path, asset_id).info()
    if info.duration_ms > MAX_DURATION_MS:
        hours = info.duration_ms / _HOUR_MS
        raise MediaUnreadable(asset_id, f"it lasts {hours:,.1f} h; at most 24 h are read")
    return info


class _Probe:
    """Collects what is found in one file, and what is odd about it."""

    def __init__(self, path: Path, asset_id: str) -> None:
        self._path = path
        self._asset_id = asset_id
        self._warnings: set[str] = set()

    def info(self) -> MediaInfo:
        with open_media(self._path, self._asset_id) as container:
            picture = picture_stream(container)
            sounds = sound_streams(container)
            streams = [stream for stream in (picture, *sounds) if stream is not None]
            first = first_frames(container, streams)
            reference = self._reference(picture, sounds, first)
            timing = FrameTiming(rate=None, variable=False) if picture is None else self._timing()
            end = self._end(container, streams)
            self._note_streams(container, picture, timing)
            return MediaInfo(
                asset_id=self._asset_id,
                container=short_name(container),
                duration_ms=max(0.0, float((end - reference) * 1_000)) if end else 0.0,
                video=_video_info(picture, first, timing, reference),
                audio_streams=_audio_infos(sounds, first, reference),
                timecodes=self._timecodes(container, picture, sounds, reference, timing),
                warnings=tuple(sorted(self._warnings)),
            )

    def _reference(
        self,
        picture: VideoStream | None,
        sounds: Sequence[AudioStream],
        first: Mapping[int, Frame],
    ) -> Fraction:
        """The reference point in the container's seconds."""
        if picture is not None:
            shown = _first_time(picture, first)
            if shown is None:
                self._warnings.add("no frame of the picture can be decoded")
                shown = first_packet_time(self._path, self._asset_id)
            if shown is not None:
                return shown
        starts = [start for sound in sounds if (start := _first_time(sound, first)) is not None]
        return min(starts, default=Fraction(0))

    def _timing(self) -> FrameTiming:
        with open_media(self._path, self._asset_id) as container:
            picture = picture_stream(container)
            if picture is None:
                return FrameTiming(rate=None, variable=False)
            return frame_timing(container, picture)

    def _end(self, container: InputContainer, streams: Sequence[Stream]) -> Fraction | None:
        """When the longest stream ends, in the container's seconds; None: no stream has a time."""
        stated = _stated_end(container, streams)
        if not streams:
            return stated  # nothing to be read that could tell otherwise
        if stated is None or short_name(container) in _LENGTH_NEEDS_READING:
            return self._read_end(streams, start_at=None)
        if short_name(container) in _LENGTH_FROM_CONTENT or not self._is_truncated(streams, stated):
            return stated
        self._warnings.add("the file is truncated: it ends before its stated length")
        return self._read_end(streams, start_at=None)

    def _is_truncated(self, streams: Sequence[Stream], stated: Fraction) -> bool:
        if is_cut_riff(self._path, self._asset_id):
            return True
        found = self._read_end(streams, start_at=stated - _TAIL_S)
        return found is None or found < stated - _END_TOLERANCE_S

    def _read_end(self, streams: Sequence[Stream], *, start_at: Fraction | None) -> Fraction | None:
        """The end of the last packet, read from the start or from near `start_at` on."""
        indexes = {stream.index for stream in streams}
        end: Fraction | None = None
        with open_media(self._path, self._asset_id) as container:
            wanted = [stream for stream in container.streams if stream.index in indexes]
            if not wanted:
                return None
            read_only(container, wanted)
            try:
                if start_at is not None and start_at > 0:
                    container.seek(int(start_at / time_base(wanted[0])), stream=wanted[0])
                for packet in container.demux(wanted):
                    if packet.pts is not None:
                        after = (packet.pts + (packet.duration or 0)) * packet.time_base
                        end = after if end is None else max(end, after)
            except FFmpegError:
                pass  # what was read before the damage counts
        return end

    def _note_streams(
        self, container: InputContainer, picture: VideoStream | None, timing: FrameTiming
    ) -> None:
        if timing.variable:
            self._warnings.add("the frame rate varies; frame_rate is the average")
        if picture is not None and timing.rate is None:
            self._warnings.add("the frame rate is not known")
        if picture is not None and not is_decodable(picture):
            self._warnings.add("there is no decoder for the picture")
        if has_attached_picture(container):
            self._warnings.add("an attached picture (cover art) is not taken for video")
        for number, stream in enumerate(container.streams.audio):
            if not is_decodable(stream):
                self._warnings.add(f"there is no decoder for audio stream {number}; it is left out")

    def _timecodes(
        self,
        container: InputContainer,
        picture: VideoStream | None,
        sounds: Sequence[AudioStream],
        reference: Fraction,
        timing: FrameTiming,
    ) -> tuple[FoundTimecode, ...]:
        found: list[FoundTimecode] = []
        rates = self._track_rates(container)
        for stated in stated_timecodes(container, picture, rates):
            try:
                timecode = at_reference(stated, reference, timing.rate)
            except ValueError as error:
                self._warnings.add(f"the timecode {stated.label!r} is not used: {error}")
                continue
            if timecode not in found:
                found.append(timecode)
        wave = broadcast_wave_timecode(container, sounds[0] if sounds else None)
        return (*found, wave) if wave is not None else tuple(found)

    def _track_rates(self, container: InputContainer) -> tuple[FrameRate, ...]:
        if short_name(container) != "mov":
            return ()
        with open_file(self._path, self._asset_id) as file:
            return timecode_rates(file)


def _stated_end(container: InputContainer, streams: Sequence[Stream]) -> Fraction | None:
    """The latest end that the container states or libavformat found, or None."""
    ends = [
        ((stream.start_time or 0) + stream.duration) * time_base(stream)
        for stream in streams
        if stream.duration
    ]
    if ends:
        return max(ends)
    if not container.duration:
        return None
    # Matroska's duration counts from its time 0, whenever the first block is.
    start = 0 if short_name(container) == "matroska" else container.start_time or 0
    return Fraction(start + container.duration, _MICROSECONDS)


def _first_time(stream: Stream, first: Mapping[int, Frame]) -> Fraction | None:
    frame = first.get(stream.index)
    return frame_time(frame) if frame is not None else None


def _video_info(
    picture: VideoStream | None,
    first: Mapping[int, Frame],
    timing: FrameTiming,
    reference: Fraction,
) -> VideoInfo | None:
    if picture is None or not is_decodable(picture):
        return None
    frame = first.get(picture.index)
    return VideoInfo(
        codec=picture.codec.canonical_name,
        width=picture.width,
        height=picture.height,
        rotation_degrees=_clockwise_turn(frame) if isinstance(frame, VideoFrame) else 0,
        frame_rate=timing.rate,
        variable_frame_rate=timing.variable,
        start_ms=float(reference * 1_000),
    )


def _clockwise_turn(frame: VideoFrame) -> int:
    """The display matrix's rotation, which counts counterclockwise, as a quarter turn."""
    return round(-frame.rotation / 90) * 90 % 360


def _audio_infos(
    sounds: Sequence[AudioStream], first: Mapping[int, Frame], reference: Fraction
) -> tuple[AudioInfo, ...]:
    infos = []
    first_channel = 0
    for sound in sounds:
        start = _first_time(sound, first)
        if start is None:
            start = (sound.start_time or 0) * time_base(sound)
        infos.append(
            AudioInfo(
                codec=sound.codec.canonical_name,
                channels=sound.channels,
                sample_rate_hz=sound.sample_rate,
                start_ms=float((start - reference) * 1_000),
                first_channel=first_channel,
            )
        )
        first_channel += sound.channels
    return tuple(infos)
