"""AutoCut: one optimum over time and cameras."""

import numpy as np

from ..conversation import Conversation, Grid, infer_conversation
from ..domain.artifacts import Flags, Indices
from ..domain.cutting import AutoCut, AutoCutRequest, AutoCutWeights
from ..domain.faults import InvalidRequest, Violation
from ..domain.media import Floats
from .cameras import group_cameras, recording_at, usable
from .cut_points import CutPoints, place_cut_points
from .explain import Evidence
from .locks import Lock, bridge_short_spans, fixed_shots, resolve_locks
from .pacing import Pace, primary_preference, resolve_pace
from .reply import Result, build_reply
from .score import MOMENT_COMPONENTS, applied_weights, rate_tracks
from .semi_markov import Shot, ShotProblem, solve
from .span import resolve_span

PRIMARY_RATIO = 0.6
"""The contract's default for prefer_primary_ratio."""

CUT_SECONDS = 8.0
"""A cut's quality weighs like this much picture: one inside a word costs as much as
eight seconds without the speaker, longer than most shots, so that it is left to
where the bounds give no other choice."""

RETURN_SHOTS, REPLY_RETURN_SHOTS = 0.5, 0.15
"""A return to the camera before the last one (A-B-A) costs this share of a usual shot,
so that A-B-C beats it where there is a third camera; less when a new speaker has just
taken the floor, because then the conversation does it."""


NEAR_MS = 200.0
"""A cut this far before a reply, beyond the lead, is still for the reply."""


def auto_cut(request: AutoCutRequest) -> AutoCut:
    """Cut a programme from a validated request.

    The result does not depend on the order of tracks, events, frames or subjects.
    Raises InvalidRequest when no camera records at some moment that was asked for,
    or a locked shot lies outside of the programme or its asset.
    """
    tracks = sorted(request.tracks, key=lambda track: track.asset_id)
    span = resolve_span(request)
    pace, weights = resolve_pace(request), applied_weights(request.weights)
    cameras = group_cameras(tracks)
    asked = resolve_locks(request, span, tracks=tracks, cameras=cameras)
    locks = bridge_short_spans(asked, span, tracks=tracks, min_shot_ms=pace.min_shot_ms)
    grid = Grid.over(span.start_ms, span.end_ms)
    conversation = infer_conversation(tracks, grid, lead_ms=pace.lead_ms, target_ms=pace.target_ms)
    points = place_cut_points(
        span,
        frame_rate=request.frame_rate,
        locks=locks,
        cameras=cameras,
        tracks=tracks,
        quality=lambda time_ms: _cut_quality(conversation, time_ms),
    )
    if len(points.time_ms) < 2:
        raise InvalidRequest((Violation("end_ms", "the programme is shorter than one frame"),))
    points, recording = _without_idle_points(
        points, recording_at(cameras, tracks, points.time_ms), locks, pace
    )
    fixed = fixed_shots(locks, points.time_ms)
    for lock, shot in zip(locks, fixed, strict=True):
        recording[lock.camera, shot.first : shot.last] = lock.track
    ratio = PRIMARY_RATIO if request.prefer_primary_ratio is None else request.prefer_primary_ratio
    worth = rate_tracks(
        tracks, conversation, primary=primary_preference(pace, ratio, cameras=len(cameras))
    )
    evidence = Evidence(
        time_ms=points.time_ms,
        summed=_sum_up(worth.value, grid, points.time_ms, recording),
        cut_quality=_cut_quality(conversation, points.time_ms),
        recording=recording,
        weights=weights,
        pace=pace,
        cut_seconds=CUT_SECONDS,
        return_seconds=_return_seconds(conversation, pace, points.time_ms),
    )
    solution = solve(_problem(evidence, fixed))
    if solution is None:
        raise InvalidRequest((Violation("end_ms", "no camera records all of the programme"),))
    return build_reply(
        request,
        Result(tracks, span, points, conversation, evidence, solution, locks, fixed),
    )


def _cut_quality(conversation: Conversation, time_ms: Floats) -> Floats:
    """Quality of cuts at any times, between the grid's edges by proportion."""
    grid = conversation.grid
    at = (time_ms - grid.start_ms) / grid.step_ms
    return np.interp(at, np.arange(grid.cells + 1), conversation.cut_quality)


