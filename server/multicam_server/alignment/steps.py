"""Sudden jumps of one clock against another: samples that a recorder lost or repeated."""

from dataclasses import dataclass

import numpy as np

from ..domain.media import Floats
from .clock_fit import ClockFit
from .heard import Heard
from .onset_fit import correlate_onsets
from .slant_stack import fine_peaks

# Smaller jumps are not told from what rooms and moving talkers do to onsets.
LEAST_STEP_S = 0.015
# Each side of a jump needs so many windows, each with a peak this high (deviations).
LEAST_WINDOWS = 2
LEAST_SCORE = 6.0
# Both sides must be this much steadier than the jump is large.
STEADINESS = 4.0


@dataclass(frozen=True)
class Step:
    """At `at_a_s` of `a` (to about a window), `b` jumps ahead by `lost_s` seconds.

    Positive: `b` lost sound there (or `a` repeated some).
    """

    at_a_s: float
    at_b_s: float
    lost_s: float


def find_step(a: Heard, b: Heard, fit: ClockFit) -> Step | None:
    """The clearest jump along a fitted relation, if there is one."""
    found = correlate_onsets(a, b, fit)
    if found is None:
        return None
    fit, correlograms, _ = found
    place, height = fine_peaks(correlograms.values)
    clear = height >= LEAST_SCORE * correlograms.chance
    lag, time = place[clear] / correlograms.rate_hz, correlograms.time_s[clear]
    best: tuple[float, int] | None = None
    for split in range(LEAST_WINDOWS, len(lag) - LEAST_WINDOWS + 1):
        jump = float(np.median(lag[split:]) - np.median(lag[:split]))
        unsteady = max(_unsteadiness(lag[:split]), _unsteadiness(lag[split:]))
        if abs(jump) < max(LEAST_STEP_S, STEADINESS * unsteady):
            continue
        scatter = float(
            np.abs(lag[:split] - np.median(lag[:split])).sum()
            + np.abs(lag[split:] - np.median(lag[split:])).sum()
        )
        if best is None or scatter < best[0]:
            best = scatter, split
    if best is None:
        return None
    split = best[1]
    jump = float(np.median(lag[split:]) - np.median(lag[:split]))
    at_a_s = fit.at_a_s + float(time[split - 1] + time[split]) / 2
    return Step(at_a_s, fit.to_b(at_a_s), -jump)


def _unsteadiness(lag: Floats) -> float:
    return 1.4826 * float(np.median(np.abs(lag - np.median(lag))))
