"""Who the speakers are: one set of people from every recording's own names.

Detectors name speakers per recording. Two names of two recordings are one person
when they are heard at the same times; where names are missing, people differ by
how loud each microphone hears them (as meetings are diarised from several
microphones: Anguera et al., IEEE TASLP 15(7), 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .hearing import Hearing, activities, listening
from .levels import group_by_level, relative_levels
from .model import Grid

SAME_SPEAKER = 0.25
"""Least share of common time (Jaccard) of two names of one person. Edges, misses
and a sixth of wrong names leave about 0.5; chance and overlaps stay under 0.15."""

LEAST_SHARE = 0.015
LEAST_MS = 1_500.0
"""A name with less of all speech, or less time, is a detector's slip, not a person."""

GHOST_SHARE, GHOST_HEARD = 0.15, 0.5
"""A name with less of the time of a recording's main name, of which other recordings
heard less than half, is a slip. They hear some of it by chance: people talk at once."""

MOST_NAMES = 16
"""No more names of one recording are taken for people; a detector with more has
split them."""

COUNT_CELLS = 16_384
"""Cells counted at once, exactly in single precision."""

NAMED_SHARE = 0.2
"""When fewer of the utterances carry one of these, names are ignored altogether."""


WITNESS_SHARE = 0.3
"""A recording that hears less of a person than this, against the one that hears most,
is deaf to that person and no witness."""


@dataclass(frozen=True, eq=False)
class Speaker:
    """One person: the names that recordings have for it, as (track, speaker id)."""

    names: tuple[tuple[int, str], ...]


@dataclass(frozen=True, eq=False)
class Witness:
    """What one track says of one speaker: `heard` has shape (cells,)."""

    track: int
    speaker: int
    heard: Flags


def find_speakers(
    hearings: Sequence[Hearing | None], grid: Grid
) -> tuple[tuple[Speaker, ...], tuple[Witness, ...]]:
    """The people of the session and when which recording heard whom.

    From names where there are any, else from levels, else every recording's speech
    is linked like one name. Speakers stand in the order of their first words.
    """
    ears = listening(hearings)
    named = []
    for index in ears:
        names = set(_names_of(_of(hearings, index))) - {""}
        named += [u.speaker_id in names for u in _of(hearings, index).utterances]
    if not named:
        return (), ()
    if sum(named) < NAMED_SHARE * len(named):
        by_level = _speakers_by_level(hearings, ears, grid)
        if by_level is not None:
            return by_level
    return _speakers_by_name(hearings, ears, grid)


def _of(hearings: Sequence[Hearing | None], index: int) -> Hearing:
    hearing = hearings[index]
    assert hearing is not None
    return hearing


def _speakers_by_name(
    hearings: Sequence[Hearing | None], ears: Sequence[int], grid: Grid
) -> tuple[tuple[Speaker, ...], tuple[Witness, ...]]:
    names: list[tuple[int, str]] = []
    rows: list[Flags] = []
    for index in ears:
        own = _names_of(_of(hearings, index))
        names += [(index, name) for name in own]
        rows.append(activities(_of(hearings, index), grid, own))
    heard = _without_ghosts(names, np.concatenate(rows), hearings)
    groups = _link(names, heard, hearings)
    groups = _without_slips(groups, heard, grid)
    groups.sort(key=lambda group: (int(np.argmax(np.any(heard[group], axis=0))), names[group[0]]))
    speakers = tuple(Speaker(tuple(names[node] for node in group)) for group in groups)
    witnesses = tuple(
        Witness(names[node][0], number, heard[node])
        for number, group in enumerate(groups)
        for node in group
    )
    return speakers, witnesses


def _without_ghosts(
    names: Sequence[tuple[int, str]], heard: Flags, hearings: Sequence[Hearing | None]
) -> Flags:
    """Speech under rare names that no other recording heard goes to the main name.

    Only this recording's camera could show such a person, so that a slip of a detector
    that hears one person only is by far the better guess.
    """
    owned, tracks = heard.copy(), np.array([track for track, _ in names])
    for track in sorted(set(tracks.tolist())):
        mine = np.flatnonzero(tracks == track)
        time = np.count_nonzero(heard[mine], axis=1)
        main = mine[int(np.argmax(time))]
        others = [h.speech for i in listening(hearings) if i != track and (h := hearings[i])]
        elsewhere = np.any(others, axis=0) if others else np.zeros(heard.shape[1], dtype=bool)
        for name, cells in zip(mine, time, strict=True):
            confirmed = np.count_nonzero(heard[name] & elsewhere) >= GHOST_HEARD * cells
            if name != main and cells < GHOST_SHARE * time.max() and not confirmed:
                owned[main] |= heard[name]
                owned[name] = False
    return owned


