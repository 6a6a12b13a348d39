"""Analyze: the request in, progress and the result out."""

from multicam.v1 import analyze_pb2

from ..domain.alignment import AlignTrack
from ..domain.analysis import AnalyzeProgress, AnalyzeRequest, AnalyzeResult, AnalyzeTrack
from ..domain.media import CameraRole
from .align import read_options, write_align
from .artifacts import read_artifacts
from .auto_cut import read_auto_cut, write_auto_cut
from .focus import read_focus, write_focus
from .highlights import read_highlights, write_highlights
from .media import optional_float, read_asset, read_timecode


def read_analyze(message: analyze_pb2.AnalyzeRequest) -> AnalyzeRequest:
    """The request as it is."""
    return AnalyzeRequest(
        session_id=message.session_id,
        base_asset_id=message.base_asset_id,
        tracks=tuple(_read_track(track) for track in message.tracks),
        align_options=read_options(message.align_options),
        auto_cut=read_auto_cut(message.auto_cut),
        highlights=read_highlights(message.highlights),
        focus=read_focus(message.focus),
    )


def _read_track(message: analyze_pb2.AnalyzeTrack) -> AnalyzeTrack:
    placement = AlignTrack(
        asset=read_asset(message.asset),
        role=CameraRole(message.role),
        camera_id=message.camera_id,
        start_timecode=read_timecode(message.start_timecode)
        if message.HasField("start_timecode")
        else None,
        pinned_offset_ms=optional_float(message, "pinned_offset_ms"),
    )
    return AnalyzeTrack(
        placement=placement,
        subject_ids=tuple(message.subject_ids),
        artifacts=read_artifacts(message.artifacts),
    )


def write_event(
    event: AnalyzeProgress | AnalyzeResult, *, session_id: str
) -> analyze_pb2.AnalyzeResponse:
    """One message of the stream."""
    if isinstance(event, AnalyzeProgress):
        return analyze_pb2.AnalyzeResponse(progress=_write_progress(event))
    return analyze_pb2.AnalyzeResponse(result=_write_result(event, session_id))


def _write_progress(progress: AnalyzeProgress) -> analyze_pb2.AnalyzeProgress:
    return analyze_pb2.AnalyzeProgress(
        stage=analyze_pb2.AnalyzeStage.Name(progress.stage),
        fraction=progress.fraction,
        message=progress.message,
    )


def _write_result(result: AnalyzeResult, session_id: str) -> analyze_pb2.AnalyzeResult:
    return analyze_pb2.AnalyzeResult(
        align=write_align(result.align, session_id=session_id),
        auto_cut=write_auto_cut(result.auto_cut),
        highlights=write_highlights(result.highlights),
        focus=[write_focus(focus) for focus in result.focus],
    )
