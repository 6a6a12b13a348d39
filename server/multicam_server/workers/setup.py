"""What a worker is told once, before its first job."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..retention import Bounds

if TYPE_CHECKING:
    from ..media.library import MediaLibrary


@dataclass(frozen=True)
class WorkerLimits:
    """How much one job may take: address space in bytes, processor time in seconds."""

    memory_bytes: int
    cpu_s: float


@dataclass(frozen=True)
class WorkerSetup:
    """What a worker needs to answer requests.

    Relative paths are relative to `working_folder`. `vad_model` finds speech in sound, None
    leaves that to the energy gate. It is pickled by the server and
    unpickled by the worker, never the other way.
    """

    media: "MediaLibrary"
    working_folder: Path
    answers_folder: Path
    answers_bounds: Bounds
    limits: WorkerLimits
    vad_model: Path | None = None
