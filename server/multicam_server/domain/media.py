"""Assets, timecodes and the clock of one recording."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from .enums import OpenEnum

Samples = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Time = TypeVar("Time", float, Floats)


class CameraRole(OpenEnum):
    """What a camera is for; the values are the contract's."""

    UNSPECIFIED = 0
    PRIMARY = 1
    SECONDARY = 2
    WIDE = 3
    DETAIL = 4
    ALT = 5


@dataclass(frozen=True)
class FrameRate:
    """Frames per second as an exact fraction."""

    numerator: int
    denominator: int

    @property
    def fraction(self) -> Fraction:
        """The rate in frames per second. Raises ZeroDivisionError on an unchecked 0."""
        return Fraction(self.numerator, self.denominator)


@dataclass(frozen=True)
class Timecode:
    """A SMPTE 12M time of day: "HH:MM:SS:FF" or "HH:MM:SS;FF" and its rate."""

    value: str
    frame_rate: FrameRate | None


@dataclass(frozen=True, eq=False)
class Waveform:
    """Mono sound held by the caller: `samples` is float32 of shape (n,)."""

    sample_rate_hz: float
    samples: Samples

    @property
    def duration_ms(self) -> float:
        """Length of the sound."""
        return len(self.samples) / self.sample_rate_hz * 1e3


@dataclass(frozen=True, eq=False)
class Asset:
    """One recording; at most one of `uri`, `waveform`, `upload_id` is set."""

    asset_id: str
    uri: str | None = None
    waveform: Waveform | None = None
    upload_id: str | None = None
    duration_ms: float = 0.0

    @property
    def has_source(self) -> bool:
        """Whether there is any media to read."""
        return self.uri is not None or self.waveform is not None or self.upload_id is not None


@dataclass(frozen=True)
class Clock:
    """Maps one recording's time to the session's (contract: offset_ms, drift_ppm)."""

    offset_ms: float = 0.0
    drift_ppm: float = 0.0

    @property
    def speed(self) -> float:
        """Asset milliseconds per session millisecond."""
        return 1.0 + self.drift_ppm * 1e-6

    def to_asset_ms(self, session_ms: Time) -> Time:
        """Session time to asset time, for a scalar or an array."""
        return (session_ms - self.offset_ms) * self.speed

    def to_session_ms(self, asset_ms: Time) -> Time:
        """Asset time to session time, for a scalar or an array."""
        return asset_ms / self.speed + self.offset_ms


@dataclass(frozen=True, eq=False)
class Sound:
    """Decoded sound of one asset, all of its audio streams' channels side by side.

    `channels` is float32 of shape (c, n), full scale -1 to 1, channels counted
    through all audio streams of the file (contract: AlignedTrack.source_channels).
    `start_ms` is the time of sample 0 from the asset's reference point. `cut_short`
    says in words why the file could not be decoded to its end, or is empty.
    """

    sample_rate_hz: float
    channels: Samples
    start_ms: float = 0.0
    cut_short: str = ""

    @property
    def duration_ms(self) -> float:
        """Length of the decoded sound."""
        return float(self.channels.shape[1] / self.sample_rate_hz * 1e3)


class SoundSource(Protocol):
    """Sound of one asset that is read by the window, without holding all of it.

    Times are milliseconds from the asset's reference point. All samples lie on one grid:
    sample k at `start_ms` + k / `sample_rate_hz`, whatever the window that it is read in.
    A window is cut to what the source has, and may come out empty; its `Sound.start_ms`
    is the time of its own first sample. `channels` picks and orders channels by number;
    None gives all. For one thread at a time; what is read does not depend on earlier
    reads.
    """

    @property
    def sample_rate_hz(self) -> float:
        """Rate of what is read."""

    @property
    def channel_count(self) -> int:
        """Channels of all of the asset's audio streams."""

    @property
    def start_ms(self) -> float:
        """Time of the first sample."""

    @property
    def end_ms(self) -> float:
        """Time of the end, to within a codec frame."""

    @property
    def cut_short(self) -> str:
        """Why the sound ends early, in words; empty where it does not."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about how it is read, in words; may grow with reading."""

    def read(
        self, start_ms: float, end_ms: float, *, channels: Sequence[int] | None = None
    ) -> Sound:
        """The sound from `start_ms` up to `end_ms`."""

    def read_windows(
        self, windows: Sequence[tuple[float, float]], *, channels: Sequence[int] | None = None
    ) -> list[Sound]:
        """The sound of each (start_ms, end_ms), in the order given; quicker than one by one."""

    def blocks(self, seconds: float, *, channels: Sequence[int] | None = None) -> Iterator[Sound]:
        """All of the sound in order, in blocks of `seconds`; the last one may be shorter."""

    def read_all(self, *, channels: Sequence[int] | None = None) -> Sound:
        """All of the sound at once: 230 MB an hour and channel at 16 kHz."""
