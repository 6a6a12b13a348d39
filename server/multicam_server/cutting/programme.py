"""Clips in exact arithmetic: session time, asset time and the timeline."""

from dataclasses import dataclass
from fractions import Fraction

from ..domain.media import FrameRate
from ..domain.sequence import SequenceClip
from ..domain.session import SessionTrack
from .cut_points import OFF_FRAME, frame_time_ms


@dataclass(frozen=True)
class Instant:
    """A moment of the programme: its exact time from the sequence's start."""

    since_start_ms: Fraction

    @classmethod
    def of(
        cls, time_ms: float, frame: int, *, start_ms: float, rate: FrameRate | None
    ) -> "Instant":
        """A cut point's instant: on its frame where it has one, else as it is."""
        if rate is not None and frame != OFF_FRAME:
            return cls(frame_time_ms(frame, rate))
        return cls(Fraction(time_ms) - Fraction(start_ms))


def make_clip(
    track: SessionTrack, first: Instant, last: Instant, *, start_ms: float
) -> SequenceClip:
    """What a track shows between two instants of a sequence that starts at `start_ms`.

    Computed in fractions and rounded once, so that no error adds up over hours. A
    cut at the very edge of the asset is kept inside it.
    """
    speed = Fraction(track.clock.speed)
    origin = Fraction(start_ms) - Fraction(track.offset_ms)
    into = [float((origin + instant.since_start_ms) * speed) for instant in (first, last)]
    return SequenceClip(
        asset_id=track.asset_id,
        start_ms_on_timeline=float(first.since_start_ms),
        in_ms=max(into[0], 0.0),
        out_ms=min(into[1], track.duration_ms),
        speed=track.clock.speed,
    )
