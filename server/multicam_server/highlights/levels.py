"""Values against what is usual, so that no camera's and no detector's own level matters."""

from collections.abc import Sequence

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats

# Fewer known events than this do not tell a speaker's own level; the recording's
# level stands in.
_MIN_EVENTS_PER_SPEAKER = 4
# The level of plain speech is this quantile. People speak up more than they speak down, so
# that the lower quartile says less than the median of how much of weight a speaker said.
_PLAIN_QUANTILE = 0.25
# A difference of so many LU counts in full in a recording that is otherwise even;
# smaller ones are measuring noise.
_LEAST_FULL_LU = 4.0
# Differences count in full from this quantile of all differences on: the few largest
# may be errors, and the rest must stay distinguishable.
_FULL_QUANTILE = 0.98


def against_usual(values: Floats, usual: Floats | float, *, least_full: float) -> Floats:
    """Differences from what is usual, scaled by the session's own: -1 to 1, NaN if unknown.

    1 stands for the difference that only one value in fifty exceeds, and for
    `least_full` (in the unit of the values) where they differ less than that.
    """
    above: Floats = values - usual
    known = ~np.isnan(above)
    if not known.any():
        return above
    full = max(float(np.quantile(np.abs(above[known]), _FULL_QUANTILE)), least_full)
    return np.clip(above / full, -1.0, 1.0)


def emphasis(loudness_lufs: Floats, speaker_id: Sequence[str]) -> Floats:
    """Emphasis of `n` events of one recording: -1 (soft) to 1 (loud), NaN if unknown.

    Each event is compared with its speaker's plain level in this recording, and the
    difference with the recording's usual one and its own spread, so that neither a
    camera's gain nor its compression matters.
    """
    known = ~np.isnan(loudness_lufs)
    if not known.any():
        return np.full(len(speaker_id), np.nan)
    plain = np.full(len(speaker_id), _plain_level(loudness_lufs[known]))
    names, index = np.unique(np.array(speaker_id, dtype=np.str_), return_inverse=True)
    for speaker, name in enumerate(names):
        own: Flags = known & (index == speaker)
        if name and np.count_nonzero(own) >= _MIN_EVENTS_PER_SPEAKER:
            plain[index == speaker] = _plain_level(loudness_lufs[own])
    above = loudness_lufs - plain
    return against_usual(above, float(np.median(above[known])), least_full=_LEAST_FULL_LU)


def _plain_level(loudness_lufs: Floats) -> float:
    """How loud somebody is who does not speak up."""
    return float(np.quantile(loudness_lufs, _PLAIN_QUANTILE))