def _names_of(hearing: Hearing) -> list[str]:
    """The names that a recording uses most, in order; the empty one where it has none."""
    time: dict[str, float] = {}
    for utterance in hearing.utterances:
        length = utterance.end_ms - utterance.start_ms
        time[utterance.speaker_id] = time.get(utterance.speaker_id, 0.0) + length
    if len(time) > 1:
        time.pop("", None)
    most = sorted(time, key=lambda name: (-time[name], name))[:MOST_NAMES]
    return sorted(most)


def _link(
    names: Sequence[tuple[int, str]], heard: Flags, hearings: Sequence[Hearing | None]
) -> list[list[int]]:
    """Group names by common time, best pairs first, one name per track and group."""
    tracks_of = np.array([track for track, _ in names])
    common = _common_time(heard, [_of(hearings, track).recording for track, _ in names])
    pairs = [
        (-common[a, b], a, b)
        for a, b in np.argwhere(np.triu(common >= SAME_SPEAKER, 1)).tolist()
        if tracks_of[a] != tracks_of[b]
    ]
    group_of = list(range(len(names)))
    for _, a, b in sorted(pairs):
        members = [i for i, g in enumerate(group_of) if g in (group_of[a], group_of[b])]
        tracks = [names[i][0] for i in members]
        if len(set(tracks)) == len(tracks):
            for i in members:
                group_of[i] = min(group_of[a], group_of[b])
    return [[i for i, g in enumerate(group_of) if g == group] for group in sorted(set(group_of))]


def _common_time(heard: Flags, recording: Sequence[Flags]) -> Floats:
    """Share of common time of all pairs, while both recordings ran; (n, n) Jaccard."""
    both = np.zeros((len(heard), len(heard)))
    while_other = np.zeros_like(both)
    there = np.array(recording)
    for first in range(0, heard.shape[1], COUNT_CELLS):
        cells = slice(first, first + COUNT_CELLS)
        ours = heard[:, cells].astype(np.float32)
        both += ours @ ours.T
        while_other += ours @ there[:, cells].astype(np.float32).T
    either = while_other + while_other.T - both
    return np.asarray(both / np.maximum(either, 1.0))


def _without_slips(groups: list[list[int]], heard: Flags, grid: Grid) -> list[list[int]]:
    time = [float(np.count_nonzero(np.any(heard[group], axis=0))) for group in groups]
    least = min(max(LEAST_SHARE * sum(time), LEAST_MS / grid.step_ms), 0.5 * max(time))
    return [group for group, cells in zip(groups, time, strict=True) if cells >= least]


def _speakers_by_level(
    hearings: Sequence[Hearing | None], ears: Sequence[int], grid: Grid
) -> tuple[tuple[Speaker, ...], tuple[Witness, ...]] | None:
    """People by who is loud where; None without levels of at least two recordings."""
    ears = [i for i in ears if np.any(np.isfinite(_of(hearings, i).level_lufs))]
    if len(ears) < 2:
        return None
    levels = relative_levels([_of(hearings, i) for i in ears], grid)
    anyone = np.any([_of(hearings, i).speech for i in ears], axis=0)
    known = np.isfinite(levels)
    cells = np.flatnonzero(anyone & (np.count_nonzero(known, axis=0) >= 2))
    if not len(cells):
        return None
    there = np.array([_of(hearings, i).recording for i in ears])
    label = group_by_level(levels[:, cells], np.all(known | ~there, axis=0)[cells])
    speakers, witnesses = [], []
    for number in range(int(label.max()) + 1):
        mine = np.zeros(levels.shape[1], dtype=bool)
        mine[cells[label == number]] = True
        speakers.append(Speaker(()))
        heard = [mine & _of(hearings, i).speech for i in ears]
        least = WITNESS_SHARE * max(np.count_nonzero(flags) for flags in heard)
        witnesses += [
            Witness(index, number, flags)
            for index, flags in zip(ears, heard, strict=True)
            if np.count_nonzero(flags) >= max(least, 1)
        ]
    return tuple(speakers), tuple(witnesses)
