"""The rules of AnalyzeRequest, its templates included."""

from ..domain.analysis import AnalyzeRequest
from ..domain.focus import FocusRequest
from .align import check_align_options, check_placements
from .auto_cut import check_cut_settings
from .focus import check_framing
from .highlights import check_highlight_settings
from .report import Report
from .session import check_described


def check_analyze(request: AnalyzeRequest) -> None:
    """The rules of AnalyzeRequest, its templates included."""
    report = Report()
    report.name("session_id", request.session_id)
    placements = [track.placement for track in request.tracks]
    check_placements(report, placements, request.base_asset_id)
    for index, track in enumerate(request.tracks):
        check_described(report, f"tracks[{index}]", track.subject_ids, track.artifacts)
    check_align_options(report, "align_options", request.align_options)
    for path, template in (("auto_cut", request.auto_cut), ("highlights", request.highlights)):
        if template.session_id:
            report.add(f"{path}.session_id", "must be empty; the analysis has one of its own")
        if template.tracks:
            report.add(f"{path}.tracks", "must be empty; they are the analysis's own tracks")
    known = {placement.asset.asset_id for placement in placements}
    check_cut_settings(report, "auto_cut.", request.auto_cut, known=known)
    check_highlight_settings(report, "highlights.", request.highlights)
    check_framing(report, "focus.", request.focus)
    _check_focus_template(report, request.focus)
    report.close()


def _check_focus_template(report: Report, focus: FocusRequest) -> None:
    given = {
        "clip_id": bool(focus.clip_id),
        "asset_id": bool(focus.asset_id),
        "in_ms": focus.in_ms != 0,
        "out_ms": focus.out_ms is not None,
        "source_width": focus.source_width != 0,
        "source_height": focus.source_height != 0,
        "artifacts": any(artifact is not None for artifact in vars(focus.artifacts).values()),
    }
    for field in (field for field, is_given in given.items() if is_given):
        report.add(f"focus.{field}", "must be left out; every clip is reframed with its own")
