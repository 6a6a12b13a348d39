"""The recording that all other long ones are compared with, and what is read of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

from .analysis_sound import AnalysisSound
from .heard import Heard

# Two probes of any other recording, at least, lie in a block of this length.
BLOCK_S = 600.0


@dataclass(frozen=True, eq=False)
class Hub:
    """The hub's sound, a block of it without gaps, and its probes in order of time."""

    sound: AnalysisSound
    block: Heard
    probes: tuple[Heard, ...]
    _turn: Lock = field(default_factory=Lock, repr=False)

    def pieces(self, spans: Sequence[tuple[float, float]]) -> list[Heard | None]:
        """As `AnalysisSound.pieces`, for threads that take turns."""
        with self._turn:
            return self.sound.pieces(spans)


def choose_hub(sounds: Sequence[AnalysisSound]) -> Hub | None:
    """The longest recording, of equals the first by asset id; None if its block is silent."""
    sound = min(sounds, key=lambda one: (-one.extent.duration_s, one.asset_id))
    middle_s = (sound.extent.start_s + sound.extent.end_s) / 2
    block = sound.piece(to_ms(middle_s - BLOCK_S / 2), to_ms(middle_s + BLOCK_S / 2))
    return None if block is None else Hub(sound, block, tuple(sound.probes()))


def to_ms(seconds: float) -> float:
    """Whole milliseconds, so that the least difference of a fit asks for the same piece."""
    return float(round(seconds * 1e3))
