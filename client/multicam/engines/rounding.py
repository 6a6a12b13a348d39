"""Exact session times into clips of whole milliseconds that stay in sync.

The programme's clock counts whole milliseconds. A clip that plays from `start` to `end`
of it shows its asset from `clock(start)` to `clock(end)`, where the clock is the
contract's: a moment `t` of the session is at `(t - offset) * (1 + drift * 1e-6)` in the
asset. At speed 1, drift lets a clip run off by a little; as long as neither end is more
than half a millisecond off, no moment between is. Where the drift is too much for that,
both ends are rounded and the clip plays at the speed that joins them: the error runs
straight from one end's to the other's.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

MOST_MS = 0.5
"""Largest distance of a rounded time from the exact one."""

EDGE_MS = 1e-6
"""Asset lengths and clip ends that differ by less are equal: a billionth of a second."""


@dataclass(frozen=True)
class AssetClock:
    """Where an asset lies in the session, as Align tells it; its length in ms, 0 unknown."""

    offset_ms: float = 0.0
    drift_ppm: float = 0.0
    duration_ms: float = 0.0

    @property
    def rate(self) -> float:
        """Asset milliseconds per session millisecond."""
        return 1.0 + self.drift_ppm * 1e-6

    def asset_ms(self, session_ms: float) -> float:
        """A moment of the session in the asset's own time."""
        return (session_ms - self.offset_ms) * self.rate

    def session_ms(self, asset_ms: float) -> float:
        """A moment of the asset in the session's time."""
        return self.offset_ms + asset_ms / self.rate


@dataclass(frozen=True)
class Cut:
    """A stretch of an asset between two whole milliseconds of the session.

    `in_ms` and `out_ms` are in the asset's time: whole numbers, unless only a fraction
    lies inside the asset or keeps the clip in sync at speed 1. The clip lasts
    (out_ms - in_ms) / speed = end - start.
    """

    in_ms: float
    out_ms: float
    speed: float


def cut(clock: AssetClock, start_ms: int, end_ms: int) -> Cut | None:
    """What an asset shows from `start_ms` to `end_ms` of the session.

    None where the asset has no millisecond of it to show. At speed 1 wherever that stays
    within half a millisecond; else at the speed that joins the rounded ends.
    """
    length = end_ms - start_ms
    if length <= 0:
        return None
    first, last = clock.asset_ms(start_ms), clock.asset_ms(end_ms)
    unhurried = _at_speed_one(clock, first, last, length)
    if unhurried is not None:
        return Cut(unhurried, unhurried + length, 1.0)
    in_ms, out_ms = _inside(clock, first), _inside(clock, last)
    if in_ms >= out_ms:
        return None
    return Cut(in_ms, out_ms, (out_ms - in_ms) / length)


def _at_speed_one(clock: AssetClock, first: float, last: float, length: int) -> float | None:
    """The in point from which speed 1 keeps both ends within half a millisecond.

    A whole one where there is one, else the best in thousandths; None where drift is too
    much for any.
    """
    middle = (first + last - length) / 2.0
    nearest = sorted({math.floor(middle), math.ceil(middle)}, key=lambda at: abs(at - middle))
    for in_ms in (*nearest, round(middle, 3)):
        near = max(abs(in_ms - first), abs(in_ms + length - last)) <= MOST_MS
        if near and in_ms >= 0 and _ends_inside(clock, in_ms + length):
            return in_ms
    return None


def _ends_inside(clock: AssetClock, out_ms: float) -> bool:
    return clock.duration_ms <= 0.0 or out_ms <= clock.duration_ms + EDGE_MS


def _inside(clock: AssetClock, asset_ms: float) -> float:
    """The nearest whole millisecond inside the asset; the edge itself where none is near."""
    if asset_ms <= 0.0:
        return 0
    nearest = round(asset_ms)
    if _ends_inside(clock, nearest):
        return nearest
    below = math.floor(clock.duration_ms + EDGE_MS)
    return below if asset_ms - below <= MOST_MS else clock.duration_ms


def unstretched(clock: AssetClock, start_ms: int, end_ms: int) -> list[tuple[float, float]]:
    """As `cut`, for a receiver that plays everything at speed 1, as (in, out) pieces.

    Each piece is as long as its place in the session, so that pieces laid end to end stay
    where they belong. They are so short that drift moves neither end by more than half a
    millisecond; whole milliseconds where that leaves room for them.
    """
    drift = abs(clock.rate - 1.0)
    count = math.ceil((end_ms - start_ms) * drift / (2.0 * MOST_MS)) if drift else 1
    count = max(1, min(count, end_ms - start_ms))
    bounds = [start_ms + (end_ms - start_ms) * number // count for number in range(count + 1)]
    return [_unstretched(clock, first, last) for first, last in pairwise(bounds)]


def _unstretched(clock: AssetClock, start_ms: int, end_ms: int) -> tuple[float, float]:
    first, last, length = clock.asset_ms(start_ms), clock.asset_ms(end_ms), end_ms - start_ms
    whole = _at_speed_one(clock, first, last, length)
    if whole is not None:
        return whole, whole + length
    in_ms = (first + last - length) / 2.0
    if clock.duration_ms > 0.0:
        in_ms = min(in_ms, clock.duration_ms - length)
    in_ms = max(in_ms, 0.0)
    return in_ms, in_ms + length


def whole_ms(times: list[float]) -> list[int]:
    """Rising times as whole milliseconds that still rise: each nearest, or one later."""
    rounded: list[int] = []
    for time in times:
        nearest = round(time)
        rounded.append(nearest if not rounded else max(nearest, rounded[-1] + 1))
    return rounded


def last_whole_ms(clock: AssetClock) -> int:
    """The last whole millisecond of the session at which a clip of the asset may end.

    There the asset's last whole millisecond is near enough to be shown.
    """
    end = round(clock.session_ms(clock.duration_ms))
    last = math.floor(clock.duration_ms + EDGE_MS)
    while clock.asset_ms(end) - last > MOST_MS:
        end -= 1
    return end
