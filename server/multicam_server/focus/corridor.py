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

SHORTEST_MS = 1.0
"""A clip without length is planned as if it lasted this long."""

MARGIN = 0.04
"""Share of the window's side that is kept free on each side of a face, for the
detector's errors and because a face at the very edge looks cut off."""

MOST_DOUBT = 0.25
"""Share of a face's room in the window that doubt where it is may take on each side."""

EYE_LINE = 1.0 / 3.0
"""Height of the eyes in the window, from its top: the upper third."""

EYES_IN_FACE = 0.4
"""Height of the eyes in a face's box, from its top."""

EYES_IN_UPPER_BODY = 0.2
"""Height of the eyes in the upper half of a person's box, from its top."""


COMFORT = 0.12
"""How far from its best place in the window, in window sides, a subject may be
without the framing looking wrong."""

LEAD_ROOM = 0.1
"""Greatest room added in front of who moves, share of the window's width: the
subject then walks on the third behind the middle."""

LEAD_TIME_MS = 1_000.0
"""Time over which a subject's speed is measured: a few steps."""

LEAD_GAIN = 0.3
"""Seconds of its way by which the window is ahead of a subject."""


@dataclass(frozen=True, eq=False)
class Corridor:
    """Bounds of the window's centre at `n` times; columns (x, y), arrays of shape (n, 2).

    In source widths, for y too, so that speeds along both axes compare. Between
    `low` and `high` the subjects are, with a margin of `margin`, wholly in the window
    and the window in the source. `target` is the best framed centre, and `comfort`
    how far from it the framing is still good. Where `free`, nobody's place is known
    and only the source's bounds hold. `scale` is the zoom, `least` and `greatest` the
    source's bounds.
    """

    time_ms: Floats
    low: Floats
    high: Floats
    target: Floats
    comfort: Floats
    margin: Floats
    free: Flags
    scale: float
    least: Floats
    greatest: Floats


def corridor_of_take(stretches: list[Stretch], window: Window, scale: float) -> Corridor:
    """The corridor of consecutive stretches between which there is no cut."""
    start_ms = stretches[0].start_ms
    end_ms = max(stretches[-1].end_ms, start_ms + SHORTEST_MS)
    steps = max(2, int(np.ceil((end_ms - start_ms) / STEP_MS)))
    time_ms = np.linspace(start_ms, end_ms, steps + 1)
    box = np.full((len(time_ms), 4), np.nan)
    eyes = np.full(len(time_ms), np.nan)
    size = np.array(window.size(scale))
    for stretch in stretches:
        inside = (time_ms >= stretch.start_ms) & (time_ms <= stretch.end_ms)
        box[inside], eyes[inside] = _seen_box(stretch, time_ms[inside], size)
    free = np.isnan(box[:, 0])
    low, high = _bounds(box, window, scale)
    target = np.minimum(np.maximum(_target(time_ms, box, eyes, window, scale), low), high)
    in_widths = np.array([1.0, 1.0 / window.source_aspect])
    least, greatest = window.centre_range(scale)
    return Corridor(
        time_ms,
        low * in_widths,
        high * in_widths,
        target * in_widths,
        COMFORT * size * in_widths,
        MARGIN * size * in_widths,
        free,
        scale,
        np.array(least) * in_widths,
        np.array(greatest) * in_widths,
    )


def _seen_box(stretch: Stretch, time_ms: Floats, size: Floats) -> tuple[Floats, Floats]:
    """The box around all subjects of a stretch, shape (n, 4), and their eye line, shape (n,).

    Between sightings far apart the box is wider: wherever they may be, as far as that
    leaves some of the window's `size` (2,). NaN where nobody's place is known.
    """
    box = np.full((len(time_ms), 4), np.nan)
    eyes = np.full(len(time_ms), np.nan)
    for whole in stretch.tracks:
        track = whole.during(stretch.start_ms, stretch.end_ms)
        known = track.known_at(time_ms)
        seen = track.box_at(time_ms[known])
        room = np.maximum(size - (seen[:, 2:] - seen[:, :2]), 0.0)
        doubt = np.minimum(track.doubt_at(time_ms[known]), MOST_DOUBT * room)
        box[known, :2] = np.fmin(box[known, :2], seen[:, :2] - doubt)
        box[known, 2:] = np.fmax(box[known, 2:], seen[:, 2:] + doubt)
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
    low = np.where(unknown, least, np.minimum(np.maximum(low, least), greatest))
    high = np.where(unknown, greatest, np.minimum(np.maximum(high, least), greatest))
    return low, high


def _target(time_ms: Floats, box: Floats, eyes: Floats, window: Window, scale: float) -> Floats:
    """The best framed centre: subjects in the middle with lead room, eyes on the eye line.

    Where nobody's place is known it goes on in a straight line; all in the middle
    of the source when nobody's ever is.
    """
    known = ~np.isnan(eyes)
    if not np.any(known):
        return np.full((len(time_ms), 2), 0.5)
    width, height = window.size(scale)
    x = np.interp(time_ms, time_ms[known], 0.5 * (box[known, 0] + box[known, 2]))
    y = np.interp(time_ms, time_ms[known], eyes[known]) + (0.5 - EYE_LINE) * height
    return np.column_stack((x + _lead(time_ms, x, width), y))


def _lead(time_ms: Floats, x: Floats, width: float) -> Floats:
    """Room in front of who moves, from the speed over LEAD_TIME_MS around each moment."""
    half = 0.5 * LEAD_TIME_MS
    ahead, behind = (np.interp(time_ms + shift, time_ms, x) for shift in (half, -half))
    most = LEAD_ROOM * width
    lead: Floats = np.minimum(np.maximum(LEAD_GAIN * (ahead - behind), -most), most)
    return lead
