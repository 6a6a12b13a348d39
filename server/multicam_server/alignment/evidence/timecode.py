"""What a recording's timecodes say about when it started."""

from dataclasses import dataclass

from ...domain.alignment import AlignMethod
from ...domain.analysis import FoundTimecode, TimecodeSource
from ...domain.media import FrameRate
from ...domain.timecode import SECONDS_PER_DAY, parse_timecode
from ..recording import Recording

# Timecode names the frame; where in the frame the sound starts it cannot tell.
DEFAULT_FRAME_S = 1 / 24
# Probability that two recordings of a session carry timecode of one clock, by the
# weaker of the two sources. LTC is fed on purpose; a container's timecode may be a
# free-running counter or a wrong clock.
CERTAINTY = {AlignMethod.LTC: 0.98, AlignMethod.TIMECODE: 0.93}
# Of several timecodes in one file the first of these counts.
PREFERENCE = (TimecodeSource.LTC, TimecodeSource.BWF, TimecodeSource.CONTAINER)


@dataclass(frozen=True)
class StartOfDay:
    """Time of day at the recording's time 0, exact to `frame_s`, and where it is from."""

    seconds: float
    frame_s: float
    method: AlignMethod
    source: str
    channels: tuple[int, ...] = ()


def time_of_day(recording: Recording) -> StartOfDay | None:
    """The timecode that counts for a recording: the caller's, LTC, BWF, the container's."""
    given = recording.start_timecode
    if given is not None and given.frame_rate is not None:
        seconds = parse_timecode(given.value, given.frame_rate)
        frame = _frame_s(given.frame_rate)
        return StartOfDay(float(seconds), frame, AlignMethod.TIMECODE, "the request's timecode")
    for source in PREFERENCE:
        for found in recording.timecodes:
            if found.source is source:
                return _from_file(found)
    return None


def _from_file(found: FoundTimecode) -> StartOfDay:
    ltc = found.source is TimecodeSource.LTC
    names = {
        TimecodeSource.LTC: "LTC",
        TimecodeSource.BWF: "the BWF time reference",
        TimecodeSource.CONTAINER: "the container's timecode",
    }
    return StartOfDay(
        seconds=found.time_of_day_ms / 1e3,
        frame_s=_frame_s(found.timecode.frame_rate),
        method=AlignMethod.LTC if ltc else AlignMethod.TIMECODE,
        source=names[found.source],
        channels=(found.channel,) if ltc and found.channel is not None else (),
    )


def _frame_s(rate: FrameRate | None) -> float:
    return DEFAULT_FRAME_S if rate is None else float(1 / rate.fraction)


def starts_later_s(first: StartOfDay, second: StartOfDay) -> float:
    """By how much `second` starts later, across midnight: within half a day."""
    half = SECONDS_PER_DAY / 2
    return (second.seconds - first.seconds + half) % SECONDS_PER_DAY - half
