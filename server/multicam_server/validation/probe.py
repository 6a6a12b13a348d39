"""The rules of ProbeMediaRequest."""

from ..domain.analysis import ProbeMediaRequest
from .lists import check_count, check_unique
from .media import check_asset
from .report import Report


def check_probe(request: ProbeMediaRequest) -> None:
    """The rules of ProbeMediaRequest."""
    report = Report()
    check_count(report, "assets", len(request.assets), least=1)
    for index, asset in enumerate(request.assets):
        check_asset(report, f"assets[{index}]", asset, source_required=True)
    check_unique(
        report, [(f"assets[{i}].asset_id", a.asset_id) for i, a in enumerate(request.assets)]
    )
    report.close()