def _return_seconds(conversation: Conversation, pace: Pace, time_ms: Floats) -> Floats:
    """What a return at each cut point costs, by whether the floor has just changed."""
    grid = conversation.grid
    usual_seconds = pace.target_ms * 1e-3
    if not len(conversation.floor):
        return np.full(len(time_ms), RETURN_SHOTS * usual_seconds)
    holder = np.argmax(conversation.floor, axis=0)
    changed = np.r_[0, np.cumsum(np.diff(holder) != 0)]
    cell = np.clip(((time_ms - grid.start_ms) / grid.step_ms).astype(np.int64), 0, grid.cells - 1)
    soon = np.minimum(cell + grid.cells_of(pace.lead_ms + NEAR_MS), grid.cells - 1)
    before = np.maximum(cell - grid.cells_of(pace.target_ms), 0)
    reply = changed[soon] > changed[before]
    return np.where(reply, REPLY_RETURN_SHOTS, RETURN_SHOTS) * usual_seconds


def _without_idle_points(
    points: CutPoints, recording: Indices, locks: tuple[Lock, ...], pace: Pace
) -> tuple[CutPoints, Indices]:
    """Drops points amid stretches that a single camera records: nothing to cut to."""
    available = usable(recording >= 0, points.time_ms, pace.min_shot_ms)
    alone = np.count_nonzero(available, axis=0) == 1
    same = np.all(recording[:, 1:] == recording[:, :-1], axis=0)
    idle = np.r_[False, alone[1:] & alone[:-1] & same, False]
    for lock in locks:
        idle[np.isin(points.time_ms, (lock.start_ms, lock.end_ms))] = False
    kept = np.flatnonzero(~idle)
    return CutPoints(points.time_ms[kept], points.frame[kept]), recording[:, kept[:-1]]


def _sum_up(value: Floats, grid: Grid, time_ms: Floats, recording: Indices) -> Floats:
    """Tracks' values per second to cameras' sums in seconds at the points; (4, c, n)."""
    edges = grid.start_ms + np.arange(grid.cells + 1) * grid.step_ms
    summed = np.zeros((len(value), len(recording), len(time_ms)))
    for component, rows in zip(summed, value, strict=True):
        gained = np.zeros((len(rows), len(time_ms) - 1))
        for track, row in enumerate(rows):
            total = np.r_[0.0, np.cumsum(row)] * (grid.step_ms * 1e-3)
            gained[track] = np.diff(np.interp(time_ms, edges, total))
        for camera, track_of in enumerate(recording):
            step = np.take_along_axis(gained, np.maximum(track_of, 0)[None], axis=0)[0]
            component[camera, 1:] = np.cumsum(np.where(track_of >= 0, step, 0.0))
    return summed


def _problem(evidence: Evidence, fixed: tuple[Shot, ...]) -> ShotProblem:
    pace, weights, time_ms = evidence.pace, evidence.weights, evidence.time_ms
    available = usable(evidence.recording >= 0, time_ms, pace.min_shot_ms)
    moment = np.array([_weight(weights, name) for name in MOMENT_COMPONENTS])
    pace_weight = _weight(weights, "pace")

    def length_value(length_ms: Floats) -> Floats:
        return np.asarray(pace.value(length_ms) * length_ms * (1e-3 * pace_weight))

    return ShotProblem(
        time_ms=time_ms,
        value=np.tensordot(moment, evidence.summed, axes=1),
        cut_value=evidence.cut_quality * (evidence.cut_seconds * _weight(weights, "pause")),
        available=available,
        bound_ms=_bounds_reached(time_ms, available),
        min_shot_ms=pace.min_shot_ms,
        max_shot_ms=pace.longest_considered_ms,
        return_cost=evidence.return_seconds * pace_weight,
        length_value=length_value,
        fixed=fixed,
    )


def _bounds_reached(time_ms: Floats, available: Flags) -> Floats:
    """When a shot that ends at each point must have been within its bound; (n,).

    While a single camera records, its shot may go on: only what lies before counts.
    """
    bound = time_ms.copy()
    alone = np.count_nonzero(available, axis=0) == 1
    for point in range(1, len(time_ms)):
        if alone[point - 1]:
            before = point >= 2 and alone[point - 2]
            same = before and np.array_equal(available[:, point - 1], available[:, point - 2])
            bound[point] = bound[point - 1] if same else time_ms[point - 1]
    return bound


def _weight(weights: AutoCutWeights, name: str) -> float:
    return float(getattr(weights, name))
