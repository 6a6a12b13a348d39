"""Sudden jumps of one clock against another: samples that a recorder lost or repeated."""

from dataclasses import dataclass

import numpy as np

from ..domain.media import Floats
from .clock_fit import ClockFit
from .heard import Heard
from .onset_fit import common_part, correlate_onsets
from .slant_stack import fine_peaks
from .waveform_fit import waveform_lag

# Smaller jumps are not told from what rooms and moving talkers do to onsets.
LEAST_STEP_S = 0.020
# Each side of a jump needs so many windows, each with a peak this high (deviations).
LEAST_WINDOWS = 3
LEAST_SCORE = 8.0
# Both sides must be this much steadier than the jump is large.
STEADINESS = 6.0
# Waveforms must show the same jump within this, with peaks this high on both sides.
CONFIRMATION_S = 0.012
LEAST_WAVEFORM_SCORE = 6.5


@dataclass(frozen=True)
class Step:
    """At `at_a_s` of `a` (to about a window), `b` jumps ahead by `lost_s` seconds.

    Positive: `b` lost sound there (or `a` repeated some).
    """

    at_a_s: float
    at_b_s: float
    lost_s: float


def find_step(a: Heard, b: Heard, fit: ClockFit) -> Step | None:
    """The clearest jump along a fitted relation, if there is one.

    Onsets tell where it may be, for they see large jumps anywhere. A talker who walks
    or hands over to another moves onsets too, but not the waveforms' line: only what
    the waveforms show on both sides is a jump of the clock.
    """
    found = correlate_onsets(a, b, fit)
    if found is None:
        return None
    fit, correlograms = found
    place, height = fine_peaks(correlograms.values)
    clear = height >= LEAST_SCORE * correlograms.chance
    lag, time = place[clear] / correlograms.rate_hz, correlograms.time_s[clear]
    split = _clearest_split(lag)
    if split is None:
        return None
    jump = float(np.median(lag[split:]) - np.median(lag[:split]))
    at_a_s = fit.at_a_s + float(time[split - 1] + time[split]) / 2
    half_window_s = float(time[split] - time[split - 1]) / 2
    first, stop = common_part(a, b, fit)
    search_s = abs(jump) + CONFIRMATION_S
    before, score_before = waveform_lag(
        a, b, fit, (first, at_a_s - half_window_s), search_s=search_s
    )
    after, score_after = waveform_lag(a, b, fit, (at_a_s + half_window_s, stop), search_s=search_s)
    confirmed = (
        min(score_before, score_after) >= LEAST_WAVEFORM_SCORE
        and abs(after - before - jump) <= CONFIRMATION_S
    )
    return Step(at_a_s, fit.to_b(at_a_s), before - after) if confirmed else None


def _clearest_split(lag: Floats) -> int | None:
    """Where windows' lags change from one steady value to another; None if they do not."""
    best: tuple[float, int] | None = None
    for split in range(LEAST_WINDOWS, len(lag) - LEAST_WINDOWS + 1):
        before, after = lag[:split], lag[split:]
        jump = abs(float(np.median(after) - np.median(before)))
        if jump < max(LEAST_STEP_S, STEADINESS * max(_unsteadiness(before), _unsteadiness(after))):
            continue
        scatter = float(np.abs(before - np.median(before)).sum())
        scatter += float(np.abs(after - np.median(after)).sum())
        if best is None or scatter < best[0]:
            best = scatter, split
    return None if best is None else best[1]


def _unsteadiness(lag: Floats) -> float:
    return 1.4826 * float(np.median(np.abs(lag - np.median(lag))))
