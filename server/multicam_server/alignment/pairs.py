"""Comparing two recordings: candidates, exact relation, probability."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .clock_fit import Carrier, ClockFit
from .coarse import Candidate, find_candidates
from .confidence import PairEvidence, probability
from .heard import Heard
from .onset_fit import OnsetFit, fit_onsets
from .steps import Step, find_step
from .waveform_fit import LARGEST_DRIFT, fit_waveforms

# Below this no unrelated pair stays, and nothing else is worth looking at.
LEAST_SCORE = 2.0
# A waveform peak lower than this is chance, and the onsets' fit stands.
LEAST_WAVEFORM_SCORE = 5.5
# Unrelated waveforms never match like this, nor do parts of recordings that share a jingle.
UNMISTAKABLE_SCORE = 10.0
UNMISTAKABLE_CLARITY = 4.0
UNMISTAKABLE_SUPPORT = 0.8
UNMISTAKABLE_WAVEFORM_SUPPORT = 0.9
# Rivals lower than this, relative to the best, need no closer look.
DOUBTFUL_RATIO = 0.4
# Onsets and waveforms put a moment this far apart even where all is clear.
USUAL_DISAGREEMENT_S = 3e-3
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


@dataclass(frozen=True)
class _Examined:
    """One candidate looked at closely."""

    candidate: Candidate
    onsets: OnsetFit
    waveform: ClockFit | None

    @property
    def waveform_score(self) -> float:
        return self.waveform.score if self.waveform else 0.0

    @property
    def same_sound(self) -> bool:
        """Whether waveforms match, somewhere at least, as only the same sound does."""
        return (
            self.waveform is not None
            and self.waveform_score >= UNMISTAKABLE_SCORE
            and self.waveform.clarity >= UNMISTAKABLE_CLARITY
        )

    @property
    def unmistakable(self) -> bool:
        """Whether waveforms match all along as only the same sound does."""
        return (
            self.waveform is not None
            and self.same_sound
            and self.onsets.support >= UNMISTAKABLE_SUPPORT
            and self.waveform.support >= UNMISTAKABLE_WAVEFORM_SUPPORT
        )

    @property
    def fit(self) -> ClockFit:
        """The exact relation: the waveforms' where they match, else the onsets'."""
        exact = (
            self.waveform is not None
            and self.waveform_score >= LEAST_WAVEFORM_SCORE
            and abs(self.waveform.drift) <= LARGEST_DRIFT
        )
        fit = self.waveform if exact and self.waveform else self.onsets.fit
        doubt_s = max(0.0, self.disagreement_s - USUAL_DISAGREEMENT_S)
        return replace(fit, at_error_s=float(np.hypot(fit.at_error_s, doubt_s)))

    @property
    def disagreement_s(self) -> float:
        """How far apart onsets and waveforms put the same moment."""
        if self.waveform is None:
            return 0.0
        return abs(
            self.waveform.to_b(self.waveform.at_a_s) - self.onsets.fit.to_b(self.waveform.at_a_s)
        )


def compare(
    a: Heard,
    b: Heard,
    *,
    window_s: float,
    largest_shift_s: float,
    candidates: Sequence[Candidate] | None = None,
) -> PairMatch | None:
    """The best relation of two recordings; None when nothing speaks for any.

    Args:
        a, b: the recordings.
        window_s: length of the groups whose peaks are fitted, in seconds.
        largest_shift_s: how much later or earlier `b` may start, in seconds.
        candidates: the only places to look at, best first; None: all that there are.
    """
    if candidates is None:
        candidates = find_candidates(a, b, largest_shift_s=largest_shift_s)
    if not candidates or candidates[0].score < LEAST_SCORE:
        return None
    best = _examine(a, b, candidates[0], window_s)
    if best is None:
        return None
    rivals = {other: other.score / best.candidate.score for other in candidates[1:]}
    repeated = False
    if best.unmistakable:
        rivals = {
            other: _relative(a, b, other, rival, best, window_s=window_s)
            for other, rival in rivals.items()
        }
    elif best.same_sound:
        repeated = any(
            examined.same_sound
            for other, rival in rivals.items()
            if rival >= DOUBTFUL_RATIO and (examined := _examine(a, b, other, window_s))
        )
    evidence = PairEvidence(
        score=best.candidate.score,
        rival=max(rivals.values(), default=0.0),
        support=best.onsets.support,
        waveform_score=best.waveform_score,
        clarity=best.waveform.clarity if best.waveform else 0.0,
        waveform_support=best.waveform.support if best.waveform else 0.0,
        overlap_s=best.candidate.overlap_s,
        repeated=repeated,
    )
    return PairMatch(
        first=a.asset_id,
        second=b.asset_id,
        fit=best.fit,
        evidence=evidence,
        probability=probability(evidence, [*rivals.values()]),
        alternatives=tuple(other for other, rival in rivals.items() if rival >= ALTERNATIVE_RATIO),
        step=find_step(a, b, best.fit),
    )


def _examine(a: Heard, b: Heard, candidate: Candidate, window_s: float) -> _Examined | None:
    onsets = fit_onsets(a, b, candidate.fit)
    if onsets is None:
        return None
    return _Examined(candidate, onsets, fit_waveforms(a, b, onsets.fit, window_s=window_s))


def _relative(
    a: Heard, b: Heard, other: Candidate, rival: float, best: _Examined, *, window_s: float
) -> float:
    """A rival's height over that of an unmistakable match: it must match in waveform too.

    Onsets of a few seconds are alike in many places; waveforms are not, except where
    sound repeats itself.
    """
    if rival < DOUBTFUL_RATIO:
        return rival
    onsets = fit_onsets(a, b, other.fit)
    if onsets is None:
        return 0.0
    waveform = fit_waveforms(a, b, onsets.fit, window_s=window_s, least_score=LEAST_WAVEFORM_SCORE)
    score = waveform.score if waveform is not None else 0.0
    return min(rival, score / best.waveform_score)
