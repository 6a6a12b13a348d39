"""Keyframes of the three properties from the rests of all takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.focus import Automation, AutomationProperty, Interpolation, Keyframe
from .path import Hold


@dataclass(frozen=True)
class Pose:
    """The window at one time and how it goes on from there."""

    time_ms: float
    x: float
    y: float
    scale: float
    interpolation: Interpolation

    @property
    def values(self) -> tuple[float, float, float]:
        """What the three properties show."""
        return self.x, self.y, self.scale


def poses_of_take(holds: Sequence[Hold], scale: float) -> list[Pose]:
    """The keyframes of one take: a rest is a STEP, a glide between two is eased."""
    poses = []
    for index, hold in enumerate(holds):
        x, y = hold.centre
        rests = hold.end_ms > hold.start_ms
        if rests or index == len(holds) - 1:
            poses.append(Pose(hold.start_ms, x, y, scale, Interpolation.STEP))
        if index < len(holds) - 1:
            poses.append(Pose(hold.end_ms, x, y, scale, Interpolation.EASE_IN_OUT))
    return poses


def automations(poses: Sequence[Pose]) -> tuple[Automation, ...]:
    """The three properties at the same times, without keyframes that change nothing."""
    kept: list[Pose] = []
    for pose in poses:
        rests_on = (
            kept
            and kept[-1].values == pose.values
            and kept[-1].interpolation == Interpolation.STEP
            and pose.interpolation == Interpolation.STEP
        )
        if not rests_on:
            kept.append(pose)
    return tuple(
        Automation(
            kind,
            tuple(Keyframe(p.time_ms, p.values[place], p.interpolation) for p in kept),
        )
        for place, kind in enumerate(
            (AutomationProperty.CROP_X, AutomationProperty.CROP_Y, AutomationProperty.SCALE)
        )
    )
