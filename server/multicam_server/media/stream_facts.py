"""What is known of one audio stream once its first frames are decoded."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec import CodecContext
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from .clock import decode_packet
from .container import read_only, short_name, time_base
from .frame_clock import BrokenClock, FrameClock, rounding_samples

# Containers that can be entered at any time and whose packets bear their own times: from
# an index, from samples of constant size, or from the packets. Not those where libavformat
# counts on from where it entered (Ogg, MP3, raw streams): it may begin with an error.
_SEEKABLE = frozenset(
    {
        "aiff",
        "au",
        "avi",
        "caf",
        "flac",
        "flv",
        "matroska",
        "mov",
        "mpegts",
        "mxf",
        "w64",
        "wav",
    }
)

# Decoders that can be made anew from what PyAV tells of the stream, and that give out
# one frame per packet, at the packet's time. A new one knows nothing of what was decoded
# before, so that a window's samples do not depend on the windows before it.
_RENEWABLE = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp1", "mp2", "mp3", "opus"})
_PCM_PREFIX = "pcm_"

# What a decoder needs before its output is what it would have been: AAC-LC, AC-3 and PCM
# converge within a frame; SBR waits for its header (sent twice a second); MP3 reaches
# back 511 bytes, 8 frames at 32 kb/s; RFC 7845 asks for 80 ms of Opus.
PREROLL_S = Fraction(1, 2)
_PREROLL_BY_CODEC = {"flac": Fraction(0), "alac": Fraction(0)}

# The most samples that a packet without a stated duration is taken to hold: FLAC's most.
_LARGEST_FRAME = 65_535

# Frames that show whether all have one size.
_FRAMES_LOOKED_AT = 4
# Packets to look for them in.
_PACKETS_LOOKED_AT = 400

# Timestamps may be off the count of samples by this much, and more if the container rounds
# more: files made from Matroska carry its roundings on, whatever their own unit is. A clock
# that drifts from its samples shows as more within a minute.
_JITTER_S = Fraction(1, 1_000)

# Frames must be this many roundings of a timestamp long to be told apart by it.
_ROUNDINGS_PER_FRAME = 4


@dataclass(frozen=True)
class StreamFacts:
    """One audio stream; places are counted in samples from its first one.

    `tick` is the unit of timestamps in seconds. The first `lead_packets` packets yield
    the first frame, of `first_samples` samples at `first_pts`; the others have
    `frame_samples` each (None: not constant). The packet stamped `anchor_pts` lies at
    `anchor`: the second frame, since muxers move the first one. Timestamps of frames are
    off their count by at most `rounding` samples. `can_seek`: a packet's place follows from its
    timestamp alone; `can_skim`: from counting packets, without decoding them.
    """

    index: int
    channels: int
    sample_rate_hz: int
    tick: Fraction
    first_pts: int | None
    lead_packets: int
    first_samples: int
    frame_samples: int | None
    anchor_pts: int
    anchor: int
    rounding: int
    can_seek: bool
    can_skim: bool
    preroll_samples: int

    @property
    def start(self) -> Fraction:
        """The container's time of sample 0."""
        return (self.first_pts or 0) * self.tick

    def pts_at(self, position: int) -> int:
        """The timestamp of the sample at `position`, rounded down."""
        return (self.first_pts or 0) + int(Fraction(position, self.sample_rate_hz) / self.tick)

    def samples_in(self, packet: "Packet[AudioStream]") -> int:
        """How many samples a packet yields, at most; decoding tells exactly."""
        if self.frame_samples is not None:
            return self.frame_samples
        return round((packet.duration or 0) * self.tick * self.sample_rate_hz) or _LARGEST_FRAME

    @cached_property
    def position(self) -> Callable[[int], int | None]:
        """The place of a packet by its timestamp; None: it is off the stream's grid."""
        samples_per_tick = self.tick * self.sample_rate_hz
        # Whole numbers: fractions in this place take as long as the decoding.
        per_tick, unit = samples_per_tick.numerator, samples_per_tick.denominator
        grid = self.frame_samples or 1
        allowed = self.rounding * unit
        anchor_pts, anchor = self.anchor_pts, self.anchor

        def place(pts: int) -> int | None:
            since_anchor = (pts - anchor_pts) * per_tick
            whole = (2 * since_anchor + grid * unit) // (2 * grid * unit) * grid
            return anchor + whole if abs(since_anchor - whole * unit) <= allowed else None

        return place


