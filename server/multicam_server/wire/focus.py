"""Focus: the request in, the window's path out."""

from multicam.v1 import focus_pb2

from ..domain.focus import Automation, Focus, FocusOptions, FocusRequest
from .artifacts import read_artifacts
from .media import optional_float


def read_focus(message: focus_pb2.FocusRequest) -> FocusRequest:
    """The request as it is."""
    options = message.options
    return FocusRequest(
        clip_id=message.clip_id,
        asset_id=message.asset_id,
        in_ms=message.in_ms,
        out_ms=optional_float(message, "out_ms"),
        target_aspect_ratio=message.target_aspect_ratio,
        source_width=message.source_width,
        source_height=message.source_height,
        artifacts=read_artifacts(message.artifacts),
        options=FocusOptions(
            max_velocity=optional_float(options, "max_velocity"),
            max_acceleration=optional_float(options, "max_acceleration"),
            max_scale=optional_float(options, "max_scale"),
        ),
    )


def write_focus(focus: Focus) -> focus_pb2.FocusResponse:
    """The window's path."""
    return focus_pb2.FocusResponse(
        clip_id=focus.clip_id,
        automations=[_write_automation(automation) for automation in focus.automations],
        meta=focus_pb2.FocusMeta(
            automation_version=focus.automation_version,
            source_artifacts=focus.source_artifacts,
            fallbacks=focus.fallbacks,
            warnings=focus.warnings,
            stretches=[
                focus_pb2.FocusStretch(
                    start_ms=stretch.start_ms,
                    end_ms=stretch.end_ms,
                    subject_ids=stretch.subject_ids,
                    reason=stretch.reason,
                )
                for stretch in focus.stretches
            ],
        ),
    )


def _write_automation(automation: Automation) -> focus_pb2.Automation:
    return focus_pb2.Automation(
        property=focus_pb2.AutomationProperty.Name(automation.property),
        keyframes=[
            focus_pb2.Keyframe(
                time_ms=keyframe.time_ms,
                value=keyframe.value,
                interpolation=focus_pb2.Interpolation.Name(keyframe.interpolation),
            )
            for keyframe in automation.keyframes
        ],
    )
