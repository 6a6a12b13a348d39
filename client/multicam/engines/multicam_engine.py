"""The multicam engine: sessions, alignment, sequences, as today's service offers them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .alignment import (
    DEFAULT_METHOD,
    STUB_METHOD,
    Outcome,
    SessionUpdate,
    together,
)
from .artifacts import ArtifactReader
from .identity import Caller
from .models import EngineModels, MulticamSession, SessionTrack, build
from .overrides import offset_overrides
from .placing import place
from .ports import (
    AnalysisClient,
    InMemorySessions,
    MediaService,
    SessionRepository,
    TimelineService,
)
from .programme import Programme, measured_cameras, plan_programme
from .reading import Record, attribute, listing, mapping, text, whole, write
from .sequences import common_fps, raw_clip, raw_warnings
from .session_request import SessionRequest, find_asset, look_up
from .sources import Sources, SourceSettings
from .writing import TimelineWriter


class MulticamEngine:
    """Stands in for today's multicam service: same requests, results and errors.

    Every failure is a ValueError, with today's texts for today's errors and an
    `EngineError` for what the multicam service brings. Nothing is stored before
    everything is computed; a store that breaks off raises `WriteFailed`, which names
    what it left behind. Each method takes the engines' RequestContext as `context`.

    Args:
        client: A `multicam.Client`. Tenant and environment of each call are the
            request's, not the client's.
        media_service: Where assets and artifacts are.
        timeline_service: Where sequences are stored.
        repo: Where sessions are stored. None: in memory.
        models: The classes of the results. None: dataclasses of this package.
        sources: What the service can reach. None: as the environment says.
    """

    def __init__(
        self,
        client: AnalysisClient,
        *,
        media_service: MediaService,
        timeline_service: TimelineService,
        repo: SessionRepository | None = None,
        models: EngineModels | None = None,
        sources: SourceSettings | None = None,
    ) -> None:
        settings = SourceSettings.from_environment() if sources is None else sources
        self.repo: SessionRepository = InMemorySessions() if repo is None else repo
        self.media_service = media_service
        self.timeline_service = timeline_service
        self._client = client
        self._models = models or EngineModels()
        self._sources = Sources(settings)
        self._artifacts = ArtifactReader(media_service, settings.read_uri)

    def create_session(self, req: Record, *, context: Record = None) -> Record:
        """Stores a session of the request's tracks.

        Raises:
            ValueError: "Asset not found: <id>", "Asset <id> is not a video", "Access
                Denied: ...", "Session has no tracks".
        """
        caller = Caller(req, context)
        tracks = listing(attribute(req, "tracks"))
        for track in tracks:
            asset_id = text(track, "asset_id") or ""
            kind = attribute(find_asset(self.media_service, asset_id, caller), "kind")
            if kind is None or (isinstance(kind, str) and kind != "video"):
                raise ValueError(f"Asset {asset_id} is not a video")
        if not tracks:
            raise ValueError("Session has no tracks")
        identity = caller.identity(getattr(self._client, "identity", None))
        session = build(
            self._models.session,
            tenant_id=identity.tenant_id,
            env=identity.env,
            user_id=caller.user_id,
            project_id=text(req, "project_id"),
            name=text(req, "name") or "",
            tracks=self._tracks(tracks),
            base_asset_id=text(req, "base_asset_id") or text(tracks[0], "asset_id"),
            meta=mapping(req, "meta"),
        )
        stored = self.repo.create(session)
        return session if stored is None else stored

    def get_session(self, session_id: str) -> Record | None:
        """The session, or None."""
        return self.repo.get(session_id)

    def list_sessions(self, tenant_id: str, project_id: str | None = None) -> list[Record]:
        """The tenant's sessions, of one project where one is named."""
        sessions = self.repo.list(tenant_id) or ()
        return [one for one in sessions if not project_id or text(one, "project_id") == project_id]

    def align_session(self, req: Record, *, context: Record = None) -> Record:
        """Places the session's cameras on one clock, and stores their offsets.

        A camera that cannot be placed keeps the offset it has; meta["unplaced"] says why.

        Raises:
            ValueError: "Session not found", "Access Denied: ...", "Asset not found: <id>".
            EngineError: The service or a source failed; the session is as it was.
            WriteFailed: The session could not be stored; it is as it was.
        """
        asked = self._asked(req, context)
        overrides = {
            name: offset for name, offset in offset_overrides().items() if name in asked.assets
        }
        method = text(req, "alignment_method") or DEFAULT_METHOD
        outcome = self._outcome(asked, overrides, method)
        self._remember(asked, outcome, method)
        meta: dict[str, Any] = {
            "method": method,
            **outcome.told,
            "confidences": outcome.confidences,
            **outcome.exact(),
        }
        if overrides:
            meta["timecode_overrides"] = overrides
        return build(
            self._models.align_result,
            session_id=asked.session_id,
            offsets_ms=outcome.offsets_ms(),
            meta=meta,
        )

    def build_sequence(self, req: Record, *, context: Record = None) -> Record:
        """Stores a sequence of all cameras, one track each, in sync; the base starts at 0.

        Raises:
            ValueError: "Session not found", "Access Denied: ...", "Asset not found: <id>".
            EngineError: A recording's length cannot be learned; nothing is stored.
            WriteFailed: Storing broke off; `written` says after what.
        """
        asked = self._asked(req, context)
        cameras = measured_cameras(asked, self._sources)
        clips = {camera.asset_id: raw_clip(camera, asked.session_id) for camera in cameras}

        writer = self._writer(asked)
        project_id = self._project(asked, writer)
        sequence_id = writer.sequence(
            project_id=project_id,
            name=f"{asked.session_name} - Multicam Raw",
            duration_ms=max((clip.end_ms for clip in clips.values() if clip), default=0.0),
            timebase_fps=common_fps(cameras),
            meta={"multicam_session_id": asked.session_id},
        )
        track_ids = {}
        for order, camera in enumerate(cameras):
            track_id = writer.track(
                sequence_id=sequence_id,
                kind="video",
                order=order,
                video_role="main" if order == 0 else "generic",
                meta={
                    "multicam_role": text(camera.track, "role"),
                    "label": text(camera.track, "label"),
                },
            )
            track_ids[camera.asset_id] = track_id
            clip = clips[camera.asset_id]
            if clip is not None:
                writer.clip(track_id=track_id, **clip.values())
        self._keep_project(asked, project_id, writer)
        return build(
            self._models.build_sequence_result,
            session_id=asked.session_id,
            project_id=project_id,
            sequence_id=sequence_id,
            track_ids=track_ids,
            meta={"warnings": raw_warnings(cameras, clips)},
        )

    def auto_cut_sequence(self, req: Record, *, context: Record = None) -> Record:
        """Stores a programme: one track that shows who speaks.

        Raises:
            ValueError: "Session not found", "Access Denied: ...", "Asset not found: <id>".
            EngineError: The service failed; nothing is stored.
            WriteFailed: Storing broke off; `written` says after what.
        """
        asked = self._asked(req, context)
        programme = plan_programme(asked, self._sources, self._artifacts)

        writer = self._writer(asked)
        project_id = self._project(asked, writer)
        sequence_id = writer.sequence(
            project_id=project_id,
            name=f"{asked.session_name} - Program Cut",
            duration_ms=max((clip.end_ms for clip in programme.clips), default=0.0),
            timebase_fps=common_fps(programme.cameras),
            meta={
                "multicam_session_id": asked.session_id,
                "base_sequence_id": text(req, "base_sequence_id"),
                "sound": programme.sound(),
                **programme.meta(),
            },
        )
        track_id = writer.track(
            sequence_id=sequence_id,
            kind="video",
            order=0,
            video_role="main",
            meta={"role": "program"},
        )
        for clip in programme.clips:
            writer.clip(track_id=track_id, **clip.values())
        _note_cut(asked.session, programme)
        self._keep_project(asked, project_id, writer)
        return build(
            self._models.auto_cut_result,
            session_id=asked.session_id,
            project_id=project_id,
            sequence_id=sequence_id,
            meta=programme.meta(),
        )

    def cut(self, req: Record, *, context: Record = None) -> Programme:
        """What `auto_cut_sequence` would store, without storing it; `promote` takes it.

        Raises:
            ValueError: As `auto_cut_sequence`.
        """
        return plan_programme(self._asked(req, context), self._sources, self._artifacts)

    def _asked(self, req: Record, context: Record) -> SessionRequest:
        return look_up(
            req,
            context,
            repo=self.repo,
            media_service=self.media_service,
            client=self._client,
        )

    def _outcome(
        self, asked: SessionRequest, overrides: Mapping[str, float], method: str
    ) -> Outcome:
        if method == STUB_METHOD:
            reason = "the stub places every recording at 0 without listening to it"
            return together(asked.session, overrides, reason)
        return place(asked, self._sources, overrides)

    def _remember(self, asked: SessionRequest, outcome: Outcome, method: str) -> None:
        """Stores the outcome with the session, wholly or not at all."""
        update = SessionUpdate(asked.session)
        try:
            update.apply(outcome, method)
            self._writer(asked).session(self.repo, asked.session)
        except ValueError:
            update.take_back()
            raise

    def _writer(self, asked: SessionRequest) -> TimelineWriter:
        return TimelineWriter(
            self.timeline_service,
            self._models,
            asked.service.identity,
            user_id=asked.caller.user_id,
        )

    def _tracks(self, tracks: Sequence[Record]) -> list[Record]:
        """The request's tracks as the session keeps them."""
        factory = self._models.session_track
        if factory is None and self._models.session is not MulticamSession:
            return list(tracks)
        return [
            build(
                factory or SessionTrack,
                asset_id=text(track, "asset_id") or "",
                role=text(track, "role") or "primary",
                label=text(track, "label"),
                offset_ms=whole(track, "offset_ms"),
                meta=mapping(track, "meta"),
            )
            for track in tracks
        ]

    def _project(self, asked: SessionRequest, writer: TimelineWriter) -> str:
        """The project to write into: the request's, the session's, or a new one."""
        project_id = text(asked.req, "project_id") or text(asked.session, "project_id")
        title = f"{asked.session_name} Project"
        return project_id or writer.project(title=title, name=title)

    def _keep_project(self, asked: SessionRequest, project_id: str, writer: TimelineWriter) -> None:
        """Stores the session, with the project that was made for it."""
        if not text(asked.session, "project_id"):
            write(asked.session, "project_id", project_id)
        writer.session(self.repo, asked.session)


def _note_cut(session: Record, programme: Programme) -> None:
    """Adds the cut to the session's history."""
    meta = mapping(session, "meta")
    entry = {
        "preset": programme.preset.name,
        "score_version": programme.score_version,
        "timestamp": datetime.now(UTC).isoformat(),
    }
    history = [*listing(meta.get("autocut_history")), entry]
    write(session, "meta", {**meta, "autocut_history": history})
