"""One audio stream as one unbroken run of samples, true to its timestamps.

Within a run of frames that follow each other, a sample's time is counted from the run's
first timestamp: containers round timestamps (Matroska to 1 ms), sample counts do not.
Where a timestamp is off its count by more than a rounding can explain, a new run begins
there: a gap becomes silence, an overlap is cut from the later run.
"""

from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from .clock import frame_time
from .samples import SampleBlocks

# Rounding explains up to 1 ms in Matroska and 1.7 ms in QuickTime's 600 ticks a second;
# the shortest loss that happens, a codec frame, lasts 5 ms or more (21 ms of AAC).
RESYNC_S = Fraction(5, 1_000)

# Timestamps that jump further show a broken or restarted clock, not lost sound: what
# follows has no known time.
LONGEST_GAP_S = Fraction(3_600)
LONGEST_OVERLAP_S = Fraction(1)

# Frames as the resampler gives them out. Large ones take fewer steps in Python.
_OUTPUT_FRAME_SAMPLES = 16_384


class BrokenClock(Exception):
    """The timestamps jump so far that the rest has no known time; says so in words."""


class StreamSound:
    """Collects the frames of one stream of `channels` channels at `sample_rate_hz`.

    The resampler's output starts at its input's first sample (libswresample compensates
    its filter's delay), so that a run needs no correction.
    """

    def __init__(self, channels: int, sample_rate_hz: int) -> None:
        self.channels = channels
        self.start: Fraction | None = None
        self._rate = sample_rate_hz
        self._samples = SampleBlocks(channels)
        self._run: _Run | None = None
        self._to_cut = 0

    def __len__(self) -> int:
        """Samples collected so far."""
        return len(self._samples)

    def end(self) -> Fraction:
        """The container's time of the end of what was collected."""
        return (self.start or Fraction(0)) + Fraction(len(self._samples), self._rate)

    def feed(self, frame: AudioFrame) -> None:
        """Adds the next frame. Raises BrokenClock."""
        if self._run is None or not self._run.goes_on_with(frame):
            self.finish()
            self._begin_run(frame, frame_time(frame))
        assert self._run is not None
        for output in self._run.resample(frame):
            self._collect(output)

    def finish(self) -> None:
        """Ends the current run: what the resampler still holds is collected."""
        if self._run is not None:
            for output in self._run.flush():
                self._collect(output)
        self._run = None

    def move_to(self, target: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
        """Fills `target` of shape (channels, len) and keeps nothing."""
        self._samples.move_to(target)

    def _begin_run(self, frame: AudioFrame, time: Fraction | None) -> None:
        if self.start is None:
            self.start = time if time is not None else Fraction(0)
        begin = time if time is not None else self.end()
        jump = begin - self.end()
        if not -LONGEST_OVERLAP_S <= jump <= LONGEST_GAP_S:
            raise BrokenClock(
                f"its timestamps jump by {float(jump):+.3f} s after "
                f"{float(self.end() - self.start):.3f} s of sound"
            )
        missing = round((begin - self.start) * self._rate) - len(self._samples)
        self._samples.append_silence(max(0, missing))
        self._to_cut = max(0, -missing)
        self._run = _Run(frame, self._rate)

    def _collect(self, output: AudioFrame) -> None:
        samples = output.to_ndarray().reshape(output.samples, -1)
        kept = samples[self._to_cut :]
        self._to_cut -= len(samples) - len(kept)
        self._samples.append(kept.astype(np.float32, copy=False))


class _Run:
    """Frames that follow each other without a gap, in one format, through one resampler."""

    def __init__(self, first: AudioFrame, sample_rate_hz: int) -> None:
        self._rate = first.sample_rate
        self._format = first.format.name
        self._layout = first.layout.name
        self._samples = 0
        # Whole numbers: fractions in this place take as long as the decoding.
        tick = first.time_base or Fraction(1, first.sample_rate)
        self._first_pts = first.pts
        self._units_per_tick = tick.numerator * self._rate
        self._units_per_sample = tick.denominator
        self._allowed_units = int(RESYNC_S * self._rate * tick.denominator)
        # Packed floats: PyAV counts planes wrongly where planar sound has 8 channels or more.
        self._resampler = AudioResampler(
            format="flt", rate=sample_rate_hz, frame_size=_OUTPUT_FRAME_SAMPLES
        )

    def goes_on_with(self, frame: AudioFrame) -> bool:
        """Whether `frame` is the run's next; one without a timestamp is."""
        if (
            frame.sample_rate != self._rate
            or frame.format.name != self._format
            or frame.layout.name != self._layout
        ):
            return False
        if frame.pts is None or self._first_pts is None:
            return True
        stamped = (frame.pts - self._first_pts) * self._units_per_tick
        counted = self._samples * self._units_per_sample
        return abs(stamped - counted) <= self._allowed_units

    def resample(self, frame: AudioFrame) -> list[AudioFrame]:
        self._samples += frame.samples
        return self._resampler.resample(frame)

    def flush(self) -> list[AudioFrame]:
        return self._resampler.resample(None)
