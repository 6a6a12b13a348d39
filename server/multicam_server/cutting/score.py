"""What each camera is worth at each moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from ..conversation import Conversation, Grid
from ..domain.artifacts import Flags, VisualMeta
from ..domain.cutting import AutoCutWeights
from ..domain.media import CameraRole, Floats
from ..domain.session import SessionTrack

MOMENT_COMPONENTS = ("speech", "face", "motion", "role")
"""What is worth something at every moment, in the order of the reply."""

COMPONENTS = (*MOMENT_COMPONENTS, "pause", "pace")
"""All components, in the order of the reply."""

DEFAULT_WEIGHTS = AutoCutWeights(speech=1.0, face=0.3, motion=0.1, role=0.3, pause=1.0, pace=0.5)
"""The contract's defaults."""

WIDE_SPEECH = 0.45
"""A wide shot shows the speaker, but small: worth less than a close one, more than
any shot of somebody else."""

ENTRANCE_MS = 2_500.0
"""So long after somebody has taken the floor the viewer wants to see who it is."""

ENTRANCE = 4.0
"""How much worse than later it is to show somebody else then."""

LEAVE_MS = 1_500.0
"""So long before the floor passes on there is no more time for a reaction shot and a
return to the speaker; the next one may be shown there, waiting to reply."""

REACTION_SPEECH = -0.75
"""A listener amid a long turn: less than any shot of the speaker, but it tells how the
words are taken."""

CROSSTALK_WIDE = 0.8
"""In cross-talk the wide shot shows all of it, a close one half."""

PAUSE_SHARE = 0.3
"""Weight of showing the holder of the floor while nobody speaks."""

FACE_AREA_FULL = 0.06
"""A face this large (share of the frame) is a close-up; larger is not better."""

GONE_SHARE = 0.5
"""Under this share of the usual face the person is leaving the frame."""

STEADY_MS = 1_000.0
"""Faces and motion count as means over this, so that a missed frame is no event."""

VISUAL_REACH_MS = 1_500.0
"""A sampled frame speaks for so long about it at most: three times the usual
interval."""

ESTABLISHING_MS = 6_000.0
"""How long the start favours a wide shot, falling: the viewer asks where we are."""

ROLE_WIDE_ESTABLISHING = 4.0
"""At first this outweighs the speaker's close shot, and no longer after a shot."""

ROLE_WIDE = -0.15
"""A wide shot is the second choice while a close one serves."""

ROLE_CROSSTALK = 1.0
"""In cross-talk a wide shot is what an editor looks for."""

ROLE_DOUBT = 1.0
"""Nobody knows who shows the speaker: a wide shot is never wrong."""

DOUBT_BELOW = 0.7
"""A close shot that shows the speaker with less probability is a guess."""

ROLE_ASIDE = -3.5
"""A detail amid a reply distracts from it: worse than a listener, and than one more
return to the same listener."""

SILENCE_MS = 1_500.0
"""From this length a silence is an event that a cutaway may fill."""

ROLE_ASIDE_ACTIVE, ROLE_ASIDE_UNSEEN, ROLE_ASIDE_STILL = 2.0, 0.7, -0.5
"""A cutaway in a silence: where more moves than elsewhere, not known, or not."""

SILENT_CHOICE = 0.25
"""How far a silence within a conversation leaves the choice of camera to the roles."""


def applied_weights(weights: AutoCutWeights) -> AutoCutWeights:
    """The weights with each default filled in."""
    values = {
        name: getattr(DEFAULT_WEIGHTS, name) if given is None else given
        for name in COMPONENTS
        for given in [getattr(weights, name)]
    }
    return AutoCutWeights(**values)


@dataclass(frozen=True, eq=False)
class Worth:
    """Value per second of each component, track and cell: (4, tracks, cells)."""

    grid: Grid
    value: Floats
    visual: tuple[bool, ...]


def rate_tracks(
    tracks: Sequence[SessionTrack], conversation: Conversation, *, primary: float
) -> Worth:
    """Rates every track at every moment; 0 is neutral, 1 as good as it gets.

    A track that a detector has not looked at gets the mean of the others, which is
    0 by construction: missing is not zero.
    """
    grid = conversation.grid
    value = np.zeros((len(MOMENT_COMPONENTS), len(tracks), grid.cells))
    faces = [_face(track, grid) for track in tracks]
    value[0] = _speech(tracks, conversation, faces)
    value[1] = _against_others(faces, grid)
    value[2] = _against_others([_motion(track, grid) for track in tracks], grid)
    value[3] = _role(tracks, conversation, value[0], primary)
    return Worth(grid, value, tuple(face is not None for face in faces))


