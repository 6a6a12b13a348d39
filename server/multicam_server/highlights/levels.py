"""Loudness against the speaker's own usual level, whatever the camera's level is."""

from collections.abc import Sequence

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats

# Fewer known events than this do not tell a speaker's own level; the recording's
# level stands in.
_MIN_EVENTS_PER_SPEAKER = 4
# Least spread in LU that is taken for expression: below it everything sounds alike,
# and dividing by the spread would turn measuring noise into emphasis.
_LEAST_SPREAD_LU = 1.5
# The median absolute deviation of a normal distribution, as a standard deviation.
_MAD_TO_SIGMA = 1.4826
# Standard deviations that count as full emphasis (or its opposite).
_FULL_EMPHASIS_SIGMAS = 2.5


def robust_scale(values: Floats, least: float) -> float:
    """Standard deviation estimated from the median absolute deviation, at least `least`."""
    if values.size == 0:
        return least
    deviation = np.median(np.abs(values - np.median(values)))
    return max(float(deviation) * _MAD_TO_SIGMA, least)


def emphasis(loudness_lufs: Floats, speaker_id: Sequence[str]) -> Floats:
    """Emphasis of `n` events of one recording: -1 (soft) to 1 (loud), NaN if unknown.

    Each event is compared with the median of its speaker in this recording, and the
    difference is divided by the recording's spread, so that neither a camera's gain
    nor its compression matters.
    """
    result = np.full(len(speaker_id), np.nan)
    known = ~np.isnan(loudness_lufs)
    if not known.any():
        return result
    usual = np.full(len(speaker_id), float(np.median(loudness_lufs[known])))
    names, index = np.unique(np.array(speaker_id, dtype=object).astype(str), return_inverse=True)
    for speaker, name in enumerate(names):
        own: Flags = known & (index == speaker)
        if name and np.count_nonzero(own) >= _MIN_EVENTS_PER_SPEAKER:
            usual[index == speaker] = float(np.median(loudness_lufs[own]))
    above = loudness_lufs - usual
    spread = robust_scale(above[known], _LEAST_SPREAD_LU)
    level: Floats = np.clip(above / (spread * _FULL_EMPHASIS_SIGMAS), -1.0, 1.0)
    return level
