"""Numbers and enums as people read them."""

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from ..v1.media_pb2 import FrameRate

UNKNOWN = "-"


def word(enum: EnumTypeWrapper, value: int, prefix: str) -> str:
    """ "aligned" for ALIGN_STATUS_ALIGNED; the number where a newer service sends a new one."""
    if value not in enum.values():
        return str(value)
    name = enum.Name(value).removeprefix(prefix)
    return UNKNOWN if name == "UNSPECIFIED" else name.replace("_", " ").lower()


def clock(time_ms: float) -> str:
    """Milliseconds as h:mm:ss.mmm, with a sign only before 0."""
    total_ms = round(abs(time_ms))
    hours, rest = divmod(total_ms, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds, milliseconds = divmod(rest, 1_000)
    sign = "-" if time_ms < 0 and total_ms else ""
    return f"{sign}{hours}:{minutes:02}:{seconds:02}.{milliseconds:03}"


def rate(frame_rate: FrameRate) -> str:
    """Frames per second with as many digits as needed, at most three."""
    if not frame_rate.denominator:
        return UNKNOWN
    return f"{frame_rate.numerator / frame_rate.denominator:.3f}".rstrip("0").rstrip(".")


def count(number: int, noun: str) -> str:
    """ "1 clip", "2 clips"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
