"""Sequences of a session's cameras, planned in whole milliseconds before anything is stored."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from ..v1 import auto_cut_pb2, sequence_pb2, session_pb2
from .alignment import (
    DRIFT,
    EXACT_OFFSET,
    LAST_ALIGNMENT,
    Placed,
    base_of,
    camera_role,
    placement_of,
    session_tracks,
)
from .artifacts import FoundArtifacts
from .reading import Record, attribute, listing, mapping, text
from .rounding import AssetClock, Cut, cut, last_whole_ms

JOINED_MS = 1.0
"""Clips of a reply whose ends are nearer than this follow each other."""


@dataclass(frozen=True)
class Camera:
    """One camera of a session with everything that a sequence needs of it."""

    track: Record
    asset: Record
    clock: AssetClock
    placed: Placed | None
    unplaced: str = ""  # why Align could not place it; "" where it could, or never tried

    @property
    def asset_id(self) -> str:
        """The camera's recording."""
        return text(self.track, "asset_id") or ""

    @property
    def aligned(self) -> bool:
        """Whether the session knows where the camera lies."""
        return self.placed is not None

    def meta(self, session_id: str) -> dict[str, Any]:
        """Where the camera lies, exactly: what a clip of it carries along."""
        return {
            "session_id": session_id,
            EXACT_OFFSET: self.clock.offset_ms,
            DRIFT: self.clock.drift_ppm,
        }


@dataclass(frozen=True)
class PlannedClip:
    """A clip to be stored."""

    asset_id: str
    start_ms: int  # on the timeline
    session_ms: int  # the same moment in the session's time
    length_ms: int
    cut: Cut
    aligned: bool
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def end_ms(self) -> int:
        """Where it ends on the timeline."""
        return self.start_ms + self.length_ms

    def values(self) -> dict[str, Any]:
        """The clip's own fields."""
        return {
            "asset_id": self.asset_id,
            "start_ms_on_timeline": self.start_ms,
            "in_ms": self.cut.in_ms,
            "out_ms": self.cut.out_ms,
            "speed": self.cut.speed,
            "alignment_applied": self.aligned,
            "meta": self.meta,
        }


def cameras_of(
    session: Record, assets: Mapping[str, Record], durations_ms: Mapping[str, float]
) -> list[Camera]:
    """The session's cameras where the session has them; at 0 where it has no offset.

    The base is at 0 by definition, aligned or not.
    """
    base = base_of(session)
    last = mapping(mapping(session, "meta"), LAST_ALIGNMENT)
    unplaced = mapping(last, "unplaced")
    cameras = []
    for track in session_tracks(session):
        asset_id = text(track, "asset_id") or ""
        placed = placement_of(track) or (Placed(0.0) if asset_id == base else None)
        at = placed or Placed(0.0)
        clock = AssetClock(at.offset_ms, at.drift_ppm or 0.0, durations_ms[asset_id])
        reason = text(unplaced.get(asset_id), "reason") if placed is None else None
        cameras.append(Camera(track, assets[asset_id], clock, placed, reason or ""))
    return cameras


def raw_clip(camera: Camera, session_id: str) -> PlannedClip | None:
    """All of a camera from the session's start on; None where it ended before that."""
    clock = camera.clock
    start = max(0, round(clock.offset_ms))
    end = last_whole_ms(clock)
    planned = cut(clock, start, end)
    if planned is None:
        return None
    meta: dict[str, Any] = {"multicam": camera.meta(session_id)}
    if camera.unplaced:
        meta["unplaced"] = camera.unplaced
    return PlannedClip(
        asset_id=camera.asset_id,
        start_ms=start,
        session_ms=start,
        length_ms=end - start,
        cut=planned,
        aligned=camera.aligned,
        meta=meta,
    )


def usable_for_a_cut(cameras: Sequence[Camera]) -> list[Camera]:
    """The cameras that may be cut between: all but those that Align could not place."""
    return [camera for camera in cameras if camera.aligned or not camera.unplaced]


def programme_start_ms(cameras: Sequence[Camera]) -> int:
    """The session's start, or when the first camera starts where that is later."""
    return max(0, math.ceil(min(camera.clock.offset_ms for camera in cameras)))


def session_track(camera: Camera, artifacts: FoundArtifacts) -> session_pb2.SessionTrack:
    """The camera as AutoCut takes it."""
    meta = mapping(camera.track, "meta")
    subjects = [one for one in listing(meta.get("subject_ids")) if isinstance(one, str) and one]
    return session_pb2.SessionTrack(
        asset_id=camera.asset_id,
        camera_id=text(meta, "camera_id") or "",
        role=camera_role(camera.track),
        offset_ms=camera.clock.offset_ms,
        drift_ppm=camera.clock.drift_ppm,
        duration_ms=camera.clock.duration_ms,
        subject_ids=subjects,
        artifacts=artifacts.message,
    )


