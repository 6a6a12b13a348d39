"""Where two recordings may fit: correlation of their onsets over every possible offset.

All lags at once by the fast Fourier transform, summed over the bands before the
single inverse transform. Long recordings are compared in segments, so that a
drifting clock cannot smear the peak; segments then vote.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy.fft
import scipy.ndimage

from ..domain.media import Floats
from .clock_fit import ClockFit, assume_shift, fit_line
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
# A recording this much longer than a block, itself so much longer than the other recording,
# is correlated by the block.
BLOCK_RATIO = 8
LEAST_BLOCKS = 2
# Candidates kept of each comparison.
CANDIDATES = 6
# Clocks differ by at most this much, so that segments further apart may disagree more.
LARGEST_DRIFT = 250e-6
# A segment's peak lower than this may be chance; and so many draw a line.
LEAST_VOTE_SCORE = 4.0
LEAST_VOTES = 3


@dataclass(frozen=True)
class Candidate:
    """A possible relation of two recordings.

    `fit` is right within a few frames. `score` is the peak in standard deviations of
    unrelated sound; `overlap_s` the length both recordings have in common.
    """

    fit: ClockFit
    score: float
    overlap_s: float

    @property
    def shift_s(self) -> float:
        """By how much the second recording starts later."""
        return self.fit.shift_s


@dataclass(frozen=True)
class _Vote:
    """A peak of one segment: at `time_s` of `b`, `a` is `shift_s` ahead."""

    shift_s: float
    score: float
    overlap_s: float
    time_s: float


def find_candidates(a: Heard, b: Heard, *, largest_shift_s: float = np.inf) -> list[Candidate]:
    """Candidates of one pair, best first; empty when nothing stands out at all."""
    if a.onsets.frames < b.onsets.frames:
        swapped = find_candidates(b, a, largest_shift_s=largest_shift_s)
        return [replace(one, fit=one.fit.swapped()) for one in swapped]
    frame_s = HOP / a.rate_hz
    votes: list[_Vote] = []
    for first, stop in _segments(b.onsets.frames):
        lags, scores, overlap = _correlate(a.onsets, b.onsets, first, stop)
        shifts = lags * frame_s + (a.start_s - b.start_s)
        allowed = np.abs(shifts) <= largest_shift_s
        middle_s = b.start_s + (first + stop) / 2 * frame_s
        votes += [
            _Vote(shifts[index], scores[index], overlap[index] * frame_s, middle_s)
            for index in _peaks(np.where(allowed, scores, -np.inf))
        ]
    for onsets in (a.onsets, b.onsets):
        onsets.forget_large()
    return _merge(votes)


def _segments(frames: int) -> list[tuple[int, int]]:
    count = max(1, round(frames / SEGMENT_FRAMES))
    edges = np.linspace(0, frames, count + 1).astype(int)
    return [(int(first), int(stop)) for first, stop in pairwise(edges)]


def _correlate(a: Onsets, b: Onsets, first: int, stop: int) -> tuple[Floats, Floats, Floats]:
    """Lags (frames by which `a` is ahead), scores and overlaps (frames).

    The variance of the sum over common frames of unrelated sounds is, band by band
    independent, the correlation of their energies: a few loud frames that happen to
    coincide count as the chance that they are.
    """
    length = stop - first
    lags = np.arange(-(length - 1), a.frames)
    total, variance = _correlations(a, b, first, stop)
    overlap = np.minimum(a.frames, lags + length) - np.maximum(0, lags)
    bands = a.bands.shape[0]
    usual = float(a.energy.mean()) * float(b.energy[first:stop].mean())
    variance = np.maximum(variance, 0.02 * usual * overlap) / bands + 1e-12
    raw = total / np.sqrt(variance)
    long_enough = overlap >= min(LEAST_OVERLAP_FRAMES, length)
    spread = 1.4826 * float(np.median(np.abs(raw[long_enough]))) + 1e-12
    scores = np.where(long_enough, raw / np.maximum(spread, _local_deviation(raw)), -np.inf)
    return (lags - first).astype(np.float64), scores, overlap.astype(np.float64)


def _correlations(a: Onsets, b: Onsets, first: int, stop: int) -> tuple[Floats, Floats]:
    """Correlations of the bands, summed, and of the energies at the lags from 1 - length on.

    A short `b` is correlated with `a` by the block (overlap-add), so that transforms stay
    small; their sizes are few, so that those of one recording serve for many others.
    """
    length = stop - first
    if length * LEAST_BLOCKS * BLOCK_RATIO < a.frames:
        size = _shared_size(BLOCK_RATIO * length)
        step = size - size // BLOCK_RATIO
    else:
        size = _shared_size(a.frames + length)
        step = a.frames
    bands_b, energy_b = (spectra.conj() for spectra in b.spectra(first, stop, size))
    sums = np.zeros((2, a.frames + length - 1))
    for begin in range(0, a.frames, step):
        end = min(begin + step, a.frames)
        bands_a, energy_a = a.spectra(begin, end, size)
        both = np.stack([np.einsum("bf,bf->f", bands_a, bands_b), energy_a * energy_b])
        lags = np.arange(-(length - 1), end - begin)
        sums[:, begin : begin + len(lags)] += scipy.fft.irfft(both, size, axis=1)[:, lags]
    return sums[0], sums[1]


def _shared_size(frames: int) -> int:
    """The next 2**k or 3 * 2**k."""
    power = 1 << max(1, frames - 1).bit_length()
    return power * 3 // 4 if frames <= power * 3 // 4 else power


def _local_deviation(raw: Floats) -> Floats:
    """Deviation of each lag's surroundings, without its own peak."""
    wide, narrow = 2 * NEIGHBOURHOOD_FRAMES + 1, 2 * SEPARATION_FRAMES + 1
    power = raw**2
    around = wide * scipy.ndimage.uniform_filter1d(power, wide, mode="constant")
    peak = narrow * scipy.ndimage.uniform_filter1d(power, narrow, mode="constant")
    counted = scipy.ndimage.uniform_filter1d(np.ones_like(raw), wide, mode="constant") * wide
    deviation: Floats = np.sqrt(np.maximum(around - peak, 0.0) / np.maximum(counted - narrow, 1.0))
    return deviation


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


