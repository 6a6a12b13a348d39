"""What is counted of answers whose truth is known, and how it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scenes import Truth

RIGHT_MS = 20.0


@dataclass(frozen=True)
class Answer:
    """What a tool says of one recording against the first of its session.

    `offset_ms` None: it does not place it. `score` rises with the tool's certainty;
    `sure`: it would have the answer used without a look.
    """

    offset_ms: float | None
    score: float
    sure: bool
    drift_ppm: float | None = None


@dataclass
class Tally:
    """What came out for some sessions: one entry per track other than the base."""

    errors_ms: list[float] = field(default_factory=list)
    beyond_travel_ms: list[float] = field(default_factory=list)
    drift_errors_ppm: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)
    possible: list[bool] = field(default_factory=list)
    sessions: int = 0
    whole_sessions: int = 0

    def add(self, other: "Tally") -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def judge(truths: Sequence[Truth | None], answers: Sequence[Answer]) -> Tally:
    """Compares answers on all recordings but the first with the truth.

    A session is whole when the tool is sure of every track and right; where nothing can be
    placed, when it is sure of none.
    """
    tally = Tally(sessions=1)
    base, *others = truths
    for truth, answer in zip(others, answers, strict=True):
        tally.scores.append(answer.score)
        tally.possible.append(truth is not None and base is not None)
        tally.sure.append(answer.sure)
        error = beyond = np.inf
        if truth is not None and base is not None and answer.offset_ms is not None:
            pace_base, pace = 1 + base.drift_ppm * 1e-6, 1 + truth.drift_ppm * 1e-6
            late = answer.offset_ms - (truth.start_ms - base.start_ms) * pace_base
            # Sound that reaches this microphone later makes its file seem to start earlier.
            travel = [p - q for p, q in zip(base.travel_ms, truth.travel_ms, strict=True)]
            error = abs(late)
            beyond = max(0.0, min(travel) - late, late - max(travel))
            if answer.drift_ppm is not None:
                true_drift = (pace / pace_base - 1) * 1e6
                tally.drift_errors_ppm.append(abs(answer.drift_ppm - true_drift))
        tally.errors_ms.append(error)
        tally.beyond_travel_ms.append(beyond)
        tally.right.append(bool(error < RIGHT_MS))
    whole = all(s and r for s, r in zip(tally.sure, tally.right, strict=True))
    tally.whole_sessions = int(whole if base is not None else not any(tally.sure))
    return tally


def calibration_error(confidence: np.ndarray, right: np.ndarray, *, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins."""
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(
            np.mean(index == k) * abs(confidence[index == k].mean() - right[index == k].mean())
            for k in range(bins)
            if np.any(index == k)
        )
    )


def area_under_roc(score: np.ndarray, right: np.ndarray) -> float:
    """Probability that a right placement has a higher score than a wrong one."""
    yes, no = score[right], score[~right]
    if not len(yes) or not len(no):
        return float("nan")
    return float(np.mean(yes[:, None] > no[None, :]) + 0.5 * np.mean(yes[:, None] == no[None, :]))


HEADER = f"{'sessions':>9s}{'<1 ms*':>8s}{'<5 ms':>7s}{'<20 ms':>7s}{'drift/ppm':>10s}{'false':>6s}"


def row(tally: Tally) -> str:
    """The columns of `HEADER`; shares are of the tracks that can be placed."""
    errors = np.array(tally.errors_ms)
    beyond = np.array(tally.beyond_travel_ms)
    possible = np.array(tally.possible)
    drift = (
        f"{np.median(tally.drift_errors_ppm):10.2f}" if tally.drift_errors_ppm else f"{'-':>10s}"
    )
    false = sum(a and not r for a, r in zip(tally.sure, tally.right, strict=True))
    shares = (beyond <= 1.0, errors <= 5.0, errors <= RIGHT_MS)
    told = [f"{np.mean(one[possible]):7.2f}" if possible.any() else f"{'-':>7s}" for one in shares]
    sessions = f"{tally.whole_sessions}/{tally.sessions}"
    return f"{sessions:>9s} {''.join(told)}{drift}{false:6d}"
