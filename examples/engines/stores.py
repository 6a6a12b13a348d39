"""The engines' media and timeline services, in memory, with the habits of the real ones."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from .models import Clip, Keyframe, ParameterAutomation, Sequence, Track, now

Convert = Callable[[BaseModel], Any]


class StoreBroke(RuntimeError):
    """What a store fails with, when it is told to."""


class MediaService:
    def __init__(self) -> None:
        self.assets: dict[str, Any] = {}
        self.artifacts: dict[str, Any] = {}

    def get_asset(self, asset_id: str) -> Any:
        return self.assets.get(asset_id)

    def list_artifacts_for_asset(self, asset_id: str) -> list[Any]:
        return [one for one in self.artifacts.values() if one.parent_asset_id == asset_id]

    def get_artifact(self, artifact_id: str) -> Any:
        return self.artifacts.get(artifact_id)


class TimelineService:
    """Creates and updates, never deletes; `breaks_at` makes the n-th store of a kind fail."""

    def __init__(self, convert: Convert = lambda model: model) -> None:
        self.records: dict[str, dict[str, Any]] = {
            kind: {} for kind in ("project", "sequence", "track", "clip", "automation")
        }
        self.breaks_at: dict[str, int] = {}
        self._convert = convert

    def _put(self, kind: str, record: Any) -> Any:
        if self.breaks_at.get(kind) == len(self.records[kind]):
            raise StoreBroke("the disk is full")
        record.updated_at = now()
        self.records[kind][record.id] = record
        return record

    def create_project(self, project: Any) -> Any:
        return self._put("project", project)

    def create_sequence(self, sequence: Any) -> Any:
        self._put("sequence", sequence)
        project = self.records["project"].get(sequence.project_id)
        if project is not None:
            project.sequence_ids.append(sequence.id)
        return sequence

    def create_track(self, track: Any) -> Any:
        return self._put("track", track)

    def create_clip(self, clip: Any) -> Any:
        return self._put("clip", clip)

    def create_automation(self, automation: Any) -> Any:
        return self._put("automation", automation)

    def get_project(self, project_id: str) -> Any:
        return self.records["project"].get(project_id)

    def get_clip(self, clip_id: str) -> Any:
        return self.records["clip"].get(clip_id)

    def list_tracks_for_sequence(self, sequence_id: str) -> list[Any]:
        tracks = self.records["track"].values()
        return sorted((t for t in tracks if t.sequence_id == sequence_id), key=lambda t: t.order)

    def list_clips_for_track(self, track_id: str) -> list[Any]:
        clips = (clip for clip in self.records["clip"].values() if clip.track_id == track_id)
        return sorted(clips, key=lambda clip: clip.start_ms_on_timeline)

    def promote_multicam_to_sequence(self, project_id: str, name: str, result: Any) -> Any:
        owner = {"tenant_id": result["tenant_id"], "env": result["env"]}
        sequence = self._convert(Sequence(project_id=project_id, name=name, **owner))
        self.create_sequence(sequence)
        track = self._convert(
            Track(sequence_id=sequence.id, kind="video", video_role="main", **owner)
        )
        self.create_track(track)
        self._lay(track, [(c["asset_id"], c["start_ms"], c["end_ms"]) for c in result["cuts"]])
        return sequence

    def ingest_assist_highlights(self, sequence_id: str, result: Any) -> Any:
        owner = {"tenant_id": result["tenant_id"], "env": result["env"]}
        track = self._convert(
            Track(sequence_id=sequence_id, kind="video", video_role="b-roll", **owner)
        )
        self.create_track(track)
        self._lay(track, [(s["asset_id"], s["in_ms"], s["out_ms"]) for s in result["segments"]])
        return track

    def _lay(self, track: Any, stretches: list[tuple[str, float, float]]) -> None:
        at = 0.0
        for asset_id, start, end in stretches:
            clip = Clip(
                tenant_id=track.tenant_id,
                env=track.env,
                track_id=track.id,
                asset_id=asset_id,
                in_ms=start,
                out_ms=end,
                start_ms_on_timeline=at,
                alignment_applied=True,
            )
            self.create_clip(self._convert(clip))
            at += end - start

    def apply_focus_automation(self, clip_id: str, result: Any) -> list[Any]:
        made = []
        for name in ("crop_x", "crop_y", "scale"):
            automation = ParameterAutomation(
                tenant_id=result["tenant_id"],
                env=result["env"],
                target_type="clip",
                target_id=clip_id,
                property=name,
                keyframes=[
                    Keyframe(time_ms=one["time_ms"], value=one[name]) for one in result["keyframes"]
                ],
            )
            made.append(self.create_automation(self._convert(automation)))
        return made
