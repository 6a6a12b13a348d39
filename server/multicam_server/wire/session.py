"""Session tracks in; decisions out."""

from multicam.v1 import session_pb2

from ..domain.media import CameraRole
from ..domain.sequence import Decision
from ..domain.session import SessionTrack
from .artifacts import read_artifacts
from .media import read_asset


def read_session_track(message: session_pb2.SessionTrack) -> SessionTrack:
    """A placed recording."""
    return SessionTrack(
        asset_id=message.asset_id,
        camera_id=message.camera_id,
        role=CameraRole(message.role),
        offset_ms=message.offset_ms,
        drift_ppm=message.drift_ppm,
        duration_ms=message.duration_ms,
        subject_ids=tuple(message.subject_ids),
        artifacts=read_artifacts(message.artifacts),
        asset=read_asset(message.asset) if message.HasField("asset") else None,
    )


def write_decision(decision: Decision) -> session_pb2.Decision:
    """Why one clip is in a sequence."""
    return session_pb2.Decision(
        clip_index=decision.clip_index,
        score=decision.score,
        components=[
            session_pb2.ScoreComponent(name=part.name, value=part.value, weight=part.weight)
            for part in decision.components
        ],
        runner_up_asset_id=decision.runner_up_asset_id,
        runner_up_score=decision.runner_up_score,
        reason=decision.reason,
    )
