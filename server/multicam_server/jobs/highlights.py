"""Highlights: complete the tracks, then pick."""

from dataclasses import replace

from ..conversation import VoiceDetector
from ..domain.highlights import Highlights, HighlightsRequest
from ..highlights import pick_highlights
from ..telemetry.tally import stage
from .fallbacks import logged
from .recordings import OpenPath
from .session import complete_tracks


def highlights(
    request: HighlightsRequest, open_path: OpenPath, voice: VoiceDetector | None = None
) -> Highlights:
    """Picks the best moments.

    Raises:
        Fault: of an asset whose media is needed and cannot be used.
        InvalidRequest: for unknown lengths.
    """
    tracks = complete_tracks(request.tracks, open_path, voice)
    with stage("highlights"):
        return logged(pick_highlights(replace(request, tracks=tracks)))
