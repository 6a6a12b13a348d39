"""The interview as it happened: who said what when, where they sat, what the cameras were.

Everything that the demo claims to find is stated here first. Session time is
camera A's time: seconds from its first video frame.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SPEECH = Path(__file__).parent / "speech"
TENANT_ID = "t_demo"
ENV = "dev"
SESSION_ID = "organ-builder"

Position = tuple[float, float, float]  # metres: width, depth, height

ROOM_M: Position = (5.0, 4.2, 2.7)
# A furnished sitting room: RT60 about 0.2 s.
WALL_REFLECTION = 0.72
SEATS_M: dict[str, Position] = {"mara": (1.9, 3.1, 1.2), "theo": (3.1, 3.1, 1.2)}


@dataclass(frozen=True)
class Camera:
    """One camera with its microphone, clock and flaws.

    Its moment `t` (seconds from its first frame, by its own clock) shows the
    session's moment `offset_s + t / (1 + drift_ppm * 1e-6)`.
    """

    asset_id: str
    role: str
    frames_speaker: str
    offset_s: float
    drift_ppm: float
    duration_s: float
    microphone_m: Position
    peak_dbfs: float
    noise_dbfs: float
    passband_hz: tuple[float, float]
    noise_seed: int

    def session_s(self, own_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Moments of the session for moments of this camera's clock."""
        return self.offset_s + own_s / (1.0 + self.drift_ppm * 1e-6)

    def own_ms(self, session_ms: float) -> float:
        """A moment of this camera's clock for a moment of the session."""
        return (session_ms - self.offset_s * 1000.0) * (1.0 + self.drift_ppm * 1e-6)


# The microphones are 20 cm apart. Sound needs 0.6 ms for that distance, of which
# the difference between the two paths from one speaker is about a quarter: it is
# the error that no alignment by sound can avoid.
CAMERA_A = Camera(
    asset_id="camera_a",
    role="CAMERA_ROLE_PRIMARY",
    frames_speaker="mara",
    offset_s=0.0,
    drift_ppm=0.0,
    duration_s=82.0,
    microphone_m=(2.4, 1.1, 1.3),
    peak_dbfs=-3.0,
    noise_dbfs=-62.0,
    passband_hz=(60.0, 11_000.0),
    noise_seed=1,
)
CAMERA_B = Camera(
    asset_id="camera_b",
    role="CAMERA_ROLE_SECONDARY",
    frames_speaker="theo",
    offset_s=3.217,
    drift_ppm=8.0,
    duration_s=79.0,
    microphone_m=(2.6, 1.1, 1.3),
    peak_dbfs=-12.0,
    noise_dbfs=-48.0,
    passband_hz=(150.0, 5_000.0),
    noise_seed=2,
)
CAMERAS = (CAMERA_A, CAMERA_B)


@dataclass(frozen=True)
class Sentence:
    """One sentence: where it lies in the session and in its speaker's recording."""

    speaker: str
    text: str
    start_s: float
    file_start_s: float
    file_end_s: float
    words: tuple[tuple[str, float, float], ...]  # word, start and end in s from the sentence's

    @property
    def end_s(self) -> float:
        """Session time at which the sentence ends."""
        return self.start_s + self.file_end_s - self.file_start_s


def sentences() -> tuple[Sentence, ...]:
    """The whole conversation in the order in which it was spoken."""
    stated = json.loads((SPEECH / "speech.json").read_text("utf-8"))["sentences"]
    return tuple(
        Sentence(
            speaker=sentence["speaker"],
            text=sentence["text"],
            start_s=sentence["session_start_ms"] / 1000.0,
            file_start_s=sentence["file_start_ms"] / 1000.0,
            file_end_s=sentence["file_end_ms"] / 1000.0,
            words=tuple(
                (word, start / 1000.0, end / 1000.0) for word, start, end in sentence["words"]
            ),
        )
        for sentence in stated
    )


@dataclass(frozen=True)
class Head:
    """Where a head is in its camera's picture, as fractions of the frame."""

    center_x: float
    center_y: float
    width: float
    height: float


# (session second, horizontal centre): people hold a pose, then lean over within a few seconds.
POSES: dict[str, tuple[tuple[float, float], ...]] = {
    "mara": ((0.0, 0.42), (26.0, 0.42), (29.0, 0.50), (58.0, 0.50), (61.5, 0.44), (90.0, 0.44)),
    "theo": (
        *((0.0, 0.62), (17.0, 0.62), (21.0, 0.40), (33.0, 0.40), (37.0, 0.55)),
        *((50.0, 0.55), (54.0, 0.69), (63.0, 0.69), (67.0, 0.50), (90.0, 0.50)),
    ),
}
HEAD_SIZE = {"mara": (0.150, 0.330), "theo": (0.165, 0.350)}
# Nobody sits still: breathing and small nods.
SWAY_X, SWAY_PERIOD_S = 0.008, 5.3
NOD_Y, NOD_PERIOD_S = 0.010, 3.7


def head(speaker: str, session_s: float) -> Head:
    """Where `speaker`'s head is at a moment of the session."""
    times, poses = zip(*POSES[speaker], strict=True)
    index = int(np.clip(np.searchsorted(times, session_s, side="right") - 1, 0, len(times) - 2))
    share = float(np.clip((session_s - times[index]) / (times[index + 1] - times[index]), 0.0, 1.0))
    lean = share * share * (3.0 - 2.0 * share)
    width, height = HEAD_SIZE[speaker]
    return Head(
        center_x=poses[index]
        + lean * (poses[index + 1] - poses[index])
        + SWAY_X * float(np.sin(2.0 * np.pi * session_s / SWAY_PERIOD_S)),
        center_y=0.40 + NOD_Y * float(np.sin(2.0 * np.pi * session_s / NOD_PERIOD_S)),
        width=width,
        height=height,
    )
