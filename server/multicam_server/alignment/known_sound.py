"""What has been heard of one recording: facts and pieces of its sound, to be remembered.

Pieces are kept with 11 bits of mantissa, whether they were just read or are remembered:
their rounding lies 66 dB below the sound, and what is found does not depend on whether
anything was remembered.
"""

import json
from dataclasses import asdict, dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ..domain.analysis import FoundTimecode, TimecodeSource
from ..domain.media import FrameRate, Timecode

# Changes whenever what is remembered would be read or chosen differently.
SOUND_VERSION = "sound-2"

HalfPrecision = npt.NDArray[np.float16]

_LENGTH_BYTES = 8


@dataclass(frozen=True)
class SoundFacts:
    """What the first look at a recording's sound told.

    `channels` of the file carry the programme and are added with `signs` (+1 or -1);
    both are empty when none does. `fingerprint` is the SHA-256 of the sound looked at.
    """

    start_ms: float
    end_ms: float
    channels: tuple[int, ...]
    signs: tuple[int, ...]
    ltc: FoundTimecode | None
    fingerprint: str
    cut_short: str = ""
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The facts as JSON holds them."""
        return asdict(replace(self, ltc=None)) | {
            "ltc": None if self.ltc is None else timecode_to_json(self.ltc)
        }

    @staticmethod
    def from_json(told: dict[str, object]) -> "SoundFacts":
        """The facts that `to_json` told. Raises KeyError, TypeError or ValueError."""
        kept = {name: tuple(v) if isinstance(v, list) else v for name, v in told.items()}
        ltc = None if told["ltc"] is None else timecode_from_json(told["ltc"])
        return SoundFacts(**(kept | {"ltc": ltc}))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Piece:
    """Mono programme sound at the analysis rate, float16 of shape (n,).

    Sample `i` stands at `start_s + i / rate_hz` of the recording's own time.
    """

    start_s: float
    rate_hz: float
    kept: HalfPrecision


# The (start_ms, end_ms) that a piece was asked for; None stands for the whole sound.
Span = tuple[float, float] | None


@dataclass(eq=False)
class KnownSound:
    """Everything known of one recording's sound; `align` adds to it.

    `grown` tells whether anything was added since it was made or unpacked.
    """

    facts: SoundFacts | None = None
    pieces: dict[Span, Piece] = field(default_factory=dict)
    grown: bool = False

    def look_closer(self, facts: SoundFacts) -> None:
        """Takes in the facts."""
        self.grown = self.grown or facts != self.facts
        self.facts = facts

    def add(self, span: Span, piece: Piece) -> None:
        """Takes in a piece."""
        self.pieces[span] = piece
        self.grown = True

    def pack(self) -> bytes:
        """Everything as bytes."""
        spans = sorted(self.pieces, key=lambda span: (span is not None, span or ()))
        head = {
            "version": SOUND_VERSION,
            "facts": None if self.facts is None else self.facts.to_json(),
            "pieces": [
                [span, self.pieces[span].start_s, self.pieces[span].rate_hz, len(piece)]
                for span in spans
                for piece in [self.pieces[span].kept]
            ],
        }
        told = json.dumps(head, sort_keys=True).encode()
        sounds = [self.pieces[span].kept.astype("<f2", copy=False).tobytes() for span in spans]
        return b"".join([len(told).to_bytes(_LENGTH_BYTES, "little"), told, *sounds])

    @staticmethod
    def unpack(packed: bytes) -> "KnownSound":
        """What `pack` told; nothing is known if another version told it."""
        length = int.from_bytes(packed[:_LENGTH_BYTES], "little")
        at = _LENGTH_BYTES + length
        try:
            head = json.loads(packed[_LENGTH_BYTES:at])
            if head["version"] != SOUND_VERSION:
                return KnownSound()
            facts = None if head["facts"] is None else SoundFacts.from_json(head["facts"])
            pieces: dict[Span, Piece] = {}
            for span, start_s, rate_hz, count in head["pieces"]:
                kept = np.frombuffer(packed, dtype="<f2", count=count, offset=at)
                pieces[None if span is None else (span[0], span[1])] = Piece(start_s, rate_hz, kept)
                at += kept.nbytes
        except (KeyError, TypeError, ValueError):
            return KnownSound()
        return KnownSound(facts, pieces)


def timecode_to_json(found: FoundTimecode) -> list[object]:
    """A timecode as JSON holds it."""
    rate = found.timecode.frame_rate
    fraction = None if rate is None else [rate.numerator, rate.denominator]
    value = found.timecode.value
    return [value, fraction, int(found.source), found.time_of_day_ms, found.channel]


def timecode_from_json(told: object) -> FoundTimecode:
    """The timecode that `timecode_to_json` told. Raises TypeError or ValueError."""
    if not isinstance(told, list):
        raise TypeError(told)
    value, fraction, source, time_of_day_ms, channel = told
    rate = None if fraction is None else FrameRate(*fraction)
    return FoundTimecode(Timecode(value, rate), TimecodeSource(source), time_of_day_ms, channel)
