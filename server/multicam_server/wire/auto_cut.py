"""AutoCut: the request in, the programme out."""

from multicam.v1 import auto_cut_pb2

from ..domain.cutting import AutoCut, AutoCutRequest, AutoCutWeights, LockedShot, Pacing
from .media import optional_float, read_frame_rate
from .sequence import write_sequence
from .session import read_session_track, write_decision


def read_auto_cut(message: auto_cut_pb2.AutoCutRequest) -> AutoCutRequest:
    """The request as it is; UNSPECIFIED pacing becomes MEDIUM."""
    weights = message.weights
    return AutoCutRequest(
        session_id=message.session_id,
        tracks=tuple(read_session_track(track) for track in message.tracks),
        pacing=Pacing(message.pacing or Pacing.MEDIUM),
        min_shot_ms=optional_float(message, "min_shot_ms"),
        max_shot_ms=optional_float(message, "max_shot_ms"),
        prefer_primary_ratio=optional_float(message, "prefer_primary_ratio"),
        weights=AutoCutWeights(
            speech=optional_float(weights, "speech"),
            face=optional_float(weights, "face"),
            motion=optional_float(weights, "motion"),
            role=optional_float(weights, "role"),
            pause=optional_float(weights, "pause"),
            pace=optional_float(weights, "pace"),
        ),
        locked_shots=tuple(
            LockedShot(shot.asset_id, shot.start_ms, shot.end_ms) for shot in message.locked_shots
        ),
        start_ms=optional_float(message, "start_ms"),
        end_ms=optional_float(message, "end_ms"),
        frame_rate=read_frame_rate(message.frame_rate) if message.HasField("frame_rate") else None,
    )


def write_auto_cut(cut: AutoCut) -> auto_cut_pb2.AutoCutResponse:
    """The programme."""
    weights = cut.weights
    return auto_cut_pb2.AutoCutResponse(
        sequence=write_sequence(cut.sequence),
        decisions=[write_decision(decision) for decision in cut.decisions],
        meta=auto_cut_pb2.AutoCutMeta(
            scoring_version=cut.scoring_version,
            pacing=auto_cut_pb2.Pacing.Name(cut.pacing),
            min_shot_ms=cut.min_shot_ms,
            max_shot_ms=cut.max_shot_ms,
            weights=auto_cut_pb2.AutoCutWeights(
                speech=weights.speech,
                face=weights.face,
                motion=weights.motion,
                role=weights.role,
                pause=weights.pause,
                pace=weights.pace,
            ),
            inputs_used=cut.inputs_used,
            fallbacks=cut.fallbacks,
            warnings=cut.warnings,
        ),
    )
