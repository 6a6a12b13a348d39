"""What a whole Focus call costs, stage by stage: the request's bytes in, the reply's bytes out."""

import time
import tracemalloc
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from multicam.v1 import artifacts_pb2, focus_pb2
from multicam_server.domain.artifacts import AudioSemanticTimeline, VisualMeta
from multicam_server.domain.focus import FocusRequest
from multicam_server.focus import reframe
from multicam_server.validation import check_focus
from multicam_server.wire import read_focus, write_focus

T = TypeVar("T")

STAGES = ("parse", "read", "check", "reframe", "write")


def stages_of(content: bytes) -> dict[str, float]:
    """Seconds of processor time of each stage of one call; `write` includes serialising."""
    taken: dict[str, float] = {}

    def timed(stage: str, run: Callable[[], T]) -> T:
        started = time.process_time()
        result = run()
        taken[stage] = time.process_time() - started
        return result

    message = timed("parse", lambda: focus_pb2.FocusRequest.FromString(content))
    request = timed("read", lambda: read_focus(message))
    timed("check", lambda: check_focus(request))
    focus = timed("reframe", lambda: reframe(request))
    timed("write", lambda: write_focus(focus).SerializeToString())
    return taken


def peak_bytes(request: FocusRequest) -> int:
    """The most memory that answering a request takes beside it."""
    tracemalloc.start()
    reframe(request)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def request_bytes(request: FocusRequest) -> bytes:
    """The request as a caller sends it; options are left at their defaults."""
    message = focus_pb2.FocusRequest(
        clip_id=request.clip_id,
        asset_id=request.asset_id,
        in_ms=request.in_ms,
        out_ms=request.out_ms,
        target_aspect_ratio=request.target_aspect_ratio,
        source_width=request.source_width,
        source_height=request.source_height,
    )
    audio, visual = request.artifacts.audio_semantic_timeline, request.artifacts.visual_meta
    if audio is not None:
        _write_audio(audio, message.artifacts.audio_semantic_timeline)
    if visual is not None:
        _write_visual(visual, message.artifacts.visual_meta)
    return message.SerializeToString()


def _write_audio(
    timeline: AudioSemanticTimeline, message: artifacts_pb2.AudioSemanticTimeline
) -> None:
    message.artifact_id = timeline.artifact_id
    message.duration_ms = timeline.duration_ms
    events = timeline.events
    for at, start_ms in enumerate(events.start_ms.tolist()):
        message.events.add(
            kind=artifacts_pb2.AudioEventKind.Name(int(events.kind[at])),
            start_ms=start_ms,
            end_ms=events.end_ms[at],
            speaker_id=events.speaker_id[at],
            loudness_lufs=_present(events.loudness_lufs[at]),
            confidence=_present(events.confidence[at]),
        )


def _write_visual(visual: VisualMeta, message: artifacts_pb2.VisualMeta) -> None:
    message.artifact_id = visual.artifact_id
    message.duration_ms = visual.duration_ms
    message.frame_sample_interval_ms = visual.frame_sample_interval_ms
    for at, time_ms in enumerate(visual.timestamp_ms.tolist()):
        message.frames.add(
            timestamp_ms=time_ms,
            primary_subject_center_x=_present(visual.primary_subject_center_x[at]),
            primary_subject_center_y=_present(visual.primary_subject_center_y[at]),
            motion_score=_present(visual.motion_score[at]),
            shot_boundary=bool(visual.shot_boundary[at]),
        )
    seen = visual.subjects
    for at, frame in enumerate(seen.frame.tolist()):
        message.frames[frame].subjects.add(
            track_id=seen.track_id[at],
            label=seen.label[at],
            confidence=_present(seen.confidence[at]),
            bbox_x=seen.bbox_x[at],
            bbox_y=seen.bbox_y[at],
            bbox_width=seen.bbox_width[at],
            bbox_height=seen.bbox_height[at],
        )


def _present(value: float) -> float | None:
    """A number, or None for NaN, which stands for an absent one."""
    return None if np.isnan(value) else float(value)
