"""Adding up correlations of many windows along the lines a drifting clock can draw.

Seismology's slant stack (a discrete Radon transform): windows too noisy to tell
anything alone tell it together, and the line they agree on is offset and drift.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.signal

from ..domain.media import Floats, Samples
from .clock_fit import Line, fit_line

UPSAMPLING = 8
# A group of windows whose peak is lower than this many deviations has no say.
LEAST_GROUP_SCORE = 3.0
# A peak may stand beside the line that was best over all lags by this many steps.
NEIGHBOURING_DRIFTS = 2
# Groups that draw a line, at least, while there are as many windows.
LEAST_GROUPS = 6
# A group whose highest peak near the line is the first is chance, with the second it is not.
SUPPORTING_SCORES = (3.5, 6.0)


@dataclass(frozen=True, eq=False)
class Correlograms:
    """Correlations of `k` windows around an assumed relation, middle column = lag 0.

    `values` is float32 of shape (k, 2 * half + 1) at `rate_hz` lags a second; `time_s`
    of shape (k,) is each window's centre from the middle of the overlap, rising;
    `chance` of shape (k,) the standard deviation of each window for unrelated sound;
    `energy` of shape (k,) what each would be at lag 0 if both recordings were alike.
    """

    values: Samples
    time_s: Floats
    rate_hz: float
    chance: Floats
    energy: Floats

    @property
    def half(self) -> int:
        """Index of lag 0."""
        return int(self.values.shape[1]) // 2


@dataclass(frozen=True)
class Expectation:
    """What is known beforehand: lags within `search_s` and drifts within `drift`.

    Within them, lags are normally distributed around 0 with `lag_deviation_s` and
    drifts with `drift_deviation`.
    """

    search_s: float
    drift: float
    lag_deviation_s: float
    drift_deviation: float


@dataclass(frozen=True)
class Peak:
    """The best line.

    `score` is its height in deviations of unrelated sound, `clarity` in deviations of
    its own surroundings (reflections make those high); `sign` is -1 for inverted
    polarity.
    """

    lag_s: float
    drift: float
    score: float
    clarity: float
    sign: float


def stack(correlograms: Correlograms, expected: Expectation, *, signed: bool) -> Peak:
    """The line along which the correlations add up best.

    First the drift, whose line must stand out of unrelated sound; then the lag on it,
    which must stand out of its own surroundings: reflections draw parallel lines, and
    among these the expected lag counts.
    """
    rows, drifts = _lines(correlograms, expected)
    chance = float(np.sqrt(np.sum(correlograms.chance**2))) + 1e-12
    heights = np.maximum(rows, 0.0) if signed else np.abs(rows)
    lags = (np.arange(rows.shape[1]) - rows.shape[1] // 2) / correlograms.rate_hz
    wide = 0.5 * (lags / expected.search_s) ** 2
    usual = 0.5 * (drifts / expected.drift_deviation) ** 2
    best = int(np.argmax(np.max(0.5 * (heights / chance) ** 2 - wide, axis=1) - usual))
    surroundings = max(chance, float(np.sqrt(np.mean(rows[best] ** 2))))
    narrow = 0.5 * (lags / expected.lag_deviation_s) ** 2
    near = slice(max(0, best - NEIGHBOURING_DRIFTS), best + NEIGHBOURING_DRIFTS + 1)
    worth = 0.5 * (heights[near] / surroundings) ** 2 - narrow
    index, place = np.unravel_index(int(np.argmax(worth)), worth.shape)
    index += near.start
    height = float(rows[index, place])
    return Peak(
        lag_s=float(lags[place]),
        drift=float(drifts[index]),
        score=abs(height) / chance,
        clarity=abs(height) / surroundings,
        sign=-1.0 if height < 0 else 1.0,
    )


def _lines(correlograms: Correlograms, expected: Expectation) -> tuple[Samples, Floats]:
    """The sums along all lines, shape (drifts, lags), and the drifts."""
    rate = correlograms.rate_hz
    drifts = _drifts(correlograms, expected.drift)
    reach = int(expected.search_s * rate)
    rows = np.zeros((len(drifts), 2 * reach + 1), dtype=np.float32)
    first = correlograms.half - reach
    for index, drift in enumerate(drifts):
        total = rows[index]
        offsets = first + np.rint(drift * correlograms.time_s * rate).astype(int)
        for values, offset in zip(correlograms.values, offsets, strict=True):
            total += values[offset : offset + 2 * reach + 1]
    return rows, drifts


def _drifts(correlograms: Correlograms, largest: float) -> Floats:
    """Drifts to try: neighbours differ by two lags from end to end."""
    window_s = (
        float(correlograms.time_s[1] - correlograms.time_s[0])
        if len(correlograms.time_s) > 1
        else 1.0
    )
    span = float(np.ptp(correlograms.time_s)) + window_s
    count = int(np.ceil(largest * correlograms.rate_hz * span / 2.0))
    return np.linspace(-largest, largest, 2 * count + 1) if count else np.zeros(1)


def fit_peaks(
    correlograms: Correlograms,
    peak: Peak,
    *,
    near_s: float,
    windows_per_group: int,
    least_spread_s: float,
) -> Line | None:
    """The line through the peaks of groups of windows, as a correction to `peak`.

    Returns None when no group has a peak of its own. `value` is in seconds, `slope`
    in seconds per second.
    """
    rate = correlograms.rate_hz
    count = len(correlograms.time_s)
    rows, left_over = _along_line(correlograms, peak, near_s)
    # What rounding the line to whole lags left over is turned back before adding up.
    rows = _shifted(rows * np.float32(peak.sign), left_over)
    edges = _group_edges(count, windows_per_group)
    chance = np.sqrt(np.add.reduceat(correlograms.chance**2, edges))
    time = np.add.reduceat(correlograms.time_s, edges) / np.diff(np.append(edges, count))
    place, height = fine_peaks(np.add.reduceat(rows, edges, axis=0))
    weight = np.maximum((height / chance) ** 2 - LEAST_GROUP_SCORE**2, 0.0)
    if not weight.any():
        return None
    return fit_line(time, place / rate, weight, least_spread=least_spread_s)


def supporting_share(
    correlograms: Correlograms, peak: Peak, *, near_s: float, windows_per_group: int
) -> float:
    """Share of the energy, 0 to 1, in groups of windows that match by themselves.

    Within `near_s` of the line: talkers at different places draw lines a little apart.
    """
    rows, _ = _along_line(correlograms, peak, near_s)
    edges = _group_edges(len(correlograms.time_s), windows_per_group)
    chance = np.sqrt(np.add.reduceat(correlograms.chance**2, edges))
    height = np.max(np.abs(np.add.reduceat(rows, edges, axis=0)), axis=1) / (chance + 1e-12)
    energy = np.add.reduceat(correlograms.energy, edges)
    low, high = SUPPORTING_SCORES
    share = np.clip((height - low) / (high - low), 0.0, 1.0)
    return float(np.dot(energy, share) / max(float(energy.sum()), 1e-12))


def _along_line(correlograms: Correlograms, peak: Peak, near_s: float) -> tuple[Samples, Floats]:
    """The lags within `near_s` of the line, a row for each window, and what rounding left over."""
    rate, half = correlograms.rate_hz, correlograms.half
    near = int(np.ceil(near_s * rate))
    lines = (peak.lag_s + peak.drift * correlograms.time_s) * rate
    centres = np.clip(half + np.rint(lines).astype(int), near, 2 * half - near)
    rows = np.stack(
        [row[c - near : c + near + 1] for row, c in zip(correlograms.values, centres, strict=True)]
    )
    return rows, lines - (centres - half)


def _group_edges(count: int, windows_per_group: int) -> npt.NDArray[np.intp]:
    """Where groups of windows begin."""
    per_group = max(1, min(windows_per_group, count // LEAST_GROUPS))
    return np.arange(0, count, per_group)


def typical_level(values: Samples) -> Floats:
    """Robust standard deviation of each row (median absolute value, scaled)."""
    level: Floats = 1.4826 * np.median(np.abs(values), axis=1).astype(np.float64)
    return level + 1e-12


def fine_peaks(rows: Samples) -> tuple[Floats, Floats]:
    """Place (lags from the middle) and height of the highest point of each row.

    Band-limited interpolation, then a parabola through the three highest points.
    """
    fine = scipy.signal.resample(rows.astype(np.float64), rows.shape[1] * UPSAMPLING, axis=1)
    margin = UPSAMPLING
    best = margin + np.argmax(fine[:, margin:-margin], axis=1)
    index = np.arange(len(fine))
    before, at, after = fine[index, best - 1], fine[index, best], fine[index, best + 1]
    curvature = before - 2 * at + after
    vertex = np.where(curvature < 0, 0.5 * (before - after) / np.minimum(curvature, -1e-12), 0.0)
    return (best + np.clip(vertex, -1, 1)) / UPSAMPLING - rows.shape[1] // 2, at


def _shifted(rows: Samples, by: Floats) -> Samples:
    """Each row moved left by a fraction of a lag."""
    n = rows.shape[1]
    spectrum = scipy.fft.rfft(rows, axis=1)
    turn = np.exp(2j * np.pi / n * np.outer(by, np.arange(spectrum.shape[1])))
    shifted: Samples = scipy.fft.irfft(spectrum * turn.astype(np.complex64), n, axis=1)
    return shifted
