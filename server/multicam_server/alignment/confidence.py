"""How likely a placement is right within 20 ms, from what was measured.

Two questions with an answer each by logistic regression (Platt's calibration, 1999):
is it the right one of all offsets, and is the peak that of the direct sound, not of
a reflection tens of milliseconds away? The probability is the product. The
coefficients come from `benchmarks/alignment/calibrate.py`, which fits them on
generated scenes and checks them on others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The largest certainty ever claimed.
MOST_CERTAIN = 0.9999
# Where more of a measure changes nothing any more, and where it starts to tell.
SCORES = (2.5, 20.0)
RIVALS = (0.05, 1.0)
WAVEFORM_SCORES = (4.0, 16.0)
CLARITIES = (2.0, 8.0)
SUPPORTS = (0.02, 0.8)
# Recordings of one event agree in half of their common part or more, even where one hears
# little. Below, sound that unrelated ones share (a jingle, a song) explains a match as well,
# and at a fifth nothing else does.
CONVINCING_SUPPORTS = (0.2, 0.45)
# Where sound repeats itself to the sample (a played jingle, a prompt, a loop), one copy
# may lie upon another. Then a match that the whole common part supports is right, and
# one that three fifths of it support says nothing.
SUPPORTS_DESPITE_REPEATS = (0.6, 0.95)
OVERLAPS_S = (2.0, 60.0)
# Peaks of one loop at different turns differ by a few per cent (0.97 ** 12 = 0.7),
# true peaks from chance ones by a third and more (0.7 ** 12 = 0.01).
EQUALITY_POWER = 12


@dataclass(frozen=True)
class PairEvidence:
    """What speaks for one candidate of one pair.

    Attributes:
        score: height of its peak over all offsets, in deviations (`coarse`).
        rival: the next candidate's score over this one's, 0 where there is none.
        support: share of the common part that agrees (`onset_fit`).
        waveform_score: height of the waveforms' peak, in deviations; 0 without one.
        clarity: the same in deviations of the peak's own surroundings.
        waveform_support: share of the common part whose waveforms match by themselves.
        overlap_s: length of the common part.
        repeated: whether the very same sound is heard at a rival's place, too.
    """

    score: float
    rival: float
    support: float
    waveform_score: float
    clarity: float
    waveform_support: float
    overlap_s: float
    repeated: bool = False

    def right_candidate(self) -> tuple[float, ...]:
        """What tells the right offset from any other; more of each speaks for it."""
        return (
            float(np.log(np.clip(self.score, *SCORES))),
            -float(np.log(np.clip(self.rival, *RIVALS))),
            float(np.log(np.clip(self.support, *SUPPORTS))),
            float(np.log(np.clip(self.waveform_score, *WAVEFORM_SCORES))),
            float(np.clip(self.waveform_support, *SUPPORTS)),
        )

    def direct_sound(self) -> tuple[float, ...]:
        """What tells the direct sound from a reflection; more of each speaks for it."""
        return (
            float(np.log(np.clip(self.waveform_score, *WAVEFORM_SCORES))),
            float(np.log(np.clip(self.clarity, *CLARITIES))),
            float(np.log(np.clip(self.overlap_s, *OVERLAPS_S))),
        )


# Weights of the measures in their order, and last the constant.
RIGHT_CANDIDATE = (8.623, 4.531, 7.389, 2.086, 1.252, -18.785)
DIRECT_SOUND = (3.252, 4.279, 0.507, -10.731)


def probability(evidence: PairEvidence, rivals: Sequence[float] = ()) -> float:
    """Probability that the candidate is right within 20 ms.

    Args:
        evidence: what speaks for it.
        rivals: scores of all other candidates over its own. Where sound repeats
            itself they are equals, and share the probability.
    """
    right = _logistic(evidence.right_candidate(), RIGHT_CANDIDATE)
    equals = sum(equality(rival) for rival in rivals)
    none, enough = CONVINCING_SUPPORTS
    right *= float(np.clip((evidence.support - none) / (enough - none), 0.0, 1.0))
    if evidence.repeated:
        none, enough = SUPPORTS_DESPITE_REPEATS
        right *= float(np.clip((evidence.waveform_support - none) / (enough - none), 0.0, 1.0))
    return min(MOST_CERTAIN, right * direct_probability(evidence) / (1.0 + equals))


def direct_probability(evidence: PairEvidence) -> float:
    """Probability that the peak is within 20 ms, given that the offset is the right one."""
    return _logistic(evidence.direct_sound(), DIRECT_SOUND)


def equality(rival: float) -> float:
    """How nearly a candidate of this relative score is the best one's equal, 0 to 1."""
    return float(min(rival, 1.0) ** EQUALITY_POWER)


def _logistic(measures: tuple[float, ...], weights: tuple[float, ...]) -> float:
    logit = float(np.dot(weights[:-1], measures)) + weights[-1]
    return 1.0 / (1.0 + float(np.exp(-np.clip(logit, -50.0, 50.0))))
