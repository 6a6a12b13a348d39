"""What a viewer would notice in a programme, measured against the truth."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from conversations import STEP_MS, CameraPlan, Talk
from multicam_server.cutting import auto_cut
from multicam_server.domain.cutting import AutoCut, AutoCutRequest, LockedShot
from multicam_server.domain.media import CameraRole
from multicam_server.domain.session import SessionTrack

TOLERANCE_MS = 0.01
GRID_MS = 40.0

LONG_TURN_MS = 4_000.0
ENTRANCE_MS = 2_000.0
"""The start of a longer turn, at which an editor shows who speaks."""


@dataclass(frozen=True)
class Shown:
    """One shot of a programme, by session time; neighbours differ in their camera."""

    asset_id: str
    start_ms: float
    end_ms: float


@dataclass(frozen=True)
class Quality:
    """Shares are of the speech time, of the cuts, or of the shots.

    `entrance_share` is of the time in which somebody begins a longer turn.
    """

    right_share: float
    close_share: float
    entrance_share: float
    cuts_in_words: float
    cuts_in_pauses: float
    median_to_target: float
    length_spread: float
    ping_pong_share: float
    violations: int
    objective: float


def shown_by(cut: AutoCut, tracks: tuple[SessionTrack, ...]) -> list[Shown]:
    """A reply's shots in session time, clips of one camera in a row as one."""
    clocks = {track.asset_id: track.clock for track in tracks}
    shots: list[Shown] = []
    for clip in cut.sequence.tracks[0].clips:
        start = clocks[clip.asset_id].to_session_ms(clip.in_ms)
        end = clocks[clip.asset_id].to_session_ms(clip.out_ms)
        if shots and shots[-1].asset_id == clip.asset_id:
            start = shots.pop().start_ms
        shots.append(Shown(clip.asset_id, start, end))
    return shots


def judge(
    shots: list[Shown],
    spoken: Talk,
    plans: list[CameraPlan],
    request: AutoCutRequest,
    truth: tuple[SessionTrack, ...],
    *,
    bounds_ms: tuple[float, float],
    target_ms: float,
) -> Quality:
    """All measures of one programme; `request` is what it was cut for."""
    speaking, in_word, holder = spoken.speaking(), spoken.in_word(), spoken.holder()
    anyone = np.any(speaking, axis=0)
    right = close = 0
    seen = np.zeros(len(anyone), dtype=bool)
    for shot in shots:
        plan = next(plan for plan in plans if plan.asset_id == shot.asset_id)
        steps = slice(round(shot.start_ms / STEP_MS), round(shot.end_ms / STEP_MS))
        shows = np.isin(holder[steps], plan.frames)
        if plan.frames:
            shows |= np.any(speaking[list(plan.frames)][:, steps], axis=0)
        wide = plan.role == CameraRole.WIDE
        seen[steps] = np.isin(holder[steps], plan.frames) | wide
        right += np.count_nonzero((shows | wide) & anyone[steps])
        close += 0 if wide else np.count_nonzero(shows & anyone[steps])
    cuts = np.array([shot.start_ms for shot in shots[1:]])
    at = np.clip((cuts / STEP_MS).astype(int), 0, len(in_word) - 1)
    lengths = np.array([shot.end_ms - shot.start_ms for shot in shots])
    total = max(np.count_nonzero(anyone), 1)
    return Quality(
        right_share=right / total,
        close_share=close / total,
        entrance_share=_entrances(seen & anyone, anyone, spoken),
        cuts_in_words=float(np.mean(in_word[at])) if len(cuts) else 0.0,
        cuts_in_pauses=float(np.mean(~anyone[at])) if len(cuts) else 1.0,
        median_to_target=float(np.median(lengths)) / target_ms,
        length_spread=float(np.std(lengths) / np.mean(lengths)),
        ping_pong_share=_ping_pong(shots, holder, target_ms),
        violations=_violations(shots, request, bounds_ms),
        objective=objective(shots, request, truth),
    )


def _entrances(seen: np.ndarray, anyone: np.ndarray, spoken: Talk) -> float:
    """Share of the starts of longer turns at which the speaker or the wide is shown."""
    starts = np.zeros(len(anyone), dtype=bool)
    for _, start, end in spoken.floor:
        if end - start >= LONG_TURN_MS:
            starts[int(start / STEP_MS) : int((start + ENTRANCE_MS) / STEP_MS)] = True
    return np.count_nonzero(seen & starts) / max(np.count_nonzero(anyone & starts), 1)


def _ping_pong(shots: list[Shown], holder: np.ndarray, target_ms: float) -> float:
    """Share of shots that end a quick A-B-A-B while one person keeps the floor."""
    found = 0
    for a, b, c, d in zip(shots, shots[1:], shots[2:], shots[3:], strict=False):
        swings = a.asset_id == c.asset_id and b.asset_id == d.asset_id
        quick = b.end_ms - b.start_ms < target_ms and c.end_ms - c.start_ms < target_ms
        held = holder[int(b.start_ms / STEP_MS) : int(c.end_ms / STEP_MS)]
        found += swings and quick and len(np.unique(held)) == 1
    return found / len(shots)


def _violations(shots: list[Shown], request: AutoCutRequest, bounds_ms: tuple[float, float]) -> int:
    """Gaps, overlaps, pictures outside their asset, broken bounds."""
    tracks = {track.asset_id: track for track in request.tracks}
    broken = sum(abs(b.start_ms - a.end_ms) > TOLERANCE_MS for a, b in pairwise(shots))
    for shot in shots:
        track = tracks[shot.asset_id]
        broken += shot.start_ms < track.start_ms - TOLERANCE_MS
        broken += shot.end_ms > track.end_ms + TOLERANCE_MS
        broken += shot.end_ms - shot.start_ms < bounds_ms[0] - TOLERANCE_MS
        overrun = (shot.start_ms + bounds_ms[1] + TOLERANCE_MS, shot.end_ms)
        broken += overrun[1] > overrun[0] and not _alone(track, overrun, request)
    return broken


def _alone(track: SessionTrack, stretch: tuple[float, float], request: AutoCutRequest) -> bool:
    """Whether no other camera records in a stretch, up to the grid of cuts at its end."""
    return not any(
        other.start_ms < stretch[1] - GRID_MS and other.end_ms > stretch[0] + GRID_MS
        for other in request.tracks
        if other is not track
    )


def objective(
    shots: list[Shown], request: AutoCutRequest, truth: tuple[SessionTrack, ...]
) -> float:
    """What the optimiser that knows the truth thinks of a programme: all of it locked."""
    tracks = {track.asset_id: track for track in truth}
    locked = tuple(
        LockedShot(
            shot.asset_id,
            max(shot.start_ms, tracks[shot.asset_id].start_ms),
            min(shot.end_ms, tracks[shot.asset_id].end_ms),
        )
        for shot in shots
    )
    judged = auto_cut(
        AutoCutRequest(request.session_id, truth, request.pacing, locked_shots=locked)
    )
    clips = judged.sequence.tracks[0].clips
    return sum(
        decision.score * clip.duration_on_timeline_ms * 1e-3
        for decision, clip in zip(judged.decisions, clips, strict=True)
    )
