"""One recording made ready for comparison: analysis rate, onsets by band, whitened sound."""

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import scipy.signal

from ..domain.media import Samples, Sound
from .channels import mix_programme
from .onsets import Onsets, find_onsets
from .recording import Recording
from .whitening import Whitener

# Speech and the narrowest devices (300-3400 Hz) fit in 4 kHz of bandwidth, and a
# correlation peak of 4 kHz bandwidth is found to a few hundredths of a sample.
ANALYSIS_RATE_HZ = 8_000.0
# Largest terms of the resampling ratio; what is left over is kept in `rate_hz`.
LARGEST_RATIO_TERM = 1_000


@dataclass(frozen=True, eq=False)
class Heard:
    """The programme sound of one recording at the analysis rate.

    `samples` is float32 of shape (n,); sample `i` stands at `start_s + i / rate_hz`
    of the recording's own time. `rate_hz` is exact: what resampling by a ratio of
    small integers left over, against `ANALYSIS_RATE_HZ`, is in it.
    """

    asset_id: str
    camera_id: str
    samples: Samples
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
    samples: Samples,
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
    ratio = Fraction(ANALYSIS_RATE_HZ / sample_rate_hz)
    near = ratio.limit_denominator(LARGEST_RATIO_TERM)
    if near.numerator > LARGEST_RATIO_TERM:
        near = 1 / (1 / ratio).limit_denominator(LARGEST_RATIO_TERM)
    if near == 1:
        resampled = samples
    else:
        resampled = scipy.signal.resample_poly(samples, near.numerator, near.denominator)
    return np.ascontiguousarray(resampled, dtype=np.float32), sample_rate_hz * float(near)