@dataclass
class _Look:
    """The first frames of one stream while they are looked for."""

    packets: int = 0
    lead_packets: int = 0
    frames: list[AudioFrame] = field(default_factory=list)


def look_at(container: InputContainer, streams: Sequence[AudioStream]) -> list[StreamFacts | None]:
    """Decodes the first frames of the streams; None for one that yields nothing."""
    looks = {stream.index: _Look() for stream in streams}
    read_only(container, streams)
    try:
        for packet in container.demux(streams):
            look = looks[packet.stream.index]
            look.packets += 1
            frames = [f for f in decode_packet(packet) if isinstance(f, AudioFrame)]
            if frames and not look.frames:
                look.lead_packets = look.packets
            look.frames += frames
            if all(
                len(one.frames) >= _FRAMES_LOOKED_AT or one.packets >= _PACKETS_LOOKED_AT
                for one in looks.values()
            ):
                break
    except FFmpegError:
        pass  # what was found before the damage counts
    return [_facts(container, stream, looks[stream.index]) for stream in streams]


def _facts(container: InputContainer, stream: AudioStream, look: _Look) -> StreamFacts | None:
    if not look.frames:
        return None
    first, *others = look.frames
    anchor_pts, anchor = _anchor(look.frames)
    rate = first.sample_rate
    tick = time_base(stream)
    codec = stream.codec.canonical_name
    is_pcm = codec.startswith(_PCM_PREFIX)
    is_exact = (1 / (tick * rate)).denominator == 1
    sizes = {frame.samples for frame in others}
    # Packets of PCM are cut anywhere; only where the container keeps them as they were
    # written have they a size.
    has_size = len(sizes) == 1 and not (is_pcm and is_exact)
    frame_samples = sizes.pop() if has_size else None
    renewable = codec in _RENEWABLE or is_pcm
    rounding = rounding_samples(max(tick, _JITTER_S) * rate)
    told_apart = frame_samples is not None and frame_samples >= _ROUNDINGS_PER_FRAME * rounding
    has_place = told_apart or (is_exact and frame_samples is None)
    preroll = Fraction(0) if is_pcm else _PREROLL_BY_CODEC.get(codec, PREROLL_S)
    return StreamFacts(
        index=stream.index,
        channels=stream.channels,
        sample_rate_hz=rate,
        tick=tick,
        first_pts=first.pts,
        lead_packets=look.lead_packets,
        first_samples=first.samples,
        frame_samples=frame_samples,
        anchor_pts=anchor_pts,
        anchor=anchor,
        rounding=rounding,
        can_seek=(
            short_name(container) in _SEEKABLE and renewable and first.pts is not None and has_place
        ),
        can_skim=renewable and frame_samples is not None,
        preroll_samples=int(preroll * rate),
    )


def _anchor(frames: Sequence[AudioFrame]) -> tuple[int, int]:
    """The timestamp and place of the second frame, or of the only one."""
    first = frames[0]
    clock = FrameClock(first.sample_rate, first.time_base or Fraction(1), first.pts)
    anchor = (first.pts or 0, clock.place(first.pts, first.samples))
    for second in frames[1:2]:
        if second.pts is not None:
            with suppress(BrokenClock):
                anchor = (second.pts, clock.place(second.pts, second.samples))
    return anchor


def new_decoder(stream: AudioStream) -> AudioCodecContext:
    """A decoder for the stream that has decoded nothing yet."""
    known = stream.codec_context
    decoder = CodecContext.create(known.codec, "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.extradata = known.extradata
    decoder.sample_rate = known.sample_rate
    decoder.layout = known.layout
    return decoder
