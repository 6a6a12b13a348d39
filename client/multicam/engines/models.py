"""The engines' models as plain dataclasses, for callers that pass no classes of their own.

Attributes and `model_dump()` are those of the engines' models, so that whoever stores,
copies or serves one sees no difference. Nothing is validated here.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from .reading import Record

Factory = Callable[..., Record]
Meta = dict[str, Any]


def _new_id() -> str:
    return uuid4().hex


def _now() -> datetime:
    return datetime.now(UTC)


class Model:
    """A dataclass that can be dumped as a pydantic model can."""

    def model_dump(self, *, mode: str = "python", exclude_none: bool = False) -> dict[str, Any]:
        """The fields as a dict, models within as dicts; times as text in mode "json"."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]
        return {
            name: _dumped(value, mode, exclude_none)
            for name, value in values.items()
            if not (exclude_none and value is None)
        }


def _dumped(value: Any, mode: str, exclude_none: bool) -> Any:
    if isinstance(value, Model):
        return value.model_dump(mode=mode, exclude_none=exclude_none)
    if hasattr(value, "model_dump") and not is_dataclass(value):
        return value.model_dump()
    if isinstance(value, dict):
        return {key: _dumped(one, mode, exclude_none) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_dumped(one, mode, exclude_none) for one in value]
    return value.isoformat() if mode == "json" and isinstance(value, datetime) else value


@dataclass
class SessionTrack(Model):
    """One camera of a session."""

    asset_id: str
    role: str = "primary"
    label: str | None = None
    offset_ms: int | None = None
    meta: Meta = field(default_factory=dict)


@dataclass
class MulticamSession(Model):
    """The cameras of one event."""

    tenant_id: str
    env: str
    name: str
    tracks: list[Record] = field(default_factory=list)
    base_asset_id: str | None = None
    user_id: str | None = None
    project_id: str | None = None
    meta: Meta = field(default_factory=dict)
    id: str = field(default_factory=_new_id)
    created_at: datetime = field(default_factory=_now)
    updated_at: datetime = field(default_factory=_now)


@dataclass
class AlignResult(Model):
    """Where the cameras lie, in whole milliseconds; what could not be placed is in meta."""

    session_id: str
    offsets_ms: dict[str, int] = field(default_factory=dict)
    meta: Meta = field(default_factory=dict)


@dataclass
class BuildSequenceResult(Model):
    """The sequence of all cameras, and each camera's track in it."""

    session_id: str
    project_id: str
    sequence_id: str
    track_ids: dict[str, str] = field(default_factory=dict)
    meta: Meta = field(default_factory=dict)


@dataclass
class AutoCutResult(Model):
    """The sequence of a programme."""

    session_id: str
    project_id: str
    sequence_id: str
    meta: Meta = field(default_factory=dict)


@dataclass
class Project(Model):
    """A project of the timeline."""

    tenant_id: str
    env: str
    title: str
    user_id: str | None = None
    sequence_ids: list[str] = field(default_factory=list)
    meta: Meta = field(default_factory=dict)
    id: str = field(default_factory=_new_id)
    created_at: datetime = field(default_factory=_now)
    updated_at: datetime = field(default_factory=_now)


@dataclass
class Sequence(Model):
    """A sequence of the timeline."""

    tenant_id: str
    env: str
    project_id: str
    name: str
    user_id: str | None = None
    duration_ms: float | None = None
    timebase_fps: float | None = None
    track_ids: list[str] = field(default_factory=list)
    meta: Meta = field(default_factory=dict)
    id: str = field(default_factory=_new_id)
    created_at: datetime = field(default_factory=_now)
    updated_at: datetime = field(default_factory=_now)


@dataclass
class Track(Model):
    """A lane of a sequence."""

    tenant_id: str
    env: str
    sequence_id: str
    kind: str
    user_id: str | None = None
    order: int = 0
    video_role: str | None = "generic"
    meta: Meta = field(default_factory=dict)
    id: str = field(default_factory=_new_id)
    created_at: datetime = field(default_factory=_now)
    updated_at: datetime = field(default_factory=_now)


@dataclass
class Clip(Model):
    """A stretch of an asset on a lane; in and out in the asset's own time."""

    tenant_id: str
    env: str
    track_id: str
    asset_id: str
    in_ms: float
    out_ms: float
    start_ms_on_timeline: float
    user_id: str | None = None
    speed: float = 1.0
    alignment_applied: bool = False
    meta: Meta = field(default_factory=dict)
    id: str = field(default_factory=_new_id)
    created_at: datetime = field(default_factory=_now)
    updated_at: datetime = field(default_factory=_now)


@dataclass
class Keyframe(Model):
    """A value at a time, in milliseconds from the clip's start."""

    time_ms: int
    value: float
    interpolation: str = "linear"


@dataclass
class ParameterAutomation(Model):
    """One property of a clip over time."""

    tenant_id: str
    env: str
    target_type: str
    target_id: str
    property: str
    keyframes: list[Record] = field(default_factory=list)
    user_id: str | None = None
    id: str = field(default_factory=_new_id)
    created_at: datetime = field(default_factory=_now)
    updated_at: datetime = field(default_factory=_now)


@dataclass
class FocusResult(Model):
    """The path of a window through one clip."""

    clip_id: str
    automation_x: Record
    automation_y: Record
    meta: Meta = field(default_factory=dict)


@dataclass(frozen=True)
class EngineModels:
    """The classes that results are made of: each is called with keyword arguments.

    Pass the engines' own classes to get and to store their instances. Arguments that a
    class does not know are left out. `session_track` None: SessionTrack; but with a
    `session` class of the caller's, the request's tracks are passed to it as they are.
    """

    session: Factory = MulticamSession
    session_track: Factory | None = None
    align_result: Factory = AlignResult
    build_sequence_result: Factory = BuildSequenceResult
    auto_cut_result: Factory = AutoCutResult
    project: Factory = Project
    sequence: Factory = Sequence
    track: Factory = Track
    clip: Factory = Clip
    keyframe: Factory = Keyframe
    automation: Factory = ParameterAutomation
    focus_result: Factory = FocusResult


def build(factory: Factory, **values: Any) -> Record:
    """An instance, from those of the values that the factory takes.

    A factory that demands an `id` gets a new one.
    """
    parameters = _parameters(factory)
    one_id = parameters.get("id")
    if one_id is not None and one_id.default is one_id.empty:
        values.setdefault("id", _new_id())
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    return factory(
        **{name: value for name, value in values.items() if takes_any or name in parameters}
    )


@cache
def _parameters(factory: Factory) -> Mapping[str, inspect.Parameter]:
    """A factory's parameters; any keyword where it does not tell them."""
    try:
        return inspect.signature(factory).parameters
    except (TypeError, ValueError):
        return inspect.signature(lambda **_: None).parameters
