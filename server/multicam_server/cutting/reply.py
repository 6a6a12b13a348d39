"""From the best shots to the answer: clips, sound, decisions and what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..conversation import Conversation
from ..domain.artifacts import Indices
from ..domain.cutting import AutoCut, AutoCutRequest, AutoCutWeights
from ..domain.sequence import Sequence as Programme
from ..domain.sequence import SequenceClip, SequenceTrack, TrackKind, VideoRole
from ..domain.session import SessionTrack
from .cut_points import OFF_FRAME, CutPoints
from .explain import Evidence, explain
from .locks import Lock
from .programme import Instant, make_clip
from .score import COMPONENTS
from .semi_markov import Shot, Solution
from .sound import choose_sound, rate_microphones
from .span import Span

SCORING_VERSION = "autocut-2"
"""Changes with the algorithm and any of its constants. A reply's scoring_version
adds the weights that were applied, so that it changes with any of them too."""

LENGTH_TOLERANCE_MS = 0.01
"""Bounds that are missed by less are kept: rounding, far under a sample."""


@dataclass(frozen=True, eq=False)
class Result:
    """What the optimisation worked with and found; tracks by asset_id."""

    tracks: Sequence[SessionTrack]
    span: Span
    points: CutPoints
    conversation: Conversation
    evidence: Evidence
    solution: Solution
    locks: tuple[Lock, ...]
    fixed: tuple[Shot, ...]


def build_reply(request: AutoCutRequest, result: Result) -> AutoCut:
    """The programme with its reasons."""
    points, tracks = result.points, result.tracks
    recording = result.evidence.recording
    start_ms = result.span.start_ms

    def instant(point: int) -> Instant:
        time, frame = float(points.time_ms[point]), int(points.frame[point])
        return Instant.of(time, frame, start_ms=start_ms, rate=request.frame_rate)

    def clip(track: int, first: int, last: int) -> SequenceClip:
        return make_clip(tracks[track], instant(first), instant(last), start_ms=start_ms)

    shots = _by_recording(result.solution.shots, recording)
    sound = choose_sound(tracks, points.time_ms, rate_microphones(tracks, result.conversation))
    pictures = tuple(clip(int(recording[s.camera, s.first]), s.first, s.last) for s in shots)
    standing = {
        shot: "locked by the request" if lock.asked else "too short for a shot of its own"
        for lock, shot in zip(result.locks, result.fixed, strict=True)
    }
    return AutoCut(
        sequence=Programme(
            name=f"{request.session_id} programme".strip(),
            duration_ms=float(instant(len(points.time_ms) - 1).since_start_ms),
            tracks=(
                SequenceTrack(TrackKind.VIDEO, pictures, VideoRole.MAIN),
                SequenceTrack(TrackKind.AUDIO, tuple(clip(t, a, b) for a, b, t in sound)),
            ),
            frame_rate=request.frame_rate,
        ),
        decisions=tuple(
            explain(
                result.evidence,
                shots,
                tracks,
                result.conversation,
                [standing.get(s, "") for s in shots],
            )
        ),
        scoring_version=scoring_version(result.evidence.weights),
        pacing=result.evidence.pace.pacing,
        min_shot_ms=result.evidence.pace.min_shot_ms,
        max_shot_ms=result.evidence.pace.max_shot_ms,
        weights=result.evidence.weights,
        inputs_used=_inputs(result),
        fallbacks=_fallbacks(result),
        warnings=_warnings(request, result),
    )


def scoring_version(weights: AutoCutWeights) -> str:
    """The algorithm's version and its weights: "autocut-2:1,0.3,0.1,0.3,1,0.5"."""
    values = (float(getattr(weights, name)) for name in COMPONENTS)
    return f"{SCORING_VERSION}:" + ",".join(f"{value!r}".removesuffix(".0") for value in values)


def _by_recording(shots: Sequence[Shot], recording: Indices) -> list[Shot]:
    """Shots divided where one camera's next recording takes over."""
    divided = []
    for shot in shots:
        row = recording[shot.camera, shot.first : shot.last]
        edges = [shot.first, *(np.flatnonzero(np.diff(row)) + shot.first + 1).tolist(), shot.last]
        divided += [Shot(a, b, shot.camera) for a, b in pairwise(edges)]
    return divided


def _inputs(result: Result) -> tuple[str, ...]:
    used = set(result.conversation.notes)
    for track in result.tracks:
        timeline, visual = track.artifacts.audio_semantic_timeline, track.artifacts.visual_meta
        if timeline is not None and not timeline.from_audio:
            used.add(f"{track.asset_id}: audio_semantic_timeline {timeline.artifact_id}".rstrip())
        if visual is not None:
            used.add(f"{track.asset_id}: visual_meta {visual.artifact_id}".rstrip())
    return tuple(sorted(used))


def _fallbacks(result: Result) -> tuple[str, ...]:
    named = set(result.conversation.fallbacks)
    for track in result.tracks:
        timeline = track.artifacts.audio_semantic_timeline
        if timeline is None:
            named.add(f"{track.asset_id}: no audio_semantic_timeline; its sound counts as neutral")
        elif timeline.from_audio:
            named.add(
                f"{track.asset_id}: no audio_semantic_timeline; speech and loudness were "
                f"measured from its sound by {timeline.measured_by}"
            )
        if track.artifacts.visual_meta is None:
            named.add(f"{track.asset_id}: no visual_meta; its picture counts as neutral")
    if not result.conversation.speakers:
        named.add("no speech known: the cameras alternate by role and pace")
    return tuple(sorted(named))


def _warnings(request: AutoCutRequest, result: Result) -> tuple[str, ...]:
    warned = set(result.span.warnings)
    warned.update(_broken_bounds(result))
    off_frame = result.points.frame == OFF_FRAME
    fixed_edges = {point for shot in result.fixed for point in (shot.first, shot.last)}
    cuts = {shot.first for shot in _by_recording(result.solution.shots, result.evidence.recording)}
    if request.frame_rate is not None:
        for point in sorted(cuts & set(np.flatnonzero(off_frame).tolist()) - fixed_edges):
            time = result.points.time_ms[point]
            warned.add(f"the cut at {time:g} ms is off the frames: a recording ends there")
    return tuple(sorted(warned))


def _broken_bounds(result: Result) -> list[str]:
    """One sentence per shot that its bounds do not allow."""
    time, pace, warned = result.points.time_ms, result.evidence.pace, []
    fixed = set(result.fixed)
    for shot in result.solution.shots:
        length = time[shot.last] - time[shot.first]
        if shot in fixed:
            continue
        what = f"the shot from {time[shot.first]:g} to {time[shot.last]:g} ms"
        if length < pace.min_shot_ms - LENGTH_TOLERANCE_MS:
            warned.append(f"{what} is shorter than min_shot_ms: nothing longer fits there")
        elif length > pace.max_shot_ms + LENGTH_TOLERANCE_MS:
            why = "no other camera records" if result.solution.slack == 1.0 else "nothing fits"
            warned.append(f"{what} is longer than max_shot_ms: {why} there")
    return warned
