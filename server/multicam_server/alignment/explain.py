"""Reasons and warnings in words."""

from ..domain.alignment import AlignMethod
from .clock_fit import Carrier
from .evidence.timecode import StartOfDay
from .graph import Link
from .pairs import PairMatch
from .steps import Step

# Peaks lower than this over their surroundings are a reflection's now and then.
UNCLEAR_PEAK = 6.5


def placed_by_sound(match: PairMatch | None, direct: bool, base: str) -> str:
    """Why a track lies where it lies, for the link that places it."""
    if match is None:
        return "placed by recordings that agree with each other"
    fit = match.fit
    what = "the waveforms" if fit.carrier is Carrier.WAVEFORM else "the onsets of the sound"
    peak = match.evidence.score
    text = (
        f"{what} match {_other(match, direct, base)}: peak {peak:.1f} standard deviations over "
        f"unrelated sound, {match.evidence.overlap_s:.0f} s in common"
    )
    if fit.carrier is Carrier.ONSETS:
        text += "; too reverberant or noisy for the waveforms themselves"
    elif fit.clarity < UNCLEAR_PEAK:
        text += "; reflections are nearly as strong as the direct sound: exact to some milliseconds"
    if fit.inverted:
        text += "; opposite polarity"
    return text


def _other(match: PairMatch, direct: bool, base: str) -> str:
    if direct:
        return f"the base {base!r}"
    return f"between {match.first!r} and {match.second!r}, through which it reaches the base"


def placed_by_timecode(time: StartOfDay, other: StartOfDay | None, *, refined: bool) -> str:
    """Why a track lies where its timecode says."""
    text = f"placed by {time.source}"
    if other is not None and other.source != time.source:
        text += f" against {other.source}"
    return text + ("; refined by sound within the frame" if refined else "; exact to the frame")


def ambiguous(match: PairMatch, count: int) -> str:
    """Why several placements fit."""
    if count:
        return (
            f"{count + 1} placements fit almost equally well, as sound that repeats does; "
            f"the best peak of {match.first!r} and {match.second!r} stands out by "
            f"{match.evidence.score * (1 - match.evidence.rival):.1f} standard deviations only"
        )
    return (
        f"the match of {match.first!r} and {match.second!r} is weak: peak "
        f"{match.evidence.score:.1f} standard deviations over unrelated sound, "
        f"{100 * match.evidence.support:.0f} % of the common part agrees"
    )


def conflict(link: Link, method: AlignMethod, miss_s: float) -> str:
    """A warning: one link contradicts the placement that stands."""
    what = "the sound" if method is AlignMethod.AUDIO_CROSS_CORRELATION else "the timecode"
    return (
        f"{what} of {link.first!r} and {link.second!r} contradicts the placement by "
        f"{abs(miss_s) * 1e3:.0f} ms; it was not used"
    )


def mistaken_rate(name: str, cause: str) -> str:
    """A warning: the clock is wrong by a known mistake."""
    return f"the clock of {name!r} against the base is off by {cause}; its speed must be corrected"


def jump(step: Step, first: str, second: str) -> str:
    """A warning: one clock jumps against another."""
    lost, at_s = (second, step.at_b_s) if step.lost_s > 0 else (first, step.at_a_s)
    kept = first if lost == second else second
    return (
        f"near {at_s:.0f} s of {lost!r} about {abs(step.lost_s) * 1e3:.0f} ms are missing against "
        f"{kept!r}: samples were dropped in the one or repeated in the other; the placement holds "
        "for the longer part"
    )
