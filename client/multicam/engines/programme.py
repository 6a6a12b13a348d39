"""A session's programme: asked for, and planned to the millisecond; not stored yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..v1 import auto_cut_pb2
from .artifacts import ArtifactReader, FoundArtifacts
from .failures import EngineError
from .media_facts import duration_ms
from .overrides import PacingPreset, pacing_preset
from .sequences import (
    Camera,
    PlannedClip,
    cameras_of,
    never_aligned,
    only_camera_clip,
    programme_clips,
    programme_start_ms,
    session_track,
    sound_of,
    usable_for_a_cut,
)
from .session_request import SessionRequest
from .sources import Sources

DEFAULT_MIN_SHOT_MS = 1_500.0
DEFAULT_MAX_SHOT_MS = 6_000.0
DEFAULT_PREFER_PRIMARY_RATIO = 0.6


@dataclass(frozen=True)
class Programme:
    """A cut that is not stored yet: the service's reply, and the clips it comes to.

    `response` is None where there was one camera only, and so nothing to ask.
    """

    tenant_id: str
    env: str
    session_id: str
    clips: list[PlannedClip]
    cameras: list[Camera]
    preset: PacingPreset
    left_out: dict[str, str]
    warnings: list[str]
    response: auto_cut_pb2.AutoCutResponse | None

    @property
    def score_version(self) -> str:
        """The version of the scoring; "" where nothing was scored."""
        return self.response.meta.scoring_version if self.response else ""

    def meta(self) -> dict[str, Any]:
        """How the cut came about."""
        meta: dict[str, Any] = {
            "pacing_preset": self.preset.name,
            "score_version": self.score_version,
            "left_out": self.left_out,
            "warnings": self.warnings,
        }
        if self.response is not None:
            told = self.response.meta
            meta["min_shot_ms"], meta["max_shot_ms"] = told.min_shot_ms, told.max_shot_ms
            meta["inputs_used"] = list(told.inputs_used)
            meta["fallbacks"] = list(told.fallbacks)
            meta["warnings"] = [*self.warnings, *told.warnings]
        return meta

    def sound(self) -> list[dict[str, Any]]:
        """Which microphone is best when, as the service says."""
        return sound_of(self.response.sequence) if self.response else []


def measured_cameras(
    asked: SessionRequest,
    sources: Sources,
    artifacts: Mapping[str, FoundArtifacts] | None = None,
) -> list[Camera]:
    """The session's cameras with the lengths of their recordings.

    Raises:
        EngineError: A length cannot be learned.
    """

    def lengths_ms() -> dict[str, float]:
        return {
            name: duration_ms(
                asset, name, sources, asked.service, artifacts[name] if artifacts else None
            )
            for name, asset in asked.assets.items()
        }

    return cameras_of(asked.session, asked.assets, sources.answered(lengths_ms))


def plan_programme(asked: SessionRequest, sources: Sources, reader: ArtifactReader) -> Programme:
    """Cuts between the session's cameras.

    Raises:
        EngineError: The service or a source failed, or no camera could be placed.
    """
    artifacts = {name: reader.of_asset(name, asked.caller) for name in asked.assets}
    everyone = measured_cameras(asked, sources, artifacts)
    cameras = usable_for_a_cut(everyone)
    if not cameras:
        raise EngineError("Auto-cut failed: no camera of the session could be placed")
    preset = pacing_preset()
    if len(cameras) == 1:
        response, clips = None, only_camera_clip(cameras[0], asked.session_id)
    else:
        request = _Request(asked, sources, cameras, artifacts, preset)
        response = sources.answered(lambda: asked.service.auto_cut(request.message()))
        clips = programme_clips(response, cameras, asked.session_id, request.start_ms)
    return Programme(
        tenant_id=asked.service.identity.tenant_id,
        env=asked.service.identity.env,
        session_id=asked.session_id,
        clips=clips,
        cameras=cameras,
        preset=preset,
        left_out={one.asset_id: one.unplaced for one in everyone if one not in cameras},
        warnings=[
            *(note for found in artifacts.values() for note in found.warnings),
            *never_aligned(cameras),
        ],
        response=response,
    )


@dataclass(frozen=True)
class _Request:
    """What AutoCut is asked."""

    asked: SessionRequest
    sources: Sources
    cameras: Sequence[Camera]
    artifacts: Mapping[str, FoundArtifacts]
    preset: PacingPreset

    @property
    def start_ms(self) -> int:
        """Where the programme starts in the session's time."""
        return programme_start_ms(self.cameras)

    def message(self) -> auto_cut_pb2.AutoCutRequest:
        """The question; a recording that no detector has listened to comes with its sound."""
        asked = self.asked
        min_ms, max_ms = self.preset.shots_ms(
            asked.number("min_shot_duration_ms", DEFAULT_MIN_SHOT_MS),
            asked.number("max_shot_duration_ms", DEFAULT_MAX_SHOT_MS),
        )
        message = auto_cut_pb2.AutoCutRequest(
            session_id=asked.session_id,
            pacing=self.preset.pacing,
            min_shot_ms=min_ms,
            max_shot_ms=max_ms,
            prefer_primary_ratio=asked.number("prefer_primary_ratio", DEFAULT_PREFER_PRIMARY_RATIO),
        )
        if self.start_ms > 0:
            message.start_ms = self.start_ms
        for camera in self.cameras:
            found = self.artifacts[camera.asset_id]
            track = session_track(camera, found)
            if not found.has_audio:
                source = self.sources.sound(camera.asset, camera.asset_id, asked.service)
                if source is not None:
                    track.asset.CopyFrom(source.asset)
            message.tracks.append(track)
        return message
