"""The exact relation of two recordings near a known offset: GCC-PHAT in short windows.

Whitened windows of one recording are correlated with the place in the other where
they should be; the correlations are added along every line that a drifting clock can
draw (a slant stack, as seismology calls it), so that windows too noisy to tell
anything alone tell it together. Peaks of groups of windows near the best line then
give place and slope to a fraction of a sample.
"""

from dataclasses import replace

import numpy as np
import scipy.fft

from ..domain.media import Floats, Samples
from .clock_fit import Carrier, ClockFit
from .heard import Heard
from .onset_fit import common_part
from .slant_stack import (
    Correlograms,
    Expectation,
    fit_peaks,
    stack,
    supporting_share,
    typical_level,
)
from .whitening import Spectra

# Within 2 s a clock 50 ppm fast moves by less than an analysis sample.
WINDOW_S = 2.0
# A short overlap is cut in at least this many windows.
LEAST_WINDOWS = 8
SHORTEST_WINDOW_S = 0.5
MOST_WINDOWS = 90
# The longest stretch searched for any drift at once; longer ones follow from it.
STRETCH_S = 150.0
# Onsets place a peak within this; how exact they are, and how exact clocks usually are.
SEARCH_S = 0.040
ONSET_DEVIATION_S = 0.020
USUAL_DRIFT = 60e-6
LARGEST_DRIFT = 250e-6
# Where only what may match is wanted, this much tells chance from it.
SCREENED_STRETCH_S = 60.0
# Once a stretch is fitted, its continuation is looked for within this.
CONTINUED_SEARCH_S = 0.004
CONTINUED_STRETCH = 6
# Peaks of groups are looked for within this distance of the line.
NEAR_LINE_S = 1.2e-3
# Talkers metres apart draw lines this far from each other.
SUPPORT_NEAR_S = 8e-3
# What a fitted drift may still be wrong by, seen over part of the recording.
SETTLED_DRIFT = 10e-6
# Windows never agree better than this: a sixth of an analysis sample.
LEAST_SPREAD_S = 2e-5


def fit_waveforms(
    a: Heard, b: Heard, start: ClockFit, *, window_s: float, least_score: float = 0.0
) -> ClockFit | None:
    """Refines `start`; None when the recordings have too little in common there.

    Args:
        a, b: the recordings.
        start: the assumed relation: `at_a_s`, `at_b_s` and `drift`; right within
            `SEARCH_S` and `LARGEST_DRIFT`.
        window_s: length of the groups whose peaks are fitted, in seconds.
        least_score: where the first stretch matches less than this, the rest of a long
            common part is not looked at.
    """
    first, stop = common_part(a, b, start)
    if stop - first < SHORTEST_WINDOW_S:
        return None
    fit = start.centred((first + stop) / 2)
    stretch = min(stop - first, SCREENED_STRETCH_S if least_score else STRETCH_S)
    expected = Expectation(SEARCH_S, LARGEST_DRIFT, ONSET_DEVIATION_S, USUAL_DRIFT)
    while True:
        low, high = fit.at_a_s - stretch / 2, fit.at_a_s + stretch / 2
        correlograms = _correlate_windows(a, b, fit, (low, high), expected)
        if correlograms is None:
            return None
        fit = _fit(fit, correlograms, expected, window_s)
        if stretch >= stop - first or fit.score < least_score:
            return fit
        stretch = min(stop - first, CONTINUED_STRETCH * stretch)
        known = min(LARGEST_DRIFT, 5 * (fit.drift_error or LARGEST_DRIFT) + 2e-6)
        expected = Expectation(CONTINUED_SEARCH_S, known, CONTINUED_SEARCH_S, known)


def waveform_lag(
    a: Heard, b: Heard, fit: ClockFit, stretch: tuple[float, float], *, search_s: float
) -> tuple[float, float]:
    """How much later than `fit` says `b` has the sound of a stretch of `a`, and the score.

    Args:
        a, b: the recordings.
        fit: their relation, drift included.
        stretch: from when to when, in seconds of `a`.
        search_s: largest lag to consider, in seconds; all are equally expected.
    """
    expected = Expectation(search_s, SETTLED_DRIFT, np.inf, np.inf)
    correlograms = _correlate_windows(a, b, fit.centred(sum(stretch) / 2), stretch, expected)
    if correlograms is None:
        return 0.0, 0.0
    peak = stack(correlograms, expected, signed=False)
    return peak.lag_s, peak.score


