"""Rules that need the tracks' lengths, which may only be known from their media."""

from itertools import pairwise

from ..domain.cutting import AutoCutRequest
from .report import Report

# Locked shots come from callers that round to microseconds or to float32.
TOLERANCE_MS = 0.001


def check_locked_shots(request: AutoCutRequest, *, prefix: str = "") -> None:
    """Locked shots lie inside the programme and their asset, and do not overlap.

    `request.tracks` must have their lengths. Raises InvalidRequest.
    """
    report = Report()
    spans = {track.asset_id: (track.start_ms, track.end_ms) for track in request.tracks}
    start_ms = 0.0 if request.start_ms is None else request.start_ms
    last_ms = max(end for _, end in spans.values())
    end_ms = last_ms if request.end_ms is None else request.end_ms
    by_time = sorted(enumerate(request.locked_shots), key=lambda item: item[1].start_ms)
    for index, shot in by_time:
        path = f"{prefix}locked_shots[{index}]"
        asset_start, asset_end = spans[shot.asset_id]
        for what, low, high in (
            ("the programme", start_ms, end_ms),
            ("its asset", asset_start, asset_end),
        ):
            if shot.start_ms < low - TOLERANCE_MS or shot.end_ms > high + TOLERANCE_MS:
                report.add(path, f"must lie inside {what}, {low:,.10g} to {high:,.10g} ms")
    for (before, earlier), (index, later) in pairwise(by_time):
        if later.start_ms < earlier.end_ms - TOLERANCE_MS:
            report.add(
                f"{prefix}locked_shots[{index}]",
                f"overlaps locked_shots[{before}], which ends at {earlier.end_ms:,.10g} ms",
            )
    report.close()
