"""The two-camera interview as the engines' stores would hold it, after `make demo`."""

from pathlib import Path
from typing import Any

from google.protobuf.json_format import Parse
from multicam.v1 import artifacts_pb2

from .models import DerivedArtifact, MediaAsset
from .stores import MediaService

CAMERAS_MS = {"camera_a": 82_000.0, "camera_b": 79_000.0}
OWNER: dict[str, Any] = {"tenant_id": "t_demo", "env": "dev"}


def media_of(demo: Path) -> MediaService:
    """Both cameras and what detectors found in them."""
    media = MediaService()
    for name, duration_ms in CAMERAS_MS.items():
        media.assets[name] = MediaAsset(
            id=name,
            kind="video",
            source_uri=str(demo / "media" / "t_demo" / f"{name}.mp4"),
            duration_ms=duration_ms,
            fps=25.0,
            **OWNER,
        )
        audio, visual = contents(demo / "artifacts" / f"{name}.json")
        for kind, payload in (("audio_semantic_timeline", audio), ("visual_meta", visual)):
            artifact = DerivedArtifact(
                id=f"{name}-{kind}",
                parent_asset_id=name,
                kind=kind,
                uri=f"gs://artifacts/{name}-{kind}.json",
                meta={"payload": payload},
                **OWNER,
            )
            media.artifacts[artifact.id] = artifact
    return media


def contents(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """A camera's two artifacts, as the engines' detectors write them."""
    message = Parse(path.read_text("utf-8"), artifacts_pb2.Artifacts())
    events: list[dict[str, Any]] = [
        {
            "kind": artifacts_pb2.AudioEventKind.Name(one.kind).rpartition("_")[2].lower(),
            "start_ms": one.start_ms,
            "end_ms": one.end_ms,
            "speaker_id": one.speaker_id or None,
            "loudness_lufs": one.loudness_lufs if one.HasField("loudness_lufs") else None,
            "confidence": one.confidence,
            "transcription": one.transcription or None,
            "meta": {},
        }
        for one in message.audio_semantic_timeline.events
    ]
    frames: list[dict[str, Any]] = [
        {
            "timestamp_ms": one.timestamp_ms,
            "subjects": [
                {field.name: value for field, value in subject.ListFields()}
                for subject in one.subjects
            ],
            "primary_subject_center_x": one.primary_subject_center_x,
            "primary_subject_center_y": one.primary_subject_center_y,
            "shot_boundary": one.shot_boundary,
            "primary_subject_movement": one.motion_score,
        }
        for one in message.visual_meta.frames
    ]
    return {"events": events, "beats": [], "meta": {}}, {"frames": frames}
