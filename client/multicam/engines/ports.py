"""What an engine needs of others, as they are in production: only what is called here.

Records (assets, artifacts, sessions, sequences, ...) are read by attribute, whatever
their class; see reading.py.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from ..config import CallerIdentity
from ..uploads import UploadSource
from ..v1.align_pb2 import AlignRequest, AlignResponse
from ..v1.auto_cut_pb2 import AutoCutRequest, AutoCutResponse
from ..v1.focus_pb2 import FocusRequest, FocusResponse
from ..v1.highlights_pb2 import HighlightsRequest, HighlightsResponse
from ..v1.probe_pb2 import ProbeMediaRequest, ProbeMediaResponse
from ..v1.upload_pb2 import UploadMediaResponse
from .reading import Record


class AnalysisClient(Protocol):
    """`multicam.Client`, as far as engines use it."""

    identity: CallerIdentity

    def align(self, request: AlignRequest, *, request_id: str | None = None) -> AlignResponse:
        """Places recordings on one clock."""

    def auto_cut(
        self, request: AutoCutRequest, *, request_id: str | None = None
    ) -> AutoCutResponse:
        """Cuts a programme."""

    def highlights(
        self, request: HighlightsRequest, *, request_id: str | None = None
    ) -> HighlightsResponse:
        """Picks the best moments."""

    def focus(self, request: FocusRequest, *, request_id: str | None = None) -> FocusResponse:
        """Reframes a clip."""

    def probe_media(
        self, request: ProbeMediaRequest, *, request_id: str | None = None
    ) -> ProbeMediaResponse:
        """Tells what media files are."""

    def upload_media(
        self, source: UploadSource, *, request_id: str | None = None
    ) -> UploadMediaResponse:
        """Sends a file."""

    def acting_for(self, caller: CallerIdentity) -> "AnalysisClient":
        """The same connection for another caller."""


class MediaService(Protocol):
    """Where assets and their artifacts are stored; only read."""

    def get_asset(self, asset_id: str) -> Record | None:
        """The asset, or None."""

    def list_artifacts_for_asset(self, asset_id: str) -> Sequence[Record]:
        """What detectors found in the asset."""

    def get_artifact(self, artifact_id: str) -> Record | None:
        """The artifact, or None."""


class TimelineService(Protocol):
    """Where sequences are stored. It can create and update, not delete."""

    def create_project(self, project: Record) -> Record:
        """Stores a project."""

    def create_sequence(self, sequence: Record) -> Record:
        """Stores a sequence."""

    def create_track(self, track: Record) -> Record:
        """Stores a track of a sequence."""

    def create_clip(self, clip: Record) -> Record:
        """Stores a clip of a track."""

    def get_project(self, project_id: str) -> Record | None:
        """The project, or None."""

    def list_tracks_for_sequence(self, sequence_id: str) -> Sequence[Record]:
        """The tracks of a sequence."""

    def list_clips_for_track(self, track_id: str) -> Sequence[Record]:
        """The clips of a track."""

    def promote_multicam_to_sequence(
        self, project_id: str, name: str, multicam_result: dict[str, Any]
    ) -> Record:
        """Stores a cut as a sequence; returns the sequence."""

    def ingest_assist_highlights(
        self, sequence_id: str, highlights_result: dict[str, Any]
    ) -> Record:
        """Stores highlights as a track of a sequence; returns the track."""

    def apply_focus_automation(self, clip_id: str, focus_result: dict[str, Any]) -> Any:
        """Stores a path as automations of a clip; returns them."""


class SessionRepository(Protocol):
    """Where multicam sessions are stored."""

    def create(self, session: Record) -> Record:
        """Stores a new session."""

    def get(self, session_id: str) -> Record | None:
        """The session, or None."""

    def list(self, tenant_id: str) -> Sequence[Record]:
        """The tenant's sessions."""

    def update(self, session: Record) -> Record:
        """Stores a session again."""


class InMemorySessions:
    """Sessions that live as long as the process."""

    def __init__(self) -> None:
        self._sessions: dict[str, Record] = {}

    def create(self, session: Record) -> Record:
        """Keeps a new session."""
        self._sessions[session.id] = session
        return session

    def get(self, session_id: str) -> Record | None:
        """The session, or None."""
        return self._sessions.get(session_id)

    def list(self, tenant_id: str) -> Sequence[Record]:
        """The tenant's sessions, oldest first."""
        sessions = tuple(self._sessions.values())  # other threads may add to them meanwhile
        return [session for session in sessions if session.tenant_id == tenant_id]

    def update(self, session: Record) -> Record:
        """Keeps a session in its new state."""
        self._sessions[session.id] = session
        return session
