"""Room impulse responses: image sources for the early part, decaying noise for the late.

Early reflections after Allen & Berkley (1979), the late field after Moorer (1979);
the balance of both follows from Sabine's formula, so that distance, directivity and
RT60 set the direct-to-reverberant ratio as in a real room.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from material import RATE_HZ, Rng, Signal

SPEED_OF_SOUND_M_S = 343.0
EARLY_ORDER = 2
# However strong the computed early reflections, the late field keeps this share.
LEAST_TAIL_SHARE = 0.3
# A mouth radiates (1 - d) + d * cos(angle) of what it does ahead: 10 dB less behind, and
# 3 dB less into the room than a source that radiates alike all around.
SPEECH_DIRECTIVITY = 0.35


@dataclass(frozen=True, eq=False)
class Source:
    """Where sound comes from, in metres, where to it faces (unit vector), and how much so."""

    place: Signal
    facing: Signal
    directivity: float = 0.0

    @property
    def power(self) -> float:
        """Radiated power over that of a source that is everywhere as loud as this one ahead."""
        return (1 - self.directivity) ** 2 + self.directivity**2 / 3


@dataclass(frozen=True)
class Room:
    """A shoebox: edge lengths in metres and reverberation time in seconds (0 = free field)."""

    size_m: tuple[float, float, float]
    rt60_s: float

    @property
    def absorption_m2(self) -> float:
        """Sabine's equivalent absorption area."""
        return 0.161 * float(np.prod(self.size_m)) / max(self.rt60_s, 1e-3)

    def random_place(self, rng: Rng) -> Signal:
        """A point at least 0.5 m from every wall."""
        size = np.array(self.size_m)
        return 0.5 + rng.random(3) * (size - 1.0)

    def inside(self, place: Signal) -> Signal:
        """The nearest point at least 0.3 m from every wall."""
        return np.clip(place, 0.3, np.array(self.size_m) - 0.3)


def impulse_response(room: Room, source: Source, microphone: Signal, rng: Rng) -> Signal:
    """Pressure at the microphone for an impulse at the source, shape (n,), 1/distance law."""
    length = int((room.rt60_s + 0.1) * RATE_HZ) + 64
    response = np.zeros(length)
    for place, gain in _images(room, source, microphone):
        first = int(place) - 15
        taps = np.arange(first, first + 32)
        kernel = np.sinc(taps - place) * np.hanning(34)[1:-1]
        inside = (taps >= 0) & (taps < length)
        response[taps[inside]] += gain * kernel[inside]
    if room.rt60_s <= 0:
        return response
    (direct, gain), *_ = _images(Room(room.size_m, 0.0), source, microphone)
    start = int(direct + 0.01 * RATE_HZ)
    time = np.arange(length - start) / RATE_HZ
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / room.rt60_s)
    tail *= 1 - np.exp(-time / 0.01)
    reverberant = 16 * np.pi / room.absorption_m2 * source.power
    early = float(np.sum(response**2)) - gain**2
    energy = max(LEAST_TAIL_SHARE * reverberant, reverberant - early)
    response[start:] += tail * np.sqrt(energy / (np.sum(tail**2) + 1e-12))
    return response


def _images(room: Room, source: Source, microphone: Signal) -> list[tuple[float, float]]:
    """When (samples) and how loud each image of the source is heard; the direct sound first."""
    size = np.array(room.size_m)
    surface = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
    reflection = np.sqrt(max(0.0, 1 - min(0.95, room.absorption_m2 / surface)))
    orders = range(-EARLY_ORDER, EARLY_ORDER + 1) if room.rt60_s > 0 else range(1)
    indices = [np.array(index) for index in product(orders, repeat=3)]
    found = []
    for index in sorted(indices, key=lambda index: int(np.abs(index).sum())):
        bounces = int(np.abs(index).sum())
        if bounces > EARLY_ORDER:
            break
        even = index % 2 == 0
        way = microphone - (np.where(even, source.place, size - source.place) + index * size)
        distance = float(np.linalg.norm(way))
        ahead = float(np.dot(np.where(even, source.facing, -source.facing), way)) / distance
        gain = 1 - source.directivity + source.directivity * ahead
        delay = distance / SPEED_OF_SOUND_M_S * RATE_HZ
        found.append((delay, reflection**bounces * gain / distance))
    return found


def travel_time_s(source: Source, microphone: Signal) -> float:
    """How long the direct sound is under way."""
    return float(np.linalg.norm(source.place - microphone)) / SPEED_OF_SOUND_M_S
