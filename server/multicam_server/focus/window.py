"""The crop window: its shape, its size in the source, and where its centre may be."""

from dataclasses import dataclass

DEFAULT_ASPECT_RATIO = "9:16"
"""The contract's default for target_aspect_ratio."""

ASSUMED_SOURCE = (16, 9)
"""The source's shape while its size is unknown: what nearly every camera records."""

DEFAULT_MAX_VELOCITY = 0.5
"""Source widths per second (contract: FocusOptions.max_velocity)."""

DEFAULT_MAX_ACCELERATION = 1.0
"""Source widths per second squared (contract: FocusOptions.max_acceleration)."""

DEFAULT_MAX_SCALE = 1.5
"""Greatest zoom (contract: FocusOptions.max_scale)."""


@dataclass(frozen=True)
class Limits:
    """How the window may move, in source widths and seconds, and how far it may zoom."""

    velocity: float
    acceleration: float
    scale: float


@dataclass(frozen=True)
class Window:
    """The largest window of the target shape, as fractions of the source at scale 1.

    `source_aspect` is the source's width over its height: a vertical step of 1
    (the source's height) is 1 / source_aspect source widths.
    """

    width: float
    height: float
    source_aspect: float

    def size(self, scale: float) -> tuple[float, float]:
        """Width and height at a zoom, fractions of the source."""
        return self.width / scale, self.height / scale

    def centre_range(self, scale: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Least and greatest (x, y) of the centre that keep the window in the source."""
        half_width, half_height = (0.5 * side for side in self.size(scale))
        return (half_width, half_height), (1.0 - half_width, 1.0 - half_height)


def parse_aspect_ratio(text: str) -> tuple[int, int]:
    """Width and height of a shape written "W:H"; empty means the default.

    Raises ValueError when the text is not two positive whole numbers.
    """
    width, separator, height = (text or DEFAULT_ASPECT_RATIO).partition(":")
    if not (separator and width.isdecimal() and height.isdecimal()):
        raise ValueError(f"an aspect ratio reads like 9:16, not {text!r}")
    shape = int(width), int(height)
    if min(shape) < 1:
        raise ValueError(f"an aspect ratio has no zero, unlike {text!r}")
    return shape


def largest_window(target: tuple[int, int], source: tuple[int, int]) -> Window:
    """The largest window of shape `target` inside a source of size `source`."""
    target_width, target_height = target
    source_width, source_height = source
    # Whole numbers, so that a target of the source's own shape is exactly 1 by 1.
    across, along = target_width * source_height, target_height * source_width
    return Window(
        width=min(1.0, across / along),
        height=min(1.0, along / across),
        source_aspect=source_width / source_height,
    )
