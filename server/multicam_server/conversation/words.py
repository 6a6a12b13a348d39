"""How well a moment suits a cut: pauses best, sentence and word edges next.

Editors cut on the breath (Dmytryk, "On Film Editing", 1984; Leake et al., SIGGRAPH
2017, avoid cuts within words): a cut inside a word is heard as a mistake.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import ndtr

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .edges import Sounding
from .hearing import Hearing, Utterance, listening
from .model import Grid

IN_WORD, IN_PAUSE = -1.0, 0.0
"""Quality of a cut by where it falls."""

AT_EDGE = -0.7
"""Where half of the recordings tell of an edge of speech."""

AT_HANDOVER = -0.6
"""One speaker's last word meets another's first, without a pause."""

PAUSE_EDGE = -0.06
"""At the very edge of a pause, where half of the cuts would fall within a word."""

EDGE_MS = 120.0
"""From here on a pause is safe: detectors miss the edge of speech by up to 80 ms,
and a cut closer than a frame and a half to a word still seems to clip it."""

OFF_LEAD = -0.06
"""In the pause before a reply, away from the moment at which the cut leads it: over
`LEAD_REACH_MS` more than showing the last speaker for so long in a pause is worth."""

LEAD_REACH_MS = 500.0
"""So far from the best moment the preference has worn off."""

SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")  # noqa: RUF001
CLAUSE_ENDS = (",", ";", ":", "、", "，")  # noqa: RUF001
"""Last characters of a sentence, and of what is spoken in one breath within it."""

UNSPACED = str.maketrans({mark: f"{mark} " for mark in "。？！、，"})  # noqa: RUF001
"""Marks that stand without a space before the next sentence or clause."""

SENTENCE_PAUSE_MS, CLAUSE_PAUSE_MS, WORD_PAUSE_MS = 400.0, 200.0, 20.0
"""Pauses of fluent speech there and after other words; medium ones, as within turns, and
short ones in Campione and Véronis (Speech Prosody 2002)."""

MOST_PAUSE = 0.4
"""Pauses take no more of an utterance; in a hasty one they are that much shorter."""

WORD_SIGMA_MS = 100.0
"""How far a word's length is off what its letters tell: a third of a word."""

REACH_CELLS = 12
"""So far from where a pause is looked for it may be: half a second."""

LONG_UTTERANCE_MS = 1_200.0
"""From this length an utterance holds several phrases, and its transcription tells
where words end more often than the edges of speech do."""


def rate_cuts(
    sounding: Sounding,
    floor: Floats,
    hearings: Sequence[Hearing | None],
    grid: Grid,
    *,
    lead_ms: float,
) -> Floats:
    """Each cell edge's expected quality as a cut, -1 (inside a word) to 0, (cells + 1,).

    `sounding` is anybody's speech, `floor` has shape (s, cells). In the pause before a
    reply the best moment is `lead_ms` before its first word.
    """
    within = _rate_words(hearings, grid)
    voiced = sounding.voiced
    inside = np.r_[False, voiced[:-1] & voiced[1:], False]
    holder = np.argmax(floor, axis=0) if len(floor) else np.zeros(grid.cells, dtype=np.int64)
    changes = np.flatnonzero(np.diff(holder)) + 1
    handovers = changes[inside[changes]]
    within[handovers] = np.maximum(within[handovers], AT_HANDOVER)
    depth = np.clip(-sounding.depth_ms / EDGE_MS, 0.0, 1.0)
    outside = PAUSE_EDGE + (IN_PAUSE - PAUSE_EDGE) * depth
    quality = np.asarray(sounding.chance * within + (1.0 - sounding.chance) * outside)
    _prefer_lead(quality, voiced, changes, grid, lead_ms)
    return np.maximum(quality, IN_WORD)


