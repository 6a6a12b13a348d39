"""Highlights: the request in, the best moments out."""

from multicam.v1 import highlights_pb2

from ..domain.highlights import (
    HighlightOrder,
    Highlights,
    HighlightsRequest,
    HighlightWeights,
)
from .media import optional_float
from .sequence import write_sequence
from .session import read_session_track, write_decision


def read_highlights(message: highlights_pb2.HighlightsRequest) -> HighlightsRequest:
    """The request as it is; UNSPECIFIED order becomes CHRONOLOGICAL."""
    weights = message.weights
    return HighlightsRequest(
        session_id=message.session_id,
        tracks=tuple(read_session_track(track) for track in message.tracks),
        target_duration_ms=optional_float(message, "target_duration_ms"),
        min_clip_ms=optional_float(message, "min_clip_ms"),
        max_clip_ms=optional_float(message, "max_clip_ms"),
        order=HighlightOrder(message.order or HighlightOrder.CHRONOLOGICAL),
        weights=HighlightWeights(
            speech=optional_float(weights, "speech"),
            emphasis=optional_float(weights, "emphasis"),
            subject=optional_float(weights, "subject"),
            face=optional_float(weights, "face"),
            motion=optional_float(weights, "motion"),
            reaction=optional_float(weights, "reaction"),
            transcript=optional_float(weights, "transcript"),
            position=optional_float(weights, "position"),
        ),
    )


def write_highlights(highlights: Highlights) -> highlights_pb2.HighlightsResponse:
    """The best moments."""
    weights = highlights.weights
    return highlights_pb2.HighlightsResponse(
        sequence=write_sequence(highlights.sequence),
        decisions=[write_decision(decision) for decision in highlights.decisions],
        meta=highlights_pb2.HighlightsMeta(
            scoring_version=highlights.scoring_version,
            order=highlights_pb2.HighlightOrder.Name(highlights.order),
            min_clip_ms=highlights.min_clip_ms,
            max_clip_ms=highlights.max_clip_ms,
            weights=highlights_pb2.HighlightWeights(
                speech=weights.speech,
                emphasis=weights.emphasis,
                subject=weights.subject,
                face=weights.face,
                motion=weights.motion,
                reaction=weights.reaction,
                transcript=weights.transcript,
                position=weights.position,
            ),
            inputs_used=highlights.inputs_used,
            fallbacks=highlights.fallbacks,
            warnings=highlights.warnings,
            target_duration_ms=highlights.target_duration_ms,
        ),
    )
