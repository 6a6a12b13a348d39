"""Sound that a caller sent as samples."""

from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame

from ..domain.media import Sound, Waveform
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
