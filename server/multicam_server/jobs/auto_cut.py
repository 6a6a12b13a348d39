"""AutoCut: complete the tracks, then cut."""

from dataclasses import replace

from .. import cutting
from ..conversation import VoiceDetector
from ..domain.cutting import AutoCut, AutoCutRequest
from ..telemetry.tally import stage
from ..validation import check_locked_shots
from .fallbacks import logged
from .recordings import OpenPath
from .session import complete_tracks


def auto_cut(
    request: AutoCutRequest, open_path: OpenPath, voice: VoiceDetector | None = None
) -> AutoCut:
    """Cuts a programme.

    Raises:
        Fault: of an asset whose media is needed and cannot be used.
        InvalidRequest: for unknown lengths, and locked shots that do not fit.
    """
    ready = replace(request, tracks=complete_tracks(request.tracks, open_path, voice))
    check_locked_shots(ready)
    with stage("cut"):
        return logged(cutting.auto_cut(ready))