def _speech(
    tracks: Sequence[SessionTrack],
    conversation: Conversation,
    faces: Sequence[Floats | None],
) -> Floats:
    """1 where a track shows the holder of the floor closely, -1 where somebody else."""
    worth = np.zeros((len(tracks), conversation.grid.cells))
    if not conversation.speakers:
        return worth
    attention = np.where(conversation.voiced, 1.0, PAUSE_SHARE)
    since, left = _turn_ms(conversation)
    entrance, amid = since < ENTRANCE_MS, (since >= ENTRANCE_MS) & (left >= LEAVE_MS)
    for row, shows, track, face in zip(worth, conversation.shows, tracks, faces, strict=True):
        if track.role == CameraRole.WIDE or _shows_everybody(shows):
            row[:] = np.where(conversation.crosstalk, CROSSTALK_WIDE, WIDE_SPEECH)
        else:
            row[:] = np.sum(conversation.floor * (2.0 * shows[:, None] - 1.0), axis=0)
            row[:] = np.where(entrance & (row < 0.0), row * ENTRANCE, row)
            if track.role not in {CameraRole.DETAIL, CameraRole.ALT}:
                row[:] = np.where(amid, np.maximum(row, REACTION_SPEECH), row)
        row[:] = row * attention
        if face is not None:
            row[:] = np.where(row > 0.0, row * _in_frame(face), row)
    return worth


def _turn_ms(conversation: Conversation) -> tuple[Floats, Floats]:
    """How long somebody has had the floor, and still will; (cells,) each."""
    holder = np.argmax(conversation.floor, axis=0)
    cell = np.arange(conversation.grid.cells)
    taken = np.r_[True, np.diff(holder) != 0]
    first = np.maximum.accumulate(np.where(taken, cell, 0))
    passed = np.r_[taken[1:], True]
    last = np.minimum.accumulate(np.where(passed, cell, len(cell))[::-1])[::-1]
    step_ms = conversation.grid.step_ms
    return np.asarray((cell - first) * step_ms), np.asarray((last - cell) * step_ms)


def _in_frame(face: Floats) -> Floats:
    """Whether the person a camera usually shows is there, 0 to 1; 1 if it shows none."""
    usual = float(np.median(face[np.isfinite(face)])) if np.any(np.isfinite(face)) else 0.0
    if usual <= 0.0:
        return np.ones_like(face)
    return np.nan_to_num(np.clip(face / (GONE_SHARE * usual), 0.0, 1.0), nan=1.0)


def _shows_everybody(shows: Floats) -> bool:
    return len(shows) > 1 and bool(np.min(shows) > 0.9)


def _face(track: SessionTrack, grid: Grid) -> Floats | None:
    """Size and certainty of the largest face over time, 0 to 1; None when unseen."""
    visual = track.artifacts.visual_meta
    if visual is None or not len(visual.timestamp_ms):
        return None
    subjects = visual.subjects
    best = np.zeros(len(visual.timestamp_ms))
    if len(subjects):
        left, top = np.clip(subjects.bbox_x, 0.0, 1.0), np.clip(subjects.bbox_y, 0.0, 1.0)
        right = np.clip(subjects.bbox_x + subjects.bbox_width, 0.0, 1.0)
        bottom = np.clip(subjects.bbox_y + subjects.bbox_height, 0.0, 1.0)
        size = np.sqrt(np.clip((right - left) * (bottom - top) / FACE_AREA_FULL, 0.0, 1.0))
        face = np.array([label == "face" for label in subjects.label])
        sure = np.nan_to_num(subjects.confidence, nan=1.0)
        np.maximum.at(best, subjects.frame, np.where(face, size * sure, 0.0))
    return _spread(track, visual, best, grid)


def _motion(track: SessionTrack, grid: Grid) -> Floats | None:
    """Motion over time, 0 to 1; None where no detector has measured it."""
    visual = track.artifacts.visual_meta
    if visual is None or not np.any(np.isfinite(visual.motion_score)):
        return None
    return _spread(track, visual, visual.motion_score, grid)


