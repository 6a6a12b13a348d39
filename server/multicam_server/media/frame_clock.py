"""Where each frame of a stream lies, in samples from the stream's first.

Within a run of frames that follow each other, a sample's place is counted from the run's
first timestamp: containers round timestamps (Matroska to 1 ms), sample counts do not.
Where a timestamp is off its count by more than a rounding can explain, a new run begins
there: after a gap, or overlapping what came before.
"""

from fractions import Fraction

# Rounding explains up to 1 ms in Matroska and 1.7 ms in QuickTime's 600 ticks a second;
# the shortest loss that happens, a codec frame, lasts 5 ms or more (21 ms of AAC).
RESYNC_S = Fraction(5, 1_000)

# Timestamps that jump further show a broken or restarted clock, not lost sound: what
# follows has no known time.
LONGEST_GAP_S = Fraction(3_600)
LONGEST_OVERLAP_S = Fraction(1)


class BrokenClock(Exception):
    """The timestamps jump so far that the rest has no known time; says so in words."""


class FrameClock:
    """Places the frames of one stream in the file's order.

    `tick` is the unit of timestamps in seconds; the frame stamped `first_pts` (None: the
    first one that has a timestamp) lies at `position`.
    """

    def __init__(
        self, sample_rate_hz: int, tick: Fraction, first_pts: int | None, *, position: int = 0
    ) -> None:
        self._rate = sample_rate_hz
        # Whole numbers: fractions in this place take as long as the decoding.
        self._units_per_tick = tick.numerator * sample_rate_hz
        self._units_per_sample = tick.denominator
        self._allowed_units = int(RESYNC_S * sample_rate_hz * tick.denominator)
        self._origin = (first_pts, position)
        self._run = (first_pts, position)
        self._next = position

    def place(self, pts: int | None, samples: int) -> int:
        """The place of the next frame, of `samples` samples. Raises BrokenClock.

        A frame without a timestamp follows on.
        """
        position = self._next
        run_pts, run_position = self._run
        if pts is not None:
            if run_pts is None:
                self._run = self._origin = (pts, position)
            else:
                stamped = (pts - run_pts) * self._units_per_tick
                counted = (position - run_position) * self._units_per_sample
                if abs(stamped - counted) > self._allowed_units:
                    position = self._resync(pts, samples)
        self._next = position + samples
        return position

    def _resync(self, pts: int, samples: int) -> int:
        origin_pts, origin_position = self._origin
        assert origin_pts is not None
        units = (pts - origin_pts) * self._units_per_tick
        position = origin_position + round(Fraction(units, self._units_per_sample))
        jump = position - self._next
        if not -LONGEST_OVERLAP_S <= Fraction(jump, self._rate) <= LONGEST_GAP_S:
            raise BrokenClock(
                f"its timestamps jump by {jump / self._rate:+.3f} s after "
                f"{(self._next - self._origin[1]) / self._rate:.3f} s of sound"
            )
        rounding = rounding_samples(Fraction(self._units_per_tick, self._units_per_sample))
        whole = round(Fraction(jump, samples)) * samples if samples else 0
        if rounding > 1 and whole and abs(jump - whole) <= rounding:
            position = self._next + whole  # whole frames are missing
        self._run = (pts, position)
        return position


def rounding_samples(samples_per_tick: Fraction) -> int:
    """How far two rounded timestamps may lie off their distance, in samples."""
    return 1 if samples_per_tick <= 1 else 1 + int(samples_per_tick)
