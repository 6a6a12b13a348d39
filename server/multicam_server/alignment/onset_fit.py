"""Offset and drift of a pair from its onsets: robust, to a few milliseconds."""

from dataclasses import dataclass, replace

import numpy as np

from ..domain.media import Floats, Samples
from .clock_fit import Carrier, ClockFit
from .heard import Heard
from .onsets import HOP
from .slant_stack import Correlograms, Expectation, Peak, fit_peaks, stack

# Enough onsets in a window, and few windows in an hour.
WINDOW_FRAMES = 625  # 10 s
MOST_WINDOWS = 120
LEAST_WINDOW_FRAMES = 60
# How far the true lag may lie from the candidate's frame.
SEARCH_FRAMES = 6
LARGEST_DRIFT = 250e-6
# How far apart clocks usually are.
USUAL_DRIFT = 60e-6
# Windows agree at best within this (2 ms), a reverberant room's early decay.
LEAST_SPREAD_S = 2e-3
# Bands and neighbouring frames are not independent: chance is this much higher.
CHANCE_RATIO = 2.0
NEAR_S = 0.064
WINDOWS_PER_GROUP = 6


@dataclass(frozen=True)
class OnsetFit:
    """The relation that the onsets tell, and how much of the common part supports it.

    `similarity` is the correlation coefficient along the line. `support` is 1 when
    every window agrees alike and near 0 when the match comes from a small part.
    """

    fit: ClockFit
    similarity: float
    support: float


def fit_onsets(a: Heard, b: Heard, start: ClockFit) -> OnsetFit | None:
    """Refines `start`, right within `SEARCH_FRAMES` and `LARGEST_DRIFT`.

    Returns None when the recordings have too little in common there.
    """
    found = correlate_onsets(a, b, start)
    if found is None:
        return None
    fit, correlograms = found
    frame_s = HOP / a.rate_hz
    expected = Expectation(
        search_s=SEARCH_FRAMES * frame_s,
        drift=LARGEST_DRIFT,
        lag_deviation_s=SEARCH_FRAMES * frame_s,
        drift_deviation=USUAL_DRIFT,
    )
    peak = stack(correlograms, expected, signed=True)
    line = fit_peaks(
        correlograms,
        peak,
        near_s=NEAR_S,
        windows_per_group=WINDOWS_PER_GROUP,
        least_spread_s=LEAST_SPREAD_S,
    )
    measured = line is not None and line.points >= 3 and bool(np.isfinite(line.slope_error))
    # Few windows say little about the slope: what clocks usually do is evidence too.
    known = USUAL_DRIFT**2 / (USUAL_DRIFT**2 + line.slope_error**2) if measured and line else 0.0
    slope = (peak.drift + line.slope) * known if line else 0.0
    refined = replace(
        fit,
        at_b_s=fit.at_b_s + peak.lag_s + (line.value if line else 0.0),
        drift=fit.drift + slope,
        at_error_s=line.value_error if measured and line else frame_s,
        drift_error=line.slope_error if measured and line else None,
        residual_s=line.spread if line else None,
        score=peak.score,
        clarity=peak.clarity,
        carrier=Carrier.ONSETS,
        windows=len(correlograms.time_s),
    )
    similarity, support = _agreement(correlograms, peak)
    return OnsetFit(refined, similarity, support)


def _agreement(correlograms: Correlograms, peak: Peak) -> tuple[float, float]:
    """Similarity along the line, and the share of the windows that it rests on.

    The share is the squared weighted mean of the windows' similarities over their
    weighted mean square, from which the scatter by chance is taken out.
    """
    lags = (peak.lag_s + peak.drift * correlograms.time_s) * correlograms.rate_hz
    columns = np.clip(correlograms.half + np.rint(lags).astype(int), 0, 2 * correlograms.half)
    height = correlograms.values[np.arange(len(columns)), columns].astype(np.float64)
    energy = correlograms.energy
    weight = energy / max(float(energy.sum()), 1e-12)
    each = height / np.maximum(energy, 1e-12)
    by_chance = float(np.dot(weight, (correlograms.chance / np.maximum(energy, 1e-12)) ** 2))
    similarity = float(np.dot(weight, each))
    mean_square = float(np.dot(weight, each**2))
    support = similarity**2 / max(mean_square - by_chance, similarity**2, 1e-12)
    return similarity, support


