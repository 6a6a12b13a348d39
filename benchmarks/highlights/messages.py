"""Scenes as the messages that a caller sends."""

import math

import numpy as np
from multicam.v1 import artifacts_pb2, highlights_pb2, session_pb2
from multicam_server.domain.artifacts import AudioSemanticTimeline, VisualMeta
from multicam_server.domain.session import SessionTrack

from .scenes import Scene


def request_of(scene: Scene, target_ms: float) -> highlights_pb2.HighlightsRequest:
    """The scene's request, every artifact written out."""
    return highlights_pb2.HighlightsRequest(
        session_id="benchmark",
        tracks=[_track(track) for track in scene.tracks],
        target_duration_ms=target_ms,
    )


def _track(track: SessionTrack) -> session_pb2.SessionTrack:
    message = session_pb2.SessionTrack(
        asset_id=track.asset_id,
        role=int(track.role),
        offset_ms=track.offset_ms,
        drift_ppm=track.drift_ppm,
        duration_ms=track.duration_ms,
    )
    audio, visual = track.artifacts.audio_semantic_timeline, track.artifacts.visual_meta
    if audio is not None:
        _write_audio(audio, message.artifacts.audio_semantic_timeline)
    if visual is not None:
        _write_visual(visual, message.artifacts.visual_meta)
    return message


def _write_audio(
    timeline: AudioSemanticTimeline, message: artifacts_pb2.AudioSemanticTimeline
) -> None:
    message.artifact_id = timeline.artifact_id
    message.duration_ms = timeline.duration_ms
    events = timeline.events
    for at in range(len(events)):
        event = message.events.add(
            kind=int(events.kind[at]),
            start_ms=events.start_ms[at],
            end_ms=events.end_ms[at],
            speaker_id=events.speaker_id[at],
            transcription=events.transcription[at],
            confidence=min(events.confidence[at], 1.0),
        )
        if not math.isnan(events.loudness_lufs[at]):
            event.loudness_lufs = events.loudness_lufs[at]


def _write_visual(visual: VisualMeta, message: artifacts_pb2.VisualMeta) -> None:
    message.artifact_id = visual.artifact_id
    message.duration_ms = visual.duration_ms
    message.frame_sample_interval_ms = visual.frame_sample_interval_ms
    for at, time in enumerate(visual.timestamp_ms.tolist()):
        frame = message.frames.add(timestamp_ms=time, motion_score=visual.motion_score[at])
        if not np.isnan(visual.primary_subject_center_x[at]):
            frame.primary_subject_center_x = visual.primary_subject_center_x[at]
            frame.primary_subject_center_y = visual.primary_subject_center_y[at]
    boxes = visual.subjects
    for at, frame_index in enumerate(boxes.frame.tolist()):
        message.frames[frame_index].subjects.add(
            track_id=boxes.track_id[at],
            label=boxes.label[at],
            confidence=boxes.confidence[at],
            bbox_x=boxes.bbox_x[at],
            bbox_y=boxes.bbox_y[at],
            bbox_width=boxes.bbox_width[at],
            bbox_height=boxes.bbox_height[at],
        )
