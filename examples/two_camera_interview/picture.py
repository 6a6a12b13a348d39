"""What the cameras see: one seated figure each, drawn where the interview says it is."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .interview import Camera, Head, Sentence, head, sentences

WIDTH, HEIGHT = 640, 360
FRAMES_PER_S = 25

Plane = NDArray[np.uint8]
Colour = tuple[int, int, int]  # Y, Cb, Cr, video range


@dataclass(frozen=True)
class Look:
    """The colours of one figure and of the wall behind it."""

    wall: Colour
    hair: Colour
    skin: Colour
    clothes: Colour


LOOKS = {
    "mara": Look(
        wall=(150, 118, 138), hair=(60, 112, 142), skin=(178, 108, 150), clothes=(90, 160, 110)
    ),
    "theo": Look(
        wall=(110, 138, 118), hair=(190, 128, 128), skin=(165, 110, 152), clothes=(70, 118, 134)
    ),
}
INK: Colour = (30, 128, 128)
MOUTH: Colour = (70, 118, 170)
# A word opens and closes the mouth this many times a second.
SYLLABLES_PER_S = 4.5


def frames(camera: Camera) -> Iterator[Plane]:
    """Every frame of one camera as a yuv420p array, (HEIGHT * 3 / 2, WIDTH)."""
    look = LOOKS[camera.frames_speaker]
    said = [sentence for sentence in sentences() if sentence.speaker == camera.frames_speaker]
    wall = backdrop(look)
    count = round(camera.duration_s * FRAMES_PER_S)
    for moment in camera.session_s(np.arange(count) / FRAMES_PER_S):
        canvas = Canvas(wall.copy())
        figure(canvas, look, head(camera.frames_speaker, moment), mouth_opening(said, moment))
        yield canvas.planes


def mouth_opening(said: list[Sentence], moment: float) -> float:
    """How far the mouth is open, 0 to 1."""
    for sentence in said:
        for _, start, end in sentence.words:
            into = moment - sentence.start_s - start
            if 0.0 <= into < end - start:
                return float(np.sin(np.pi * SYLLABLES_PER_S * into) ** 2)
    return 0.0


class Canvas:
    """A yuv420p picture to draw on, in fractions of the frame."""

    def __init__(self, planes: Plane) -> None:
        self.planes = planes
        chroma = planes[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
        self.layers = (planes[:HEIGHT], chroma[0], chroma[1])

    def ellipse(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fills an ellipse around a centre; what lies outside the frame is cut off."""
        for layer, value in zip(self.layers, colour, strict=True):
            rows, columns = layer.shape
            left, right = bounds(x, width, columns)
            top, bottom = bounds(y, height, rows)
            across = ((np.arange(left, right) + 0.5) / columns - x) / (width / 2.0)
            down = ((np.arange(top, bottom) + 0.5) / rows - y) / (height / 2.0)
            inside = across[None, :] ** 2 + down[:, None] ** 2 <= 1.0
            layer[top:bottom, left:right][inside] = value


def bounds(center: float, size: float, pixels: int) -> tuple[int, int]:
    """First and last pixel that an extent touches, within the frame."""
    first = int(np.floor((center - size / 2.0) * pixels))
    last = int(np.ceil((center + size / 2.0) * pixels))
    return max(first, 0), min(last, pixels)


def backdrop(look: Look) -> Plane:
    """The wall, lighter towards one side, with a shelf."""
    planes = np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
    luma, cb, cr = Canvas(planes).layers
    luma[:] = (look.wall[0] + np.linspace(-20.0, 20.0, WIDTH)).astype(np.uint8)
    cb[:], cr[:] = look.wall[1:]
    luma[HEIGHT // 6 : HEIGHT // 6 + 6, WIDTH // 10 : WIDTH * 9 // 10] = 60
    return planes


def figure(canvas: Canvas, look: Look, at: Head, opening: float) -> None:
    """One person from the chest up. The face fills the head's box."""
    x, y, width, height = at.center_x, at.center_y, at.width, at.height
    canvas.ellipse(x, y + 1.55 * height, 3.0 * width, 2.0 * height, look.clothes)
    canvas.ellipse(x, y - 0.10 * height, 1.15 * width, 1.10 * height, look.hair)
    canvas.ellipse(x, y, width, height, look.skin)
    for side in (-1.0, 1.0):
        canvas.ellipse(x + side * 0.2 * width, y - 0.1 * height, 0.1 * width, 0.07 * height, INK)
    mouth = (0.04 + 0.12 * opening) * height
    canvas.ellipse(x, y + 0.25 * height, 0.36 * width, mouth, MOUTH)
