"""ProbeMedia: what the files are."""

from ..domain.analysis import MediaInfo, ProbeMediaRequest
from ..domain.media import Asset
from ..media.probe import probe
from ..telemetry.tally import stage
from .recordings import OpenPath, describe_waveform


def probe_media(request: ProbeMediaRequest, open_path: OpenPath) -> tuple[MediaInfo, ...]:
    """One description per asset, in the request's order.

    Raises:
        Fault: of the first asset whose media cannot be used.
    """
    return tuple(probe_asset(asset, open_path) for asset in request.assets)


def probe_asset(asset: Asset, open_path: OpenPath) -> MediaInfo:
    """What one asset's media is."""
    if asset.waveform is not None:
        return describe_waveform(asset.asset_id, asset.waveform)
    path = open_path(asset)
    with stage("probe"):
        return probe(path, asset.asset_id)
