"""How large the subject is shown."""

import numpy as np

from .observe import FACE
from .whom import Stretch
from .window import Limits, Window

SMALL_FACE = 0.10
"""Height of a face, share of the window's, below which the window zooms in: in a
medium shot a face is a tenth to a fifth of the picture's height."""

SMALL_UPPER_BODY = 0.25
"""The same for the upper half of a person, which is two to three heads high."""

GREATEST_SHARE = 0.5
"""A zoom leaves the subject's box, wherever it goes during the take, at most this
share of the window: what is larger has no room to move."""


def scale_of_take(stretches: list[Stretch], window: Window, limits: Limits) -> float:
    """The zoom of one take, 1 to limits.scale.

    One zoom for a whole take: a zoom during a pan is the mark of an amateur.
    """
    wanted, allowed = 1.0, limits.scale
    for stretch in stretches:
        for track in stretch.tracks:
            box = track.during(stretch.start_ms, stretch.end_ms).box
            size = np.sort(box[:, 2:] - box[:, :2], axis=0)
            usual, large = size[len(size) // 2], size[int(0.95 * (len(size) - 1))]
            small = SMALL_FACE if track.kind == FACE else SMALL_UPPER_BODY
            wanted = max(wanted, float(small * window.height / usual[1]))
            room = np.array([window.width, window.height]) * GREATEST_SHARE
            allowed = min(allowed, float(np.min(room / large)))
    return max(1.0, min(wanted, allowed))
