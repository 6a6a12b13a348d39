"""One recording's programme sound by the piece: read once, at the analysis rate.

Short recordings are read whole. Long ones are looked at in probes spread over their
length, which tell the channels, the timecode and, compared with another recording,
the place; further pieces are read where they are wanted.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..domain.media import Samples, Sound, SoundSource
from .channels import choose_programme, mix
from .heard import Heard, prepare, to_analysis_rate
from .known_sound import KnownSound, Piece, SoundFacts, Span
from .ltc import find_ltc

# Recordings at least this long are read by the piece.
LONG_MS = 600_000.0
# One probe of 8 s, some tens of syllables, in 200 s: three in every ten minutes.
PROBE_MS = 8_000.0
PROBE_SPACING_MS = 200_000.0
# Probes that are searched for LTC: the first and some spread over the rest.
LTC_PROBES = 7


@dataclass(frozen=True)
class Extent:
    """From when to when a recording has sound, in seconds of its own time."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """Its length."""
        return self.end_s - self.start_s


class AnalysisSound:
    """The programme sound of one recording, read from its source or already known.

    For one thread at a time.
    """

    def __init__(
        self, asset_id: str, camera_id: str, source: SoundSource, known: KnownSound | None
    ) -> None:
        self.asset_id = asset_id
        self.camera_id = camera_id
        self._source = source
        self._known = known if known is not None else KnownSound()

    @property
    def facts(self) -> SoundFacts:
        """What the first look tells; the first time, looks."""
        if self._known.facts is None:
            self._look()
            self._still()
        facts = self._known.facts
        assert facts is not None
        return facts

    @property
    def extent(self) -> Extent:
        """Where the sound lies in the recording's own time."""
        return Extent(self.facts.start_ms / 1e3, self.facts.end_ms / 1e3)

    @property
    def is_long(self) -> bool:
        """Whether it is worth to be read by the piece."""
        return self.facts.end_ms - self.facts.start_ms >= LONG_MS

    def probes(self) -> list[Heard]:
        """The probes that are not silent, in order of time."""
        return self.pieces(_probe_spans(self.facts.start_ms, self.facts.end_ms))

    def pieces(self, spans: Sequence[tuple[float, float]]) -> list[Heard]:
        """The sound of each (start_ms, end_ms) that has any, in the order given."""
        heard = [self._heard(piece) for piece in self._pieces(spans)]
        return [one for one in heard if one is not None]

    def piece(self, start_ms: float, end_ms: float) -> Heard | None:
        """The sound from `start_ms` to `end_ms`; None if it has none."""
        return next(iter(self.pieces([(start_ms, end_ms)])), None)

    def whole(self) -> Heard | None:
        """All of the sound; None if it is silent or too short to compare."""
        facts = self.facts
        if not facts.channels:
            return None
        if None not in self._known.pieces:
            sound = self._source.read_all(channels=facts.channels)
            self._keep(None, sound)
            self._still()
        return self._heard(self._known.pieces[None])

    def _pieces(self, spans: Sequence[tuple[float, float]]) -> list[Piece]:
        facts = self.facts
        if not facts.channels:
            return []
        missing = sorted({span for span in spans if span not in self._known.pieces})
        if missing:
            sounds = self._source.read_windows(missing, channels=facts.channels)
            for span, sound in zip(missing, sounds, strict=True):
                self._keep(span, sound)
            self._still()
        return [self._known.pieces[span] for span in spans]

    def _keep(self, span: Span, sound: Sound) -> None:
        """Keeps the mix of `sound`, whose channels are those of the programme."""
        mixed = mix(sound.channels, self.facts.signs)
        samples, rate_hz = to_analysis_rate(mixed, sound.sample_rate_hz)
        piece = Piece(sound.start_ms / 1e3, rate_hz, samples.astype(np.float16))
        self._known.add(span, piece)

    def _heard(self, piece: Piece) -> Heard | None:
        return prepare(
            piece.samples,
            asset_id=self.asset_id,
            camera_id=self.camera_id,
            rate_hz=piece.rate_hz,
            start_s=piece.start_s,
            source_channels=self.facts.channels,
        )

    def _look(self) -> None:
        """Learns the facts from all of a short recording or from the probes of a long one."""
        start_ms, end_ms = self._source.start_ms, self._source.end_ms
        spans: list[Span] = [None]
        if end_ms - start_ms >= LONG_MS:
            probes = _probe_spans(start_ms, end_ms)
            sounds = self._source.read_windows(probes)
            spans = [*probes]
        else:
            sounds = [self._source.read_all()]
        ltc = None
        for index in sorted({round(i) for i in np.linspace(0, len(sounds) - 1, LTC_PROBES)}):
            ltc = ltc or find_ltc(sounds[index])
        together = np.concatenate([sound.channels for sound in sounds], axis=1)
        timecode = frozenset({ltc.channel} if ltc and ltc.channel is not None else ())
        channels, signs = choose_programme(together, leave_out=timecode)
        self._known.look_closer(
            SoundFacts(start_ms, end_ms, channels, signs, ltc, _digest(sounds, together, end_ms))
        )
        for span, sound in zip(spans, sounds, strict=True):
            if channels:
                self._keep(span, replace(sound, channels=sound.channels[list(channels)]))

    def _still(self) -> None:
        """Takes over what reading found odd about the file."""
        facts = self._known.facts
        if facts is not None:
            cut_short, notes = self._source.cut_short, self._source.notes
            self._known.look_closer(replace(facts, cut_short=cut_short, notes=notes))


def _probe_spans(start_ms: float, end_ms: float) -> list[tuple[float, float]]:
    """Probes from the very start to the very end, evenly spread."""
    count = max(4, round((end_ms - start_ms) / PROBE_SPACING_MS) + 1)
    starts = np.linspace(start_ms, end_ms - PROBE_MS, count)
    return [(float(start), float(start) + PROBE_MS) for start in starts]


def _digest(sounds: Sequence[Sound], together: Samples, end_ms: float) -> str:
    """SHA-256 of the sound, where it was read and how long all of it is."""
    grid = [[sound.sample_rate_hz, sound.start_ms, sound.channels.shape] for sound in sounds]
    digest = hashlib.sha256(repr((grid, end_ms)).encode())
    digest.update(np.ascontiguousarray(together).tobytes())
    return digest.hexdigest()
