"""Linear timecode (LTC) read from sound: a blind decoder of its bi-phase mark code.

Source: SMPTE ST 12-1:2014, section 6: 80 bits a frame, sent least significant first;
a level change at every bit's edge and another in the middle of a one; bits 64 to 79
are the sync word. Nothing is assumed but the code: rate, polarity, direction and
phase are found, the level does not matter, and damaged frames are outvoted by the
steady count of the others.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage
import scipy.signal

from ..domain.analysis import FoundTimecode, TimecodeSource
from ..domain.media import Floats, FrameRate, Samples, Sound, Timecode
from ..domain.timecode import format_timecode, frames_per_day, parse_frames

Bits = npt.NDArray[np.int8]

BITS = 80
SYNC = np.array([0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1], dtype=np.int8)
SYNC_START = BITS - len(SYNC)
RATES = (
    FrameRate(24_000, 1_001),
    FrameRate(24, 1),
    FrameRate(25, 1),
    FrameRate(30_000, 1_001),
    FrameRate(30, 1),
)
DROP_FRAME_BIT = 10
DROP_FRAME_RATE = FrameRate(30_000, 1_001)
# Recorders' clocks stay within this of the generator's (300 ppm): it separates 24 from
# 24000/1001 frames per second, which are 1000 ppm apart.
LARGEST_RATE_ERROR = 300e-6
# Ten samples a bit at 30 frames per second, whatever the recording's rate.
WORKING_RATE_HZ = 24_000
# Hum and rumble lie below, the code's first harmonics within.
BAND_HZ = (400.0, 6_000.0)
BLOCK_S = 10.0
EXCERPT_S = 2.0
FIRST_BLOCKS, SPREAD_BLOCKS = 3, 6
SHORTEST_S = 0.5
# The clock is followed in steps of this length.
CLOCK_STEP_S = 0.25
# The bit clock's line over the median of its surroundings, in a block.
LEAST_CLOCK_LINE = 12.0
# Frames that must count on steadily, and their share of those that decode.
LEAST_FRAMES = 6
LEAST_SHARE = 0.5
# Errors tolerated in the 16 bits of a sync word, on average and in one frame.
LEAST_SYNC_MATCH = 0.9
LEAST_FRAME_SYNC = 14


@dataclass(frozen=True)
class Ltc:
    """What a channel's LTC says.

    `start_s` is the real time of day of sample 0 (label frames over the frame rate, as
    `domain.timecode.parse_timecode`), exact to a fraction of a bit. `speed` is LTC
    seconds per second of the recording, negative when it runs backwards. `frames`
    counted on steadily, `share` of those that could be read. `user_bits` are the eight
    4-bit groups of the last good frame.
    """

    frame_rate: FrameRate
    drop_frame: bool
    start_s: float
    speed: float
    frames: int
    share: float
    user_bits: tuple[int, ...]

    @property
    def label(self) -> str:
        """The label of the frame at sample 0."""
        rate = self.frame_rate.fraction
        # The frame that has started, not the nearest; a hair's breadth counts as started.
        started = int(np.floor(self.start_s * float(rate) + 0.05))
        return format_timecode(started / rate, self.frame_rate, drop_frame=self.drop_frame)


def find_ltc(sound: Sound) -> FoundTimecode | None:
    """The LTC of the first channel that carries one, at the asset's reference point."""
    for channel, samples in enumerate(sound.channels):
        ltc = decode_ltc(samples, sound.sample_rate_hz)
        if ltc is None or ltc.speed < 0:
            continue
        at_reference = _earlier(ltc, sound.start_ms / 1e3)
        return FoundTimecode(
            timecode=Timecode(at_reference.label, ltc.frame_rate),
            source=TimecodeSource.LTC,
            time_of_day_ms=at_reference.start_s * 1e3,
            channel=channel,
        )
    return None


def decode_ltc(samples: Samples, sample_rate_hz: float) -> Ltc | None:
    """Reads LTC from float mono of shape (n,); None when there is none to be trusted.

    Blocks are read from the start and then here and there, until one tells the time.
    """
    length = int(BLOCK_S * sample_rate_hz)
    for first in _block_starts(len(samples), length):
        block = samples[first : first + length]
        if len(block) < SHORTEST_S * sample_rate_hz or not _has_clock(block, sample_rate_hz):
            continue
        ltc = _decode_block(block, sample_rate_hz)
        if ltc is not None:
            return _earlier(ltc, first / sample_rate_hz)
    return None


def _has_clock(block: Samples, sample_rate_hz: float) -> bool:
    """Whether an excerpt at either end shows a bit clock: much cheaper than decoding."""
    length = int(EXCERPT_S * sample_rate_hz)
    ends = (block[:length], block[-length:]) if len(block) > length else (block,)
    return any(_bit_clock(*_prepared(end, sample_rate_hz)) is not None for end in ends)


