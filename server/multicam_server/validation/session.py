"""Rules that AutoCut and Highlights share: placed recordings and weights."""

from collections.abc import Sequence

from ..domain.artifacts import Artifacts
from ..domain.cutting import AutoCutWeights
from ..domain.highlights import HighlightWeights
from ..domain.session import SessionTrack
from .artifacts import check_artifacts
from .lists import check_count, check_unique
from .media import check_source
from .report import Report

MAX_DRIFT_PPM = 100_000.0
MAX_WEIGHT = 100.0


def check_session_tracks(report: Report, tracks: Sequence[SessionTrack], *, least: int) -> None:
    """Placed recordings, `least` to MAX_TRACKS of them."""
    check_count(report, "tracks", len(tracks), least=least)
    check_unique(report, [(f"tracks[{i}].asset_id", t.asset_id) for i, t in enumerate(tracks)])
    for index, track in enumerate(tracks):
        path = f"tracks[{index}]"
        report.name(f"{path}.asset_id", track.asset_id, required=True)
        report.name(f"{path}.camera_id", track.camera_id)
        report.enum(f"{path}.role", track.role)
        report.time(f"{path}.offset_ms", track.offset_ms)
        report.number(
            f"{path}.drift_ppm", track.drift_ppm, least=-MAX_DRIFT_PPM, most=MAX_DRIFT_PPM
        )
        report.duration(f"{path}.duration_ms", track.duration_ms)
        check_described(report, path, track.subject_ids, track.artifacts)
        if track.asset is not None:
            check_source(report, f"{path}.asset", track.asset, required=False)
            report.duration(f"{path}.asset.duration_ms", track.asset.duration_ms)
            if track.asset.asset_id not in {"", track.asset_id}:
                report.add(f"{path}.asset.asset_id", f"must be empty or {track.asset_id[:80]!r}")


def check_described(
    report: Report, path: str, subject_ids: Sequence[str], artifacts: Artifacts
) -> None:
    """What a caller tells about one recording: its subjects and artifacts."""
    for index, subject in enumerate(subject_ids):
        report.name(f"{path}.subject_ids[{index}]", subject, required=True)
    check_artifacts(report, f"{path}.artifacts", artifacts)


def check_weights(report: Report, path: str, weights: AutoCutWeights | HighlightWeights) -> None:
    """Weights of a score."""
    for name, value in vars(weights).items():
        report.number(f"{path}.{name}", value, least=0.0, most=MAX_WEIGHT, default="the default")


def check_bounds(
    report: Report,
    least: tuple[str, float | None, float, float],
    most: tuple[str, float | None, float, float],
) -> None:
    """Two bounds, the first at most the second, as (path, value, least, most allowed)."""
    fine = [
        report.number(path, value, least=low, most=high) for path, value, low, high in (least, most)
    ]
    if all(fine) and least[1] and most[1] and least[1] > most[1]:
        other = most[0].rpartition(".")[2]
        report.add(least[0], f"is {least[1]:,.10g}; must be at most {other}, {most[1]:,.10g}")
