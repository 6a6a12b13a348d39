"""The session's recordings in one canonical order, and their columns in session time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import AudioEventKind, AudioEvents, Indices
from ..domain.media import Floats
from ..domain.session import SessionTrack


@dataclass(frozen=True, eq=False)
class Session:
    """Recordings sorted by asset id; `start_ms` and `end_ms` have shape (cameras,).

    `shows` tells which recordings have a picture: a waveform has none.
    """

    tracks: tuple[SessionTrack, ...]
    start_ms: Floats
    end_ms: Floats
    shows: tuple[bool, ...]

    @property
    def extent_ms(self) -> tuple[float, float]:
        """Start of the first and end of the last recording, in session time."""
        return float(self.start_ms.min()), float(self.end_ms.max())


def open_session(tracks: Sequence[SessionTrack]) -> Session:
    """The session of these recordings, the same for any order of `tracks`."""
    ordered = tuple(sorted(tracks, key=lambda track: track.asset_id))
    shows = tuple(has_picture(track) for track in ordered)
    if not any(shows):
        shows = (True,) * len(ordered)
    return Session(
        tracks=ordered,
        start_ms=np.array([track.start_ms for track in ordered], dtype=np.float64),
        end_ms=np.array([track.end_ms for track in ordered], dtype=np.float64),
        shows=shows,
    )


def has_picture(track: SessionTrack) -> bool:
    """Whether the recording can be shown: a waveform cannot."""
    return track.asset is None or track.asset.waveform is None


@dataclass(frozen=True, eq=False)
class HeardEvents:
    """`n` events of one recording in session time, sorted; the columns of `AudioEvents`."""

    start_ms: Floats
    end_ms: Floats
    speaker_id: tuple[str, ...]
    loudness_lufs: Floats
    confidence: Floats
    transcription: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.speaker_id)

    def take(self, at: Indices) -> "HeardEvents":
        """Some of the events."""
        return HeardEvents(
            self.start_ms[at],
            self.end_ms[at],
            tuple(self.speaker_id[index] for index in at),
            self.loudness_lufs[at],
            self.confidence[at],
            tuple(self.transcription[index] for index in at),
        )


def told_events(session: Session, kinds: Sequence[AudioEventKind]) -> list[HeardEvents]:
    """Per recording its events of these kinds, as far as nothing better tells of that time.

    What was measured from a recording's sound stands back wherever another recording
    has an audio artifact, whose detector knows more of sentences and of speakers.
    """
    told = [heard_events(track, kinds) for track in session.tracks]
    artifacts = [at for at, track in enumerate(session.tracks) if has_audio_artifact(track)]
    for at, track in enumerate(session.tracks):
        if is_measured(track):
            middle = 0.5 * (told[at].start_ms + told[at].end_ms)
            better = np.zeros(len(middle), dtype=np.bool_)
            for other in artifacts:
                better |= (middle >= session.start_ms[other]) & (middle < session.end_ms[other])
            told[at] = told[at].take(np.flatnonzero(~better))
    return told


def is_measured(track: SessionTrack) -> bool:
    """Whether the recording's timeline was measured from its sound."""
    timeline = track.artifacts.audio_semantic_timeline
    return timeline is not None and timeline.from_audio


def has_audio_artifact(track: SessionTrack) -> bool:
    """Whether a detector's timeline came with the recording."""
    return track.artifacts.audio_semantic_timeline is not None and not is_measured(track)


def heard_events(track: SessionTrack, kinds: Sequence[AudioEventKind]) -> HeardEvents:
    """The recording's events of these kinds, cut to the recording, empty ones left out."""
    timeline = track.artifacts.audio_semantic_timeline
    if timeline is None:
        nothing = np.zeros(0)
        return HeardEvents(nothing, nothing, (), nothing, nothing, ())
    events = timeline.events
    start = np.maximum(events.start_ms, 0.0)
    end = np.minimum(events.end_ms, track.duration_ms)
    chosen = np.flatnonzero((end > start) & np.isin(events.kind, [int(kind) for kind in kinds]))
    chosen = chosen[_canonical_order(events, chosen)]
    clock = track.clock
    return HeardEvents(
        start_ms=clock.to_session_ms(start[chosen]),
        end_ms=clock.to_session_ms(end[chosen]),
        speaker_id=tuple(events.speaker_id[index] for index in chosen),
        loudness_lufs=events.loudness_lufs[chosen],
        confidence=events.confidence[chosen],
        transcription=tuple(events.transcription[index] for index in chosen),
    )


def _canonical_order(events: AudioEvents, chosen: Indices) -> Indices:
    """Sorts the chosen events by all of their values."""
    start, end = events.start_ms[chosen], events.end_ms[chosen]
    order = np.lexsort((end, start))
    tied = (np.diff(start[order]) == 0) & (np.diff(end[order]) == 0)
    if not tied.any():
        return order
    keys = [
        (
            float(start[at]),
            float(end[at]),
            int(events.kind[chosen[at]]),
            events.speaker_id[chosen[at]],
            float(np.nan_to_num(events.loudness_lufs[chosen[at]], nan=-1e9)),
            float(np.nan_to_num(events.confidence[chosen[at]], nan=-1.0)),
            events.transcription[chosen[at]],
        )
        for at in range(len(chosen))
    ]
    return np.array(sorted(range(len(chosen)), key=keys.__getitem__), dtype=np.int64)
