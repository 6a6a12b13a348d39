"""The window's path over one take: hold as long as everything stays in, then glide."""

from dataclasses import dataclass

import numpy as np

from ..domain.media import Floats
from .corridor import Corridor
from .window import Limits

Point = tuple[float, float]

PEAK_SPEED = 1.5
"""Greatest speed of an EASE_IN_OUT over its mean speed (derivative of 3p^2 - 2p^3)."""

PEAK_ACCELERATION = 6.0
"""Greatest acceleration of an EASE_IN_OUT over way / duration squared."""

SLOW_GLIDE_S = 0.8
"""A glide lasts at least so long: quicker looks like a twitch."""


@dataclass(frozen=True)
class Hold:
    """The window rests at `centre` from start to end."""

    start_ms: float
    end_ms: float
    centre: Point


def holds_of_take(corridor: Corridor, limits: Limits, source_aspect: float) -> list[Hold]:
    """Rests in time order; between one's end and the next one's start the window glides."""
    resting = _rests(corridor)
    holds = [resting[0]]
    for wanted in resting[1:]:
        duration_ms = _glide_ms(holds[-1].centre, wanted.centre, limits, source_aspect)
        start = max(holds[-1].start_ms, wanted.start_ms - 0.5 * duration_ms)
        if start + duration_ms > corridor.time_ms[-1]:
            break
        holds[-1] = Hold(holds[-1].start_ms, start, holds[-1].centre)
        holds.append(Hold(start + duration_ms, corridor.time_ms[-1], wanted.centre))
    return holds


def _rests(corridor: Corridor) -> list[Hold]:
    """The fewest rests that follow the corridor: each lasts until the corridor has left it."""
    rests: list[Hold] = []
    first = 0
    least, greatest = corridor.low[0], corridor.high[0]
    for index in range(1, len(corridor.time_ms)):
        low = np.maximum(least, corridor.low[index])
        high = np.minimum(greatest, corridor.high[index])
        if np.any(low > high):
            rests.append(_rest(corridor, first, index, least, greatest))
            first, low, high = index, corridor.low[index], corridor.high[index]
        least, greatest = low, high
    rests.append(_rest(corridor, first, len(corridor.time_ms) - 1, least, greatest))
    return rests


def _rest(corridor: Corridor, first: int, last: int, least: Floats, greatest: Floats) -> Hold:
    """The rest from one time to another, as near to the best framing as may be."""
    known = ~corridor.free[first : last + 1]
    target = corridor.target[first : last + 1]
    wanted = np.median(target[known] if np.any(known) else target, axis=0)
    x, y = np.clip(wanted, least, greatest)
    return Hold(float(corridor.time_ms[first]), float(corridor.time_ms[last]), (float(x), float(y)))


def _glide_ms(start: Point, end: Point, limits: Limits, source_aspect: float) -> float:
    """The shortest time a glide may take."""
    way = float(np.hypot(end[0] - start[0], (end[1] - start[1]) / source_aspect))
    by_speed = PEAK_SPEED * way / limits.velocity
    by_acceleration = np.sqrt(PEAK_ACCELERATION * way / limits.acceleration)
    return float(max(SLOW_GLIDE_S, by_speed, by_acceleration)) * 1e3
