"""Whitened sound: every frequency counts alike, and only while it rises over what was before.

The phase transform of Knapp & Carter, "The generalized correlation method for
estimation of time delay" (1976), applied to each recording in short overlapping windows,
so that a correlation of two whitened recordings is their GCC-PHAT. Each tile of the
spectrogram is weighted twice. By its level over the median of its frequency: noise that
is always there, and hum, weigh little; this is the spirit of the maximum likelihood
weighting of the same paper where the coherence is not known beforehand. And by its level
over what the same frequency held just before: the direct sound arrives first, and what
follows while a room still answers it weighs little (the precedence effect of hearing,
Litovsky et al. 1999).
"""

from threading import Lock

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.signal

from ..domain.media import Samples
from .known_sound import HalfPrecision

Spectra = npt.NDArray[np.complex64]

# 32 ms at 8 kHz, one each 8 ms: as short as the gap between the direct sound and most of
# what a room answers, and still resolving the formants of a voice.
WINDOW = 256
HOP = WINDOW // 4
# A tile this many times stronger than its frequency's median gets half the full weight.
HALF_WEIGHT_RATIO = 2.0
# What was before: the mean over frames that lie at least 16 ms back, older ones counting
# less by 60 dB in 0.3 s. A tile 10 dB over it gets half the full weight.
PAST_FRAMES = 2
PAST_DECAY = float(np.exp(-np.log(1e6) * HOP / 8_000 / 0.3))
HALF_WEIGHT_RISE = 10.0
# Frames after which the past is forgotten (60 dB).
MEMORY_FRAMES = 40
# Levels below this share (-80 dB) of the strongest frequency's count as nothing.
SILENCE_RATIO = 1e-8
# 4 s: of an hour only the windows that are compared are whitened and held.
FRAMES_PER_CHUNK = 512
# So many chunks are kept (10 minutes, 20 MB): those of a short recording serve for all
# that it is compared with.
MOST_CHUNKS = 150
# Frames that tell the noise floor of a recording, spread over it.
FLOOR_FRAMES = 2_048


class Whitener:
    """Whitens one recording, a chunk at a time and only the chunks that are asked for."""

    def __init__(self, samples: Samples | HalfPrecision) -> None:
        self._samples = samples
        self._window = np.sqrt(np.hanning(WINDOW + 1)[:-1]).astype(np.float32)
        self._floor: Samples | None = None
        self._chunks: dict[int, Samples] = {}
        self._turn = Lock()

    def read(self, first: int, stop: int) -> Samples:
        """Whitened samples [first, stop), float32; zeros outside the recording."""
        out = np.zeros(stop - first, dtype=np.float32)
        inside_first, inside_stop = max(first, 0), min(stop, len(self._samples))
        size = FRAMES_PER_CHUNK * HOP
        for index in range(inside_first // size, -(-inside_stop // size)):
            low, high = max(inside_first, index * size), min(inside_stop, (index + 1) * size)
            out[low - first : high - first] = self._chunk(index)[
                low - index * size : high - index * size
            ]
        return out

    def _chunk(self, index: int) -> Samples:
        with self._turn:
            known = self._chunks.get(index)
        if known is not None:
            return known
        chunk = self._whiten(index * FRAMES_PER_CHUNK)
        with self._turn:
            if len(self._chunks) >= MOST_CHUNKS:
                del self._chunks[next(iter(self._chunks))]
            self._chunks[index] = chunk
        return chunk

    def _spectra(self, first: int, count: int, *, step: int = 1) -> Spectra:
        """Spectra of `count` windows; window `j` starts at sample `j * HOP`, zeros outside."""
        start, stop = first * HOP, (first + (count - 1) * step) * HOP + WINDOW
        inside = self._samples[max(0, start) : max(0, stop)]
        padded = np.pad(inside, (max(0, -start), max(0, stop - max(0, start) - len(inside))))
        windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[:: HOP * step]
        spectra: Spectra = scipy.fft.rfft(windows * self._window, axis=1, overwrite_x=True)
        return spectra

    def _noise_floor(self) -> Samples:
        """Median power of each frequency over the recording."""
        if self._floor is None:
            frames = max(1, (len(self._samples) - WINDOW) // HOP)
            step = max(1, frames // FLOOR_FRAMES)
            power = _power(self._spectra(0, max(1, frames // step), step=step))
            silence = SILENCE_RATIO * float(power.mean(axis=0).max()) + 1e-20
            self._floor = (np.median(power, axis=0) + silence).astype(np.float32)
        return self._floor

    def _whiten(self, first: int) -> Samples:
        overlap = WINDOW // HOP - 1
        lead = MEMORY_FRAMES + overlap
        frames = min(FRAMES_PER_CHUNK, -(-len(self._samples) // HOP) - first)
        spectra = self._spectra(first - lead, lead + frames)
        power = _power(spectra)
        weight = _weight(power, self._noise_floor())[MEMORY_FRAMES:]
        spectra = spectra[MEMORY_FRAMES:] * (weight / np.sqrt(power[MEMORY_FRAMES:]))
        pieces = scipy.fft.irfft(spectra, WINDOW, axis=1, overwrite_x=True) * self._window
        out = np.zeros((len(pieces) + 2 * overlap) * HOP, dtype=np.float32)
        for phase in range(overlap + 1):
            joined = pieces[phase :: overlap + 1].reshape(-1)
            out[phase * HOP : phase * HOP + len(joined)] += joined
        return out[overlap * HOP : (overlap + frames) * HOP]


def _power(spectra: Spectra) -> Samples:
    power: Samples = spectra.real**2 + spectra.imag**2 + np.float32(1e-20)
    return power


def _weight(power: Samples, floor: Samples) -> Samples:
    """How much each tile of shape (frames, frequencies) counts, 0 to 1."""
    kept = np.array([1.0 - PAST_DECAY], dtype=np.float32)
    decay = np.array([1.0, -PAST_DECAY], dtype=np.float32)
    past = np.zeros_like(power)
    past[PAST_FRAMES:] = scipy.signal.lfilter(kept, decay, power[:-PAST_FRAMES], axis=0)
    over_floor = power / floor
    # A rise out of digital silence is one over the noise floor.
    rise = power / (HALF_WEIGHT_RISE * past + floor)
    rise *= rise
    weight: Samples = (rise / (rise + 1)) * (over_floor / (over_floor + HALF_WEIGHT_RATIO))
    return weight
