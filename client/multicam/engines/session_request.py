"""A request about a session, with everything that is looked up for it before it is answered."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from .alignment import base_of, session_tracks
from .identity import Caller
from .ports import AnalysisClient, MediaService, SessionRepository
from .reading import Record, number, text
from .service import Service

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SessionRequest:
    """Who asks what about which session; its assets by id, in the cameras' order."""

    req: Record
    caller: Caller
    session: Record
    assets: Mapping[str, Record]
    service: Service

    @property
    def session_id(self) -> str:
        """The session's id."""
        return text(self.session, "id") or text(self.req, "session_id") or ""

    @property
    def session_name(self) -> str:
        """The session's name, or its id."""
        return text(self.session, "name") or self.session_id

    def number(self, name: str, default: float) -> float:
        """A number of the request."""
        value = number(self.req, name)
        return default if value is None else value


def look_up(
    req: Record,
    context: Record,
    *,
    repo: SessionRepository,
    media_service: MediaService,
    client: AnalysisClient,
) -> SessionRequest:
    """The request's session and assets, all of them the caller's own.

    Raises:
        ValueError: "Session not found", "Asset not found: <id>", "Access Denied: ...".
    """
    caller = Caller(req, context)
    session = repo.get(text(req, "session_id") or "")
    if session is None:
        raise ValueError("Session not found")
    try:
        caller = caller.owning(session)
    except ValueError as refusal:
        _log.warning("session %s: %s", text(session, "id"), refusal)
        raise
    base_of(session)
    names = [text(track, "asset_id") or "" for track in session_tracks(session)]
    assets = {name: find_asset(media_service, name, caller) for name in names}
    return SessionRequest(req, caller, session, assets, Service.for_caller(client, caller))


def find_asset(media_service: MediaService, asset_id: str, caller: Caller) -> Record:
    """The asset, which is the caller's own.

    Raises:
        ValueError: "Asset not found: <id>", "Access Denied: ...".
    """
    asset = media_service.get_asset(asset_id)
    if asset is None:
        raise ValueError(f"Asset not found: {asset_id}")
    caller.admit(asset)
    return asset
