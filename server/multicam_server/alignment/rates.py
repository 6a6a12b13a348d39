"""Recordings whose clock is wrong by a known ratio, and what that ratio means."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import scipy.signal

from .clock_fit import ClockFit
from .heard import Heard
from .onsets import find_onsets
from .whitening import Whitener


@dataclass(frozen=True)
class WrongRate:
    """A clock that is `ratio` times as fast as it should be, and why that happens."""

    ratio: Fraction
    cause: str


# What really happens: video pulled down or up between 24, 30 and their NTSC rates,
# files whose 44.1 and 48 kHz were mixed up, and film run at 25 frames per second.
WRONG_RATES = (
    WrongRate(Fraction(1000, 1001), "a 1000/1001 (NTSC) mismatch of frame rates"),
    WrongRate(Fraction(1001, 1000), "a 1001/1000 (NTSC) mismatch of frame rates"),
    WrongRate(Fraction(147, 160), "44.1 kHz sound labelled 48 kHz"),
    WrongRate(Fraction(160, 147), "48 kHz sound labelled 44.1 kHz"),
    WrongRate(Fraction(24, 25), "film speed: 24 frames per second played at 25"),
    WrongRate(Fraction(25, 24), "film speed: 25 frames per second played at 24"),
)
# A clock is known by its ratio when it is off by no more than clocks are anyway.
LARGEST_REST = 250e-6


def wrong_rate(drift: float) -> WrongRate | None:
    """The known mistake that explains a drift (relative, not ppm), if there is one."""
    for known in WRONG_RATES:
        if abs((1.0 + drift) / float(known.ratio) - 1.0) <= LARGEST_REST:
            return known
    return None


def retimed(heard: Heard, ratio: Fraction) -> Heard | None:
    """The recording as it is if its clock is `ratio` times as fast as it should be.

    A time `t` of the recording is `t / ratio` in the result.
    """
    slower = scipy.signal.resample_poly(
        heard.samples.astype(np.float32), ratio.denominator, ratio.numerator
    )
    onsets = find_onsets(slower)
    if onsets is None:
        return None
    return replace(
        heard,
        samples=slower,
        start_s=heard.start_s / float(ratio),
        onsets=onsets,
        whitener=Whitener(slower),
    )


def in_own_time(fit: ClockFit, ratio: Fraction) -> ClockFit:
    """A fit to a retimed second recording, told in that recording's own time."""
    own = float(ratio)
    return replace(fit, at_b_s=fit.at_b_s * own, drift=(1.0 + fit.drift) * own - 1.0)
