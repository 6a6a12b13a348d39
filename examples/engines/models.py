"""The engines' models, as they are in production: names, types and defaults are theirs."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from multicam.engines import EngineModels
from pydantic import BaseModel, Field


def new_id() -> str:
    return uuid4().hex


def now() -> datetime:
    return datetime.now(UTC)


class Stored(BaseModel):
    id: str = Field(default_factory=new_id)
    tenant_id: str
    env: str
    user_id: str | None = None
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
    meta: dict[str, Any] = Field(default_factory=dict)


class MediaAsset(Stored):
    kind: Literal["video", "audio", "image", "other"] = "other"
    source_uri: str
    duration_ms: float | None = None
    fps: float | None = None
    audio_channels: int | None = None
    sample_rate: int | None = None


class DerivedArtifact(Stored):
    parent_asset_id: str
    kind: str
    uri: str
    start_ms: float | None = None
    end_ms: float | None = None


class MultiCamTrackSpec(BaseModel):
    asset_id: str
    role: Literal["primary", "secondary", "wide", "detail", "alt"] = "primary"
    label: str | None = None
    offset_ms: int | None = None
    meta: dict[str, Any] = Field(default_factory=dict)


class MultiCamSession(Stored):
    project_id: str | None = None
    name: str
    tracks: list[MultiCamTrackSpec] = Field(default_factory=list)
    base_asset_id: str | None = None


class CreateMultiCamSessionRequest(BaseModel):
    tenant_id: str
    env: str
    user_id: str | None = None
    project_id: str | None = None
    name: str
    tracks: list[MultiCamTrackSpec]
    base_asset_id: str | None = None


class SessionRequest(BaseModel):
    tenant_id: str
    env: str
    user_id: str | None = None
    session_id: str
    project_id: str | None = None


class MultiCamAlignRequest(SessionRequest):
    alignment_method: Literal["waveform_cross_correlation", "stub"] = "waveform_cross_correlation"
    max_search_ms: int = 5000


class MultiCamAutoCutRequest(SessionRequest):
    base_sequence_id: str | None = None
    min_shot_duration_ms: int = 1500
    max_shot_duration_ms: int = 6000
    prefer_primary_ratio: float = 0.6


class FocusRequest(BaseModel):
    clip_id: str
    asset_id: str
    tenant_id: str | None = None
    env: str | None = None
    audio_artifact_id: str | None = None
    visual_artifact_id: str | None = None
    target_aspect_ratio: str = "9:16"


class MultiCamAlignResult(BaseModel):
    session_id: str
    offsets_ms: dict[str, int]
    meta: dict[str, Any] = Field(default_factory=dict)


class MultiCamBuildSequenceResult(BaseModel):
    session_id: str
    project_id: str
    sequence_id: str
    track_ids: dict[str, str]


class MultiCamAutoCutResult(BaseModel):
    session_id: str
    project_id: str
    sequence_id: str
    meta: dict[str, Any] = Field(default_factory=dict)


class VideoProject(Stored):
    title: str
    sequence_ids: list[str] = Field(default_factory=list)


class Sequence(Stored):
    project_id: str
    name: str
    duration_ms: float | None = None
    timebase_fps: float | None = None
    track_ids: list[str] = Field(default_factory=list)


class Track(Stored):
    sequence_id: str
    kind: Literal["video", "audio"]
    order: int = 0
    video_role: Literal["main", "b-roll", "overlay", "generic"] | None = "generic"


class Clip(Stored):
    track_id: str
    asset_id: str
    in_ms: float
    out_ms: float
    start_ms_on_timeline: float
    speed: float = 1.0
    alignment_applied: bool = False


class Keyframe(BaseModel):
    time_ms: int
    value: float
    interpolation: Literal["step", "linear", "ease_in", "ease_out", "ease_in_out"] = "linear"


class ParameterAutomation(Stored):
    target_type: Literal["clip", "track", "sequence"]
    target_id: str
    property: Literal[
        "position_x", "position_y", "scale", "opacity", "volume_db", "crop_x", "crop_y"
    ]
    keyframes: list[Keyframe] = Field(default_factory=list)


class FocusResult(BaseModel):
    clip_id: str
    automation_x: ParameterAutomation
    automation_y: ParameterAutomation
    meta: dict[str, Any] = Field(default_factory=dict)


MODELS = {
    name: one
    for name, one in list(globals().items())
    if isinstance(one, type) and issubclass(one, BaseModel)
}
ENGINE_MODELS = EngineModels(
    session=MultiCamSession,
    session_track=MultiCamTrackSpec,
    align_result=MultiCamAlignResult,
    build_sequence_result=MultiCamBuildSequenceResult,
    auto_cut_result=MultiCamAutoCutResult,
    project=VideoProject,
    sequence=Sequence,
    track=Track,
    clip=Clip,
    keyframe=Keyframe,
    automation=ParameterAutomation,
    focus_result=FocusResult,
)
