"""Who holds the floor: turns, short remarks, collisions and cross-talk.

The picture follows the conversation, not the energy: editors stay on the speaker
through a listener's "mm-hm", wait out a collision and go wide when people talk
over each other for long. Turn-holding after Sacks, Schegloff and Jefferson
(Language 50(4), 1974); back-channels after Yngve (1970).
"""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .model import Grid

BACK_CHANNEL_MS = 700.0
"""Remarks up to this long, amid or beside another's turn, do not take the floor."""

COLLISION_MS = 300.0
"""So long an overlap is waited out: mostly one of the two gives way."""

CROSSTALK_MS = 2_000.0
"""An overlap this long is an event of its own: the picture goes wide."""

ASIDE_MS = 1_500.0
"""So far before and after a remark another's speech is looked for."""


@dataclass(frozen=True)
class Turn:
    """One speaker's stretch in cells, [first, last)."""

    speaker: int
    first: int
    last: int


def turns(speaking: Flags) -> list[Turn]:
    """All stretches of speech by first cell."""
    found = []
    for speaker, flags in enumerate(speaking):
        edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
        found += [
            Turn(speaker, int(first), int(last))
            for first, last in zip(edges[::2], edges[1::2], strict=True)
        ]
    return sorted(found, key=lambda turn: (turn.first, turn.last, turn.speaker))


def crosstalk(speaking: Flags, grid: Grid) -> Flags:
    """Where several people have spoken at once for long, from the overlap's start."""
    several = np.asarray(np.count_nonzero(speaking, axis=0) > 1)
    if not len(speaking):
        return several
    edges = np.flatnonzero(np.diff(np.r_[False, several, False].astype(np.int8)))
    sustained = np.zeros_like(several)
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        if (last - first) * grid.step_ms >= CROSSTALK_MS:
            sustained[first:last] = True
    return sustained


def hold_floor(speaking: Flags, grid: Grid) -> Floats:
    """Who has the floor, shape (s, cells), columns summing to 1 once anybody spoke.

    A speaker takes it with the first word of a turn that is no back-channel, or
    after a collision when the other gave way, and holds it until another takes it:
    pauses belong to the one who spoke, or, when nobody had, to the one who will.
    """
    floor = np.zeros(speaking.shape)
    if not np.any(speaking):
        return floor
    takings = _takings(speaking, grid)
    cells = [cell for cell, _ in takings] + [grid.cells]
    cells[0] = 0
    for number, (_, speaker) in enumerate(takings):
        floor[speaker, cells[number] : cells[number + 1]] = 1.0
    together = crosstalk(speaking, grid)
    shared = speaking / np.maximum(np.count_nonzero(speaking, axis=0), 1)
    return np.where(together, shared, floor)


def _takings(speaking: Flags, grid: Grid) -> list[tuple[int, int]]:
    """(cell, speaker) of each change of the floor, in order."""
    real = _without_back_channels(speaking, grid)
    takings: list[tuple[int, int]] = []
    held_until = -1
    for turn in real or turns(speaking)[:1]:
        if takings and takings[-1][1] == turn.speaker:
            held_until = max(held_until, turn.last)
            continue
        start = turn.first
        failed = turn.last <= held_until
        if failed and (turn.last - turn.first) * grid.step_ms < CROSSTALK_MS:
            continue
        if not failed and 0 < (held_until - start) * grid.step_ms <= COLLISION_MS:
            start = held_until
        takings.append((max(start, takings[-1][0] + 1) if takings else start, turn.speaker))
        held_until = turn.last
    return takings


def _without_back_channels(speaking: Flags, grid: Grid) -> list[Turn]:
    """Turns that are no short remarks beside another's longer speech.

    A remark is short, and one other person speaks longer than it just before or
    during it and again just after.
    """
    near, longest = grid.cells_of(ASIDE_MS), BACK_CHANNEL_MS / grid.step_ms
    talk = np.concatenate([np.zeros((len(speaking), 1)), np.cumsum(speaking, axis=1)], axis=1)
    real = []
    for turn in turns(speaking):
        length = turn.last - turn.first
        before = talk[:, turn.first] - talk[:, max(0, turn.first - near)]
        after = talk[:, min(grid.cells, turn.last + near)] - talk[:, turn.last]
        beside = (before > length) & (after > length)
        beside |= (before > 0) & (after > 0) & (before + after > 2 * length)
        beside[turn.speaker] = False
        if length > longest or not np.any(beside):
            real.append(turn)
    return real
