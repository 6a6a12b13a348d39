"""The rules of HighlightsRequest."""

from ..domain.highlights import HighlightsRequest
from .report import DAY_MS, Report
from .session import check_bounds, check_session_tracks, check_weights


def check_highlights(request: HighlightsRequest) -> None:
    """The rules of HighlightsRequest."""
    report = Report()
    report.name("session_id", request.session_id)
    check_session_tracks(report, request.tracks, least=1)
    check_highlight_settings(report, "", request)
    report.close()


def check_highlight_settings(report: Report, prefix: str, request: HighlightsRequest) -> None:
    """What to pick; `prefix` is the settings' path."""
    target, target_ms = f"{prefix}target_duration_ms", request.target_duration_ms
    target_ok = report.number(target, target_ms, least=0.0, most=DAY_MS, default="30,000")
    check_bounds(
        report,
        (f"{prefix}min_clip_ms", request.min_clip_ms, 0.0, DAY_MS),
        (f"{prefix}max_clip_ms", request.max_clip_ms, 0.0, DAY_MS),
    )
    for path, value in (
        (target, target_ms),
        (f"{prefix}min_clip_ms", request.min_clip_ms),
        (f"{prefix}max_clip_ms", request.max_clip_ms),
    ):
        if value == 0:
            report.add(path, "is 0; must be more than 0; leave it out for the default")
    shortest = request.min_clip_ms
    if target_ok and target_ms and shortest is not None and shortest > target_ms:
        report.add(f"{prefix}min_clip_ms", f"is {shortest:,.10g}; at most target_duration_ms")
    report.enum(f"{prefix}order", request.order)
    check_weights(report, f"{prefix}weights", request.weights)
