"""The focus engine: a window that follows what matters, as today's service offers it."""

from dataclasses import dataclass
from typing import Any

from ..v1 import focus_pb2 as pb
from .artifacts import ArtifactReader, FoundArtifacts
from .identity import Caller
from .keyframes import CROP_X, CROP_Y, PROPERTIES, keyframes
from .media_facts import picture_size
from .models import EngineModels, build
from .ports import AnalysisClient, MediaService
from .reading import Record, number, text
from .service import Service
from .sources import Sources, SourceSettings

DEFAULT_ASPECT_RATIO = "9:16"


@dataclass(frozen=True)
class FocusPlan:
    """A path that is not stored yet.

    `automations` holds the engines' ParameterAutomation by property: "crop_x", "crop_y",
    "scale". `promote` takes a plan.
    """

    tenant_id: str
    env: str
    clip_id: str
    automations: dict[str, Record]
    meta: dict[str, Any]
    response: pb.FocusResponse


class FocusEngine:
    """Stands in for today's focus service: same requests, results and errors.

    Args:
        client: A `multicam.Client`. Tenant and environment of each call are the
            request's, or else the asset's.
        media_service: Where assets and artifacts are.
        models: The classes of the results. None: dataclasses of this package.
        sources: What the service can reach. None: as the environment says.
    """

    def __init__(
        self,
        client: AnalysisClient,
        *,
        media_service: MediaService,
        models: EngineModels | None = None,
        sources: SourceSettings | None = None,
    ) -> None:
        settings = SourceSettings.from_environment() if sources is None else sources
        self.media_service = media_service
        self._client = client
        self._models = models or EngineModels()
        self._sources = Sources(settings)
        self._artifacts = ArtifactReader(media_service, settings.read_uri)

    def calculate_focus(
        self, req: Record, *, context: Record = None, clip: Record = None
    ) -> Record | None:
        """Where the window's centre goes; None for an unknown asset.

        Raises:
            ValueError: "Access Denied: ...".
            EngineError: The service failed.
        """
        plan = self.calculate_automations(req, context=context, clip=clip)
        if plan is None:
            return None
        return build(
            self._models.focus_result,
            clip_id=plan.clip_id,
            automation_x=plan.automations[CROP_X],
            automation_y=plan.automations[CROP_Y],
            meta=plan.meta,
        )

    def calculate_automations(
        self, req: Record, *, context: Record = None, clip: Record = None
    ) -> FocusPlan | None:
        """The window's centre and zoom; None for an unknown asset.

        `clip` is the timeline's clip where the caller has it: its in and out bound the
        path, whose times count from its in point. Without it, the request's `in_ms` and
        `out_ms` do, or else the whole asset is followed.

        Raises:
            ValueError: "Access Denied: ...".
            EngineError: The service failed.
        """
        caller = Caller(req, context)
        asset_id = text(req, "asset_id") or ""
        asset = self.media_service.get_asset(asset_id)
        if asset is None:
            return None
        caller = caller.owning(asset)
        caller.admit(clip)
        service = Service.for_caller(self._client, caller)
        found = self._artifacts.of_asset(
            asset_id,
            caller,
            audio_artifact_id=text(req, "audio_artifact_id"),
            visual_artifact_id=text(req, "visual_artifact_id"),
        )
        request = self._request(req, clip, asset, found, service)
        return self._plan(request, service.focus(request), found, caller, service)

    def _request(
        self, req: Record, clip: Record, asset: Record, found: FoundArtifacts, service: Service
    ) -> pb.FocusRequest:
        asset_id = text(req, "asset_id") or ""
        width, height = picture_size(asset, asset_id, self._sources, service)
        request = pb.FocusRequest(
            clip_id=text(req, "clip_id") or "",
            asset_id=asset_id,
            target_aspect_ratio=text(req, "target_aspect_ratio") or DEFAULT_ASPECT_RATIO,
            source_width=width,
            source_height=height,
            artifacts=found.message,
        )
        bounds = req if clip is None else clip
        in_ms, out_ms = number(bounds, "in_ms"), number(bounds, "out_ms")
        length_ms = number(asset, "duration_ms") or 0.0
        request.in_ms = max(in_ms or 0.0, 0.0)
        if out_ms is None and length_ms > request.in_ms:
            out_ms = length_ms
        if out_ms is not None:
            request.out_ms = out_ms
        return request

    def _plan(
        self,
        request: pb.FocusRequest,
        response: pb.FocusResponse,
        found: FoundArtifacts,
        caller: Caller,
        service: Service,
    ) -> FocusPlan:
        identity = service.identity
        automations = {
            PROPERTIES[automation.property]: build(
                self._models.automation,
                tenant_id=identity.tenant_id,
                env=identity.env,
                user_id=caller.user_id,
                target_type="clip",
                target_id=request.clip_id,
                property=PROPERTIES[automation.property],
                keyframes=keyframes(automation, self._models),
            )
            for automation in response.automations
        }
        meta = {
            "automation_version": response.meta.automation_version,
            "source_audio_artifact": found.audio_id,
            "source_visual_artifact": found.visual_id,
            "source_artifacts": list(response.meta.source_artifacts),
            "fallbacks": list(response.meta.fallbacks),
            "warnings": [*found.warnings, *response.meta.warnings],
        }
        return FocusPlan(
            tenant_id=identity.tenant_id,
            env=identity.env,
            clip_id=request.clip_id,
            automations=automations,
            meta=meta,
            response=response,
        )
