"""Align: the request in, the placements out."""

from multicam.v1 import align_pb2

from ..domain.alignment import (
    AlignAlternative,
    AlignedTrack,
    Alignment,
    AlignMethod,
    AlignOptions,
    AlignRequest,
    AlignStatus,
    AlignStrategy,
    AlignTrack,
    Placement,
)
from ..domain.media import CameraRole
from .media import optional_float, read_asset, read_timecode


def read_align(message: align_pb2.AlignRequest) -> AlignRequest:
    """The request as it is."""
    return AlignRequest(
        session_id=message.session_id,
        base_asset_id=message.base_asset_id,
        tracks=tuple(_read_track(track) for track in message.tracks),
        options=read_options(message.options),
    )


def _read_track(message: align_pb2.AlignTrack) -> AlignTrack:
    return AlignTrack(
        asset=read_asset(message.asset),
        role=CameraRole(message.role),
        camera_id=message.camera_id,
        start_timecode=read_timecode(message.start_timecode)
        if message.HasField("start_timecode")
        else None,
        pinned_offset_ms=optional_float(message, "pinned_offset_ms"),
    )


def read_options(message: align_pb2.AlignOptions) -> AlignOptions:
    """How to align; UNSPECIFIED becomes AUTO."""
    return AlignOptions(
        strategy=AlignStrategy(message.strategy or AlignStrategy.AUTO),
        max_offset_ms=optional_float(message, "max_offset_ms"),
        window_ms=optional_float(message, "window_ms"),
        min_confidence=optional_float(message, "min_confidence"),
        bypass_cache=message.bypass_cache,
    )


def write_align(placement: Placement, *, session_id: str) -> align_pb2.AlignResponse:
    """The placements."""
    alignment = placement.alignment
    return align_pb2.AlignResponse(
        session_id=session_id,
        base_asset_id=alignment.base_asset_id,
        tracks=[_write_track(track) for track in alignment.tracks],
        meta=align_pb2.AlignMeta(
            alignment_version=alignment.alignment_version,
            strategy=align_pb2.AlignStrategy.Name(alignment.strategy),
            cache_hit=placement.cache_hit,
            cache_key=placement.cache_key,
            warnings=alignment.warnings,
            inputs_used=alignment.inputs_used,
            fallbacks=alignment.fallbacks,
        ),
    )


def _write_track(track: AlignedTrack) -> align_pb2.AlignedTrack:
    return align_pb2.AlignedTrack(
        asset_id=track.asset_id,
        offset_ms=track.offset_ms,
        drift_ppm=track.drift_ppm,
        confidence=track.confidence,
        status=align_pb2.AlignStatus.Name(track.status),
        method=align_pb2.AlignMethod.Name(track.method),
        reason=track.reason,
        source_channels=track.source_channels,
        residual_ms=track.residual_ms,
        drift_ppm_error=track.drift_ppm_error,
        alternatives=[
            align_pb2.AlignAlternative(
                offset_ms=alternative.offset_ms, confidence=alternative.confidence
            )
            for alternative in track.alternatives
        ],
    )


def pack_alignment(alignment: Alignment) -> bytes:
    """An alignment as bytes, for the cache."""
    message = write_align(Placement(alignment, cache_key="", cache_hit=False), session_id="")
    return message.SerializeToString(deterministic=True)


def unpack_alignment(packed: bytes) -> Alignment:
    """What `pack_alignment` packed."""
    message = align_pb2.AlignResponse.FromString(packed)
    meta = message.meta
    return Alignment(
        base_asset_id=message.base_asset_id,
        tracks=tuple(_read_aligned(track) for track in message.tracks),
        alignment_version=meta.alignment_version,
        strategy=AlignStrategy(meta.strategy),
        warnings=tuple(meta.warnings),
        inputs_used=tuple(meta.inputs_used),
        fallbacks=tuple(meta.fallbacks),
    )


def _read_aligned(message: align_pb2.AlignedTrack) -> AlignedTrack:
    return AlignedTrack(
        asset_id=message.asset_id,
        offset_ms=optional_float(message, "offset_ms"),
        drift_ppm=optional_float(message, "drift_ppm"),
        confidence=message.confidence,
        status=AlignStatus(message.status),
        method=AlignMethod(message.method),
        reason=message.reason,
        source_channels=tuple(message.source_channels),
        residual_ms=optional_float(message, "residual_ms"),
        drift_ppm_error=optional_float(message, "drift_ppm_error"),
        alternatives=tuple(
            AlignAlternative(alternative.offset_ms, alternative.confidence)
            for alternative in message.alternatives
        ),
    )
