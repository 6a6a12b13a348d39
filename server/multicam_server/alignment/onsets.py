"""Onsets by frequency band: what survives rooms, noise, codecs, gain control and polarity.

The logarithm of the energy in each mel band over its own noise floor, and how much
it rose within `RISE_FRAMES`. Stationary sound (hum, fans, tones) does not rise and
vanishes; reverberation only lengthens decays. Bands after Stevens, Volkmann &
Newman's mel scale (1937); spectral flux as in Dixon, "Onset detection revisited"
(2006).
"""

from dataclasses import dataclass, field
from functools import cache
from threading import Lock

import numpy as np
import numpy.typing as npt
import scipy.fft

from ..domain.media import Floats, Samples
from .known_sound import HalfPrecision

Spectra = npt.NDArray[np.complex64]

# At the analysis rate of 8 kHz: windows of 128 ms, one each 16 ms. Long windows
# resolve the harmonics of voices and music, which sets them apart from noise.
WINDOW = 1_024
HOP = 128
BANDS = 32
LOWEST_HZ, HIGHEST_HZ = 150.0, 3_700.0
# 48 ms: the rise of a syllable or a note.
RISE_FRAMES = 3
# Levels below this share (-70 dB) of a band's mean do not count: digital silence.
SILENCE_RATIO = 1e-7
# Onsets beyond this many standard deviations are clicks; they count no more.
LARGEST_ONSET = 4.0
FRAMES_PER_CHUNK = 512
# Spectra are kept for reuse up to this size (20 minutes, 10 MB), those of one size for
# each recording; more would fill the memory with 32 recordings. Of larger ones the last
# is kept while a pair is compared.
LARGEST_KEPT_SPECTRUM = 75_000


class _KeptSpectra:
    """Spectra of one recording's onsets, all of one size: the last that was asked for."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._size = 0
        self._spectra: dict[tuple[int, int], tuple[Spectra, Spectra]] = {}

    def get(self, first: int, stop: int, size: int) -> tuple[Spectra, Spectra] | None:
        with self._turn:
            return self._spectra.get((first, stop)) if size == self._size else None

    def put(self, first: int, stop: int, size: int, spectra: tuple[Spectra, Spectra]) -> None:
        with self._turn:
            if size != self._size or size > LARGEST_KEPT_SPECTRUM:
                self._size, self._spectra = size, {}
            self._spectra[first, stop] = spectra

    def forget_large(self) -> None:
        with self._turn:
            if self._size > LARGEST_KEPT_SPECTRUM:
                self._size, self._spectra = 0, {}


@dataclass(frozen=True, eq=False)
class Onsets:
    """Onsets of shape (BANDS, frames), float32, unit variance in each live band.

    Frame `i` belongs to sample `i * HOP + WINDOW / 2`. `energy` is the sum of
    squares over the bands, float32 of shape (frames,).
    """

    bands: Samples
    energy: Samples
    _kept: _KeptSpectra = field(default_factory=_KeptSpectra, repr=False)

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return int(self.energy.shape[0])

    def spectra(self, first: int, stop: int, size: int) -> tuple[Spectra, Spectra]:
        """Spectra of the frames [first, stop): of the bands and of the energy, kept for reuse."""
        known = self._kept.get(first, stop, size)
        if known is None:
            known = (
                scipy.fft.rfft(self.bands[:, first:stop], size, axis=1),
                scipy.fft.rfft(self.energy[first:stop], size),
            )
            self._kept.put(first, stop, size, known)
        return known

    def forget_large(self) -> None:
        """Gives back the memory of spectra that are too large to be kept for the next pair."""
        self._kept.forget_large()


def find_onsets(samples: Samples | HalfPrecision) -> Onsets | None:
    """Onsets of mono at the analysis rate; None if it is shorter than a few windows."""
    count = (len(samples) - WINDOW) // HOP + 1
    if count <= 4 * RISE_FRAMES:
        return None
    rise = _rises(_band_energy(samples, count))
    rise -= rise.mean(axis=0)
    deviation = rise.std(axis=0)
    rise /= np.where(deviation > 1e-6, deviation, np.inf)
    np.clip(rise, -LARGEST_ONSET, LARGEST_ONSET, out=rise)
    bands = np.ascontiguousarray(rise.T, dtype=np.float32)
    return Onsets(bands, np.einsum("bf,bf->f", bands, bands))


def _rises(energy: Samples) -> Samples:
    """How much each band's level over its noise floor rose; `energy` is overwritten.

    An hour's take 29 MB.
    """
    energy /= np.median(energy, axis=0) + SILENCE_RATIO * float(energy.mean()) + 1e-20
    level = np.log1p(energy, out=energy)
    rise = np.zeros_like(level)
    np.subtract(level[RISE_FRAMES:], level[:-RISE_FRAMES], out=rise[RISE_FRAMES:])
    return rise


def _band_energy(samples: Samples | HalfPrecision, count: int) -> Samples:
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    window = np.hanning(WINDOW).astype(np.float32)
    bank = mel_bank(WINDOW, BANDS)
    energy = np.empty((count, BANDS), dtype=np.float32)
    for first in range(0, count, FRAMES_PER_CHUNK):
        chunk = frames[first : first + FRAMES_PER_CHUNK].astype(np.float32)
        chunk *= window
        spectrum = scipy.fft.rfft(chunk, axis=1, overwrite_x=True)
        power = spectrum.real**2 + spectrum.imag**2
        energy[first : first + len(chunk)] = power @ bank
    return energy


@cache
def mel_bank(window: int, bands: int) -> Samples:
    """Triangular filters of shape (window // 2 + 1, bands) at 8 kHz."""
    edges = _from_mel(np.linspace(_to_mel(LOWEST_HZ), _to_mel(HIGHEST_HZ), bands + 2))
    frequencies = np.fft.rfftfreq(window, 1 / 8_000)[:, None]
    lower, centre, upper = edges[:-2], edges[1:-1], edges[2:]
    rising = (frequencies - lower) / (centre - lower)
    falling = (upper - frequencies) / (upper - centre)
    return np.maximum(np.minimum(rising, falling), 0.0).astype(np.float32)


def _to_mel(frequency_hz: float) -> float:
    return 2595.0 * float(np.log10(1 + frequency_hz / 700.0))


def _from_mel(mel: Floats) -> Floats:
    hertz: Floats = 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    return hertz
