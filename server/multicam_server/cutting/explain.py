"""Why each shot is there, in numbers and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..conversation import Conversation
from ..domain.artifacts import Flags, Indices
from ..domain.cutting import AutoCutWeights
from ..domain.media import CameraRole, Floats
from ..domain.sequence import Decision, ScoreComponent
from ..domain.session import SessionTrack
from .pacing import Pace
from .score import COMPONENTS
from .semi_markov import Shot

IN_PAUSE_FROM = -0.3
"""Cut quality from which a cut is told as lying in a pause."""

AT_WORD_FROM = -0.75
"""Cut quality from which a cut is told as lying where words seem to part: at the edges
of events, and about where a transcription has a pause."""

HOLDS_SHARE = 0.5
"""What holds for more of a shot, or with more probability, is told of it."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the optimiser saw, over `c` cameras and `n` cut points.

    `summed` (4, c, n) is each moment component's value summed up in seconds;
    `cut_quality` (n,) each point's, `return_seconds` (n,) what returning there costs;
    `recording` (c, n - 1) the track of each camera
    at each step, -1 for none.
    """

    time_ms: Floats
    summed: Floats
    cut_quality: Floats
    recording: Indices
    weights: AutoCutWeights
    pace: Pace
    cut_seconds: float
    return_seconds: Floats


def components(evidence: Evidence, shots: Sequence[Shot]) -> Floats:
    """Each shot's values per second, were it any camera's; shape (6, c, shots)."""
    first = np.array([shot.first for shot in shots])
    last = np.array([shot.last for shot in shots])
    camera = np.array([shot.camera for shot in shots])
    length_ms = evidence.time_ms[last] - evidence.time_ms[first]
    seconds = length_ms * 1e-3
    moment = evidence.summed[:, :, last] - evidence.summed[:, :, first]
    cut = evidence.cut_seconds * evidence.cut_quality[first]
    cut[0] = 0.0
    pace = np.tile(evidence.pace.value(length_ms) * seconds, (moment.shape[1], 1))
    pace[camera[:-2], np.arange(2, len(shots))] -= evidence.return_seconds[first[2:]]
    cuts = np.broadcast_to(cut, pace.shape)
    return np.asarray(np.concatenate([moment, cuts[None], pace[None]]) / seconds)


def explain(
    evidence: Evidence,
    shots: Sequence[Shot],
    tracks: Sequence[SessionTrack],
    conversation: Conversation,
    standing: Sequence[str],
) -> list[Decision]:
    """One decision per shot; `standing` says why a shot was not chosen, or is empty."""
    weights = [float(getattr(evidence.weights, name)) for name in COMPONENTS]
    decisions = []
    worth = components(evidence, shots)
    score = np.tensordot(np.array(weights), worth, axes=1)
    for number, shot in enumerate(shots):
        values = worth[:, shot.camera, number].tolist()
        parts = tuple(
            ScoreComponent(name, value, weight)
            for name, value, weight in zip(COMPONENTS, values, weights, strict=True)
        )
        rival = _runner_up(evidence, shot, score[:, number].tolist())
        decisions.append(
            Decision(
                clip_index=number,
                score=sum(part.value * part.weight for part in parts),
                components=parts,
                reason=_reason(
                    evidence, shots, number, tracks, conversation, standing=standing[number]
                ),
                runner_up_asset_id=tracks[rival[1]].asset_id if rival else "",
                runner_up_score=rival[0] if rival else None,
            )
        )
    return decisions


def _runner_up(evidence: Evidence, shot: Shot, score: Sequence[float]) -> tuple[float, int] | None:
    """Score and track of the best other camera that records throughout the shot."""
    recorded = evidence.recording[:, shot.first : shot.last]
    best: tuple[float, int] | None = None
    for camera in np.flatnonzero(np.all(recorded >= 0, axis=1)).tolist():
        if camera != shot.camera and (best is None or score[camera] > best[0]):
            best = (score[camera], int(recorded[camera, 0]))
    return best


def _reason(
    evidence: Evidence,
    shots: Sequence[Shot],
    number: int,
    tracks: Sequence[SessionTrack],
    conversation: Conversation,
    *,
    standing: str,
) -> str:
    shot = shots[number]
    track = tracks[int(evidence.recording[shot.camera, shot.first])]
    if standing:
        return f"{standing}; {track.asset_id} held"
    said = [_occasion(evidence, shot, conversation)] if conversation.speakers else []
    said.append(_picture(evidence, shot, track, tracks, conversation))
    said.append(_cut(evidence, shots, number, conversation))
    return "; ".join(part for part in said if part)


def _cells(evidence: Evidence, shot: Shot, conversation: Conversation) -> slice:
    grid = conversation.grid
    first = grid.edge(float(evidence.time_ms[shot.first]))
    return slice(first, max(first + 1, grid.edge(float(evidence.time_ms[shot.last]))))


def _occasion(evidence: Evidence, shot: Shot, conversation: Conversation) -> str:
    """What the conversation does during the shot."""
    cells = _cells(evidence, shot, conversation)
    if np.mean(conversation.crosstalk[cells]) > HOLDS_SHARE:
        return "several people talk at once"
    if not np.any(conversation.voiced[cells]):
        return "nobody speaks"
    holder = int(np.argmax(np.sum(conversation.floor[:, cells], axis=1)))
    name = conversation.speakers[holder]
    before: Flags = conversation.floor[holder, max(0, cells.start - 25) : cells.start] > 0.5
    starts = cells.start == 0 or not np.all(before)
    return f"{name} starts" if starts else f"{name} goes on"


def _picture(
    evidence: Evidence,
    shot: Shot,
    track: SessionTrack,
    tracks: Sequence[SessionTrack],
    conversation: Conversation,
) -> str:
    """What the camera gives."""
    alone = np.count_nonzero(np.all(evidence.recording[:, shot.first : shot.last] >= 0, axis=1))
    if alone <= 1:
        return f"{track.asset_id} alone records throughout"
    if track.role == CameraRole.WIDE:
        return f"{track.asset_id} shows everybody"
    if conversation.speakers:
        cells = _cells(evidence, shot, conversation)
        holder = int(np.argmax(np.sum(conversation.floor[:, cells], axis=1)))
        shows = conversation.shows[tracks.index(track), holder]
        name = conversation.speakers[holder]
        if shows > HOLDS_SHARE:
            return f"{track.asset_id} frames {name}"
        if shows < HOLDS_SHARE and track.role not in {CameraRole.DETAIL, CameraRole.ALT}:
            return f"{track.asset_id} shows a listener"
    if track.role in {CameraRole.DETAIL, CameraRole.ALT}:
        return f"{track.asset_id} shows a detail"
    return f"{track.asset_id} for its turn"


def _cut(evidence: Evidence, shots: Sequence[Shot], number: int, conversation: Conversation) -> str:
    """Where the cut lies."""
    if number == 0:
        return "the programme starts"
    at = evidence.time_ms[shots[number].first] * 1e-3
    if not conversation.speakers:
        return f"cut at {at:.1f} s for the pace"
    quality = evidence.cut_quality[shots[number].first]
    if quality >= IN_PAUSE_FROM:
        return f"cut in the pause at {at:.1f} s"
    if quality >= AT_WORD_FROM:
        return f"cut where words seem to part at {at:.1f} s"
    return f"cut within speech at {at:.1f} s to keep the bounds"
