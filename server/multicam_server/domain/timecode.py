"""SMPTE time and control code: labels of frames, and the real time they stand for.

Source: SMPTE ST 12-1:2014, "Time and Control Code" (time address, section 5;
drop-frame compensation, section 5.2). A label counts *frames* in nominal seconds.
At 30000/1001 frames per second a nominal second lasts 1.001 real seconds, so that
non-drop labels fall behind the clock by 3.6 s an hour; drop frame skips the labels
:00 and :01 of every minute that is not a multiple of ten, which leaves 86.4 ms a
day. All arithmetic here is exact.
"""

import re
from fractions import Fraction

from .media import FrameRate

SECONDS_PER_DAY = 86_400
MINUTES_PER_DAY = 1_440
MINUTES_PER_DROP_CYCLE = 10

# Labels skipped at the start of a minute. Drop frame is defined for these rates only;
# 60000/1001 counts twice as many frames and therefore skips twice as many labels.
DROPPED_PER_MINUTE = {Fraction(30_000, 1_001): 2, Fraction(60_000, 1_001): 4}

# Three frame digits are needed where a nominal second has more than 100 frames.
_SHAPE = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})([:;])([0-9]{2,3})")


def nominal_rate(rate: FrameRate) -> int:
    """The whole number of frames that a second of labels has: 30 for 30000/1001.

    Raises ValueError for a rate that is not at least half a frame per second.
    """
    if rate.numerator <= 0 or rate.denominator <= 0:
        raise ValueError(
            f"the frame rate {rate.numerator}/{rate.denominator} is not a positive fraction"
        )
    nominal = _nearest(rate.fraction)
    if nominal < 1:
        raise ValueError(f"the frame rate {rate.fraction} is below one frame per second")
    return nominal


def frames_per_day(rate: FrameRate, *, drop_frame: bool) -> int:
    """How many labels a day has before they start again at 00:00:00:00."""
    labels = nominal_rate(rate) * SECONDS_PER_DAY
    if not drop_frame:
        return labels
    minutes_that_drop = MINUTES_PER_DAY - MINUTES_PER_DAY // MINUTES_PER_DROP_CYCLE
    return labels - _dropped_per_minute(rate) * minutes_that_drop


def parse_frames(value: str, rate: FrameRate) -> int:
    """How many frames after 00:00:00:00 the label `value` stands.

    `value` is "HH:MM:SS:FF", or "HH:MM:SS;FF" for drop frame. Raises ValueError, with
    a sentence for the caller, for any label that a counter at `rate` never shows.
    """
    match = _SHAPE.fullmatch(value)
    if match is None:
        raise ValueError('a timecode is written "HH:MM:SS:FF", or "HH:MM:SS;FF" for drop frame')
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    nominal = nominal_rate(rate)
    if hours >= 24:
        raise ValueError(f"hours go from 00 to 23, not {hours}")
    if minutes >= 60:
        raise ValueError(f"minutes go from 00 to 59, not {minutes}")
    if seconds >= 60:
        raise ValueError(f"seconds go from 00 to 59, not {seconds}")
    if frames >= nominal:
        raise ValueError(
            f"at {rate.fraction} frames per second, frames go from 00 to {nominal - 1:02d}, "
            f"not {match[5]}"
        )
    if len(match[5]) > _frame_digits(nominal):
        raise ValueError(f"at {rate.fraction} frames per second, frames have two digits")
    minute_of_day = hours * 60 + minutes
    label = (minute_of_day * 60 + seconds) * nominal + frames
    if match[4] == ":":
        return label
    dropped = _dropped_per_minute(rate)
    if minutes % MINUTES_PER_DROP_CYCLE and seconds == 0 and frames < dropped:
        raise ValueError(f"drop frame skips the label {value}; the first one is ;{dropped:02d}")
    return label - dropped * (minute_of_day - minute_of_day // MINUTES_PER_DROP_CYCLE)


def parse_timecode(value: str, rate: FrameRate) -> Fraction:
    """Real seconds from the label 00:00:00:00 to the label `value`, exactly.

    As `parse_frames`, divided by the rate. At 30000/1001 non-drop and 24000/1001 the
    last label of a day stands for more than 86,400 real seconds.
    """
    return parse_frames(value, rate) / rate.fraction


def format_timecode(seconds: Fraction, rate: FrameRate, *, drop_frame: bool) -> str:
    """The label of the frame that starts nearest to `seconds` after 00:00:00:00.

    Labels go round at midnight: a negative time is one of the evening before. Raises
    ValueError where drop frame does not exist. The inverse of `parse_timecode`.
    """
    nominal = nominal_rate(rate)
    frames = _nearest(seconds * rate.fraction) % frames_per_day(rate, drop_frame=drop_frame)
    label = _with_skipped_labels(frames, rate) if drop_frame else frames
    whole_seconds, frame = divmod(label, nominal)
    whole_minutes, second = divmod(whole_seconds, 60)
    hour, minute = divmod(whole_minutes, 60)
    mark = ";" if drop_frame else ":"
    digits = _frame_digits(nominal)
    return f"{hour:02d}:{minute:02d}:{second:02d}{mark}{frame:0{digits}d}"


def _with_skipped_labels(frames: int, rate: FrameRate) -> int:
    """The non-drop count that has the same label as drop-frame count `frames`."""
    dropped = _dropped_per_minute(rate)
    full_minute = nominal_rate(rate) * 60
    short_minute = full_minute - dropped
    cycle = full_minute + (MINUTES_PER_DROP_CYCLE - 1) * short_minute
    cycles, within = divmod(frames, cycle)
    # The first minute of a cycle is a full one; each later minute starts with a skip.
    skips = 0 if within < full_minute else 1 + (within - full_minute) // short_minute
    return frames + dropped * (cycles * (MINUTES_PER_DROP_CYCLE - 1) + skips)


def _dropped_per_minute(rate: FrameRate) -> int:
    dropped = DROPPED_PER_MINUTE.get(rate.fraction)
    if dropped is None:
        raise ValueError(
            "drop frame exists at 30000/1001 and 60000/1001 frames per second only, "
            f"not at {rate.fraction}"
        )
    return dropped


def _frame_digits(nominal: int) -> int:
    return max(2, len(str(nominal - 1)))


def _nearest(value: Fraction) -> int:
    """The nearest whole number; halves upwards, whatever their neighbour's parity."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)
