"""Focus: reads no media, so that it only runs."""

from ..domain.focus import Focus, FocusRequest
from ..focus import reframe
from ..telemetry.tally import stage
from .fallbacks import logged


def focus(request: FocusRequest) -> Focus:
    """Reframes one clip."""
    with stage("focus"):
        return logged(reframe(request))
