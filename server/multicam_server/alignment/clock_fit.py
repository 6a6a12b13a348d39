"""How one recording's time runs in another's: the fitted line of a pair."""

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from ..domain.media import Floats

# Tukey's biweight with 95 % efficiency on Gaussian residuals.
TUKEY = 4.685
ROBUST_ROUNDS = 12


class Carrier(Enum):
    """What a fit rests on: the waveform itself, only its onsets, or a label of time."""

    WAVEFORM = "waveform"
    ONSETS = "onsets"
    LABEL = "label"


@dataclass(frozen=True)
class ClockFit:
    """Recording time of `b` as a line of recording time of `a`, both in seconds.

    t_b = at_b_s + (1 + drift) * (t_a - at_a_s), with `at_a_s` in the middle of what
    both have in common, where place and slope are independent. `drift_error` is the
    standard error of `drift`, None where it could not be measured (`drift` is then
    the assumption). `score` and `clarity` are those of the peak that decided (see
    `slant_stack.Peak`); `residual_s` is the spread of the windows around the line and
    `support` the share of the common part that matches by itself.
    """

    at_a_s: float
    at_b_s: float
    drift: float
    at_error_s: float
    drift_error: float | None
    residual_s: float | None
    score: float
    clarity: float
    carrier: Carrier
    support: float = 0.0
    inverted: bool = False
    windows: int = 0

    @property
    def shift_s(self) -> float:
        """By how much `b` starts later, at the middle of the common part."""
        return self.at_a_s - self.at_b_s

    def to_b(self, t_a: float) -> float:
        """Time in `b` of what happens at `t_a`."""
        return self.at_b_s + (1.0 + self.drift) * (t_a - self.at_a_s)

    def centred(self, at_a_s: float) -> "ClockFit":
        """The same relation, told at another time of `a`."""
        return replace(self, at_a_s=at_a_s, at_b_s=self.to_b(at_a_s))

    def swapped(self) -> "ClockFit":
        """The same relation seen from `b`."""
        return replace(
            self, at_a_s=self.at_b_s, at_b_s=self.at_a_s, drift=1.0 / (1.0 + self.drift) - 1.0
        )


@dataclass(frozen=True)
class Line:
    """A robust line: value at `x` = 0, slope, their standard errors, spread around it."""

    value: float
    slope: float
    value_error: float
    slope_error: float
    spread: float
    points: int


def fit_line(x: Floats, y: Floats, weight: Floats, *, least_spread: float) -> Line:
    """Weighted line through (x, y) by iteratively reweighted least squares (Tukey).

    Args:
        x, y, weight: shape (n,), n >= 1. Weights are relative.
        least_spread: a smaller spread of y is luck of few points.
    """
    scaled = weight / (weight.max() + 1e-300)
    kept = scaled
    value = slope = 0.0
    spread = least_spread
    for _ in range(ROBUST_ROUNDS):
        value, slope = _least_squares(x, y, kept)
        residual = y - value - slope * x
        spread = max(least_spread, 1.4826 * _weighted_median(np.abs(residual), kept))
        kept = scaled * np.maximum(0.0, 1 - (residual / (TUKEY * spread)) ** 2) ** 2
    total = max(float(kept.sum()), 1e-300)
    count = total**2 / max(float((kept**2).sum()), 1e-300)
    centre = float(np.dot(kept, x)) / total
    variance = float(np.dot(kept, (x - centre) ** 2)) / total
    at_centre = spread / np.sqrt(count)
    slope_error = at_centre / np.sqrt(variance) if variance > 0 and count > 1.5 else np.inf
    return Line(
        value=float(value),
        slope=float(slope),
        value_error=float(np.hypot(at_centre, centre * slope_error if centre else 0.0)),
        slope_error=float(slope_error),
        spread=float(spread),
        points=int(np.count_nonzero(kept > 0.1 * kept.max())),
    )


def _least_squares(x: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    total = max(float(weight.sum()), 1e-300)
    centre_x, centre_y = float(np.dot(weight, x)) / total, float(np.dot(weight, y)) / total
    variance = float(np.dot(weight, (x - centre_x) ** 2))
    slope = float(np.dot(weight, (x - centre_x) * (y - centre_y))) / variance if variance else 0.0
    return centre_y - slope * centre_x, slope


def _weighted_median(values: Floats, weight: Floats) -> float:
    order = np.argsort(values, kind="stable")
    running = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(running, 0.5 * running[-1])])


def assume_shift(shift_s: float) -> ClockFit:
    """A relation that is only supposed: `b` starts `shift_s` later, no drift."""
    return ClockFit(
        at_a_s=0.0,
        at_b_s=-shift_s,
        drift=0.0,
        at_error_s=np.inf,
        drift_error=None,
        residual_s=None,
        score=0.0,
        clarity=0.0,
        carrier=Carrier.ONSETS,
    )
