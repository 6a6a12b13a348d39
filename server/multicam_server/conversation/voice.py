"""What finds speech in a sound: the shape of every voice detector."""

from typing import NamedTuple, Protocol

from ..domain.media import Floats, Samples

HOP_MS = 10.0
"""Grid on which sound is looked at; finer than any edge can be heard."""

MIN_SPEECH_MS = 120.0
"""Shorter than a short syllable: a click."""

MIN_GAP_MS = 200.0
"""Stops within words (the closure of a plosive) last up to about 150 ms; a pause
between words that anybody hears as one is longer."""


class Voiced(NamedTuple):
    """Stretches of speech in order, apart from each other; shape (n,) each.

    `start_ms` and `end_ms` from the first sample, `confidence` from 0 to 1.
    """

    start_ms: Floats
    end_ms: Floats
    confidence: Floats


class VoiceDetector(Protocol):
    """Finds speech; the same sound gives the same answer, whatever was heard before."""

    @property
    def name(self) -> str:
        """What a reply calls it, with its article where it has one."""
        ...

    def find(self, samples: Samples, sample_rate_hz: float) -> Voiced:
        """Speech in one channel, `samples` of shape (n,)."""
        ...
