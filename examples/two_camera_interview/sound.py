"""What the cameras' microphones hear: two voices in a small room, each with its own flaws.

The room is a box of reflecting walls (image source method, Allen and Berkley
1979), the microphones are short shotguns pointed at the person in the picture.
"""

from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from .interview import (
    CAMERAS,
    ROOM_M,
    SEATS_M,
    SPEECH,
    WALL_REFLECTION,
    Camera,
    Position,
    sentences,
)

Samples = NDArray[np.float64]

SAMPLE_RATE_HZ = 48_000
SPEED_OF_SOUND_M_S = 343.0
# Reflections that arrive later than this are below the noise of both cameras.
ROOM_RESPONSE_S = 0.12
# Falls to half its level about 30 degrees off its axis.
SHOTGUN_EXPONENT = 6.0
# Fractional delays: windowed sinc, error below -90 dB up to 11 kHz.
TAPS = 32
PHASES = 1024


def recorded(camera: Camera) -> Samples:
    """The sound of one camera at 48 kHz of its own clock; sample 0 is at its first frame."""
    session_length = int(max(c.session_s(np.array(c.duration_s)) for c in CAMERAS) + 1)
    heard = np.zeros(session_length * SAMPLE_RATE_HZ)
    for speaker in sorted(SEATS_M):
        response = room_response(speaker, camera)
        heard += filtered(spoken(speaker, len(heard)), response, camera.passband_hz)

    own_s = np.arange(round(camera.duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sampled = interpolated(heard, camera.session_s(own_s) * SAMPLE_RATE_HZ)
    sampled *= 10.0 ** (camera.peak_dbfs / 20.0) / np.abs(sampled).max()
    noise = np.random.default_rng(camera.noise_seed).standard_normal(len(sampled))
    sampled += noise * 10.0 ** (camera.noise_dbfs / 20.0)
    return sampled


def spoken(speaker: str, length: int) -> Samples:
    """One person's speech on the session's clock, as it leaves the mouth."""
    recording = read_sound(SPEECH / f"{speaker}.opus")
    out = np.zeros(length)
    for sentence in sentences():
        if sentence.speaker == speaker:
            first, last = (
                round(s * SAMPLE_RATE_HZ) for s in (sentence.file_start_s, sentence.file_end_s)
            )
            start = round(sentence.start_s * SAMPLE_RATE_HZ)
            out[start : start + last - first] += recording[first:last]
    return out


def read_sound(path: Path) -> Samples:
    """A mono recording at 48 kHz."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
        frames = [
            resampled.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for resampled in resampler.resample(frame)
        ]
    return np.concatenate(frames).astype(np.float64)


def room_response(speaker: str, camera: Camera) -> Samples:
    """Impulse response from a mouth to a microphone, 1 at 1 m on the axis in free air."""
    sources, reflections = images(SEATS_M[speaker])
    paths = sources - np.array(camera.microphone_m)
    distances = np.linalg.norm(paths, axis=1)
    axis = np.array(SEATS_M[camera.frames_speaker]) - np.array(camera.microphone_m)
    cosines = paths @ axis / (distances * np.linalg.norm(axis))
    gains = ((1.0 + cosines) / 2.0) ** SHOTGUN_EXPONENT * WALL_REFLECTION**reflections / distances

    delays = distances / SPEED_OF_SOUND_M_S * SAMPLE_RATE_HZ
    heard = delays < ROOM_RESPONSE_S * SAMPLE_RATE_HZ
    whole, taps = fractional(delays[heard])
    response = np.zeros(int(ROOM_RESPONSE_S * SAMPLE_RATE_HZ) + TAPS)
    np.add.at(response, whole[:, None] + TAP_OFFSETS, taps * gains[heard, None])
    return response


def images(source: Position) -> tuple[Samples, NDArray[np.int64]]:
    """Mirror images of a source in the walls: positions (n, 3), numbers of reflections (n,)."""
    per_axis = []
    for size, at in zip(ROOM_M, source, strict=True):
        reach = int(ROOM_RESPONSE_S * SPEED_OF_SOUND_M_S / (2.0 * size)) + 1
        rooms = np.arange(-reach, reach + 1)
        positions = np.concatenate([2.0 * rooms * size + at, 2.0 * rooms * size - at])
        bounces = np.concatenate([np.abs(2 * rooms), np.abs(2 * rooms - 1)])
        per_axis.append((positions, bounces))
    positions = np.stack(np.meshgrid(*(axis[0] for axis in per_axis)), axis=-1).reshape(-1, 3)
    bounces = np.stack(np.meshgrid(*(axis[1] for axis in per_axis)), axis=-1).reshape(-1, 3)
    return positions, bounces.sum(axis=1)


def filtered(signal: Samples, response: Samples, passband_hz: tuple[float, float]) -> Samples:
    """A signal through a room and through a microphone's band, which adds no delay."""
    length = 1 << (len(signal) + len(response)).bit_length()
    frequencies = np.fft.rfftfreq(length, 1.0 / SAMPLE_RATE_HZ)
    low, high = passband_hz
    # Magnitudes of Butterworth filters of second and fourth order.
    band = 1.0 / np.sqrt(1.0 + (low / np.maximum(frequencies, 1e-3)) ** 4)
    band /= np.sqrt(1.0 + (frequencies / high) ** 8)
    spectrum = np.fft.rfft(signal, length) * np.fft.rfft(response, length) * band
    return np.fft.irfft(spectrum, length)[: len(signal)]


def interpolated(signal: Samples, positions: Samples) -> Samples:
    """The signal's values at fractional sample positions; silence beyond its ends."""
    padded = np.pad(signal, TAPS)
    out = np.empty(len(positions))
    for start in range(0, len(positions), SAMPLE_RATE_HZ):
        part = slice(start, start + SAMPLE_RATE_HZ)
        whole, taps = fractional(positions[part])
        out[part] = np.einsum("ij,ij->i", padded[TAPS + whole[:, None] + TAP_OFFSETS], taps)
    return out


TAP_OFFSETS = np.arange(TAPS) - TAPS // 2 + 1


def sinc_table() -> Samples:
    """Windowed sinc for every phase, (PHASES + 1, TAPS)."""
    distance = np.arange(PHASES + 1)[:, None] / PHASES - TAP_OFFSETS
    window: Samples = np.cos(np.pi * distance / TAPS) ** 2
    return window * np.sinc(distance)


SINC = sinc_table()


def fractional(positions: Samples) -> tuple[NDArray[np.int64], Samples]:
    """Whole part (n,) of sample positions, and the taps (n, TAPS) that stand for the rest."""
    whole = np.floor(positions).astype(np.int64)
    return whole, SINC[np.rint((positions - whole) * PHASES).astype(np.int64)]
