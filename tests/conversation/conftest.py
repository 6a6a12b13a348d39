"""Makers of small sessions whose conversation is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from multicam_server.domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioEvents,
    AudioSemanticTimeline,
    Beats,
)
from multicam_server.domain.media import CameraRole
from multicam_server.domain.session import SessionTrack


@pytest.fixture
def recording() -> Callable[..., SessionTrack]:
    """A track of 60 s and what it heard: (start_ms, end_ms, speaker id, LUFS) each."""

    def make(
        asset_id: str,
        events: Sequence[tuple[float, float, str, float]],
        *,
        role: CameraRole = CameraRole.SECONDARY,
        subject_ids: tuple[str, ...] = (),
        offset_ms: float = 0.0,
        transcriptions: Sequence[str] | None = None,
        beats_ms: Sequence[float] = (),
    ) -> SessionTrack:
        unknown = np.full(len(beats_ms), -1, dtype=np.int64)
        return SessionTrack(
            asset_id=asset_id,
            role=role,
            offset_ms=offset_ms,
            duration_ms=60_000.0,
            subject_ids=subject_ids,
            artifacts=Artifacts(
                AudioSemanticTimeline(
                    artifact_id="a",
                    duration_ms=60_000.0,
                    events=AudioEvents(
                        kind=np.full(len(events), AudioEventKind.SPEECH, dtype=np.int64),
                        start_ms=np.array([e[0] - offset_ms for e in events], dtype=np.float64),
                        end_ms=np.array([e[1] - offset_ms for e in events], dtype=np.float64),
                        speaker_id=tuple(e[2] for e in events),
                        loudness_lufs=np.array([e[3] for e in events], dtype=np.float64),
                        confidence=np.full(len(events), np.nan),
                        transcription=tuple(transcriptions or [""] * len(events)),
                    ),
                    beats=Beats(np.array(beats_ms, dtype=np.float64), unknown, unknown, unknown),
                )
            ),
        )

    return make