def _fit(
    fit: ClockFit, correlograms: Correlograms, expected: Expectation, window_s: float
) -> ClockFit:
    peak = stack(correlograms, expected, signed=False)
    per_group = max(1, round(window_s / WINDOW_S))
    line = fit_peaks(
        correlograms,
        peak,
        near_s=NEAR_LINE_S,
        windows_per_group=per_group,
        least_spread_s=LEAST_SPREAD_S,
    )
    measured = line is not None and line.points >= 3 and bool(np.isfinite(line.slope_error))
    return replace(
        fit,
        at_b_s=fit.at_b_s + peak.lag_s + (line.value if line else 0.0),
        drift=fit.drift + peak.drift + (line.slope if measured and line else 0.0),
        at_error_s=line.value_error if measured and line else NEAR_LINE_S,
        drift_error=line.slope_error if measured and line else None,
        residual_s=line.spread if line else None,
        score=peak.score,
        clarity=peak.clarity,
        carrier=Carrier.WAVEFORM,
        support=supporting_share(
            correlograms, peak, near_s=SUPPORT_NEAR_S, windows_per_group=per_group
        ),
        inverted=peak.sign < 0,
        windows=line.points if line else 0,
    )


def _correlate_windows(
    a: Heard, b: Heard, fit: ClockFit, stretch: tuple[float, float], expected: Expectation
) -> Correlograms | None:
    low, high = stretch
    length_s = max(SHORTEST_WINDOW_S, min(WINDOW_S, (high - low) / LEAST_WINDOWS))
    count = int((high - low) / length_s)
    if count == 0:
        return None
    starts = low + np.arange(count) * length_s
    if count > MOST_WINDOWS:
        starts = starts[np.unique(np.linspace(0, count - 1, MOST_WINDOWS).round().astype(int))]
    reach = expected.search_s + expected.drift * (high - low) / 2 + SUPPORT_NEAR_S
    half = int(np.ceil(reach * a.rate_hz)) + 8
    length = int(length_s * a.rate_hz)
    size = scipy.fft.next_fast_len(length + 2 * half + 1, real=True)
    windows_a = np.zeros((len(starts), length), dtype=np.float32)
    windows_b = np.zeros((len(starts), length + 2 * half + 1), dtype=np.float32)
    fraction = np.empty(len(starts))
    for k, start in enumerate(starts):
        index_a = round((start - a.start_s) * a.rate_hz)
        exact_b = (fit.to_b(a.start_s + index_a / a.rate_hz) - b.start_s) * b.rate_hz
        index_b = int(np.floor(exact_b))
        fraction[k] = exact_b - index_b
        windows_a[k] = a.whitener.read(index_a, index_a + length)
        windows_b[k] = b.whitener.read(index_b - half, index_b + length + half + 1)
    spectra = np.conj(scipy.fft.rfft(windows_a, size, axis=1))
    spectra *= scipy.fft.rfft(windows_b, size, axis=1)
    spectra *= _turns(fraction / size, spectra.shape[1])
    values = scipy.fft.irfft(spectra, size, axis=1)[:, : 2 * half + 1]
    return Correlograms(
        values,
        (starts + length_s / 2 - fit.at_a_s).astype(np.float64),
        b.rate_hz,
        typical_level(values),
        _energies(windows_a, windows_b[:, half : half + length]),
    )


def _energies(windows_a: Samples, windows_b: Samples) -> Floats:
    """Geometric mean of the energies of each pair of windows, shape (k,)."""
    energies: Floats = np.sqrt(
        np.einsum("kn,kn->k", windows_a, windows_a, dtype=np.float64)
        * np.einsum("kn,kn->k", windows_b, windows_b, dtype=np.float64)
    )
    return energies


def _turns(by: Floats, frequencies: int) -> Spectra:
    """Factors of shape (len(by), frequencies) that move rows left by a share of their length.

    In single precision, where sines of many numbers are ten times as quick.
    """
    angle = np.outer(2 * np.pi * by, np.arange(frequencies)).astype(np.float32)
    turns = np.empty(angle.shape, dtype=np.complex64)
    np.cos(angle, out=turns.real)
    np.sin(angle, out=turns.imag)
    return turns
