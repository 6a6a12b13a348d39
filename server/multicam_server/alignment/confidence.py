"""How likely a placement is right within 20 ms, from what was measured.

A logistic regression (Platt's calibration, 1999) on the evidence of one pair. The
coefficients come from `benchmarks/alignment/calibrate.py`, which fits them on
generated scenes and checks them on others.
"""

from dataclasses import astuple, dataclass

import numpy as np

# Scores beyond this change nothing any more.
HIGHEST_SCORE = 20.0
HIGHEST_WAVEFORM_SCORE = 60.0
# What 50 % is in terms of the logit, and the largest certainty ever claimed.
MOST_CERTAIN = 0.9999


@dataclass(frozen=True)
class PairEvidence:
    """What speaks for one candidate of one pair.

    Attributes:
        score: height of its peak over all offsets, in deviations (`coarse`).
        rival: the next candidate's score over this one's, 0 where there is none.
        support: share of the common part that agrees (`onset_fit`).
        waveform_score: height of the waveforms' peak, in deviations; 0 without one.
        overlap_s: length of the common part.
    """

    score: float
    rival: float
    support: float
    waveform_score: float
    overlap_s: float

    def features(self) -> tuple[float, ...]:
        """The evidence in the form that the regression weighs."""
        return (
            min(self.score, HIGHEST_SCORE) / 5.0,
            min(self.score * max(0.0, 1.0 - self.rival), HIGHEST_SCORE) / 5.0,
            self.support,
            float(np.log(max(min(self.waveform_score, HIGHEST_WAVEFORM_SCORE), 1.0))),
            float(np.log(min(max(self.overlap_s, 1.0), 60.0))) / 4.0,
        )


@dataclass(frozen=True)
class Coefficients:
    """Weights of `PairEvidence.features`, in their order, and the constant."""

    score: float
    margin: float
    support: float
    waveform: float
    overlap: float
    constant: float


COEFFICIENTS = Coefficients(
    score=1.25, margin=0.31, support=5.31, waveform=1.64, overlap=-0.02, constant=-9.94
)


def probability(evidence: PairEvidence) -> float:
    """Probability that the candidate is right within 20 ms."""
    weights = astuple(COEFFICIENTS)
    logit = float(np.dot(weights[:-1], evidence.features())) + weights[-1]
    return MOST_CERTAIN / (1.0 + float(np.exp(-np.clip(logit, -50.0, 50.0))))
