"""One small, well-formed request for each RPC."""

from google.protobuf.message import Message

from ..v1.align_pb2 import AlignOptions, AlignRequest, AlignTrack
from ..v1.analyze_pb2 import AnalyzeRequest, AnalyzeTrack
from ..v1.auto_cut_pb2 import AutoCutRequest
from ..v1.focus_pb2 import FocusRequest
from ..v1.highlights_pb2 import HighlightsRequest
from ..v1.media_pb2 import Asset
from ..v1.probe_pb2 import ProbeMediaRequest
from ..v1.session_pb2 import SessionTrack
from ..v1.upload_pb2 import UploadMediaRequest
from . import material

TARGET_MS = 12_000.0


def align(*assets: Asset, base: str = "") -> AlignRequest:
    """Aligns these recordings anew, whatever is remembered."""
    return AlignRequest(
        session_id="conformance",
        base_asset_id=base,
        tracks=[AlignTrack(asset=asset) for asset in assets],
        options=AlignOptions(bypass_cache=True),
    )


def auto_cut(*tracks: SessionTrack) -> AutoCutRequest:
    """Cuts these cameras."""
    return AutoCutRequest(session_id="conformance", tracks=tracks)


def highlights(*tracks: SessionTrack) -> HighlightsRequest:
    """Picks at most 12 s of these cameras."""
    return HighlightsRequest(session_id="conformance", tracks=tracks, target_duration_ms=TARGET_MS)


def focus() -> FocusRequest:
    """Reframes 10 s of a camera with two people to 9:16."""
    return FocusRequest(
        clip_id="clip",
        asset_id="cam_c",
        in_ms=5_000.0,
        out_ms=15_000.0,
        target_aspect_ratio="9:16",
        source_width=1_920,
        source_height=1_080,
        artifacts=material.artifacts("cam_c", material.SPEAKERS),
    )


def analyze() -> AnalyzeRequest:
    """The whole pipeline over two recordings."""
    return AnalyzeRequest(
        session_id="conformance",
        tracks=[AnalyzeTrack(asset=asset) for asset in material.recordings()],
    )


def probe(*assets: Asset) -> ProbeMediaRequest:
    """Asks what these are."""
    return ProbeMediaRequest(assets=assets)


def of_rpc(rpc: str) -> tuple[Message, ...]:
    """The messages of a well-formed call of an RPC by its name."""
    a, b = material.recordings()
    made: dict[str, tuple[Message, ...]] = {
        "Align": (align(a, b),),
        "AutoCut": (auto_cut(*material.session()),),
        "Highlights": (highlights(*material.session()),),
        "Focus": (focus(),),
        "ProbeMedia": (probe(a),),
        "Analyze": (analyze(),),
        "UploadMedia": (UploadMediaRequest(chunk=material.short_file()),),
    }
    return made[rpc]
