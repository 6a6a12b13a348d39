"""How quickly to cut: bounds, the target length and what a length is worth."""

from dataclasses import dataclass

import numpy as np

from ..domain.cutting import AutoCutRequest, Pacing
from ..domain.media import Floats


@dataclass(frozen=True)
class Preset:
    """A pacing's habits in milliseconds (the lengths are the contract's defaults).

    `lead_ms` is how long before a speaker's first word the picture changes: about
    two frames when fast, up to the quarter of a second that editors give a slow cut.
    """

    min_shot_ms: float
    target_ms: float
    max_shot_ms: float
    lead_ms: float


PRESETS = {
    Pacing.FAST: Preset(1_000.0, 2_500.0, 4_000.0, 80.0),
    Pacing.MEDIUM: Preset(2_000.0, 4_000.0, 6_000.0, 160.0),
    Pacing.SLOW: Preset(3_000.0, 6_000.0, 9_000.0, 240.0),
}
"""The contract's bounds and targets by pacing, and the lead that goes with each."""


@dataclass(frozen=True)
class Pace:
    """The bounds and target that one programme is cut with, in milliseconds."""

    pacing: Pacing
    min_shot_ms: float
    target_ms: float
    max_shot_ms: float
    lead_ms: float

    @property
    def longest_considered_ms(self) -> float:
        """The longest shot that is tried while there is a choice of cameras.

        However long shots may be, one of ten times the usual length is no cut any
        more; bounding it keeps the time to optimise linear in the programme.
        """
        usual = LONGEST_IN_TARGETS * max(self.target_ms, self.min_shot_ms)
        return min(self.max_shot_ms, usual)

    def value(self, length_ms: Floats) -> Floats:
        """What shots of these lengths are worth: 0 at the target, least at the bounds.

        A parabola over the logarithm of the length, because twice as long feels as
        far off as half as long; beyond the bounds it stays as it is there.
        """
        ratio = np.log(np.maximum(length_ms, 1.0) / self.target_ms)
        shorter = max(np.log(self.target_ms / self.min_shot_ms), SAME_LENGTH)
        longer = max(np.log(self.max_shot_ms / self.target_ms), SAME_LENGTH)
        ratio *= np.where(ratio < 0.0, 1.0 / shorter, 1.0 / longer)
        return np.asarray(-BOUND_COST * np.minimum(np.square(ratio), 1.0))


BOUND_COST = 0.4
"""What a second of a shot at its bound loses: so little that the speaker is kept for
six seconds rather than left for two, and that lengths follow the talk, not a metronome."""

LONGEST_IN_TARGETS = 10.0
SAME_LENGTH = 0.05
"""Where a bound lies on the target, 5 % off it count as much as a bound elsewhere."""


def resolve_pace(request: AutoCutRequest) -> Pace:
    """Bounds and target of a request; defaults yield to what was given.

    A default bound that contradicts a given one moves in proportion, so that room
    for a choice of lengths is left. A target outside of the bounds moves to their
    geometric mean.
    """
    pacing = request.pacing if request.pacing != Pacing.UNSPECIFIED else Pacing.MEDIUM
    preset = PRESETS[pacing]
    shortest, longest = request.min_shot_ms, request.max_shot_ms
    if shortest is None and longest is None:
        shortest, longest = preset.min_shot_ms, preset.max_shot_ms
    elif shortest is None and longest is not None:
        shortest = preset.min_shot_ms
        if shortest > longest:
            shortest = longest * preset.min_shot_ms / preset.max_shot_ms
    elif longest is None and shortest is not None:
        longest = preset.max_shot_ms
        if longest < shortest:
            longest = shortest * preset.max_shot_ms / preset.min_shot_ms
    assert shortest is not None
    assert longest is not None
    target = preset.target_ms
    if not shortest < target < longest:
        target = float(np.sqrt(shortest * longest))
    return Pace(pacing, shortest, target, longest, preset.lead_ms)


def primary_preference(pace: Pace, ratio: float, *, cameras: int) -> float:
    """The primary camera's worth per second that gives it a share of about `ratio`.

    In the units of the role component under the default weights, where nothing else
    speaks for a camera. From half on the primary alternates with the others; its
    worth must then make up for the pace that its longer and their shorter shots
    lose, so it is the difference of the two slopes of the pace's cost. At the
    others' equal share nothing is needed; below, the primary is shunned.
    """
    equal = 1.0 / max(cameras, 2)
    if ratio >= HALF:
        return _slope(pace, 2.0 * ratio) - _slope(pace, 2.0 - 2.0 * ratio) + ALTERNATION
    if ratio >= equal:
        return ALTERNATION * (ratio - equal) / max(HALF - equal, SAME_LENGTH)
    return -SHUNNED * (1.0 - ratio / equal)


HALF = 0.5
"""With this share the primary camera takes every other shot."""

ALTERNATION = 0.5
"""Worth that pays for returning to the primary after each other shot."""

SHUNNED = 1.0
"""Worth against the primary at a ratio of zero: only bounds bring it on."""

PACE_TO_ROLE = 0.5 / 0.3
"""The default weight of pace over that of role."""


def _slope(pace: Pace, share: float) -> float:
    """How fast the pace's cost rises with a shot's length, at a share of the target."""
    length = float(
        np.clip(share * pace.target_ms, 1.03 * pace.min_shot_ms, 0.97 * pace.max_shot_ms)
    )
    step = 1.0
    longer, shorter = length + step, length - step
    values = pace.value(np.array([longer, shorter])) * np.array([longer, shorter])
    return float(PACE_TO_ROLE * (values[1] - values[0]) / (2.0 * step))
