"""Storing results: every record in its turn, and an exact account when that breaks off."""

from collections.abc import Callable
from typing import Any

from ..config import CallerIdentity
from .failures import WriteFailed, Written
from .models import EngineModels, build
from .ports import SessionRepository, TimelineService
from .reading import Record, text


class TimelineWriter:
    """Stores records in a timeline service for one caller; knows what it has stored.

    Every method raises WriteFailed, whose `written` names what stands in the timeline by
    then: it cannot be deleted there.
    """

    def __init__(
        self,
        timeline: TimelineService,
        models: EngineModels,
        identity: CallerIdentity,
        *,
        user_id: str | None,
    ) -> None:
        self._timeline = timeline
        self._models = models
        self._owner = {
            "tenant_id": identity.tenant_id,
            "env": identity.env,
            "user_id": user_id,
        }
        self._written: list[Written] = []

    def project(self, **values: Any) -> str:
        """Stores a project; returns its id."""
        return self._store("project", self._timeline.create_project, self._models.project, values)

    def sequence(self, **values: Any) -> str:
        """Stores a sequence; returns its id."""
        return self._store(
            "sequence", self._timeline.create_sequence, self._models.sequence, values
        )

    def track(self, **values: Any) -> str:
        """Stores a track; returns its id."""
        return self._store("track", self._timeline.create_track, self._models.track, values)

    def clip(self, **values: Any) -> str:
        """Stores a clip; returns its id."""
        return self._store("clip", self._timeline.create_clip, self._models.clip, values)

    def session(self, repo: SessionRepository, session: Record) -> None:
        """Stores a session again."""

        def store() -> Record:
            repo.update(session)
            return session

        self._noted("session", store)

    def _noted(self, kind: str, store: Callable[[], Record]) -> Record:
        """The record that `store` has stored; notes it under its id."""
        try:
            record = store()
        except Exception as error:
            raise WriteFailed(_message(kind, error, self._written), self._written) from error
        self._written.append(Written(kind, text(record, "id") or ""))
        return record

    def _store(
        self,
        kind: str,
        create: Callable[[Record], Record],
        factory: Callable[..., Record],
        values: dict[str, Any],
    ) -> str:
        """Makes a record and stores it; returns its id. A class that refuses counts too."""

        def store() -> Record:
            record = build(factory, **self._owner, **values)
            stored = create(record)
            return stored if text(stored, "id") else record

        return text(self._noted(kind, store), "id") or ""


def _message(kind: str, error: Exception, written: list[Written]) -> str:
    """What could not be stored, why, and what stands stored."""
    account = ", ".join(f"{one.kind} {one.id}".rstrip() for one in written) or "nothing"
    return f"Storing a {kind} failed: {error or type(error).__name__}. Stored until then: {account}"
