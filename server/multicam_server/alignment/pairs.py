"""Comparing two recordings: candidates, exact relation, probability."""

from dataclasses import dataclass

from .arrivals import fit_arrivals
from .clock_fit import Carrier, ClockFit
from .coarse import Candidate, find_candidates
from .confidence import PairEvidence, probability
from .heard import Heard
from .onset_fit import fit_onsets
from .steps import Step, find_step
from .waveform_fit import LARGEST_DRIFT, fit_waveforms

# Below this no unrelated pair stays, and nothing else is worth looking at.
LEAST_SCORE = 2.5
# A waveform peak lower than this is chance, and the onsets' fit stands.
LEAST_WAVEFORM_SCORE = 5.5
# Candidates at least this high, relative to the best, count as alternatives.
ALTERNATIVE_RATIO = 0.7


@dataclass(frozen=True)
class PairMatch:
    """How `b` most probably lies to `a`, and what else is possible.

    `first` and `second` are the recordings' asset ids, in order.
    """

    first: str
    second: str
    fit: ClockFit
    evidence: PairEvidence
    probability: float
    alternatives: tuple[Candidate, ...]
    step: Step | None = None

    @property
    def exact(self) -> bool:
        """Whether the waveforms themselves match, not only their onsets."""
        return self.fit.carrier is Carrier.WAVEFORM


def compare(a: Heard, b: Heard, *, window_s: float, largest_shift_s: float) -> PairMatch | None:
    """The best relation of two recordings; None when nothing speaks for any."""
    candidates = find_candidates(a, b, largest_shift_s=largest_shift_s)
    if not candidates or candidates[0].score < LEAST_SCORE:
        return None
    best = candidates[0]
    onsets = fit_onsets(a, b, best.fit)
    if onsets is None:
        return None
    arrivals = fit_arrivals(a, b, onsets.fit)
    waveform = fit_waveforms(a, b, arrivals, window_s=window_s)
    waveform_score = waveform.score if waveform else 0.0
    evidence = PairEvidence(
        score=best.score,
        rival=candidates[1].score / best.score if len(candidates) > 1 else 0.0,
        support=onsets.support,
        waveform_score=waveform_score,
        clarity=waveform.clarity if waveform else 0.0,
        overlap_s=best.overlap_s,
    )
    exact = (
        waveform is not None
        and waveform_score >= LEAST_WAVEFORM_SCORE
        and abs(waveform.drift) <= LARGEST_DRIFT
    )
    fit = waveform if exact and waveform else arrivals
    return PairMatch(
        first=a.asset_id,
        second=b.asset_id,
        fit=fit,
        evidence=evidence,
        probability=probability(evidence, [other.score / best.score for other in candidates[1:]]),
        alternatives=tuple(
            other for other in candidates[1:] if other.score >= ALTERNATIVE_RATIO * best.score
        ),
        step=find_step(a, b, fit),
    )
