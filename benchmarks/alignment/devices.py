"""What a recorder does to sound: clock, microphone chain, codec. All float64 at `RATE_HZ`."""

import io
from fractions import Fraction

import av
import numpy as np
import scipy.ndimage
import scipy.signal
from material import RATE_HZ, Rng, Signal

CODEC_RATE_HZ = 48_000
# Container, encoder, bit rate, and the delay in samples that the timestamps do not tell
# (a bare MP3 stream has none: 576 + 529 samples of encoder and decoder).
CODECS = {
    "aac": ("mp4", "aac", 48_000, 0),
    "mp3": ("mp3", "libmp3lame", 64_000, 1105),
    "opus": ("ogg", "libopus", 32_000, 0),
}


def sample_clock(event: Signal, *, start_s: float, duration_s: float, drift_ppm: float) -> Signal:
    """What a recorder that starts at `start_s` hears when its clock runs `drift_ppm` fast."""
    speed = 1 + drift_ppm * 1e-6
    positions = start_s * RATE_HZ + np.arange(int(duration_s * RATE_HZ)) / speed
    doubled = scipy.signal.resample_poly(event, 2, 1)
    return scipy.ndimage.map_coordinates(doubled, [positions * 2], order=5, mode="constant")


def drop_samples(signal: Signal, *, at_s: float, lost_ms: float) -> Signal:
    """The recording with a gap that its clock does not know of."""
    at, lost = int(at_s * RATE_HZ), int(lost_ms * RATE_HZ / 1e3)
    return np.concatenate([signal[:at], signal[at + lost :]])


def automatic_gain(signal: Signal, *, attack_s: float = 0.01, release_s: float = 1.0) -> Signal:
    """A compressor that brings every moment to the same level."""
    block = int(attack_s * RATE_HZ)
    count = len(signal) // block + 1
    padded = np.pad(signal, (0, count * block - len(signal)))
    levels = np.sqrt(np.mean(padded.reshape(count, block) ** 2, axis=1))
    held = np.empty(count)
    state, release = 0.0, np.exp(-attack_s / release_s)
    for index, level in enumerate(levels):
        state = max(level, state * release)
        held[index] = state
    gain = np.interp(np.arange(len(signal)), np.arange(count) * block, 1 / np.maximum(held, 0.03))
    return signal * gain


def clip(signal: Signal, *, share: float = 0.05) -> Signal:
    """Cut off everything above the level that `share` of the samples exceeds."""
    limit = float(np.quantile(np.abs(signal), 1 - share)) + 1e-9
    return np.clip(signal, -limit, limit)


def telephone(signal: Signal) -> Signal:
    """300 to 3400 Hz."""
    sections = scipy.signal.butter(4, [300, 3400], "bandpass", fs=RATE_HZ, output="sos")
    return scipy.signal.sosfilt(sections, signal)


def microphone_colour(signal: Signal, rng: Rng) -> Signal:
    """A gentle random equaliser, other for every microphone."""
    frequencies = np.array([0, 150, 400, 1000, 2500, 5000, 8000])
    gains = 10 ** (rng.normal(0, 4, len(frequencies)) / 20)
    return scipy.signal.fftconvolve(
        signal, scipy.signal.firwin2(255, frequencies, gains, fs=RATE_HZ), mode="same"
    )


def codec_round_trip(signal: Signal, codec: str) -> Signal:
    """Encode and decode; the encoder's delay is taken out as a player does."""
    container_name, encoder, bit_rate, untold_delay = CODECS[codec]
    resampled = scipy.signal.resample_poly(signal, CODEC_RATE_HZ, RATE_HZ).astype(np.float32)
    file = io.BytesIO()
    with av.open(file, "w", format=container_name) as container:
        stream = container.add_stream(encoder, rate=CODEC_RATE_HZ, layout="mono")
        stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(resampled[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = CODEC_RATE_HZ, Fraction(1, CODEC_RATE_HZ), 0
        resampler = av.AudioResampler(format=stream.format, layout="mono", rate=CODEC_RATE_HZ)
        fifo = av.AudioFifo()
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            fifo.write(part)
        size = stream.codec_context.frame_size or 1024
        while (part := fifo.read(size, partial=True)) is not None:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    file.seek(0)
    to_mono = av.AudioResampler(format="fltp", layout="mono", rate=CODEC_RATE_HZ)
    with av.open(file) as container:
        frames = [part for frame in container.decode(audio=0) for part in to_mono.resample(frame)]
    first = round(float(frames[0].pts * frames[0].time_base) * CODEC_RATE_HZ) - untold_delay
    decoded = np.concatenate([part.to_ndarray()[0] for part in frames]).astype(np.float64)
    whole = np.concatenate([np.zeros(max(0, first)), decoded[max(0, -first) :]])
    back = scipy.signal.resample_poly(whole, RATE_HZ, CODEC_RATE_HZ)
    return np.pad(back, (0, max(0, len(signal) - len(back))))[: len(signal)]
