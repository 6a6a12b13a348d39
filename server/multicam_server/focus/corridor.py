"""Where the window's centre may be, and where it would best be, over time."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .observe import FACE
from .whom import Stretch
from .window import Window

STEP_MS = 100.0
"""Time step of a corridor: three frames of film, less than anybody moves by a tenth
of a face in."""

MARGIN = 0.04
"""Share of the window's side that is kept free on each side of a face, for the
detector's errors and because a face at the very edge looks cut off."""

EYE_LINE = 1.0 / 3.0
"""Height of the eyes in the window, from its top: the upper third."""

EYES_IN_FACE = 0.4
"""Height of the eyes in a face's box, from its top."""

EYES_IN_UPPER_BODY = 0.2
"""Height of the eyes in the upper half of a person's box, from its top."""


@dataclass(frozen=True, eq=False)
class Corridor:
    """Bounds of the window's centre at `n` times; columns (x, y), arrays of shape (n, 2).

    Between `low` and `high` the subjects are wholly in the window and the window in
    the source. `target` is the best framed centre. Where `free`, nobody's place is
    known and only the source's bounds hold.
    """

    time_ms: Floats
    low: Floats
    high: Floats
    target: Floats
    free: Flags
    scale: float


def corridor_of_take(stretches: list[Stretch], window: Window, scale: float) -> Corridor:
    """The corridor of consecutive stretches between which there is no cut."""
    start_ms, end_ms = stretches[0].start_ms, stretches[-1].end_ms
    steps = max(1, int(np.ceil((end_ms - start_ms) / STEP_MS)))
    time_ms = np.linspace(start_ms, end_ms, steps + 1)
    box = np.full((len(time_ms), 4), np.nan)
    eyes = np.full(len(time_ms), np.nan)
    for stretch in stretches:
        inside = (time_ms >= stretch.start_ms) & (time_ms <= stretch.end_ms)
        box[inside], eyes[inside] = _seen_box(stretch, time_ms[inside])
    free = np.isnan(box[:, 0])
    low, high = _bounds(box, window, scale)
    target = _target(box, eyes, window, scale)
    return Corridor(time_ms, low, high, np.clip(target, low, high), free, scale)


def _seen_box(stretch: Stretch, time_ms: Floats) -> tuple[Floats, Floats]:
    """The box around all subjects of a stretch, shape (n, 4), and their eye line, shape (n,).

    NaN where nobody's place is known.
    """
    box = np.full((len(time_ms), 4), np.nan)
    eyes = np.full(len(time_ms), np.nan)
    for track in stretch.tracks:
        known = track.known_at(time_ms)
        seen = track.box_at(time_ms[known])
        box[known, :2] = np.fmin(box[known, :2], seen[:, :2])
        box[known, 2:] = np.fmax(box[known, 2:], seen[:, 2:])
        share = EYES_IN_FACE if track.kind == FACE else EYES_IN_UPPER_BODY
        eyes[known] = np.fmin(eyes[known], seen[:, 1] + share * (seen[:, 3] - seen[:, 1]))
    return box, eyes


def _bounds(box: Floats, window: Window, scale: float) -> tuple[Floats, Floats]:
    """Least and greatest centre that keep the box, with its margin, in the window."""
    size = np.array(window.size(scale))
    least, greatest = (np.array(bound) for bound in window.centre_range(scale))
    low = box[:, 2:] + MARGIN * size - 0.5 * size
    high = box[:, :2] - MARGIN * size + 0.5 * size
    # A box wider than the window is centred: the same is cut off on both sides.
    middle = 0.5 * (low + high)
    low, high = np.minimum(low, middle), np.maximum(high, middle)
    unknown = np.isnan(low)
    low = np.where(unknown, least, np.clip(low, least, greatest))
    high = np.where(unknown, greatest, np.clip(high, least, greatest))
    return low, high


def _target(box: Floats, eyes: Floats, window: Window, scale: float) -> Floats:
    """The best framed centre: subjects in the middle, eyes on the eye line."""
    height = window.size(scale)[1]
    target = np.column_stack((0.5 * (box[:, 0] + box[:, 2]), eyes + (0.5 - EYE_LINE) * height))
    return np.where(np.isnan(target), 0.5, target)
