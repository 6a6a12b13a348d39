"""The sound of a file: every channel, every sample's time known."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from ..domain.faults import MediaUnreadable, MediaWithoutAudio
from ..domain.media import Sound
from .clock import decode_packet, reference_time
from .container import declared_end, explain, is_cut_riff, open_media, read_only, sound_streams
from .frame_clock import BrokenClock
from .stream_sound import StreamSound

# Enough for speech and for GCC-PHAT to a small part of a sample, a third of the work of
# 48 kHz.
SAMPLE_RATE_HZ = 16_000

# What one file's sound may take: 37 channel-hours at 16 kHz. A small compressed file can
# hold any amount of silence.
MAX_SOUND_BYTES = 8 << 30

# A stream may end this long before its declared end without being cut short: codec
# frames and edit lists do not end together.
_END_TOLERANCE_S = Fraction(1, 2)

_BYTES_PER_SAMPLE = 4


def decode_sound(path: Path, asset_id: str, *, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Sound:
    """All channels of all audio streams of the file at the resolved `path`.

    Returns float32 of shape (c, n) at `sample_rate_hz`; `start_ms` is the time of sample
    0 from the reference point: the first video frame's presentation time, or the first
    sample of a file without a picture. Streams that start or end apart are filled with
    silence to one length; they are placed to the nearest sample. What a damaged or
    truncated file has is kept, and `cut_short` says why it ends early.

    Raises MediaUnreadable where nothing can be decoded, MediaWithoutAudio where there is
    no audio stream.
    """
    reference = reference_time(path, asset_id)
    with open_media(path, asset_id) as container:
        streams = sound_streams(container)
        if not streams:
            if container.streams.audio:
                raise MediaUnreadable(asset_id, "there is no decoder for its sound")
            raise MediaWithoutAudio(asset_id)
        sounds = [StreamSound(stream.channels, sample_rate_hz) for stream in streams]
        cut_short = _decode(container, streams, sounds, sample_rate_hz)
        cut_short = cut_short or _early_end(container, streams, sounds)
    if not cut_short and is_cut_riff(path, asset_id):
        cut_short = "the file is shorter than its header states"
    return _side_by_side(asset_id, sounds, sample_rate_hz, reference, cut_short)


def _decode(
    container: InputContainer,
    streams: Sequence[AudioStream],
    sounds: Sequence[StreamSound],
    sample_rate_hz: int,
) -> str:
    """Decodes to the end, or says in words what stopped it."""
    by_stream = dict(zip((stream.index for stream in streams), sounds, strict=True))
    limit = MAX_SOUND_BYTES // _BYTES_PER_SAMPLE // sum(sound.channels for sound in sounds)
    read_only(container, streams)
    stopped_by = ""
    try:
        for packet in container.demux(streams):
            sound = by_stream[packet.stream.index]
            for frame in decode_packet(packet):
                if isinstance(frame, AudioFrame):
                    sound.feed(frame)
            if len(sound) > limit:
                seconds = limit // sample_rate_hz
                stopped_by = f"its sound is longer than the {seconds} s that are held of it"
                break
    except FFmpegError as error:
        after = max(len(sound) for sound in sounds) / sample_rate_hz
        stopped_by = f"reading stopped after {after:.3f} s: {explain(error)}"
    except BrokenClock as error:
        stopped_by = str(error)
    for sound in sounds:
        sound.finish()
    return stopped_by


def _early_end(
    container: InputContainer, streams: Sequence[AudioStream], sounds: Sequence[StreamSound]
) -> str:
    """In words, how much of a stream is missing against its declared length, or nothing."""
    for stream, sound in zip(streams, sounds, strict=True):
        declared = declared_end(container, stream)
        if declared is not None and declared - sound.end() > _END_TOLERANCE_S:
            start = sound.start or Fraction(0)
            return (
                f"its sound ends after {float(sound.end() - start):.3f} s "
                f"of {float(declared - start):.3f} s"
            )
    return ""


@dataclass(frozen=True)
class _Placed:
    """A stream's sound and its first sample in the common array."""

    sound: StreamSound
    first_sample: int

    @property
    def end_sample(self) -> int:
        return self.first_sample + len(self.sound)


def _side_by_side(
    asset_id: str,
    sounds: Sequence[StreamSound],
    sample_rate_hz: int,
    reference: Fraction | None,
    cut_short: str,
) -> Sound:
    """The streams' sounds as one array; a stream without a sample is silence."""
    starts = [sound.start for sound in sounds if sound.start is not None]
    if not starts:
        raise MediaUnreadable(asset_id, "none of its sound can be decoded")
    start = min(starts)
    placed = [
        _Placed(sound, round(((sound.start or start) - start) * sample_rate_hz)) for sound in sounds
    ]
    length = max(place.end_sample for place in placed)
    if length == 0:
        raise MediaUnreadable(asset_id, "it has less than 2 ms of sound")
    channels = np.zeros((sum(sound.channels for sound in sounds), length), dtype=np.float32)
    first_channel = 0
    for place in placed:
        last_channel = first_channel + place.sound.channels
        place.sound.move_to(
            channels[first_channel:last_channel, place.first_sample : place.end_sample]
        )
        first_channel = last_channel
    origin = start if reference is None else reference
    return Sound(
        sample_rate_hz=float(sample_rate_hz),
        channels=channels,
        start_ms=float((start - origin) * 1_000),
        cut_short=cut_short,
    )
