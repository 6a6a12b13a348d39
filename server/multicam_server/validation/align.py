"""The rules of AlignRequest."""

from collections.abc import Sequence

from ..domain.alignment import AlignOptions, AlignRequest, AlignTrack
from .lists import check_count, check_unique
from .media import check_asset, check_timecode
from .report import DAY_MS, Report


def check_align(request: AlignRequest) -> None:
    """The rules of AlignRequest."""
    report = Report()
    report.name("session_id", request.session_id)
    check_placements(report, request.tracks, request.base_asset_id)
    check_align_options(report, "options", request.options)
    report.close()


def check_placements(report: Report, tracks: Sequence[AlignTrack], base_asset_id: str) -> None:
    """The recordings to place, and the base among them."""
    check_count(report, "tracks", len(tracks), least=2)
    names = [(f"tracks[{i}].asset.asset_id", t.asset.asset_id) for i, t in enumerate(tracks)]
    check_unique(report, names)
    if base_asset_id and base_asset_id not in {name for _, name in names}:
        report.add("base_asset_id", f"{base_asset_id[:80]!r} is not the asset_id of any track")
    for index, track in enumerate(tracks):
        path = f"tracks[{index}]"
        check_asset(report, f"{path}.asset", track.asset, source_required=True)
        report.enum(f"{path}.role", track.role)
        report.name(f"{path}.camera_id", track.camera_id)
        if track.start_timecode is not None:
            check_timecode(report, f"{path}.start_timecode", track.start_timecode)
        report.time(f"{path}.pinned_offset_ms", track.pinned_offset_ms)


def check_align_options(report: Report, path: str, options: AlignOptions) -> None:
    """How to align."""
    report.enum(f"{path}.strategy", options.strategy)
    if options.max_offset_ms is not None and options.max_offset_ms == 0:
        report.add(f"{path}.max_offset_ms", "is 0; must be more than 0; leave it out for no limit")
    report.number(
        f"{path}.max_offset_ms", options.max_offset_ms, least=0.0, most=DAY_MS, default="no limit"
    )
    report.number(
        f"{path}.window_ms", options.window_ms, least=1_000.0, most=600_000.0, default="10,000"
    )
    report.number(
        f"{path}.min_confidence", options.min_confidence, least=0.0, most=1.0, default="0.9"
    )
