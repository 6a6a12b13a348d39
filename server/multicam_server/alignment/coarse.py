"""Where two recordings may fit: correlation of their onsets over every possible offset.

All lags at once by the fast Fourier transform, summed over the bands before the
single inverse transform. Long recordings are compared in segments, so that a
drifting clock cannot smear the peak; segments then vote.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.fft
import scipy.ndimage

from ..domain.media import Floats
from .heard import Heard
from .onsets import HOP, Onsets

# A peak moves by less than one frame in this long at 50 ppm.
SEGMENT_FRAMES = 18_750  # 300 s
# Shortest common stretch that can tell anything, in frames (2 s).
LEAST_OVERLAP_FRAMES = 125
# Two offsets closer than this are one candidate, in frames (160 ms).
SEPARATION_FRAMES = 10
# Around a peak, this far (2.5 s), its chance level is measured.
NEIGHBOURHOOD_FRAMES = 156
# Candidates kept of each comparison.
CANDIDATES = 6
# Clocks differ by at most this much, so that segments further apart may disagree more.
LARGEST_DRIFT = 250e-6


@dataclass(frozen=True)
class Candidate:
    """A possible relation of two recordings `a` and `b`.

    A sound at `t` of `a` is at `t - shift_s` of `b`. `score` is the peak in standard
    deviations of unrelated sound; `similarity` the correlation coefficient of the
    onsets; `overlap_s` the length both recordings have in common.
    """

    shift_s: float
    score: float
    similarity: float
    overlap_s: float


def find_candidates(a: Heard, b: Heard, *, largest_shift_s: float = np.inf) -> list[Candidate]:
    """Candidates of one pair, best first; empty when nothing stands out at all."""
    if a.onsets.frames < b.onsets.frames:
        swapped = find_candidates(b, a, largest_shift_s=largest_shift_s)
        return [Candidate(-c.shift_s, c.score, c.similarity, c.overlap_s) for c in swapped]
    frame_s = HOP / a.rate_hz
    votes: list[tuple[float, float, float, float]] = []
    segments = _segments(b.onsets.frames)
    for first, stop in segments:
        lags, scores, similarity, overlap = _correlate(a.onsets, b.onsets, first, stop)
        shifts = lags * frame_s + (a.start_s - b.start_s)
        allowed = np.abs(shifts) <= largest_shift_s
        for index in _peaks(np.where(allowed, scores, -np.inf)):
            votes.append(
                (shifts[index], scores[index], similarity[index], overlap[index] * frame_s)
            )
    return _merge(votes, length_s=b.onsets.frames * frame_s, several=len(segments) > 1)


def _segments(frames: int) -> list[tuple[int, int]]:
    count = max(1, round(frames / SEGMENT_FRAMES))
    edges = np.linspace(0, frames, count + 1).astype(int)
    return [(int(first), int(stop)) for first, stop in pairwise(edges)]


def _correlate(
    a: Onsets, b: Onsets, first: int, stop: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Lags (frames by which `a` is ahead), scores, similarities and overlaps.

    The variance of the sum over common frames of unrelated sounds is, band by band
    independent, the correlation of their energies: a few loud frames that happen to
    coincide count as the chance that they are.
    """
    length = stop - first
    size = scipy.fft.next_fast_len(a.frames + length, real=True)
    bands_a, energy_a = a.spectra(0, a.frames, size)
    bands_b, energy_b = b.spectra(first, stop, size)
    product = np.einsum("bf,bf->f", bands_a, bands_b.conj())
    lags = np.arange(-(length - 1), a.frames)
    total = scipy.fft.irfft(product, size)[lags].astype(np.float64)
    variance = scipy.fft.irfft(energy_a * energy_b.conj(), size)[lags].astype(np.float64)
    overlap = np.minimum(a.frames, lags + length) - np.maximum(0, lags)
    bands = a.bands.shape[0]
    usual = float(a.energy.mean()) * float(b.energy[first:stop].mean())
    variance = np.maximum(variance, 0.02 * usual * overlap) / bands + 1e-12
    raw = total / np.sqrt(variance)
    long_enough = overlap >= min(LEAST_OVERLAP_FRAMES, length)
    spread = 1.4826 * float(np.median(np.abs(raw[long_enough]))) + 1e-12
    scores = np.where(long_enough, raw / np.maximum(spread, _local_deviation(raw)), -np.inf)
    energy_in_common = _energy_in_common(a.energy, b.energy[first:stop], lags)
    similarity = total / np.maximum(energy_in_common, 1e-12)
    return (lags - first).astype(np.float64), scores, similarity, overlap.astype(np.float64)


def _local_deviation(raw: Floats) -> Floats:
    """Deviation of each lag's surroundings, without its own peak."""
    wide, narrow = 2 * NEIGHBOURHOOD_FRAMES + 1, 2 * SEPARATION_FRAMES + 1
    power = raw**2
    around = wide * scipy.ndimage.uniform_filter1d(power, wide, mode="constant")
    peak = narrow * scipy.ndimage.uniform_filter1d(power, narrow, mode="constant")
    counted = scipy.ndimage.uniform_filter1d(np.ones_like(raw), wide, mode="constant") * wide
    deviation: Floats = np.sqrt(np.maximum(around - peak, 0.0) / np.maximum(counted - narrow, 1.0))
    return deviation


def _energy_in_common(energy_a: np.ndarray, energy_b: np.ndarray, lags: np.ndarray) -> Floats:
    """Geometric mean of both energies over the common frames of each lag."""
    sum_a = np.concatenate([[0.0], np.cumsum(energy_a, dtype=np.float64)])
    sum_b = np.concatenate([[0.0], np.cumsum(energy_b, dtype=np.float64)])
    first_a, stop_a = np.maximum(0, lags), np.minimum(len(energy_a), lags + len(energy_b))
    in_a = sum_a[stop_a] - sum_a[first_a]
    in_b = sum_b[stop_a - lags] - sum_b[first_a - lags]
    product: Floats = np.sqrt(np.maximum(in_a * in_b, 0.0))
    return product


def _peaks(scores: Floats) -> list[int]:
    """Indices of the highest scores that lie apart from each other, best first."""
    found: list[int] = []
    remaining = scores.copy()
    for _ in range(CANDIDATES):
        best = int(np.argmax(remaining))
        if not remaining[best] > 0:
            break
        found.append(best)
        remaining[max(0, best - SEPARATION_FRAMES) : best + SEPARATION_FRAMES + 1] = -np.inf
    return found


def _merge(
    votes: list[tuple[float, float, float, float]], *, length_s: float, several: bool
) -> list[Candidate]:
    """Adds up what the segments say about the same offset."""
    tolerance = SEPARATION_FRAMES * HOP / 8_000 + (LARGEST_DRIFT * length_s if several else 0.0)
    merged: list[Candidate] = []
    left = sorted(votes, key=lambda vote: (-vote[1], vote[0]))
    while left and len(merged) < CANDIDATES:
        shift = left[0][0]
        close = [vote for vote in left if abs(vote[0] - shift) <= tolerance]
        left = [vote for vote in left if abs(vote[0] - shift) > tolerance]
        best = close[0]
        merged.append(
            Candidate(
                float(shift),
                float(np.sqrt(sum(vote[1] ** 2 for vote in close))) if several else float(best[1]),
                float(best[2]),
                float(sum(vote[3] for vote in close)),
            )
        )
    return sorted(merged, key=lambda candidate: (-candidate.score, candidate.shift_s))
