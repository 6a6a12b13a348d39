"""AutoCut: the programme that an editor would have cut from the cameras."""

from .autocut import auto_cut
from .reply import SCORING_VERSION

__all__ = ["SCORING_VERSION", "auto_cut"]