def _block_starts(total: int, length: int) -> list[int]:
    """The first blocks, and some spread over the rest."""
    count = -(-total // length)
    spread = np.linspace(0, max(0, count - 1), FIRST_BLOCKS + SPREAD_BLOCKS).round().astype(int)
    wanted = [*range(min(count, FIRST_BLOCKS)), *(int(index) for index in spread)]
    return [index * length for index in sorted(set(wanted)) if index < count]


def _earlier(ltc: Ltc, by_s: float) -> Ltc:
    """The same reading, told for a moment `by_s` of the recording earlier."""
    labels = frames_per_day(ltc.frame_rate, drop_frame=ltc.drop_frame)
    day_s = labels / float(ltc.frame_rate.fraction)
    return replace(ltc, start_s=(ltc.start_s - by_s * ltc.speed) % day_s)


def _decode_block(block: Samples, sample_rate_hz: float) -> Ltc | None:
    signal, rate_hz = _prepared(block, sample_rate_hz)
    clock = _bit_clock(signal, rate_hz)
    if clock is None:
        return None
    edges, bit_rate = clock
    bits = _bits(signal, edges)
    for backwards in (False, True):
        direction = bits[::-1] if backwards else bits
        ltc = _read_frames(direction, edges, _Clock(rate_hz, bit_rate, backwards))
        if ltc is not None:
            return ltc
    return None


def _prepared(block: Samples, sample_rate_hz: float) -> tuple[Floats, float]:
    """The code's band at the working rate (and the exact rate)."""
    ratio = Fraction(WORKING_RATE_HZ / sample_rate_hz).limit_denominator(1_000)
    resampled = scipy.signal.resample_poly(
        block.astype(np.float64), ratio.numerator, ratio.denominator
    )
    rate_hz = sample_rate_hz * float(ratio)
    size = scipy.fft.next_fast_len(len(resampled), real=True)
    spectrum = scipy.fft.rfft(resampled, size)
    frequency = np.fft.rfftfreq(size, 1 / rate_hz)
    spectrum[(frequency < BAND_HZ[0]) | (frequency > BAND_HZ[1])] = 0
    filtered: Floats = scipy.fft.irfft(spectrum, size)[: len(resampled)]
    return filtered, rate_hz


def _bit_clock(signal: Floats, rate_hz: float) -> tuple[Floats, float] | None:
    """Sample positions of all bit edges, and bits per second; None without a clear clock.

    Every bit starts with a level change, so that the squared slope has a line at the
    bit rate, whose phase tells where the edges are.
    """
    if not np.any(signal):
        return None
    slope = np.zeros_like(signal)
    slope[1:-1] = signal[2:] - signal[:-2]
    scale = np.sqrt(
        scipy.signal.fftconvolve(signal**2, np.ones(481) / 481, mode="same").clip(1e-20)
    )
    transitions = np.minimum((slope / scale) ** 2, 16.0)
    transitions -= transitions.mean()
    size = scipy.fft.next_fast_len(4 * len(signal), real=True)
    spectrum = np.abs(scipy.fft.rfft(transitions * np.hanning(len(signal)), size))
    frequency = np.fft.rfftfreq(size, 1 / rate_hz)
    low, high = (
        BITS * float(rate.fraction) * (1 + side * 2 * LARGEST_RATE_ERROR)
        for rate, side in ((RATES[0], -1), (RATES[-1], 1))
    )
    band = np.flatnonzero((frequency >= low) & (frequency <= high))
    peak = int(band[np.argmax(spectrum[band])])
    if spectrum[peak] < LEAST_CLOCK_LINE * float(np.median(spectrum[band])):
        return None
    before, at, after = spectrum[peak - 1 : peak + 2]
    bit_rate = (peak + 0.5 * (before - after) / (before - 2 * at + after)) * rate_hz / size
    time = np.arange(len(signal)) / rate_hz
    turned = transitions * np.exp(-2j * np.pi * bit_rate * time)
    width = int(CLOCK_STEP_S * rate_hz)
    count = max(1, len(signal) // width)
    steps = np.array([part.sum() for part in np.array_split(turned, count)])
    # Weak steps (drop-outs) follow their neighbours.
    smooth = np.convolve(steps, [0.25, 0.5, 0.25], mode="same") if count > 2 else steps
    phase = np.unwrap(np.angle(smooth)) / (2 * np.pi)
    middle = (np.arange(count) + 0.5) * len(signal) / count
    trend = np.polyfit(middle, phase, 1, w=np.abs(smooth) + 1e-12) if count > 2 else (0.0, phase[0])
    bit_rate += trend[0] * rate_hz
    # An edge is where bit_rate * t + phase is a whole number.
    total = int(len(signal) / rate_hz * bit_rate)
    number = np.arange(total + 1)
    edges: Floats = (number - (trend[1] % 1.0)) / bit_rate * rate_hz
    return edges[(edges >= 0) & (edges < len(signal))], float(bit_rate)


def _bits(signal: Floats, edges: Floats) -> Bits:
    """The most likely bits between edges: Viterbi over the level at each bit's start.

    A zero holds its level, a one changes it in the middle, and every bit starts with
    a change.
    """
    running = np.concatenate([[0.0], np.cumsum(signal)])
    # The running sum up to sample n holds for the point n - 1/2.
    points = np.sort(np.concatenate([edges, (edges[1:] + edges[:-1]) / 2]))
    sums = np.interp(points + 0.5, np.arange(len(running)), running)
    halves = np.diff(sums)
    first, second = halves[0::2], halves[1::2]
    same, changed = (first + second).tolist(), (first - second).tolist()
    up, down = 0.0, 0.0
    from_up: list[tuple[bool, bool]] = []
    for hold, change in zip(same, changed, strict=True):
        # A bit that starts up: a zero ends up, so that the next starts down.
        up_zero, up_one = up + hold, up + change
        down_zero, down_one = down - hold, down - change
        next_down_is_zero, next_up_is_one = up_zero >= down_one, up_one >= down_zero
        from_up.append((next_down_is_zero, next_up_is_one))
        up, down = max(up_one, down_zero), max(up_zero, down_one)
    bits = np.zeros(len(from_up), dtype=np.int8)
    is_up = up >= down
    for index in range(len(from_up) - 1, -1, -1):
        next_down_is_zero, next_up_is_one = from_up[index]
        if is_up:
            bits[index], is_up = (1, True) if next_up_is_one else (0, False)
        else:
            bits[index], is_up = (0, True) if next_down_is_zero else (1, False)
    return bits


@dataclass(frozen=True)
class _Clock:
    """Samples per second, bits per second, and whether the bits are in reverse order."""

    rate_hz: float
    bit_rate: float
    backwards: bool


def _read_frames(bits: Bits, edges: Floats, clock: _Clock) -> Ltc | None:
    if len(bits) < 2 * BITS:
        return None
    matches = np.array(
        [
            np.count_nonzero(bits[k : k + len(SYNC)] == SYNC)
            for k in range(len(bits) - len(SYNC) + 1)
        ]
    )
    folded = [
        float(np.mean(np.sort(matches[r::BITS])[len(matches[r::BITS]) // 4 :])) for r in range(BITS)
    ]
    best = int(np.argmax(folded))
    if folded[best] < LEAST_SYNC_MATCH * len(SYNC):
        return None
    words = [
        (k - SYNC_START, bits[k - SYNC_START : k + len(SYNC)])
        for k in range(best, len(matches), BITS)
        if k >= SYNC_START and matches[k] >= LEAST_FRAME_SYNC
    ]
    drop = bool(np.mean([word[DROP_FRAME_BIT] for _, word in words] or [0.0]) > 0.5)
    rate = DROP_FRAME_RATE if drop else _frame_rate(clock.bit_rate)
    return None if rate is None else _vote(words, edges, rate, drop, clock)


def _vote(
    words: Sequence[tuple[int, Bits]],
    edges: Floats,
    rate: FrameRate,
    drop: bool,
    clock: _Clock,
) -> Ltc | None:
    """The count that most frames agree on."""
    day = frames_per_day(rate, drop_frame=drop)
    counted = [
        (start, (number - start // BITS) % day, word)
        for start, word in words
        if (number := _number(word, rate, drop)) is not None
    ]
    if not counted:
        return None
    count, frames = Counter(steady for _, steady, _ in counted).most_common(1)[0]
    if frames < LEAST_FRAMES or frames < LEAST_SHARE * len(counted):
        return None
    agreeing = [(start, word) for start, steady, word in counted if steady == count]
    start = agreeing[len(agreeing) // 2][0]
    number = (count + start // BITS) % day
    # Backwards, the word's first bit is its last in the recording.
    edge = len(edges) - 1 - start if clock.backwards else start
    speed = clock.bit_rate / BITS / float(rate.fraction) * (-1 if clock.backwards else 1)
    at_s = edges[edge] / clock.rate_hz
    return Ltc(
        frame_rate=rate,
        drop_frame=drop,
        start_s=number / float(rate.fraction) - at_s * speed,
        speed=speed,
        frames=frames,
        share=frames / len(counted),
        user_bits=tuple(_value(agreeing[-1][1], 4 + 8 * group, 4) for group in range(8)),
    )


def _frame_rate(bit_rate: float) -> FrameRate | None:
    """The standard rate within a clock's error of the measured one."""
    measured = bit_rate / BITS
    best = min(RATES, key=lambda rate: abs(measured / float(rate.fraction) - 1))
    close = abs(measured / float(best.fraction) - 1) <= LARGEST_RATE_ERROR
    return best if close else None


def _number(word: Bits, rate: FrameRate, drop: bool) -> int | None:
    """Frames since midnight that a code word tells; None if it tells no time."""
    frames = _value(word, 0, 4) + 10 * _value(word, 8, 2)
    seconds = _value(word, 16, 4) + 10 * _value(word, 24, 3)
    minutes = _value(word, 32, 4) + 10 * _value(word, 40, 3)
    hours = _value(word, 48, 4) + 10 * _value(word, 56, 2)
    mark = ";" if drop else ":"
    try:
        return parse_frames(f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}", rate)
    except ValueError:
        return None


def _value(word: Bits, first: int, count: int) -> int:
    return int(sum(int(word[first + k]) << k for k in range(count)))
