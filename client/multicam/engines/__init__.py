"""The adapter: the engines in production run on the multicam service unchanged.

`MulticamEngine`, `AssistEngine` and `FocusEngine` stand in for today's services of the
same purpose; `AlignBackend` plugs into today's multicam service. `promote` stores what
they compute through the timeline's own entry points.
"""

from .align_backend import AlignBackend
from .assist_engine import AssistEngine, HighlightPlan
from .failures import (
    EngineError,
    ServiceDown,
    ServiceFailed,
    ServiceRefused,
    ServiceSlow,
    SourceUnreachable,
    WriteFailed,
    Written,
)
from .focus_engine import FocusEngine, FocusPlan
from .models import EngineModels
from .multicam_engine import MulticamEngine
from .ports import InMemorySessions, MediaService, SessionRepository, TimelineService
from .programme import Programme
from .promote import promote
from .sources import ServerRoot, SourceSettings

__all__ = [
    "AlignBackend",
    "AssistEngine",
    "EngineError",
    "EngineModels",
    "FocusEngine",
    "FocusPlan",
    "HighlightPlan",
    "InMemorySessions",
    "MediaService",
    "MulticamEngine",
    "Programme",
    "ServerRoot",
    "ServiceDown",
    "ServiceFailed",
    "ServiceRefused",
    "ServiceSlow",
    "SessionRepository",
    "SourceSettings",
    "SourceUnreachable",
    "TimelineService",
    "WriteFailed",
    "Written",
    "promote",
]
