"""Sound to record: speech-like voices, music, loops and noises, all made from a seed.

Nothing is shipped and nothing is random beyond the generator handed in. Every
function returns float64 mono of shape (n,) at `RATE_HZ`, near unit RMS while it
sounds.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.io.wavfile
import scipy.signal

Signal = npt.NDArray[np.float64]
Rng = np.random.Generator

RATE_HZ = 16_000

# Formants (Hz) of eight vowels of an average adult, after Peterson & Barney (1952).
VOWELS = np.array(
    [
        (270, 2290, 3010),
        (390, 1990, 2550),
        (530, 1840, 2480),
        (660, 1720, 2410),
        (730, 1090, 2440),
        (570, 840, 2410),
        (440, 1020, 2240),
        (300, 870, 2240),
    ],
    dtype=np.float64,
)
FORMANT_BANDWIDTHS_HZ = (80.0, 110.0, 160.0)


def _normalised(signal: Signal) -> Signal:
    loud = np.abs(signal) > 1e-3 * (np.max(np.abs(signal)) + 1e-12)
    rms = np.sqrt(np.mean(signal[loud] ** 2)) if loud.any() else 1.0
    return signal / (rms + 1e-12)


def _resonate(signal: Signal, frequency_hz: float, bandwidth_hz: float) -> Signal:
    radius = np.exp(-np.pi * bandwidth_hz / RATE_HZ)
    angle = 2 * np.pi * frequency_hz / RATE_HZ
    return scipy.signal.lfilter([1 - radius], [1, -2 * radius * np.cos(angle), radius**2], signal)


def _vowel(n: int, pitch_hz: float, rng: Rng) -> Signal:
    glide = np.linspace(pitch_hz, pitch_hz * rng.uniform(0.8, 1.2), n)
    glide *= 1 + 0.01 * np.cumsum(rng.standard_normal(n)) / np.sqrt(n)
    phase = np.cumsum(glide) / RATE_HZ
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.02 * rng.standard_normal(n)
    sound = scipy.signal.lfilter([1.0], [1.0, -0.9], pulses)
    formants = VOWELS[rng.integers(len(VOWELS))] * rng.uniform(0.9, 1.15)
    for frequency, bandwidth in zip(formants, FORMANT_BANDWIDTHS_HZ, strict=True):
        sound = sound + 2.0 * _resonate(sound, frequency, bandwidth)
    edge = max(1, n // 5)
    sound[:edge] *= np.linspace(0, 1, edge)
    sound[-edge:] *= np.linspace(1, 0, edge)
    return sound / (np.std(sound) + 1e-12)


def _consonant(n: int, rng: Rng) -> Signal:
    noise = _resonate(rng.standard_normal(n), rng.uniform(1500, 6500), rng.uniform(400, 1800))
    decay = np.exp(-np.linspace(0, rng.uniform(0, 4), n))
    return 0.35 * noise / (np.std(noise) + 1e-12) * decay


def synthetic_voice(duration_s: float, rng: Rng) -> Signal:
    """A voice that babbles: phrases of consonant-vowel syllables with pauses between."""
    total = int(duration_s * RATE_HZ)
    out = np.zeros(total)
    base_pitch = rng.uniform(85, 240)
    position = int(rng.uniform(0, 0.5) * RATE_HZ)
    while position < total:
        for _ in range(rng.integers(3, 14)):
            consonant = _consonant(int(rng.uniform(0.03, 0.1) * RATE_HZ), rng)
            pitch = base_pitch * rng.uniform(0.85, 1.25)
            vowel = _vowel(int(rng.uniform(0.07, 0.25) * RATE_HZ), pitch, rng)
            for part in (consonant, vowel):
                stop = min(total, position + len(part))
                if position < total:
                    out[position:stop] += part[: stop - position] * rng.uniform(0.5, 1.0)
                position = stop
            position += int(rng.uniform(0, 0.05) * RATE_HZ)
        position += int(rng.uniform(0.2, 1.2) * RATE_HZ)
    return _normalised(out)


def recorded_voice(duration_s: float, rng: Rng, files: list[Path]) -> Signal:
    """Real speech: files in random order, each at a slightly different speed."""
    total = int(duration_s * RATE_HZ)
    out = np.zeros(total)
    position = int(rng.uniform(0, 0.5) * RATE_HZ)
    while position < total:
        rate, samples = scipy.io.wavfile.read(files[rng.integers(len(files))])
        speech = np.asarray(samples, dtype=np.float64)
        speed = rng.uniform(0.95, 1.05)
        count = int(len(speech) * RATE_HZ / rate / speed)
        speech = np.interp(
            np.arange(count) * rate * speed / RATE_HZ, np.arange(len(speech)), speech
        )
        stop = min(total, position + len(speech))
        if np.std(speech) > 1:
            out[position:stop] = speech[: stop - position] / np.std(speech)
        position = stop + int(rng.uniform(0.1, 0.9) * RATE_HZ)
    return _normalised(out)


def music(duration_s: float, rng: Rng, *, beat_s: float = 0.5) -> Signal:
    """Chords, a melody and a noise drum on a strict beat."""
    total = int(duration_s * RATE_HZ)
    out = np.zeros(total + RATE_HZ)
    root = rng.uniform(90, 160)
    scale = 2 ** (np.array([0, 2, 4, 5, 7, 9, 11]) / 12)
    for start in np.arange(0, duration_s, beat_s / 2):
        first = int(start * RATE_HZ)
        length = int(rng.uniform(0.3, 0.9) * RATE_HZ)
        time = np.arange(length) / RATE_HZ
        pitch = root * scale[rng.integers(7)] * 2 ** rng.integers(0, 3)
        decay = np.exp(-time * rng.uniform(2, 6))
        note = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 6)) * decay
        if rng.random() < 0.5:
            note = note + rng.standard_normal(length) * np.exp(-time * 40) * 0.8
        stop = min(len(out), first + length)
        out[first:stop] += note[: stop - first]
    return _normalised(out[:total])


def loop(duration_s: float, rng: Rng, *, period_s: float) -> Signal:
    """Music that repeats exactly."""
    period = int(period_s * RATE_HZ)
    bar = music(period / RATE_HZ, rng, beat_s=period_s / 4)
    return np.resize(bar, int(duration_s * RATE_HZ))


def hum(duration_s: float, rng: Rng, *, mains_hz: float = 50.0) -> Signal:
    """Mains hum with harmonics; the mains frequency wanders like the real one."""
    n = int(duration_s * RATE_HZ)
    wander = 1 + 2e-4 * np.sin(2 * np.pi * np.arange(n) / RATE_HZ / rng.uniform(20, 60))
    phase = 2 * np.pi * np.cumsum(mains_hz * wander) / RATE_HZ + rng.uniform(0, 6)
    return _normalised(sum(np.sin(k * phase) / k for k in range(1, 8)))


def tone(duration_s: float, rng: Rng) -> Signal:
    """A steady test tone."""
    time = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    return np.sqrt(2) * np.sin(2 * np.pi * rng.choice([440.0, 1000.0]) * time)


def pink_noise(duration_s: float, rng: Rng) -> Signal:
    """Noise of 1/f power, as rooms and preamplifiers make it."""
    n = int(duration_s * RATE_HZ)
    size = scipy.fft.next_fast_len(n, real=True)
    spectrum = scipy.fft.rfft(rng.standard_normal(size))
    frequency = scipy.fft.rfftfreq(size, 1 / RATE_HZ)
    spectrum /= np.sqrt(np.maximum(frequency, 20.0))
    return _normalised(scipy.fft.irfft(spectrum, size)[:n])
