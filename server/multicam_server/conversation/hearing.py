"""What each recording heard, in session time."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from ..domain.artifacts import AudioEventKind, Flags
from ..domain.media import Floats
from ..domain.session import SessionTrack
from .model import Grid


@dataclass(frozen=True)
class Utterance:
    """One speech event in session time; unknown numbers are NaN."""

    start_ms: float
    end_ms: float
    speaker_id: str
    loudness_lufs: float
    confidence: float
    transcription: str


@dataclass(frozen=True, eq=False)
class Hearing:
    """One track's ears: its speech in order, and when it records and listens.

    `speech` and `recording` have shape (cells,): anybody was heard; the track was
    recording. `level_lufs` (cells,) is the loudest speech heard, NaN where unknown.
    """

    utterances: tuple[Utterance, ...]
    speech: Flags
    recording: Flags
    level_lufs: Floats


MIN_CONFIDENCE = 0.2
"""A detector that says less than this of an event does not believe in it itself."""


def hear(track: SessionTrack, grid: Grid) -> Hearing | None:
    """A track's speech on the session's clock; None where no detector listened."""
    timeline = track.artifacts.audio_semantic_timeline
    if timeline is None:
        return None
    events, clock = timeline.events, track.clock
    end_of_grid = grid.start_ms + grid.cells * grid.step_ms
    start = np.maximum(clock.to_session_ms(np.maximum(events.start_ms, 0.0)), grid.start_ms)
    end = clock.to_session_ms(np.minimum(events.end_ms, track.duration_ms))
    end = np.minimum(end, end_of_grid)
    doubtful = events.confidence < MIN_CONFIDENCE
    wanted = (events.kind == AudioEventKind.SPEECH) & (end > start) & ~doubtful
    chosen = np.flatnonzero(wanted)
    utterances = sorted(
        map(
            Utterance,
            start[chosen].tolist(),
            end[chosen].tolist(),
            [events.speaker_id[i] for i in chosen],
            events.loudness_lufs[chosen].tolist(),
            events.confidence[chosen].tolist(),
            [events.transcription[i] for i in chosen],
        ),
        key=_canonical,
    )
    speech, level = np.zeros(grid.cells, dtype=bool), np.full(grid.cells, np.nan)
    for utterance in utterances:
        cells = slice(grid.edge(utterance.start_ms), grid.edge(utterance.end_ms))
        speech[cells] = True
        if not isnan(utterance.loudness_lufs):
            level[cells] = np.fmax(level[cells], utterance.loudness_lufs)
    centre = grid.centre_ms
    recording = (centre >= track.start_ms) & (centre <= track.end_ms)
    return Hearing(tuple(utterances), speech, recording, level)


def _canonical(utterance: Utterance) -> tuple[float, float, str, float, float, str]:
    """An order by all values, unknown numbers first."""
    return (
        utterance.start_ms,
        utterance.end_ms,
        utterance.speaker_id,
        -1e9 if isnan(utterance.loudness_lufs) else utterance.loudness_lufs,
        -1.0 if isnan(utterance.confidence) else utterance.confidence,
        utterance.transcription,
    )


def activities(hearing: Hearing, grid: Grid, names: Sequence[str]) -> Flags:
    """When a track heard each of some speaker ids, shape (names, cells)."""
    flags = np.zeros((len(names), grid.cells), dtype=bool)
    row_of = {name: row for row, name in enumerate(names)}
    for utterance in hearing.utterances:
        row = row_of.get(utterance.speaker_id)
        if row is not None:
            flags[row, grid.edge(utterance.start_ms) : grid.edge(utterance.end_ms)] = True
    return flags


def listening(hearings: Sequence[Hearing | None]) -> list[int]:
    """Indices of the tracks that heard anything."""
    return [i for i, hearing in enumerate(hearings) if hearing is not None and hearing.utterances]
