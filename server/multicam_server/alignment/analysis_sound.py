"""One recording's programme sound by the piece: read once, at the analysis rate.

Short recordings are read whole. Long ones are looked at in probes spread over their
length, which tell the channels, the timecode and, compared with another recording,
the place; further pieces are read where they are wanted.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ..domain.analysis import FoundTimecode
from ..domain.media import Samples, Sound, SoundSource
from .channels import choose_programme, mix
from .heard import (
    Heard,
    analysis_rate_hz,
    blocks_at_analysis_rate,
    prepare,
    to_analysis_rate,
)
from .known_sound import KnownSound, Piece, SoundFacts, Span
from .ltc import find_ltc
from .recording import Recording

# Recordings at least this long are read by the piece.
LONG_MS = 600_000.0
# One probe of 8 s, some tens of syllables, in five minutes: two in any ten minutes.
PROBE_MS = 8_000.0
PROBE_SPACING_MS = 300_000.0
LEAST_PROBES = 6
# A recording that is read whole is read in blocks of this length.
BLOCK_S = 60.0
# Longer pieces are read in parts of this length.
TILE_MS = 30_000.0
# LTC is looked for in this much of every other probe: fifty frames, of which a few tell.
LTC_SEARCHED_S = 2.0
LTC_STEP = 2


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

    def probes(self) -> Iterator[Heard]:
        """The probes that are not silent, in order of time."""
        if not self.facts.channels:
            return
        for piece in self._pieces(_probe_spans(self.facts.start_ms, self.facts.end_ms)):
            heard = self._heard(piece)
            if heard is not None:
                yield heard

    def pieces(self, spans: Sequence[tuple[float, float]]) -> list[Heard | None]:
        """The sound of each (start_ms, end_ms), in the order given; None where there is none."""
        if not self.facts.channels:
            return [None for _ in spans]
        return [self._heard(piece) for piece in self._pieces(spans)]

    def piece(self, start_ms: float, end_ms: float) -> Heard | None:
        """The sound from `start_ms` to `end_ms`; None if there is none."""
        return self.pieces([(start_ms, end_ms)])[0]

    def whole(self) -> Heard | None:
        """All of the sound; None if it is silent or too short to compare."""
        if None not in self._known.pieces and self.is_long:
            self._read_whole()
        piece = self._known.pieces.get(None)
        return None if piece is None else self._heard(piece)

    def _read_whole(self) -> None:
        """Reads all of a long recording; if its probes are silent, chooses channels anew."""
        if not self.facts.channels:
            channels, signs = self._louder_channels()
            self._known.look_closer(replace(self.facts, channels=channels, signs=signs))
        facts = self.facts
        if facts.channels:
            blocks = self._source.blocks(BLOCK_S, channels=facts.channels)
            mixed = (mix(block.channels, facts.signs) for block in blocks)
            rate_hz = self._source.sample_rate_hz
            parts = [part.astype(np.float16) for part in blocks_at_analysis_rate(mixed, rate_hz)]
            whole = Piece(facts.start_ms / 1e3, analysis_rate_hz(rate_hz), np.concatenate(parts))
            self._known.add(None, whole)
        self._still()

    def _louder_channels(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Channels and signs of the loudest block."""
        loudest = max(
            self._source.blocks(BLOCK_S),
            key=lambda block: float(np.abs(block.channels).max(initial=0.0)),
            default=None,
        )
        if loudest is None:
            return (), ()
        return choose_programme(loudest.channels, leave_out=_timecode(self.facts.ltc))

    def _pieces(self, spans: Sequence[tuple[float, float]]) -> list[Piece]:
        facts = self.facts
        missing = sorted({span for span in spans if span not in self._known.pieces})
        if missing:
            tiles = [_tiles(span) for span in missing]
            sounds = iter(
                self._source.read_windows(
                    [tile for of_span in tiles for tile in of_span], channels=facts.channels
                )
            )
            for span, of_span in zip(missing, tiles, strict=True):
                self._keep(span, _joined([next(sounds) for _ in of_span]))
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
            piece.kept,
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
            ltc = _ltc_of_probes(sounds)
        else:
            sounds = [self._source.read_all()]
            ltc = find_ltc(sounds[0])
        together = _joined(sounds).channels
        channels, signs = choose_programme(together, leave_out=_timecode(ltc))
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
            cut_short = self._source.cut_short or facts.cut_short
            notes = tuple(sorted({*self._source.notes, *facts.notes}))
            self._known.look_closer(replace(facts, cut_short=cut_short, notes=notes))


def look(recording: Recording, *, state: str) -> str:
    """Looks at a recording whose sound is a source, for the first time; its fingerprint.

    A short recording is heard whole, and the fingerprint is that of its sound. Of a long
    one only the probes are, between which it may have changed: its fingerprint tells
    `state` too, which changes whenever the source may have. What is read is added to
    `recording.known`.
    """
    if recording.sound is None or isinstance(recording.sound, Sound):
        raise TypeError(recording.asset_id)
    sound = AnalysisSound(recording.asset_id, recording.camera_id, recording.sound, recording.known)
    heard = sound.facts.fingerprint
    return f"{heard} of {state}" if sound.is_long else heard


def _probe_spans(start_ms: float, end_ms: float) -> list[tuple[float, float]]:
    """Probes from the very start to the very end, evenly spread."""
    count = max(LEAST_PROBES, round((end_ms - start_ms) / PROBE_SPACING_MS) + 1)
    starts = np.linspace(start_ms, end_ms - PROBE_MS, count)
    return [(float(start), float(start) + PROBE_MS) for start in starts]


def _ltc_of_probes(probes: Sequence[Sound]) -> FoundTimecode | None:
    """LTC of the first probe that has it, told for the recording's reference point."""
    for probe in probes[::LTC_STEP]:
        searched = int(LTC_SEARCHED_S * probe.sample_rate_hz)
        start = replace(probe, channels=probe.channels[:, :searched])
        ltc = find_ltc(probe) if find_ltc(start) is not None else None
        if ltc is not None:
            return ltc
    return None


def _tiles(span: tuple[float, float]) -> list[tuple[float, float]]:
    """The span in parts that several threads can read, each of them small."""
    start_ms, end_ms = span
    edges = [*np.arange(start_ms, end_ms, TILE_MS).tolist(), end_ms]
    return [*pairwise(edges)]


def _joined(sounds: Sequence[Sound]) -> Sound:
    """Sounds that follow each other, as one."""
    if len(sounds) == 1:
        return sounds[0]
    return replace(sounds[0], channels=np.concatenate([one.channels for one in sounds], axis=1))


def _timecode(ltc: FoundTimecode | None) -> frozenset[int]:
    """The channel that carries timecode, which is no programme."""
    return frozenset({ltc.channel} if ltc and ltc.channel is not None else ())


def _digest(sounds: Sequence[Sound], together: Samples, end_ms: float) -> str:
    """SHA-256 of the sound, where it was read and how long all of it is."""
    grid = [[sound.sample_rate_hz, sound.start_ms, sound.channels.shape] for sound in sounds]
    digest = hashlib.sha256(repr((grid, end_ms)).encode())
    digest.update(np.ascontiguousarray(together).tobytes())
    return digest.hexdigest()
