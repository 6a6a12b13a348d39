"""Whitened sound: every frequency counts alike, and only while it stands out of the noise.

The phase transform of Knapp & Carter, "The generalized correlation method for
estimation of time delay" (1976), applied to each recording in overlapping windows,
so that a correlation of two whitened recordings is their GCC-PHAT. Each tile of the
spectrogram is weighted by its level over the median of its frequency: noise that
is always there, and hum, weigh little; this is the spirit of the maximum likelihood
weighting of the same paper where the coherence is not known beforehand.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft

from ..domain.media import Samples

Spectra = npt.NDArray[np.complex64]

# 512 ms at 8 kHz: long enough to hold the early reverberation of a room and to
# resolve pitch and hum, short enough to follow speech.
WINDOW = 4_096
HOP = WINDOW // 2
# A tile this many times stronger than its frequency's median gets half the full weight.
HALF_WEIGHT_RATIO = 6.0
# Levels below this share (-80 dB) of the strongest frequency's count as nothing.
SILENCE_RATIO = 1e-8
FRAMES_PER_CHUNK = 1_024


class Whitener:
    """Whitens one recording, a chunk at a time and only the chunks that are asked for."""

    def __init__(self, samples: Samples) -> None:
        self._samples = np.pad(samples, (WINDOW, 2 * WINDOW))
        self._length = len(samples)
        self._window = np.sqrt(np.hanning(WINDOW + 1)[:-1]).astype(np.float32)
        self._floor: Samples | None = None
        self._chunks: dict[int, Samples] = {}

    def read(self, first: int, stop: int) -> Samples:
        """Whitened samples [first, stop), float32; zeros outside the recording."""
        out = np.zeros(stop - first, dtype=np.float32)
        inside_first, inside_stop = max(first, 0), min(stop, self._length)
        size = FRAMES_PER_CHUNK * HOP
        for index in range(inside_first // size, -(-inside_stop // size)):
            low, high = max(inside_first, index * size), min(inside_stop, (index + 1) * size)
            out[low - first : high - first] = self._chunk(index)[
                low - index * size : high - index * size
            ]
        return out

    def _chunk(self, index: int) -> Samples:
        if index not in self._chunks:
            self._chunks[index] = self._whiten(index * FRAMES_PER_CHUNK)
        return self._chunks[index]

    def _spectra(self, frames: range) -> np.ndarray:
        """Spectra of windows; window `j` starts at sample `(j - 1) * HOP`."""
        origin = WINDOW - HOP
        starts = [
            origin + j * HOP for j in frames if origin + j * HOP + WINDOW <= len(self._samples)
        ]
        stack = np.stack([self._samples[s : s + WINDOW] for s in starts]) * self._window
        spectra: Spectra = scipy.fft.rfft(stack, axis=1, overwrite_x=True)
        return spectra

    def _noise_floor(self) -> Samples:
        """Median power of each frequency over the recording, from at most a chunk of windows."""
        if self._floor is None:
            count = self._length // HOP + 1
            step = max(1, count // FRAMES_PER_CHUNK)
            spectra = self._spectra(range(1, max(2, count), step))
            power = spectra.real**2 + spectra.imag**2
            silence = SILENCE_RATIO * float(power.mean(axis=0).max()) + 1e-20
            self._floor = (np.median(power, axis=0) + silence).astype(np.float32)
        return self._floor

    def _whiten(self, first_frame: int) -> Samples:
        frames = range(first_frame, first_frame + FRAMES_PER_CHUNK + 1)
        spectra = self._spectra(frames)
        power = spectra.real**2 + spectra.imag**2 + np.float32(1e-20)
        weight = power / self._noise_floor()
        weight /= weight + np.float32(HALF_WEIGHT_RATIO)
        spectra *= weight / np.sqrt(power)
        pieces = scipy.fft.irfft(spectra, WINDOW, axis=1, overwrite_x=True) * self._window
        out = np.zeros((FRAMES_PER_CHUNK + 2) * HOP, dtype=np.float32)
        for half in (0, 1):
            even = pieces[half::2].reshape(-1)
            out[half * HOP : half * HOP + len(even)] += even
        return out[HOP : HOP + FRAMES_PER_CHUNK * HOP]
