"""Paths to compare with: doing nothing, doing too much, and the exact optimum."""

from itertools import pairwise

import numpy as np
from multicam_server.focus.window import Window
from scipy.optimize import linprog
from scipy.sparse import block_array, coo_array, csr_array, diags_array, eye_array

from .clips import Clip, Floats
from .metrics import Shown

WEIGHTS = (10.0, 1.0, 100.0)
"""Weights of speed, acceleration and jerk, from Grundmann et al. 2011, section 4."""

LP_HZ = 10
FREE = 100.0
"""Price of leaving the corridor by one source width for one step."""


def static_centre(clip: Clip) -> Shown:
    """The window rests in the middle."""
    count = len(clip.frame_ms)
    return Shown(np.full((count, 2), 0.5), np.ones(count), 1)


def per_frame_follow(clip: Clip, window: Window) -> Shown:
    """The window's centre is the largest detection's, a keyframe per detection."""
    time_ms, box = largest_detections(clip)
    x = np.interp(clip.frame_ms, time_ms, 0.5 * (box[:, 0] + box[:, 2]))
    y = np.interp(clip.frame_ms, time_ms, 0.5 * (box[:, 1] + box[:, 3]))
    low, high = window.centre_range(1.0)
    centre = np.clip(np.column_stack((x, y)), low, high)
    keys = len(time_ms)
    return Shown(centre, np.ones(len(x)), keys, clip.cuts_ms, crossings=len(clip.cuts_ms))


def largest_detections(clip: Clip) -> tuple[Floats, Floats]:
    """Per detection time the largest box; times (k,) and boxes (k, 4)."""
    visual = clip.request.artifacts.visual_meta
    assert visual is not None
    subjects = visual.subjects
    area = subjects.bbox_width * subjects.bbox_height
    order = np.lexsort((-area, subjects.frame))
    first = order[np.diff(subjects.frame[order], prepend=-1) != 0]
    x, y = subjects.bbox_x[first], subjects.bbox_y[first]
    box = np.column_stack((x, y, x + subjects.bbox_width[first], y + subjects.bbox_height[first]))
    return visual.timestamp_ms[subjects.frame[first]], np.clip(box, 0.0, 1.0)


def exact_l1(clip: Clip, window: Window, *, on_truth: bool) -> Shown:
    """The L1-optimal path of each shot by linear programming (HiGHS), ten nodes a second.

    Constraints: the face with the service's margin in the window, the window in
    the source. No keyframes: a path for every frame.
    """
    time_ms, box = (clip.frame_ms, clip.face) if on_truth else largest_detections(clip)
    centre = np.full((len(clip.frame_ms), 2), 0.5)
    edges = [0.0, *clip.cuts_ms, float(clip.request.out_ms or 0.0)]
    least, greatest = window.centre_range(1.0)
    for start, end in pairwise(edges):
        inside = (time_ms >= start) & (time_ms < end)
        frames = (clip.frame_ms >= start) & (clip.frame_ms < end)
        if not np.any(inside):
            continue
        nodes = np.linspace(start, end, max(4, int((end - start) / 1e3 * LP_HZ)) + 1)
        for axis in range(2):
            if greatest[axis] - least[axis] < 1e-12:
                continue
            near, far = (
                np.interp(nodes, time_ms[inside], box[inside, axis + side]) for side in (0, 2)
            )
            size = window.size(1.0)[axis]
            low = np.clip(far + 0.04 * size - 0.5 * size, least[axis], greatest[axis])
            high = np.clip(near - 0.04 * size + 0.5 * size, least[axis], greatest[axis])
            middle = 0.5 * (low + high)
            path = l1_path(np.minimum(low, middle), np.maximum(high, middle), 1.0 / LP_HZ)
            path = np.clip(path, least[axis], greatest[axis])
            centre[frames, axis] = np.interp(clip.frame_ms[frames], nodes, path)
    return Shown(centre, np.ones(len(centre)), None, cuts_ms=clip.cuts_ms)


def l1_path(low: Floats, high: Floats, step_s: float) -> Floats:
    """min sum w_k |D^k x| subject to low - s <= x <= high + s with s priced at FREE."""
    count = len(low)
    differences = [difference(count, order, step_s) for order in (1, 2, 3)]
    stacked = block_array([[d] for d in differences], format="csr")
    rows = stacked.shape[0]
    weight = np.repeat(WEIGHTS, [d.shape[0] for d in differences]) * step_s
    one, slack = eye_array(rows, format="csr"), eye_array(count, format="csr")
    constraints = block_array(
        [
            [stacked, -one, None],
            [-stacked, -one, None],
            [slack, None, -slack],
            [-slack, None, -slack],
        ],
        format="csr",
    )
    bounds_right = np.concatenate((np.zeros(2 * rows), high, -low))
    cost = np.concatenate((np.zeros(count), weight, np.full(count, FREE)))
    bounds = [(0.0, 1.0)] * count + [(0.0, None)] * (rows + count)
    answer = linprog(cost, A_ub=constraints, b_ub=bounds_right, bounds=bounds, method="highs")
    path: Floats = answer.x[:count]
    return path


def difference(count: int, order: int, step_s: float) -> csr_array:
    """The order-th difference per step_s^order as a matrix."""
    matrix = coo_array(eye_array(count)).tocsr()
    for _ in range(order):
        size = matrix.shape[0]
        forward = diags_array(
            [-np.ones(size - 1), np.ones(size - 1)], offsets=[0, 1], shape=(size - 1, size)
        )
        matrix = (forward / step_s) @ matrix
    return csr_array(matrix)