def programme_clips(
    response: auto_cut_pb2.AutoCutResponse,
    cameras: Sequence[Camera],
    session_id: str,
    start_ms: int,
) -> list[PlannedClip]:
    """The reply's picture track in whole milliseconds, without gap or overlap."""
    known = {camera.asset_id: camera for camera in cameras}
    clips = picture_clips(response.sequence)
    decisions = {decision.clip_index: decision for decision in response.decisions}
    planned = []
    for index, (first, last) in enumerate(whole_spans(clips, start_ms, known)):
        camera = known[clips[index].asset_id]
        shown = cut(camera.clock, start_ms + first, start_ms + last)
        if shown is None:
            continue
        meta = {"multicam": camera.meta(session_id)}
        if index in decisions:
            meta["decision"] = told(decisions[index])
        planned.append(
            PlannedClip(
                asset_id=camera.asset_id,
                start_ms=first,
                session_ms=start_ms + first,
                length_ms=last - first,
                cut=shown,
                aligned=camera.aligned,
                meta=meta,
            )
        )
    return planned


def only_camera_clip(camera: Camera, session_id: str) -> list[PlannedClip]:
    """The programme of a single camera: all of it."""
    clip = raw_clip(camera, session_id)
    return [clip] if clip is not None else []


def whole_spans(
    clips: Sequence[sequence_pb2.SequenceClip], start_ms: int, cameras: Mapping[str, Camera]
) -> list[tuple[int, int]]:
    """Where clips start and end on the timeline, in whole milliseconds.

    A clip that follows another starts where that ends. The last ends inside its asset.
    """
    starts = [round(clip.start_ms_on_timeline) for clip in clips]
    exact_ends = [
        clip.start_ms_on_timeline + (clip.out_ms - clip.in_ms) / (clip.speed or 1.0)
        for clip in clips
    ]
    ends = [round(end) for end in exact_ends]
    for index, (_, after) in enumerate(pairwise(clips)):
        if abs(after.start_ms_on_timeline - exact_ends[index]) < JOINED_MS:
            ends[index] = starts[index + 1]
    if clips:
        clock = cameras[clips[-1].asset_id].clock
        if clock.duration_ms > 0.0:
            ends[-1] = min(ends[-1], last_whole_ms(clock) - start_ms)
    return list(zip(starts, ends, strict=True))


def picture_clips(sequence: sequence_pb2.Sequence) -> Sequence[sequence_pb2.SequenceClip]:
    """The clips of the first picture track."""
    for track in sequence.tracks:
        if track.kind == sequence_pb2.TRACK_KIND_VIDEO:
            return track.clips
    return ()


def sound_of(sequence: sequence_pb2.Sequence) -> list[dict[str, Any]]:
    """The reply's track of sound, for meta: the engines' programmes carry their own sound."""
    return [
        {
            "asset_id": clip.asset_id,
            "start_ms_on_timeline": clip.start_ms_on_timeline,
            "in_ms": clip.in_ms,
            "out_ms": clip.out_ms,
            "speed": clip.speed,
        }
        for track in sequence.tracks
        if track.kind == sequence_pb2.TRACK_KIND_AUDIO
        for clip in track.clips
    ]


def told(decision: session_pb2.Decision) -> dict[str, Any]:
    """Why a clip is there, for its meta."""
    meta: dict[str, Any] = {"score": decision.score, "reason": decision.reason}
    if decision.runner_up_asset_id:
        meta |= {"runner_up_asset_id": decision.runner_up_asset_id}
        meta |= {"runner_up_score": decision.runner_up_score}
    return meta


def common_fps(cameras: Sequence[Camera]) -> float | None:
    """The cameras' frame rate where they share one."""
    rates = {attribute(camera.asset, "fps") for camera in cameras}
    (rate,) = rates if len(rates) == 1 else (None,)
    return rate if isinstance(rate, int | float) and rate > 0 else None


def never_aligned(cameras: Sequence[Camera]) -> list[str]:
    """Whose place nobody has looked for: they are taken to start with the session."""
    return [
        f"{camera.asset_id}: never aligned; taken to start with the session"
        for camera in cameras
        if not camera.aligned and not camera.unplaced and len(cameras) > 1
    ]


def raw_warnings(cameras: Sequence[Camera], clips: Mapping[str, PlannedClip | None]) -> list[str]:
    """What deserves a look in a sequence of all cameras."""
    ended = [name for name, clip in clips.items() if clip is None]
    unplaced = [f"{one.asset_id}: not in sync: {one.unplaced}" for one in cameras if one.unplaced]
    return [
        *unplaced,
        *never_aligned(cameras),
        *(f"{name}: it ended before the base began, and has no clip" for name in ended),
    ]
