"""Plays a reframed clip back: where the window is at a moment, and whether the face is in it."""

import numpy as np
from multicam.v1 import focus_pb2, sequence_pb2

from .interview import Camera, head
from .picture import FRAMES_PER_S, HEIGHT, WIDTH

TARGET_SHAPE = (9, 16)
# The largest window of that shape in the picture, as fractions of the frame: full height.
WINDOW_WIDTH = TARGET_SHAPE[0] / TARGET_SHAPE[1] * HEIGHT / WIDTH
WINDOW_HEIGHT = 1.0


def frames_with_whole_face(
    clip: sequence_pb2.SequenceClip, path: focus_pb2.FocusResponse, camera: Camera
) -> tuple[int, int]:
    """In how many frames of the clip the true face lies wholly in the window, and of how many."""
    curves = {curve.property: curve for curve in path.automations}
    own_s = np.arange(clip.in_ms / 1000.0, clip.out_ms / 1000.0, 1.0 / FRAMES_PER_S)
    whole = 0
    for own, moment in zip(own_s, camera.session_s(own_s), strict=True):
        x, y, scale = (
            value(curves[curve], own * 1000.0 - clip.in_ms)
            for curve in (
                focus_pb2.AUTOMATION_PROPERTY_CROP_X,
                focus_pb2.AUTOMATION_PROPERTY_CROP_Y,
                focus_pb2.AUTOMATION_PROPERTY_SCALE,
            )
        )
        face = head(camera.frames_speaker, moment)
        whole += (
            abs(face.center_x - x) + face.width / 2.0 <= WINDOW_WIDTH / scale / 2.0
            and abs(face.center_y - y) + face.height / 2.0 <= WINDOW_HEIGHT / scale / 2.0
        )
    return whole, len(own_s)


def value(curve: focus_pb2.Automation, ms: float) -> float:
    """A curve's value at a moment of the clip, by the contract's rules of interpolation."""
    frames = curve.keyframes
    index = sum(frame.time_ms <= ms for frame in frames) - 1
    if index < 0:
        return frames[0].value
    if index == len(frames) - 1:
        return frames[-1].value
    before, after = frames[index], frames[index + 1]
    p = (ms - before.time_ms) / (after.time_ms - before.time_ms)
    done = {
        focus_pb2.INTERPOLATION_STEP: 0.0,
        focus_pb2.INTERPOLATION_LINEAR: p,
        focus_pb2.INTERPOLATION_EASE_IN: p * p,
        focus_pb2.INTERPOLATION_EASE_OUT: 1.0 - (1.0 - p) ** 2,
        focus_pb2.INTERPOLATION_EASE_IN_OUT: p * p * (3.0 - 2.0 * p),
    }[before.interpolation]
    return before.value + done * (after.value - before.value)
