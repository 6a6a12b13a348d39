"""Assets, timecodes, frame rates, and the reading of optional scalars."""

import numpy as np
from google.protobuf.message import Message
from multicam.v1 import media_pb2

from ..domain.media import Asset, FrameRate, Timecode, Waveform


def optional_float(message: Message, name: str) -> float | None:
    """The value of an `optional` number, or None where it is absent."""
    return float(getattr(message, name)) if message.HasField(name) else None


def read_frame_rate(message: media_pb2.FrameRate) -> FrameRate:
    """A frame rate as it is, zero included."""
    return FrameRate(message.numerator, message.denominator)


def write_frame_rate(rate: FrameRate) -> media_pb2.FrameRate:
    """A frame rate."""
    return media_pb2.FrameRate(numerator=rate.numerator, denominator=rate.denominator)


def read_timecode(message: media_pb2.Timecode) -> Timecode:
    """A timecode; `frame_rate` is None where the message has none."""
    rate = read_frame_rate(message.frame_rate) if message.HasField("frame_rate") else None
    return Timecode(message.value, rate)


def write_timecode(timecode: Timecode) -> media_pb2.Timecode:
    """A timecode."""
    rate = timecode.frame_rate
    return media_pb2.Timecode(
        value=timecode.value, frame_rate=write_frame_rate(rate) if rate is not None else None
    )


def read_asset(message: media_pb2.Asset) -> Asset:
    """An asset with at most one source."""
    source = message.WhichOneof("source")
    return Asset(
        asset_id=message.asset_id,
        uri=message.uri if source == "uri" else None,
        waveform=_read_waveform(message.waveform) if source == "waveform" else None,
        upload_id=message.upload_id if source == "upload_id" else None,
        duration_ms=message.duration_ms,
    )


def _read_waveform(message: media_pb2.Waveform) -> Waveform:
    return Waveform(message.sample_rate_hz, np.array(message.samples, dtype=np.float32))
