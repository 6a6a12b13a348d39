"""Which sound came first: the offset from fine onsets, where reflections do not lead.

In a room the strongest match of two waveforms may be that of two reflections, and a
far microphone's energy grows for tens of milliseconds after the direct sound. What
comes first is the direct sound: short windows, rises only, squared, so that the
steepest rises decide. In noise, where short windows show nothing, longer ones join.
"""

from dataclasses import replace

import numpy as np
import scipy.fft

from ..domain.media import Floats, Samples
from .clock_fit import ClockFit
from .heard import Heard
from .onset_fit import common_part
from .onsets import SILENCE_RATIO, mel_bank
from .slant_stack import fine_peaks

HOP = 32  # 4 ms at 8 kHz
# Window length, rise in hops, and bands of the short and of the long resolution.
SHORT = (256, 3, 16)
LONG = (512, 12, 24)
# Largest rises in standard deviations; beyond are clicks.
LARGEST_RISE = 8.0
# Pieces of the common part, spread over it, and their longest duration.
PIECES = 12
PIECE_S = 8.0
# How far from the given relation first arrivals are looked for.
SEARCH_S = 0.060
# With at least this similarity the short windows are enough.
CLEAR_SIMILARITY = 0.15


def fit_arrivals(a: Heard, b: Heard, start: ClockFit) -> ClockFit:
    """Moves `start`, right within `SEARCH_S`, to where first arrivals match."""
    first, stop = common_part(a, b, start)
    piece_s = min(PIECE_S, stop - first)
    count = min(PIECES, max(1, int((stop - first) / piece_s)))
    reach = int(SEARCH_S * a.rate_hz / HOP)
    short = np.zeros(2 * reach + 1)
    both = np.zeros(2 * reach + 1)
    energy = 0.0
    for begin in np.linspace(first, stop - piece_s, count):
        length = int(piece_s * a.rate_hz)
        index_a = round((begin - a.start_s) * a.rate_hz)
        at_a = a.start_s + index_a / a.rate_hz
        index_b = round((start.to_b(at_a) - b.start_s) * b.rate_hz)
        piece_a, piece_b = _read(a, index_a, length), _read(b, index_b, length)
        for resolution in (SHORT, LONG):
            rises_a, rises_b = _rises(piece_a, resolution), _rises(piece_b, resolution)
            correlation = _correlate(rises_a, rises_b, reach)
            both += correlation
            if resolution is SHORT:
                short += correlation
                energy += float(np.linalg.norm(rises_a) * np.linalg.norm(rises_b))
    clear = float(short.max()) >= CLEAR_SIMILARITY * energy
    place, _ = fine_peaks((short if clear else both)[None, :].astype(np.float32))
    return replace(start, at_b_s=start.at_b_s + float(place[0]) * HOP / b.rate_hz)


def _read(heard: Heard, first: int, length: int) -> Samples:
    out = np.zeros(length, dtype=np.float32)
    low, high = max(0, first), min(len(heard.samples), first + length)
    if high > low:
        out[low - first : high - first] = heard.samples[low:high]
    return out


def _rises(samples: Samples, resolution: tuple[int, int, int]) -> Samples:
    """Squared rises of the log band energies, shape (bands, frames), unit variance."""
    window, hops, bands = resolution
    padded = np.pad(samples, window // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::HOP]
    spectrum = scipy.fft.rfft(frames * np.hanning(window).astype(np.float32), axis=1)
    energy = (spectrum.real**2 + spectrum.imag**2) @ mel_bank(window, bands)
    floor = np.median(energy, axis=0) + SILENCE_RATIO * float(energy.mean()) + 1e-20
    level = np.log1p(energy / floor)
    rise = np.zeros_like(level)
    rise[hops:] = np.maximum(level[hops:] - level[:-hops], 0.0) ** 2
    rise -= rise.mean(axis=0)
    deviation = rise.std(axis=0)
    rise /= np.where(deviation > 1e-9, deviation, np.inf)
    rises: Samples = np.minimum(rise, LARGEST_RISE).T
    return rises


def _correlate(first: Samples, second: Samples, reach: int) -> Floats:
    """Correlation summed over bands at the lags -reach to reach."""
    size = scipy.fft.next_fast_len(first.shape[1] + reach + 1, real=True)
    product = np.conj(scipy.fft.rfft(first, size, axis=1)) * scipy.fft.rfft(second, size, axis=1)
    lags = np.arange(-reach, reach + 1)
    correlation: Floats = scipy.fft.irfft(product.sum(axis=0), size)[lags].astype(np.float64)
    return correlation