def correlate_onsets(a: Heard, b: Heard, start: ClockFit) -> tuple[ClockFit, Correlograms] | None:
    """Correlations of windows of onsets along a relation, told at the common part's middle.

    None when the recordings have too little in common.
    """
    first, stop = common_part(a, b, start)
    frames = int((stop - first) / (HOP / a.rate_hz)) - 8
    if frames < LEAST_WINDOW_FRAMES:
        return None
    fit = start.centred((first + stop) / 2)
    return fit, _correlate_windows(a, b, fit, first, frames)


def common_part(a: Heard, b: Heard, fit: ClockFit) -> tuple[float, float]:
    """First and last time of `a` that both recordings hold."""
    back = fit.swapped()
    return max(a.start_s, back.to_b(b.start_s)), min(a.end_s, back.to_b(b.end_s))


def _correlate_windows(
    a: Heard, b: Heard, fit: ClockFit, first: float, frames: int
) -> Correlograms:
    frame_s = HOP / a.rate_hz
    length = min(WINDOW_FRAMES, max(LEAST_WINDOW_FRAMES, frames // 6))
    count = frames // length
    starts = np.arange(count) * length
    if count > MOST_WINDOWS:
        starts = starts[np.unique(np.linspace(0, count - 1, MOST_WINDOWS).round().astype(int))]
    half = SEARCH_FRAMES + int(np.ceil(LARGEST_DRIFT * frames / 2 + NEAR_S / frame_s)) + 2
    padded = np.pad(b.onsets.bands, ((0, 0), (half + 8, half + length + 8)))
    values = np.empty((len(starts), 2 * half + 1), dtype=np.float32)
    time = np.empty(len(starts))
    chance = np.empty(len(starts))
    energy = np.empty(len(starts))
    left_over = np.empty(len(starts))
    origin = int(np.ceil((first - a.start_s) / frame_s))
    for k, start in enumerate(starts):
        index_a = origin + int(start)
        t_a = a.start_s + index_a * frame_s
        exact_b = (fit.to_b(t_a) - b.start_s) * b.rate_hz / HOP
        index_b = round(exact_b)
        left_over[k] = exact_b - index_b
        window = a.onsets.bands[:, index_a : index_a + length]
        width = window.shape[1]
        other = padded[:, index_b + 8 : index_b + 8 + width + 2 * half]
        for lag in range(2 * half + 1):
            values[k, lag] = np.vdot(window, other[:, lag : lag + width])
        common = a.onsets.energy[index_a : index_a + width].astype(np.float64)
        others = np.einsum("bf,bf->f", other[:, half : half + width], other[:, half : half + width])
        energy[k] = np.sqrt(common.sum() * others.sum())
        chance[k] = CHANCE_RATIO * np.sqrt(np.dot(common, others) / len(window))
        time[k] = t_a + length * frame_s / 2 - fit.at_a_s
    return Correlograms(_turned(values, left_over), time, 1 / frame_s, chance, energy)


def _turned(values: Samples, by: Floats) -> Samples:
    """Rows moved left by a fraction of a lag, by linear interpolation."""
    right = np.pad(values, ((0, 0), (0, 1)))[:, 1:]
    left = np.pad(values, ((0, 0), (1, 0)))[:, :-1]
    share = by[:, None].astype(np.float32)
    moved = np.where(share > 0, right, left)
    turned: Samples = values * (1 - np.abs(share)) + moved * np.abs(share)
    return turned
