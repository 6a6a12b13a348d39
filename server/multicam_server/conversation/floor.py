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
"""A remark counts as beside a turn when the turn goes on within this time."""


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
    all_turns = turns(speaking)
    real = [turn for turn in all_turns if not _is_back_channel(turn, all_turns, grid)]
    takings: list[tuple[int, int]] = []
    holder_until = -1
    for turn in real or all_turns[:1]:
        if takings and takings[-1][1] == turn.speaker:
            holder_until = max(holder_until, turn.last)
            continue
        start = turn.first
        if start < holder_until:
            overlap = min(holder_until, turn.last) - start
            if turn.last <= holder_until:
                # The holder goes on after it: an interruption that failed.
                if (turn.last - turn.first) * grid.step_ms < CROSSTALK_MS:
                    continue
            elif overlap * grid.step_ms <= COLLISION_MS:
                start = min(holder_until, turn.last - 1)
        takings.append((max(start, takings[-1][0] + 1) if takings else start, turn.speaker))
        holder_until = turn.last
    return takings


def _is_back_channel(turn: Turn, others: list[Turn], grid: Grid) -> bool:
    """Short, and one other person speaks before or during it and goes on after it."""
    if (turn.last - turn.first) * grid.step_ms > BACK_CHANNEL_MS:
        return False
    near = grid.cells_of(ASIDE_MS)
    around = [
        other
        for other in others
        if other.speaker != turn.speaker
        and other.first < turn.last + near
        and other.last > turn.first - near
        and other.last - other.first > turn.last - turn.first
    ]
    before = {other.speaker for other in around if other.first < turn.first}
    after = {other.speaker for other in around if other.last > turn.last}
    return bool(before & after)
