"""Loudness as ITU-R BS.1770-5 and EBU R 128 define it, for one channel."""

import numpy as np
from scipy.signal import sosfilt

from ..domain.media import Floats, Samples

# The two stages of the K-weighting as analogue prototypes, from which the
# coefficients follow at any sampling rate (BS.1770 tabulates 48 kHz only).
_SHELF_HZ, _SHELF_GAIN_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_SHELF_BAND_EXPONENT = 0.4996667741545416
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773

LUFS_OFFSET_DB = -0.691
"""BS.1770: a 997 Hz sine of full scale in one channel is -3.01 LUFS."""

SILENCE_LUFS = -120.0
"""The contract's lowest loudness; digital silence has no logarithm."""

GATING_BLOCK_MS = 400.0
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
"""BS.1770-5, annex 1: blocks and the two gates that leave silence out."""


def k_weighting(sample_rate_hz: float) -> Floats:
    """Second-order sections of the K-weighting at a sampling rate; shape (2, 6)."""
    warped = np.tan(np.pi * _SHELF_HZ / sample_rate_hz)
    high = 10.0 ** (_SHELF_GAIN_DB / 20.0)
    band = high**_SHELF_BAND_EXPONENT
    norm = 1.0 + warped / _SHELF_Q + warped**2
    shelf = [
        (high + band * warped / _SHELF_Q + warped**2) / norm,
        2.0 * (warped**2 - high) / norm,
        (high - band * warped / _SHELF_Q + warped**2) / norm,
        1.0,
        2.0 * (warped**2 - 1.0) / norm,
        (1.0 - warped / _SHELF_Q + warped**2) / norm,
    ]
    warped = np.tan(np.pi * _HIGH_PASS_HZ / sample_rate_hz)
    norm = 1.0 + warped / _HIGH_PASS_Q + warped**2
    high_pass = [
        1.0,
        -2.0,
        1.0,
        1.0,
        2.0 * (warped**2 - 1.0) / norm,
        (1.0 - warped / _HIGH_PASS_Q + warped**2) / norm,
    ]
    return np.array([shelf, high_pass])


def weighted_energy(samples: Samples, sample_rate_hz: float, hop: int) -> Floats:
    """Mean square of the K-weighted sound per hop of `hop` samples.

    `samples` has shape (n,); the result has shape (n // hop,): a last, incomplete
    hop is left out. Filters in blocks, so that hours of sound need little memory.
    """
    hops = len(samples) // hop
    energy = np.empty(hops)
    sections = k_weighting(sample_rate_hz)
    state = np.zeros((len(sections), 2))
    block = max(1, 2**20 // hop)
    for first in range(0, hops, block):
        last = min(first + block, hops)
        weighted, state = sosfilt(sections, samples[first * hop : last * hop], zi=state)
        energy[first:last] = np.mean(weighted.reshape(last - first, hop) ** 2, axis=1)
    return energy


def lufs(mean_square: Floats | float) -> Floats:
    """Loudness of a K-weighted mean square, not under `SILENCE_LUFS`."""
    floor = 10.0 ** ((SILENCE_LUFS - LUFS_OFFSET_DB) / 10.0)
    return np.asarray(LUFS_OFFSET_DB + 10.0 * np.log10(np.maximum(mean_square, floor)))


def integrated_lufs(energy: Floats, hop_ms: float) -> float:
    """Integrated loudness of hops (BS.1770-5 annex 1: 400 ms blocks, two gates).

    What is shorter than one gating block, or wholly under the absolute gate, is
    measured as one ungated block.
    """
    if not len(energy):
        return SILENCE_LUFS
    width = round(GATING_BLOCK_MS / hop_ms)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    blocks = (total[width:] - total[:-width])[:: max(1, width // 4)] / width
    blocks = blocks[lufs(blocks) > ABSOLUTE_GATE_LUFS]
    if not len(blocks):
        return float(lufs(float(np.mean(energy))))
    gate = lufs(float(np.mean(blocks))) + RELATIVE_GATE_LU
    return float(lufs(float(np.mean(blocks[lufs(blocks) > gate]))))
