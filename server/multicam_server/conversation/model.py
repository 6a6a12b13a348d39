"""The one conversation of a session, as it was inferred from all recordings."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats

STEP_MS = 40.0
"""Grid of the inference: half the 80 ms by which detectors miss edges anyway."""


@dataclass(frozen=True)
class Grid:
    """`cells` steps of session time from `start_ms`."""

    start_ms: float
    cells: int
    step_ms: float = STEP_MS

    @classmethod
    def over(cls, start_ms: float, end_ms: float) -> "Grid":
        """The cells that cover a stretch of session time; the last may reach beyond it."""
        return cls(start_ms, max(1, int(np.ceil((end_ms - start_ms) / STEP_MS - 1e-9))))

    @property
    def centre_ms(self) -> Floats:
        """Session time of each cell's middle, shape (cells,)."""
        return np.asarray(
            self.start_ms + (np.arange(self.cells) + 0.5) * self.step_ms, dtype=np.float64
        )

    def edge(self, time_ms: float) -> int:
        """The cell edge nearest to a time, 0 to `cells`."""
        return min(max(round((time_ms - self.start_ms) / self.step_ms), 0), self.cells)

    def cells_of(self, duration_ms: float) -> int:
        """How many cells a duration takes, at least one."""
        return max(1, round(duration_ms / self.step_ms))


@dataclass(frozen=True, eq=False)
class Conversation:
    """Who speaks, who has the floor and whom each track shows.

    Over `s` speakers, `t` tracks and the grid's cells. `speaking` (s, cells) tells
    who is heard; `floor` (s, cells) is who the picture belongs to, 0 to 1: it stays
    with a speaker through pauses and short remarks of others, and is shared in
    sustained cross-talk. `crosstalk` and `voiced` (cells,): several speak for long;
    anybody speaks.
    `shows` (t, s) is the probability that a track's picture shows a speaker.
    `cut_quality` (cells + 1,) is each cell edge's quality as a cut, -1 (inside a
    word) to 0. `notes` say in words what was inferred, `fallbacks` what for want of
    better. Without any speech `speakers` is empty and everything is neutral.
    """

    grid: Grid
    speakers: tuple[str, ...]
    speaking: Flags
    floor: Floats
    crosstalk: Flags
    voiced: Flags
    shows: Floats
    cut_quality: Floats
    notes: tuple[str, ...] = ()
    fallbacks: tuple[str, ...] = ()
