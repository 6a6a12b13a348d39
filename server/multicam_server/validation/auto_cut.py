"""The rules of AutoCutRequest."""

from ..domain.cutting import AutoCutRequest
from .media import check_frame_rate
from .report import Report
from .session import check_bounds, check_session_tracks, check_weights


def check_auto_cut(request: AutoCutRequest) -> None:
    """The rules of AutoCutRequest, but for what needs the tracks' lengths."""
    report = Report()
    report.name("session_id", request.session_id)
    check_session_tracks(report, request.tracks, least=2)
    check_cut_settings(report, "", request, known={track.asset_id for track in request.tracks})
    report.close()


def check_cut_settings(
    report: Report, prefix: str, request: AutoCutRequest, *, known: set[str]
) -> None:
    """How to cut; `known` are the tracks' asset ids, `prefix` the settings' path."""
    report.enum(f"{prefix}pacing", request.pacing)
    check_bounds(
        report,
        (f"{prefix}min_shot_ms", request.min_shot_ms, 200.0, 600_000.0),
        (f"{prefix}max_shot_ms", request.max_shot_ms, 200.0, 3_600_000.0),
    )
    report.number(
        f"{prefix}prefer_primary_ratio",
        request.prefer_primary_ratio,
        least=0.0,
        most=1.0,
        default="0.6",
    )
    check_weights(report, f"{prefix}weights", request.weights)
    start_ok = report.time(f"{prefix}start_ms", request.start_ms)
    end_ok = report.time(f"{prefix}end_ms", request.end_ms)
    start_ms = 0.0 if request.start_ms is None else request.start_ms
    if start_ok and end_ok and request.end_ms is not None and request.end_ms <= start_ms:
        report.add(f"{prefix}end_ms", f"is {request.end_ms:,.10g}; must be more than start_ms")
    if request.frame_rate is not None:
        check_frame_rate(report, f"{prefix}frame_rate", request.frame_rate)
    for index, shot in enumerate(request.locked_shots):
        path = f"{prefix}locked_shots[{index}]"
        if shot.asset_id not in known:
            report.add(
                f"{path}.asset_id", f"{shot.asset_id[:80]!r} is not the asset_id of any track"
            )
        times_ok = report.time(f"{path}.start_ms", shot.start_ms)
        if report.time(f"{path}.end_ms", shot.end_ms) and times_ok and shot.end_ms <= shot.start_ms:
            report.add(f"{path}.end_ms", f"is {shot.end_ms:,.10g}; must be more than start_ms")
