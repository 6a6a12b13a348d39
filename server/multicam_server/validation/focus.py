"""The rules of FocusRequest."""

from ..domain.focus import FocusOptions, FocusRequest
from .artifacts import check_artifacts
from .report import DAY_MS, Report

MAX_SOURCE_PIXELS = 65_536
MAX_ASPECT_TERM = 10_000
MAX_ASPECT_RATIO = 10


def check_focus(request: FocusRequest) -> None:
    """The rules of FocusRequest."""
    report = Report()
    report.name("clip_id", request.clip_id)
    report.name("asset_id", request.asset_id, required=True)
    in_ok = report.number("in_ms", request.in_ms, least=0.0, most=DAY_MS)
    out_ok = report.number("out_ms", request.out_ms, least=0.0, most=DAY_MS)
    if in_ok and out_ok and request.out_ms is not None and request.out_ms <= request.in_ms:
        report.add("out_ms", f"is {request.out_ms:,.10g}; must be more than in_ms")
    for field, pixels in (
        ("source_width", request.source_width),
        ("source_height", request.source_height),
    ):
        report.number(field, pixels, least=0, most=MAX_SOURCE_PIXELS)
    if (request.source_width == 0) != (request.source_height == 0):
        report.add("source_width", "and source_height are given together or not at all")
    check_artifacts(report, "artifacts", request.artifacts)
    check_framing(report, "", request)
    report.close()


def check_framing(report: Report, prefix: str, request: FocusRequest) -> None:
    """The window's shape and limits; `prefix` is the settings' path."""
    shape = request.target_aspect_ratio
    if shape and not _is_aspect_ratio(shape):
        report.add(
            f"{prefix}target_aspect_ratio",
            f"is {shape[:40]!r}; must be W:H with whole numbers from 1 to {MAX_ASPECT_TERM:,}, "
            'neither side more than 10 times the other, such as "9:16"',
        )
    options: FocusOptions = request.options
    path = f"{prefix}options"
    report.number(f"{path}.max_velocity", options.max_velocity, least=0.01, most=10.0)
    report.number(f"{path}.max_acceleration", options.max_acceleration, least=0.01, most=100.0)
    report.number(f"{path}.max_scale", options.max_scale, least=1.0, most=4.0)


def _is_aspect_ratio(shape: str) -> bool:
    width, colon, height = shape.partition(":")
    if not (colon and _is_whole_number(width) and _is_whole_number(height)):
        return False
    w, h = int(width), int(height)
    small_enough = 1 <= w <= MAX_ASPECT_TERM and 1 <= h <= MAX_ASPECT_TERM
    return small_enough and max(w, h) <= MAX_ASPECT_RATIO * min(w, h)


def _is_whole_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
