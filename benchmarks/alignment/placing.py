"""Where talkers, loudspeakers and microphones are in a room."""

from collections.abc import Sequence
from enum import Enum

import numpy as np
from material import Rng, Signal
from rooms import SPEECH_DIRECTIVITY, Room, Source


class Placing(Enum):
    """Where talkers and microphones are.

    AROUND: talkers sit together, cameras and phones stand 1 to 4 m from them. CLOSE:
    each microphone 10 to 40 cm from a mouth. ANYWHERE: anywhere in the room, and the
    talkers' mouths radiate alike all around.
    """

    AROUND = "around"
    CLOSE = "close"
    ANYWHERE = "anywhere"


# Talkers sit this far from their middle, mouths and microphones this high, in metres.
SEATS_M = (0.5, 1.2)
MOUTHS_M = (1.1, 1.7)
MICROPHONES_M = (0.8, 1.8)
AROUND_M = (1.0, 4.0)
CLOSE_M = (0.1, 0.4)
TRIES = 200


def place_sources(room: Room, placing: Placing, talkers: int, count: int, rng: Rng) -> list[Source]:
    """`count` sources: the talkers, then whatever else sounds."""
    if placing is Placing.ANYWHERE:
        ahead = np.array([1.0, 0.0, 0.0])
        return [Source(room.random_place(rng), ahead) for _ in range(count)]
    size = np.array(room.size_m)
    middle = size * (0.3 + 0.4 * rng.random(3))
    turned = rng.uniform(0, 2 * np.pi)
    sources = []
    for index in range(talkers):
        angle = turned + 2 * np.pi * (index + rng.uniform(-0.2, 0.2)) / talkers
        seat = middle + rng.uniform(*SEATS_M) * np.array([np.cos(angle), np.sin(angle), 0.0])
        seat[2] = rng.uniform(*MOUTHS_M)
        # They look at each other, more or less.
        looks = angle + np.pi + rng.uniform(-1.0, 1.0)
        facing = np.array([np.cos(looks), np.sin(looks), 0.0])
        sources.append(Source(room.inside(seat), facing, SPEECH_DIRECTIVITY))
    for _ in range(count - talkers):
        way = rng.standard_normal(3)
        facing = way / np.linalg.norm(way)
        sources.append(Source(room.random_place(rng), facing, SPEECH_DIRECTIVITY))
    return sources


def place_microphone(
    room: Room, placing: Placing, talkers: Sequence[Source], index: int, rng: Rng
) -> Signal:
    """Where the recorder of this index listens."""
    if placing is Placing.ANYWHERE or not talkers:
        return room.random_place(rng)
    if placing is Placing.CLOSE:
        own = talkers[index % len(talkers)]
        return room.inside(own.place + rng.uniform(*CLOSE_M) * own.facing)
    middle = np.mean([talker.place for talker in talkers], axis=0)
    place = room.random_place(rng)
    for _ in range(TRIES):
        place[2] = rng.uniform(*MICROPHONES_M)
        if AROUND_M[0] <= np.linalg.norm(place - middle) <= AROUND_M[1]:
            break
        place = room.random_place(rng)
    return place
