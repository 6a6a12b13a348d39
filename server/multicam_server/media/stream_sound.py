"""One audio stream as one unbroken run of samples, true to its timestamps.

A gap becomes silence, an overlap is cut from what comes later (see `frame_clock`).
"""

from collections.abc import Iterable
from fractions import Fraction

from av.audio.frame import AudioFrame

from ..domain.media import Samples
from .clock import frame_time
from .frame_clock import LONGEST_GAP_S, LONGEST_OVERLAP_S, BrokenClock, FrameClock
from .resample import GridResampler, OtherFormat
from .samples import SampleBlocks


class StreamSound:
    """Collects the frames of one stream of `channels` channels at `sample_rate_hz`."""

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self.channels = channels
        self.start: Fraction | None = None
        self._rate = sample_rate_hz
        self._samples = SampleBlocks(channels)
        self._taken = 0
        self._resampler: GridResampler | None = None
        self._clock: FrameClock | None = None
        self._next = 0
        self._to_cut = 0

    def __len__(self) -> int:
        """Samples collected so far, with those that were moved out."""
        return self._taken + len(self._samples)

    @property
    def held(self) -> int:
        """Samples that were not moved out."""
        return len(self._samples)

    def end(self) -> Fraction:
        """The container's time of the end of what was collected."""
        return (self.start or Fraction(0)) + Fraction(len(self), self._rate)

    def feed(self, frame: AudioFrame) -> None:
        """Adds the next frame. Raises BrokenClock."""
        if self._clock is None:
            self._clock = self._begin_format(frame)
        samples = frame.samples
        position = self._clock.place(frame.pts, samples)
        if self._resampler is None or position != self._next:
            self._begin_run(frame, position)
        self._next = position + samples
        assert self._resampler is not None
        try:
            self._collect(self._resampler.feed(frame))
        except OtherFormat:
            self.finish()
            self._clock = None
            self.feed(frame)

    def finish(self) -> None:
        """Ends the current run: what the resampler still holds is collected."""
        if self._resampler is not None:
            self._collect(self._resampler.flush())
        self._resampler = None

    def move_to(self, target: Samples) -> None:
        """Fills `target` of shape (channels, held) and keeps nothing."""
        self._taken += len(self._samples)
        self._samples.move_to(target)

    def _begin_format(self, frame: AudioFrame) -> FrameClock:
        """The clock of what follows, which counts in the frame's rate."""
        time = frame_time(frame)
        if self.start is None:
            self.start = time if time is not None else Fraction(0)
        begin = time if time is not None else self.end()
        jump = begin - self.end()
        if not -LONGEST_OVERLAP_S <= jump <= LONGEST_GAP_S:
            raise BrokenClock(
                f"its timestamps jump by {float(jump):+.3f} s after "
                f"{float(self.end() - self.start):.3f} s of sound"
            )
        return FrameClock(
            frame.sample_rate,
            frame.time_base or Fraction(1, frame.sample_rate),
            frame.pts,
            position=round((begin - self.start) * frame.sample_rate),
        )

    def _begin_run(self, frame: AudioFrame, position: int) -> None:
        self.finish()
        self._resampler = GridResampler(frame, self._rate, position=position)
        missing = self._resampler.first_sample - len(self)
        self._samples.append_silence(max(0, missing))
        self._to_cut = max(0, -missing)

    def _collect(self, outputs: Iterable[Samples]) -> None:
        for samples in outputs:
            kept = samples[self._to_cut :]
            self._to_cut -= len(samples) - len(kept)
            self._samples.append(kept)
