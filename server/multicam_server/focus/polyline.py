"""A window's path as its keyframes describe it: straight pieces, bends and eased glides."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats

REST_WAY = 0.012
"""A piece that goes less far, in source widths, along an axis is a rest: creeping by
that little reads as an accident."""

FRAME_S = 1.0 / 30.0
"""A corner between two straight pieces may change the speed by what the acceleration
limit allows within one frame of film."""

MOST_CHORDS = 30
"""A change of speed that no ease shows is at most so many straight pieces."""


@dataclass(frozen=True, eq=False)
class Polyline:
    """Corners of one take: times (k,) in seconds, centres (k, 2), half lengths of the bends (k,).

    Around each inner corner, from `half_s` before to after it, the speed changes
    evenly from one piece's to the next one's. `rests` (k - 1, 2) tells which pieces
    rest along which axis, `eased` (k - 1,) which ones are glides from rest to rest
    along the cubic 3 p^2 - 2 p^3; the ends of those do not bend.
    """

    time_s: Floats
    centre: Floats
    half_s: Floats
    rests: Flags
    eased: Flags

    @property
    def straight_way(self) -> Floats:
        """How far each piece goes at even speed, shape (k - 1, 2): 0 for rests and glides."""
        still = self.rests | self.eased[:, None]
        way: Floats = np.where(still, 0.0, np.diff(self.centre, axis=0))
        return way


def position(line: Polyline, time_s: Floats) -> Floats:
    """Where the window is at some times of its take, shape (m, 2) in source widths."""
    if np.all(line.rests):
        return np.repeat(line.centre[:1], len(time_s), axis=0)
    first, coefficients = basis(line, time_s)
    last = len(line.time_s) - 1
    corners = np.minimum(first + np.arange(3)[:, None], last)
    centre: Floats = np.einsum("pm,pma->ma", coefficients, line.centre[corners])
    return centre


def basis(line: Polyline, time_s: Floats) -> tuple[Indices, Floats]:
    """The position at each time as a sum of three corners from `first` (m,): shares (3, m)."""
    corners = line.time_s
    piece = np.searchsorted(corners[1:-1], time_s, side="right")
    length = np.diff(corners)
    done = (time_s - corners[piece]) / np.maximum(length[piece], 1e-9)
    done = np.where(line.eased[piece], eased_share(done), done)
    first, shares = piece, np.stack((1.0 - done, done, np.zeros(len(done))))
    for corner in (piece, piece + 1):
        half = line.half_s[corner]
        from_corner = time_s - corners[corner]
        bent = np.abs(from_corner) < half
        k, h, u = corner[bent], half[bent], from_corner[bent]
        quadratic = (u + h) ** 2 / (4.0 * h)
        before = (u - quadratic) / length[k - 1]
        after = quadratic / length[k]
        first = np.where(bent, corner - 1, first)
        shares[:, bent] = np.stack((-before, 1.0 + before - after, after))
    return first, shares


def eased_share(passed: Floats) -> Floats:
    """The share of an eased glide's way that is done when a share of its time has passed."""
    share: Floats = passed * passed * (3.0 - 2.0 * passed)
    return share


def rests_of(centre: Floats) -> Flags:
    """Which pieces between corners (k, 2) rest along which axis, shape (k - 1, 2)."""
    rests: Flags = np.abs(np.diff(centre, axis=0)) < REST_WAY
    return rests
