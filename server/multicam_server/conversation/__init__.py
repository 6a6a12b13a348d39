"""Who speaks when, measured from sound or gathered from what detectors heard."""

from .activity import measure_timeline
from .infer import infer_conversation
from .model import Conversation, Grid
from .voice import Voiced, VoiceDetector

__all__ = [
    "Conversation",
    "Grid",
    "VoiceDetector",
    "Voiced",
    "infer_conversation",
    "measure_timeline",
]
