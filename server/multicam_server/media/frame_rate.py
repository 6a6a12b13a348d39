"""Frame rates: exact for a constant rate, the average for a variable one."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from av.container import InputContainer
from av.video.stream import VideoStream

from ..domain.media import FrameRate
from .container import read_only, time_base

# Rates that cameras count in. A rate within TOLERANCE of one of them is that one: the
# closest neighbours, 30 and 30000/1001, are five times as far apart.
STANDARD_RATES = tuple(
    sorted(
        [Fraction(rate) for rate in (12, 15, 20, 24, 25, 30, 48, 50, 60, 100, 120, 200, 240)]
        + [Fraction(rate * 1_000, 1_001) for rate in (15, 24, 30, 48, 60, 120, 240)]
    )
)
TOLERANCE = Fraction(2, 10_000)

# Frames looked at: all of a file with an index up to an hour at 60 a second, or the first
# ones of a file that has to be read for them (12 s at 25 a second).
_INDEXED_FRAMES = 216_000
_READ_FRAMES = 300

# How far a frame may lie off an even grid and count as evenly spaced: what rounding to
# the time base makes of it, and 1 ms, which files carry on from Matroska's rounding.
_ROUNDING_TICKS = Fraction(3, 2)
_ROUNDING_S = Fraction(1, 1_000)

# With too few frames to measure, libavformat states the clock of the timestamps (1 kHz in
# Matroska, 90 kHz in MPEG) as the rate. From here on it is no rate of frames.
_TIMESTAMP_CLOCK_HZ = 1_000

_LARGEST_TERM = 2**31 - 1
# Fine enough that an average over an hour is exact to a frame in a day.
_LARGEST_DENOMINATOR = 100_000


@dataclass(frozen=True)
class FrameTiming:
    """A stream's rate in frames per second (None: unknown) and whether it varies."""

    rate: FrameRate | None
    variable: bool


def frame_timing(container: InputContainer, picture: VideoStream) -> FrameTiming:
    """How the picture's frames are spaced; `container` stands at its start."""
    ticks = sorted(_frame_ticks(container, picture))
    stated = [
        rate
        for rate in (picture.average_rate, picture.base_rate)
        if rate and rate < _TIMESTAMP_CLOCK_HZ
    ]
    if len(ticks) < 2 or ticks[0] == ticks[-1]:
        rate = nearest_standard(stated[0]) if stated else None
        return FrameTiming(_as_frame_rate(rate), variable=False)
    tick = time_base(picture)
    measured = (len(ticks) - 1) / ((ticks[-1] - ticks[0]) * tick)
    if not evenly_spaced(ticks, tick):
        return FrameTiming(_as_frame_rate(measured), variable=True)
    # The first and last frame are each rounded to a tick.
    error = max(TOLERANCE, Fraction(2, ticks[-1] - ticks[0]))
    agreeing = [rate for rate in stated if abs(rate / measured - 1) <= error]
    rate = nearest_standard(agreeing[0] if agreeing else measured)
    return FrameTiming(_as_frame_rate(rate), variable=False)


def evenly_spaced(ticks: Sequence[int], tick: Fraction) -> bool:
    """Whether sorted timestamps lie on an even grid from the first to the last.

    `ticks` are counts of `tick` seconds. True for fewer than three.
    """
    if len(ticks) < 3:
        return True
    allowed = float(max(_ROUNDING_TICKS, _ROUNDING_S / tick))
    step = (ticks[-1] - ticks[0]) / (len(ticks) - 1)
    return all(abs(at - ticks[0] - n * step) <= allowed for n, at in enumerate(ticks))


def nearest_standard(rate: Fraction) -> Fraction:
    """The standard rate that `rate` is meant to be, or `rate` itself."""
    closest = min(STANDARD_RATES, key=lambda standard: abs(standard - rate))
    return closest if abs(rate / closest - 1) <= TOLERANCE else rate


def _frame_ticks(container: InputContainer, picture: VideoStream) -> list[int]:
    """Timestamps of shown frames: decoding times from an index, or read presentation times."""
    index = picture.index_entries
    if 1 < picture.frames <= len(index):
        entries = islice(index, _INDEXED_FRAMES)
        return [entry.timestamp for entry in entries if not entry.is_discard]
    return _read_ticks(container, picture)


def _read_ticks(container: InputContainer, picture: VideoStream) -> list[int]:
    """Presentation times of the first frames, without holes."""
    read_only(container, [picture])
    ticks: list[int] = []
    decoded: int | None = None
    for packet in islice(container.demux(picture), _READ_FRAMES):
        if packet.pts is not None and not packet.is_discard:
            ticks.append(packet.pts)
        decoded = packet.dts if packet.dts is not None else decoded
    # Of the frames shown after the last one is decoded, some may not have been read.
    return [at for at in ticks if decoded is None or at <= decoded]


def _as_frame_rate(rate: Fraction | None) -> FrameRate | None:
    if rate is None or rate <= 0:
        return None
    if max(rate.numerator, rate.denominator) > _LARGEST_TERM:
        rate = rate.limit_denominator(_LARGEST_DENOMINATOR)
    return FrameRate(rate.numerator, rate.denominator) if rate > 0 else None
