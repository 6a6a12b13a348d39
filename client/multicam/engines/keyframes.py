"""The service's paths as the engines' keyframes: whole milliseconds, and linear where needed."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from ..v1 import focus_pb2 as pb
from .models import EngineModels, build
from .reading import Record
from .rounding import whole_ms

CROP_X, CROP_Y, SCALE = "crop_x", "crop_y", "scale"
PROPERTIES = {
    pb.AUTOMATION_PROPERTY_CROP_X: CROP_X,
    pb.AUTOMATION_PROPERTY_CROP_Y: CROP_Y,
    pb.AUTOMATION_PROPERTY_SCALE: SCALE,
}

MOST_ERROR = 0.0005
"""Largest distance of straight pieces from a curve: half a thousandth of the picture."""

_MOST_PIECES = 64
_CURVATURE = 6.0  # largest second derivative of the contract's curves over p from 0 to 1
_EASINGS: dict[int, Callable[[float], float]] = {
    pb.INTERPOLATION_EASE_IN: lambda p: p * p,
    pb.INTERPOLATION_EASE_OUT: lambda p: 1.0 - (1.0 - p) ** 2,
    pb.INTERPOLATION_EASE_IN_OUT: lambda p: p * p * (3.0 - 2.0 * p),
}


def keyframes(automation: pb.Automation, models: EngineModels) -> list[Record]:
    """The automation's keyframes, interpolations kept; times in whole milliseconds that rise."""
    times = whole_ms([keyframe.time_ms for keyframe in automation.keyframes])
    return [
        build(
            models.keyframe,
            time_ms=time,
            value=keyframe.value,
            interpolation=interpolation_name(keyframe.interpolation),
        )
        for time, keyframe in zip(times, automation.keyframes, strict=True)
    ]


def interpolation_name(interpolation: pb.Interpolation) -> str:
    """The engines' word; "linear" for what the contract of this version does not know."""
    known = pb.Interpolation.DESCRIPTOR.values_by_number.get(interpolation)
    if known is None or not interpolation:
        return "linear"
    return known.name.removeprefix("INTERPOLATION_").lower()


def linear_poses(response: pb.FocusResponse) -> list[dict[str, float]]:
    """The window's path as poses between which everything moves in straight lines.

    For a receiver that knows no other interpolation: a step becomes two poses a
    millisecond apart, a curve as many pieces as keep within MOST_ERROR of it.
    """
    tracks = [(PROPERTIES[one.property], one.keyframes) for one in response.automations]
    times = whole_ms([keyframe.time_ms for keyframe in tracks[0][1]]) if tracks else []
    poses: list[dict[str, float]] = []
    for index, (start, end) in enumerate(pairwise(times)):
        spans = [(name, track[index], track[index + 1]) for name, track in tracks]
        for time in _times_between(start, end, [(one, other) for _, one, other in spans]):
            share = (time - start) / (end - start)
            poses.append({"time_ms": time, **{name: _value(a, b, share) for name, a, b in spans}})
    if times:
        poses.append({"time_ms": times[-1], **{name: track[-1].value for name, track in tracks}})
    return poses


def _times_between(
    start: int, end: int, spans: Sequence[tuple[pb.Keyframe, pb.Keyframe]]
) -> list[int]:
    """Whole milliseconds from `start` on, before `end`, at which a pose is needed."""
    moving = [(a, b) for a, b in spans if a.value != b.value]
    times = {start}
    if any(a.interpolation == pb.INTERPOLATION_STEP for a, _ in moving):
        times.add(end - 1)
    curved = [abs(b.value - a.value) for a, b in moving if a.interpolation in _EASINGS]
    if curved:
        wanted = math.ceil(math.sqrt(_CURVATURE * max(curved) / (8.0 * MOST_ERROR)))
        pieces = min(wanted, _MOST_PIECES, end - start)
        times |= {start + round((end - start) * piece / pieces) for piece in range(pieces)}
    return sorted(times)


def _value(start: pb.Keyframe, end: pb.Keyframe, share: float) -> float:
    """The value at a share of the span from one keyframe to the next."""
    if start.interpolation == pb.INTERPOLATION_STEP:
        return start.value
    done = _EASINGS.get(start.interpolation, float)(share)
    return start.value + done * (end.value - start.value)
