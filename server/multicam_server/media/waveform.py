"""Sound that a caller sent as samples."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame

from ..domain.media import Samples, Sound, Waveform
from .decode import SAMPLE_RATE_HZ
from .stream_sound import StreamSound

# Samples handed to the resampler at a time, to bound its buffers.
_PIECE = 1 << 16


def waveform_sound(waveform: Waveform) -> Sound:
    """The waveform's sound: one channel, sample 0 at time 0.

    Resampled to about 16 kHz where its rate is higher; kept as it is otherwise, since
    no rate adds to what was recorded. `sample_rate_hz` is exact: a rate that is not a
    whole number stays as far from 16 kHz as it was from that number.
    """
    if waveform.sample_rate_hz <= SAMPLE_RATE_HZ:
        return _unchanged(waveform)
    nominal_hz = round(waveform.sample_rate_hz)
    sound = StreamSound(1, SAMPLE_RATE_HZ)
    for start in range(0, waveform.samples.size, _PIECE):
        piece = np.ascontiguousarray(waveform.samples[start : start + _PIECE], dtype=np.float32)
        frame = AudioFrame.from_ndarray(piece[np.newaxis, :], format="flt", layout="mono")
        frame.sample_rate = nominal_hz
        frame.pts = start
        frame.time_base = Fraction(1, nominal_hz)
        sound.feed(frame)
    sound.finish()
    if len(sound) == 0:  # less than the resampler's filter, 1.4 ms
        return _unchanged(waveform)
    channels = np.empty((1, len(sound)), dtype=np.float32)
    sound.move_to(channels)
    return Sound(
        sample_rate_hz=SAMPLE_RATE_HZ * (waveform.sample_rate_hz / nominal_hz), channels=channels
    )


def _unchanged(waveform: Waveform) -> Sound:
    return Sound(
        sample_rate_hz=waveform.sample_rate_hz,
        channels=waveform.samples.astype(np.float32, copy=False)[np.newaxis, :],
    )


class WaveformSource:
    """A `SoundSource` of a waveform: one channel, sample 0 at time 0."""

    def __init__(self, waveform: Waveform) -> None:
        self._sound = waveform_sound(waveform)

    @property
    def sample_rate_hz(self) -> float:
        """About 16 kHz, or the waveform's own rate if that is lower."""
        return self._sound.sample_rate_hz

    @property
    def channel_count(self) -> int:
        """One."""
        return 1

    @property
    def start_ms(self) -> float:
        """Zero."""
        return 0.0

    @property
    def end_ms(self) -> float:
        """The waveform's length."""
        return self._sound.duration_ms

    @property
    def cut_short(self) -> str:
        """Nothing: a waveform is what it is."""
        return ""

    @property
    def notes(self) -> tuple[str, ...]:
        """None."""
        return ()

    def read(
        self, start_ms: float, end_ms: float, *, channels: Sequence[int] | None = None
    ) -> Sound:
        """The sound from `start_ms` up to `end_ms`; a view, not a copy."""
        first = self._sample_at(start_ms)
        return self._cut(first, max(first, self._sample_at(end_ms)), channels)

    def read_windows(
        self, windows: Sequence[tuple[float, float]], *, channels: Sequence[int] | None = None
    ) -> list[Sound]:
        """The sound of each (start_ms, end_ms)."""
        return [self.read(start, end, channels=channels) for start, end in windows]

    def blocks(self, seconds: float, *, channels: Sequence[int] | None = None) -> Iterator[Sound]:
        """All of the sound in order."""
        length = max(1, round(seconds * self.sample_rate_hz))
        for first in range(0, self._samples.shape[1], length):
            yield self._cut(first, first + length, channels)

    def read_all(self, *, channels: Sequence[int] | None = None) -> Sound:
        """All of the sound at once."""
        return self._cut(0, self._samples.shape[1], channels)

    @property
    def _samples(self) -> Samples:
        return self._sound.channels

    def _sample_at(self, time_ms: float) -> int:
        return max(0, round(time_ms * self.sample_rate_hz / 1e3))

    def _cut(self, first: int, last: int, channels: Sequence[int] | None) -> Sound:
        samples = self._samples[:, first:last]
        return Sound(
            sample_rate_hz=self.sample_rate_hz,
            channels=samples if channels is None else samples[list(channels)],
            start_ms=first / self.sample_rate_hz * 1e3,
        )
