"""One recording made ready for comparison: analysis rate, onsets by band, whitened sound."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import scipy.signal

from ..domain.media import Samples, Sound
from .channels import mix_programme
from .known_sound import HalfPrecision
from .onsets import Onsets, find_onsets
from .recording import Recording
from .whitening import Whitener

# Speech and the narrowest devices (300-3400 Hz) fit in 4 kHz of bandwidth, and a
# correlation peak of 4 kHz bandwidth is found to a few hundredths of a sample.
ANALYSIS_RATE_HZ = 8_000.0
# Largest terms of the resampling ratio; what is left over is kept in `rate_hz`.
LARGEST_RATIO_TERM = 1_000
# scipy's resampling filter reaches this many samples of the lower rate to each side.
FILTER_REACH = 10


@dataclass(frozen=True, eq=False)
class Heard:
    """The programme sound of one recording at the analysis rate.

    `samples` is float32 or, as it is remembered, float16 of shape (n,); sample `i` stands
    at `start_s + i / rate_hz` of the recording's own time. `rate_hz` is exact: what
    resampling by a ratio of small integers left over, against `ANALYSIS_RATE_HZ`, is in it.
    """

    asset_id: str
    camera_id: str
    samples: Samples | HalfPrecision
    rate_hz: float
    start_s: float
    source_channels: tuple[int, ...]
    onsets: Onsets
    whitener: Whitener = field(repr=False)

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.samples) / self.rate_hz

    @property
    def end_s(self) -> float:
        """Where the sound ends in the recording's own time."""
        return self.start_s + self.duration_s


def listen(recording: Recording, *, leave_out: frozenset[int] = frozenset()) -> Heard | None:
    """Prepares a recording whose sound is held; None when it has none."""
    sound = recording.sound
    if not isinstance(sound, Sound) or sound.channels.size == 0:
        return None
    mix = mix_programme(sound.channels, leave_out=leave_out)
    if not mix.source_channels:
        return None
    samples, rate_hz = to_analysis_rate(mix.samples, sound.sample_rate_hz)
    return prepare(
        samples,
        asset_id=recording.asset_id,
        camera_id=recording.camera_id,
        rate_hz=rate_hz,
        start_s=sound.start_ms / 1e3,
        source_channels=mix.source_channels,
    )


def prepare(
    samples: Samples | HalfPrecision,
    *,
    asset_id: str,
    camera_id: str,
    rate_hz: float,
    start_s: float,
    source_channels: tuple[int, ...],
) -> Heard | None:
    """Onsets and whitening of sound at the analysis rate; None if it is too short."""
    onsets = find_onsets(samples)
    if onsets is None:
        return None
    return Heard(
        asset_id=asset_id,
        camera_id=camera_id,
        samples=samples,
        rate_hz=rate_hz,
        start_s=start_s,
        source_channels=source_channels,
        onsets=onsets,
        whitener=Whitener(samples),
    )


def to_analysis_rate(samples: Samples, sample_rate_hz: float) -> tuple[Samples, float]:
    """Resamples to `ANALYSIS_RATE_HZ` by the nearest ratio of small integers.

    Returns the samples (float32) and their exact rate in Hz.
    """
    parts = [*blocks_at_analysis_rate(iter([samples]), sample_rate_hz)]
    return np.concatenate(parts), analysis_rate_hz(sample_rate_hz)


def analysis_rate_hz(sample_rate_hz: float) -> float:
    """What `to_analysis_rate` makes of a rate, exactly."""
    return sample_rate_hz * float(_ratio(sample_rate_hz))


def blocks_at_analysis_rate(blocks: Iterator[Samples], sample_rate_hz: float) -> Iterator[Samples]:
    """As `to_analysis_rate`, for sound that comes in blocks: the same samples, in blocks."""
    ratio = _ratio(sample_rate_hz)
    up, down = ratio.numerator, ratio.denominator
    # What the filter of `resample_poly` reaches to each side, in whole steps of the ratio.
    margin = down * -(-(FILTER_REACH * max(up, down) // up + 1) // down) if ratio != 1 else 0
    held = np.zeros(0, dtype=np.float32)
    before = 0  # of what is held, samples that are done and only reach into the next
    for block in blocks:
        held = np.concatenate([held, block])
        ready = (len(held) - margin) // down * down
        if ready > before:
            yield _resampled(held[: ready + margin], up, down, before, ready)
            before = min(ready, margin)
            held = held[ready - before :]
    if len(held) > before:
        yield _resampled(held, up, down, before, len(held))


def _resampled(samples: Samples, up: int, down: int, first: int, last: int) -> Samples:
    """What the samples from `first` (a multiple of `down`) up to `last` become."""
    resampled = samples if up == down else scipy.signal.resample_poly(samples, up, down)
    part = resampled[first * up // down : -(-last * up // down)]
    return np.ascontiguousarray(part, dtype=np.float32)


def _ratio(sample_rate_hz: float) -> Fraction:
    ratio = Fraction(ANALYSIS_RATE_HZ / sample_rate_hz)
    near = ratio.limit_denominator(LARGEST_RATIO_TERM)
    if near.numerator > LARGEST_RATIO_TERM:
        near = 1 / (1 / ratio).limit_denominator(LARGEST_RATIO_TERM)
    return near
