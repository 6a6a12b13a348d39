"""Room impulse responses: image sources for the early part, decaying noise for the late.

Early reflections after Allen & Berkley (1979), the late field after Moorer (1979);
the balance of both follows from Sabine's formula, so that distance and RT60 set
the direct-to-reverberant ratio as in a real room.
"""

from dataclasses import dataclass

import numpy as np
from material import RATE_HZ, Rng, Signal

SPEED_OF_SOUND_M_S = 343.0
EARLY_ORDER = 2
# However strong the computed early reflections, the late field keeps this share.
LEAST_TAIL_SHARE = 0.3


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


def impulse_response(room: Room, source: Signal, microphone: Signal, rng: Rng) -> Signal:
    """Pressure at the microphone for an impulse at the source, shape (n,), 1/distance law."""
    size = np.array(room.size_m)
    length = int((room.rt60_s + 0.1) * RATE_HZ) + 64
    response = np.zeros(length)
    surface = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
    reflection = np.sqrt(max(0.0, 1 - min(0.95, room.absorption_m2 / surface)))
    orders = range(-EARLY_ORDER, EARLY_ORDER + 1) if room.rt60_s > 0 else range(1)
    last = 0.0
    for x in orders:
        for y in orders:
            for z in orders:
                index = np.array((x, y, z))
                bounces = int(np.abs(index).sum())
                if bounces > EARLY_ORDER:
                    continue
                image = np.where(index % 2 == 0, source, size - source) + index * size
                distance = float(np.linalg.norm(image - microphone))
                place = distance / SPEED_OF_SOUND_M_S * RATE_HZ
                first = int(place) - 15
                taps = np.arange(first, first + 32)
                kernel = np.sinc(taps - place) * np.hanning(34)[1:-1]
                inside = (taps >= 0) & (taps < length)
                response[taps[inside]] += reflection**bounces / distance * kernel[inside]
                last = max(last, place)
    if room.rt60_s <= 0:
        return response
    direct = float(np.linalg.norm(source - microphone)) / SPEED_OF_SOUND_M_S
    start = int((direct + 0.01) * RATE_HZ)
    time = np.arange(length - start) / RATE_HZ
    tail = rng.standard_normal(len(time)) * 10 ** (-3 * time / room.rt60_s)
    tail *= 1 - np.exp(-time / 0.01)
    reverberant = 16 * np.pi / room.absorption_m2
    early = float(np.sum(response**2)) - float(np.sum((source - microphone) ** 2)) ** -1
    energy = max(LEAST_TAIL_SHARE * reverberant, reverberant - early)
    response[start:] += tail * np.sqrt(energy / (np.sum(tail**2) + 1e-12))
    return response


def travel_time_s(source: Signal, microphone: Signal) -> float:
    """How long the direct sound is under way."""
    return float(np.linalg.norm(source - microphone)) / SPEED_OF_SOUND_M_S
