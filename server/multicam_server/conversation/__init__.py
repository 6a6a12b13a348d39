"""Who speaks when, measured from sound or gathered from what detectors heard."""

from .activity import measure_timeline
from .infer import infer_conversation
from .model import Conversation, Grid

__all__ = ["Conversation", "Grid", "infer_conversation", "measure_timeline"]