def _merge(votes: list[_Vote]) -> list[Candidate]:
    """Adds up what the segments say about the same clock."""
    merged: list[Candidate] = []
    left = sorted(votes, key=lambda vote: (-vote.score, vote.shift_s, vote.time_s))
    while left and len(merged) < CANDIDATES:
        best = left[0]
        close = [vote for vote in left if _same_clock(vote, best)]
        left = [vote for vote in left if not _same_clock(vote, best)]
        sure = [vote for vote in close if vote is best or vote.score >= LEAST_VOTE_SCORE]
        merged.append(
            Candidate(
                fit=_through(sure),
                score=float(np.sqrt(sum(vote.score**2 for vote in sure))),
                overlap_s=sum(vote.overlap_s for vote in close),
            )
        )
    return sorted(merged, key=lambda candidate: (-candidate.score, candidate.shift_s))


def _same_clock(vote: _Vote, best: _Vote) -> bool:
    apart = LARGEST_DRIFT * abs(vote.time_s - best.time_s)
    return abs(vote.shift_s - best.shift_s) <= SEPARATION_FRAMES * HOP / 8_000 + apart


def _through(votes: list[_Vote]) -> ClockFit:
    """The relation that the votes draw; one vote draws no slope."""
    time = np.array([vote.time_s for vote in votes])
    shift = np.array([vote.shift_s for vote in votes])
    weight = np.array([vote.score**2 for vote in votes])
    middle = float(np.dot(weight, time) / weight.sum())
    line = fit_line(time - middle, shift, weight, least_spread=HOP / 8_000)
    slope = line.slope if line.points >= LEAST_VOTES else 0.0
    fit = assume_shift(line.value)
    return replace(fit, at_a_s=middle + line.value, at_b_s=middle, drift=1 / (1 + slope) - 1)
