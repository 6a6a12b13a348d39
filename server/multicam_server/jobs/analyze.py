"""Analyze: align, cut, highlight and reframe one session, telling how far it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .. import cutting
from ..conversation import VoiceDetector
from ..domain.alignment import AlignedTrack, Alignment, AlignRequest, AlignStatus
from ..domain.analysis import (
    AnalyzeProgress,
    AnalyzeRequest,
    AnalyzeResult,
    AnalyzeStage,
    AnalyzeTrack,
    MediaInfo,
)
from ..domain.cutting import LockedShot
from ..domain.faults import InvalidRequest, Violation
from ..domain.focus import Focus, FocusRequest
from ..domain.sequence import Sequence as Programme
from ..domain.sequence import SequenceClip, TrackKind
from ..domain.session import SessionTrack
from ..focus import reframe
from ..highlights import pick_highlights
from ..telemetry.tally import stage
from ..validation import check_locked_shots
from .align import AlignmentMemory, align
from .fallbacks import logged
from .probe import probe_asset
from .recordings import OpenPath
from .session import missing_sound, with_measured_speech

PLACED = (AlignStatus.BASE, AlignStatus.ALIGNED, AlignStatus.PINNED)

# Rough shares of the whole work: placing the recordings is most of it, then listening
# to those of which no artifact tells who speaks; the rest is small.
PROBED_AT = 0.05
ALIGNED_AT = 0.6
HEARD_AT = 0.9
CUT_AT = 0.94
HIGHLIGHTED_AT = 0.97


def analyze(
    request: AnalyzeRequest,
    open_path: OpenPath,
    memory: AlignmentMemory,
    *,
    tenant_id: str,
    voice: VoiceDetector | None = None,
) -> Iterator[AnalyzeProgress | AnalyzeResult]:
    """Yields progress, then the result.

    Raises:
        Fault: of the first track whose media cannot be used.
        InvalidRequest: for locked shots that do not fit what was found.
    """
    placements = tuple(track.placement for track in request.tracks)
    count = len(placements)
    yield AnalyzeProgress(AnalyzeStage.ALIGN, 0.0, f"reading {count} recordings")
    media = {one.asset.asset_id: probe_asset(one.asset, open_path) for one in placements}
    yield AnalyzeProgress(AnalyzeStage.ALIGN, PROBED_AT, "placing them on one clock")
    to_align = AlignRequest(
        request.session_id, request.base_asset_id, placements, request.align_options
    )
    placement = align(to_align, open_path, memory, tenant_id=tenant_id)

    yield AnalyzeProgress(AnalyzeStage.AUTO_CUT, ALIGNED_AT, _placed_in_words(placement.alignment))
    placed, warnings = _session(request.tracks, media, placement.alignment)
    heard: list[SessionTrack] = []
    for track in placed:
        heard.append(with_measured_speech(track, missing_sound(track, open_path), voice))
        share = ALIGNED_AT + (HEARD_AT - ALIGNED_AT) * len(heard) / len(placed)
        yield AnalyzeProgress(AnalyzeStage.AUTO_CUT, share, f"listened to {track.asset_id}")
    tracks = tuple(heard)
    to_cut = replace(request.auto_cut, session_id=request.session_id, tracks=tracks)
    _refuse_locks_on_unplaced(to_cut.locked_shots, tracks)
    check_locked_shots(to_cut, prefix="auto_cut.")
    with stage("cut"):
        cut = logged(cutting.auto_cut(to_cut))
    cut = replace(cut, warnings=_merged(cut.warnings, warnings))

    yield AnalyzeProgress(AnalyzeStage.HIGHLIGHTS, CUT_AT, f"cut {len(cut.decisions)} shots")
    to_pick = replace(request.highlights, session_id=request.session_id, tracks=tracks)
    with stage("highlights"):
        picked = logged(pick_highlights(to_pick))
    picked = replace(picked, warnings=_merged(picked.warnings, warnings))

    moments = f"picked {len(picked.decisions)} moments"
    yield AnalyzeProgress(AnalyzeStage.FOCUS, HIGHLIGHTED_AT, moments)
    by_asset = {track.asset_id: track for track in tracks}
    sizes = {asset_id: _shown_size(info) for asset_id, info in media.items()}
    with stage("focus"):
        reframed = [
            _reframe(request.focus, f"{name}/{index}", clip, by_asset[clip.asset_id], sizes)
            for name, sequence in (("programme", cut.sequence), ("highlights", picked.sequence))
            for index, clip in enumerate(_picture(sequence))
        ]
    yield AnalyzeProgress(AnalyzeStage.FOCUS, 1.0, f"reframed {len(reframed)} clips")
    yield AnalyzeResult(placement, cut, picked, tuple(reframed))


def _session(
    tracks: Sequence[AnalyzeTrack], media: Mapping[str, MediaInfo], alignment: Alignment
) -> tuple[tuple[SessionTrack, ...], list[str]]:
    """The tracks that are placed, as a session, and a warning for each of the others."""
    session: list[SessionTrack] = []
    warnings: list[str] = []
    for track, placed in zip(tracks, alignment.tracks, strict=True):
        if placed.status not in PLACED:
            warnings.append(f"{placed.asset_id}: left out, {placed.status.name}: {placed.reason}")
            continue
        session.append(_session_track(track, media[placed.asset_id], placed))
    return tuple(session), warnings


def _session_track(track: AnalyzeTrack, info: MediaInfo, placed: AlignedTrack) -> SessionTrack:
    return SessionTrack(
        asset_id=placed.asset_id,
        camera_id=track.placement.camera_id,
        role=track.placement.role,
        offset_ms=placed.offset_ms or 0.0,
        drift_ppm=placed.drift_ppm or 0.0,
        duration_ms=info.duration_ms,
        subject_ids=track.subject_ids,
        artifacts=track.artifacts,
        asset=track.placement.asset,
    )


def _refuse_locks_on_unplaced(
    locked_shots: Sequence[LockedShot], tracks: Sequence[SessionTrack]
) -> None:
    placed = {track.asset_id for track in tracks}
    violations = tuple(
        Violation(
            f"auto_cut.locked_shots[{index}].asset_id",
            f"{shot.asset_id!r} could not be placed; unlock it, or give its pinned_offset_ms",
        )
        for index, shot in enumerate(locked_shots)
        if shot.asset_id not in placed
    )
    if violations:
        raise InvalidRequest(violations)


def _reframe(
    template: FocusRequest,
    clip_id: str,
    clip: SequenceClip,
    track: SessionTrack,
    sizes: Mapping[str, tuple[int, int]],
) -> Focus:
    width, height = sizes[clip.asset_id]
    return reframe(
        replace(
            template,
            clip_id=clip_id,
            asset_id=clip.asset_id,
            in_ms=clip.in_ms,
            out_ms=clip.out_ms,
            source_width=width,
            source_height=height,
            artifacts=track.artifacts,
        )
    )


def _picture(sequence: Programme) -> tuple[SequenceClip, ...]:
    return next(track.clips for track in sequence.tracks if track.kind is TrackKind.VIDEO)


def _shown_size(info: MediaInfo) -> tuple[int, int]:
    video = info.video
    return video.shown_size if video is not None else (0, 0)


def _placed_in_words(alignment: Alignment) -> str:
    placed = sum(track.status in PLACED for track in alignment.tracks)
    return f"placed {placed} of {len(alignment.tracks)} recordings"


def _merged(some: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted({*some, *more}))