def _rate_words(hearings: Sequence[Hearing | None], grid: Grid) -> Floats:
    """Quality of cuts amid speech: at the edges of events and between transcribed words."""
    ears = listening(hearings)
    votes = np.zeros(grid.cells + 1)
    quality = np.full(grid.cells + 1, IN_WORD)
    for index in ears:
        hearing = hearings[index]
        assert hearing is not None
        seen = np.zeros(grid.cells + 1, dtype=bool)
        for utterance in hearing.utterances:
            for time in (utterance.start_ms, utterance.end_ms):
                edge = grid.edge(time)
                seen[max(0, edge - 1) : edge + 2] = True
        votes += seen
        pauses = [_inner_pauses(utterance) for utterance in hearing.utterances]
        quality = np.maximum(quality, _in_pause(np.concatenate(pauses), grid) - 1.0)
    agreed = votes >= 0.5 * max(len(ears), 1)
    return np.where(agreed & (votes > 0), np.maximum(quality, AT_EDGE), quality)


def _inner_pauses(utterance: Utterance) -> Floats:
    """Where pauses lie within a transcribed utterance; (pauses, 3).

    Middle, length and error of the middle in ms. Between pauses of the usual lengths,
    words are taken to last as long as they are written. The errors of their lengths add
    up from either end, which is known, and are largest halfway.
    """
    words = utterance.transcription.translate(UNSPACED).split()
    length = utterance.end_ms - utterance.start_ms
    if len(words) < 2 or length < LONG_UTTERANCE_MS:
        return np.empty((0, 3))
    letters = np.array([len(word) for word in words], dtype=np.float64)
    pause = np.array([*map(_pause_ms, words[:-1])])
    pause *= min(1.0, MOST_PAUSE * length / np.sum(pause))
    spoken = np.cumsum(letters[:-1]) / np.sum(letters) * (length - np.sum(pause))
    middle = utterance.start_ms + spoken + np.cumsum(pause) - pause / 2.0
    number = np.arange(1, len(words))
    sigma = WORD_SIGMA_MS * np.sqrt(number * (len(words) - number) / len(words))
    return np.stack([middle, pause, sigma], axis=1)


def _pause_ms(word: str) -> float:
    """How long the pause after a word usually is."""
    if word.endswith(SENTENCE_ENDS):
        return SENTENCE_PAUSE_MS
    return CLAUSE_PAUSE_MS if word.endswith(CLAUSE_ENDS) else WORD_PAUSE_MS


def _in_pause(pauses: Floats, grid: Grid) -> Floats:
    """Chance that each cell edge lies in one of the pauses (`_inner_pauses`); (cells + 1,)."""
    chance = np.zeros(grid.cells + 1)
    middle, length, sigma = pauses.T[:, :, None]
    edge = np.rint((middle - grid.start_ms) / grid.step_ms).astype(np.int64)
    edge = edge + np.arange(-REACH_CELLS, REACH_CELLS + 1)
    after = grid.start_ms + edge * grid.step_ms - (middle - length / 2.0)
    inside = ndtr(after / sigma) - ndtr((after - length) / sigma)
    known = (edge >= 0) & (edge <= grid.cells)
    np.maximum.at(chance, edge[known], inside[known])
    return chance


def _prefer_lead(
    quality: Floats, voiced: Flags, changes: np.ndarray, grid: Grid, lead_ms: float
) -> None:
    """Lowers a pause before a reply away from the moment that leads the reply."""
    starts = np.flatnonzero(voiced & ~np.r_[False, voiced[:-1]])
    ends = np.flatnonzero(voiced & ~np.r_[voiced[1:], False]) + 1
    for change in changes:
        reply = starts[np.searchsorted(starts, change)] if change <= starts[-1:] else None
        if reply is None:
            continue
        before = np.searchsorted(ends, reply, "right") - 1
        pause = np.arange(ends[before] if before >= 0 else 0, reply + 1)
        best = max(reply * grid.step_ms - lead_ms, (pause[0] + reply) / 2.0 * grid.step_ms)
        away = np.abs(pause * grid.step_ms - best) / LEAD_REACH_MS
        quality[pause] += OFF_LEAD * np.minimum(away, 1.0)
