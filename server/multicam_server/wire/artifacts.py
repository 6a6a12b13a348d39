"""Artifacts: long lists of messages into columns, each field read once."""

from collections.abc import Iterable, Sequence

import numpy as np
from multicam.v1 import artifacts_pb2

from ..domain.artifacts import (
    Artifacts,
    AudioEvents,
    AudioSemanticTimeline,
    Beats,
    Flags,
    Indices,
    RegionSummary,
    Subjects,
    VisualMeta,
)
from ..domain.media import Floats

UNKNOWN_INDEX = -1  # an optional index that is absent
NEGATIVE_INDEX = -2  # an index that is present and negative: for validation to refuse


def read_artifacts(message: artifacts_pb2.Artifacts) -> Artifacts:
    """The artifacts that the message has."""
    return Artifacts(
        audio_semantic_timeline=_read_timeline(message.audio_semantic_timeline)
        if message.HasField("audio_semantic_timeline")
        else None,
        visual_meta=_read_visual(message.visual_meta) if message.HasField("visual_meta") else None,
        region_summary=_read_regions(message.region_summary)
        if message.HasField("region_summary")
        else None,
    )


def _read_timeline(message: artifacts_pb2.AudioSemanticTimeline) -> AudioSemanticTimeline:
    return AudioSemanticTimeline(
        artifact_id=message.artifact_id,
        duration_ms=message.duration_ms,
        events=_read_events(message.events),
        beats=_read_beats(message.beats),
    )


def _read_events(messages: Iterable[artifacts_pb2.AudioEvent]) -> AudioEvents:
    rows = [
        (
            event.kind,
            event.start_ms,
            event.end_ms,
            event.speaker_id,
            event.loudness_lufs if event.HasField("loudness_lufs") else None,
            event.confidence if event.HasField("confidence") else None,
            event.transcription,
        )
        for event in messages
    ]
    kind, start, end, speaker, loudness, confidence, text = (
        zip(*rows, strict=True) if rows else (((),) * 7)
    )
    return AudioEvents(
        kind=_indices(kind),
        start_ms=_floats(start),
        end_ms=_floats(end),
        speaker_id=speaker,
        loudness_lufs=_optional_floats(loudness),
        confidence=_optional_floats(confidence),
        transcription=text,
    )


def _read_beats(messages: Iterable[artifacts_pb2.Beat]) -> Beats:
    rows = [
        (
            beat.time_ms,
            beat.bar_index if beat.HasField("bar_index") else None,
            beat.beat_index if beat.HasField("beat_index") else None,
            beat.subdivision if beat.HasField("subdivision") else None,
        )
        for beat in messages
    ]
    time, bar, beat_in_bar, subdivision = zip(*rows, strict=True) if rows else ((),) * 4
    return Beats(
        _floats(time),
        _optional_indices(bar),
        _optional_indices(beat_in_bar),
        _optional_indices(subdivision),
    )


def _read_visual(message: artifacts_pb2.VisualMeta) -> VisualMeta:
    # `frames` is walked once for its own fields and once for its subjects: the
    # second walk costs a tenth of the first, and both loops stay simple.
    rows = [
        (
            frame.timestamp_ms,
            frame.primary_subject_center_x if frame.HasField("primary_subject_center_x") else None,
            frame.primary_subject_center_y if frame.HasField("primary_subject_center_y") else None,
            frame.motion_score if frame.HasField("motion_score") else None,
            frame.shot_boundary,
        )
        for frame in message.frames
    ]
    timestamp, center_x, center_y, motion, boundary = zip(*rows, strict=True) if rows else ((),) * 5
    return VisualMeta(
        artifact_id=message.artifact_id,
        duration_ms=message.duration_ms,
        frame_sample_interval_ms=message.frame_sample_interval_ms,
        timestamp_ms=_floats(timestamp),
        primary_subject_center_x=_optional_floats(center_x),
        primary_subject_center_y=_optional_floats(center_y),
        motion_score=_optional_floats(motion),
        shot_boundary=_flags(boundary),
        subjects=_read_subjects(message.frames),
    )


def _read_subjects(frames: Iterable[artifacts_pb2.VisualFrame]) -> Subjects:
    # Straight into flat lists: a row object per subject would wake the garbage
    # collector again and again, which doubles the time.
    counts: list[int] = []
    tracks: list[str] = []
    labels: list[str] = []
    confidences: list[float | None] = []
    boxes: list[float] = []
    for frame in frames:
        subjects = frame.subjects
        counts.append(len(subjects))
        for subject in subjects:
            tracks.append(subject.track_id)
            labels.append(subject.label)
            confidences.append(subject.confidence if subject.HasField("confidence") else None)
            boxes += (subject.bbox_x, subject.bbox_y, subject.bbox_width, subject.bbox_height)
    x, y, width, height = _floats(boxes).reshape(-1, 4).T.copy()
    return Subjects(
        frame=np.repeat(np.arange(len(counts)), np.array(counts, dtype=np.int64)),
        track_id=tuple(tracks),
        label=tuple(labels),
        confidence=_optional_floats(confidences),
        bbox_x=x,
        bbox_y=y,
        bbox_width=width,
        bbox_height=height,
    )


def _read_regions(message: artifacts_pb2.RegionSummary) -> RegionSummary:
    return RegionSummary(
        artifact_id=message.artifact_id,
        time_ms=_floats([entry.time_ms for entry in message.entries]),
        region=tuple(entry.region for entry in message.entries),
    )


def _floats(values: Iterable[float]) -> Floats:
    return np.array(values, dtype=np.float64)


def _optional_floats(values: Sequence[float | None]) -> Floats:
    """A column with NaN where the number is absent.

    A NaN that was sent becomes infinity, which no range admits: it must not be
    mistaken for absence.
    """
    column = np.array(values, dtype=np.float64)
    if np.isnan(column).sum() != values.count(None):
        sent_nan = [value is not None and value != value for value in values]  # noqa: PLR0124
        column[sent_nan] = np.inf
    return column


def _optional_indices(values: Sequence[int | None]) -> Indices:
    return _indices(
        UNKNOWN_INDEX if value is None else value if value >= 0 else NEGATIVE_INDEX
        for value in values
    )


def _indices(values: Iterable[int]) -> Indices:
    return np.array(list(values), dtype=np.int64)


def _flags(values: Iterable[bool]) -> Flags:
    return np.array(values, dtype=np.bool_)