def _spread(track: SessionTrack, visual: VisualMeta, value: Floats, grid: Grid) -> Floats:
    """Sampled values on the grid, steadied; NaN where no frame is near."""
    known = np.isfinite(value)
    time = track.clock.to_session_ms(visual.timestamp_ms[known])
    order = np.lexsort((value[known], time))
    time, value = time[order], value[known][order]
    first = np.r_[True, np.diff(time) > 0.0]
    count = np.diff(np.r_[np.flatnonzero(first), len(time)])
    value = np.add.reduceat(value, np.flatnonzero(first)) / count
    time = time[first]
    centre = grid.centre_ms
    spread = uniform_filter1d(
        np.interp(centre, time, value), grid.cells_of(STEADY_MS), mode="nearest"
    )
    after = np.searchsorted(time, centre)
    before_ms = centre - time[np.maximum(after - 1, 0)]
    after_ms = time[np.minimum(after, len(time) - 1)] - centre
    near = np.minimum(np.abs(before_ms), np.abs(after_ms)) <= VISUAL_REACH_MS
    return np.where(near, spread, np.nan)


def _against_others(values: Sequence[Floats | None], grid: Grid) -> Floats:
    """Each track against the mean of those that were seen at the moment; 0 unseen."""
    table = np.array([np.full(grid.cells, np.nan) if v is None else v for v in values])
    known = np.isfinite(table)
    count = np.maximum(np.count_nonzero(known, axis=0), 1)
    mean = np.sum(np.where(known, table, 0.0), axis=0) / count
    return np.where(known, table - mean, 0.0)


def _role(
    tracks: Sequence[SessionTrack], conversation: Conversation, speech: Floats, primary: float
) -> Floats:
    """How a track's role fits each moment; `speech` (tracks, cells) is already rated."""
    grid = conversation.grid
    since_start = grid.centre_ms - grid.start_ms
    establishing = np.clip(1.0 - since_start / ESTABLISHING_MS, 0.0, 1.0)
    choice = _choice(conversation, speech)
    silence = _long_silence(conversation)
    doubt = _doubt(tracks, conversation)
    active = _against_others([_motion(track, grid) for track in tracks], grid)
    worth = np.zeros((len(tracks), grid.cells))
    for row, track, moves in zip(worth, tracks, active, strict=True):
        if track.role == CameraRole.PRIMARY:
            row[:] = primary * choice
        elif track.role == CameraRole.WIDE:
            row[:] = ROLE_WIDE + (ROLE_WIDE_ESTABLISHING - ROLE_WIDE) * establishing
            row[conversation.crosstalk] = ROLE_CROSSTALK
            row[:] = row + ROLE_DOUBT * doubt
        elif track.role in {CameraRole.DETAIL, CameraRole.ALT} and conversation.speakers:
            aside = np.where(moves > 0.0, ROLE_ASIDE_ACTIVE, ROLE_ASIDE_STILL)
            aside = np.where(moves == 0.0, ROLE_ASIDE_UNSEEN, aside)
            row[:] = np.where(silence, aside, ROLE_ASIDE)
    return worth


def _choice(conversation: Conversation, speech: Floats) -> Floats:
    """How far the conversation leaves the choice of camera open, 0 to 1; (cells,)."""
    if not conversation.speakers:
        return np.ones(conversation.grid.cells)
    spread = np.max(speech, axis=0) - np.min(speech, axis=0)
    open_choice = np.clip(1.0 - spread / 2.0, 0.0, 1.0)
    return np.where(conversation.voiced, open_choice, SILENT_CHOICE)


def _doubt(tracks: Sequence[SessionTrack], conversation: Conversation) -> Floats:
    """1 where no close camera is known to show the holder of the floor, else 0."""
    if not conversation.speakers:
        return np.zeros(conversation.grid.cells)
    close = [
        shows
        for shows, track in zip(conversation.shows, tracks, strict=True)
        if track.role != CameraRole.WIDE and not _shows_everybody(shows)
    ]
    best = np.max(close, axis=0) if close else np.ones(len(conversation.speakers))
    guessed = (best < DOUBT_BELOW).astype(np.float64)
    return np.asarray(guessed @ conversation.floor)


def _long_silence(conversation: Conversation) -> Flags:
    """Cells within silences of `SILENCE_MS` and more."""
    edges = np.flatnonzero(np.diff(np.r_[False, ~conversation.voiced, False].astype(np.int8)))
    silence = np.zeros_like(conversation.voiced)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        silence[first:last] = (last - first) * conversation.grid.step_ms >= SILENCE_MS
    return silence
