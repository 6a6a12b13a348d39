"""How well a moment suits a cut: pauses best, sentence and word edges next.

Editors cut on the breath (Dmytryk, "On Film Editing", 1984; Leake et al., SIGGRAPH
2017, avoid cuts within words): a cut inside a word is heard as a mistake.
"""

from collections.abc import Sequence

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .edges import Sounding
from .hearing import Hearing, Utterance, listening
from .model import Grid

IN_WORD, AT_WORD, AT_SENTENCE, IN_PAUSE = -1.0, -0.7, -0.45, 0.0
"""Quality of a cut by where it falls."""

AT_HANDOVER = -0.6
"""One speaker's last word meets another's first, without a pause."""

PAUSE_EDGE = -0.06
"""At the very edge of a pause, where half of the cuts would fall within a word."""

EDGE_MS = 120.0
"""From here on a pause is safe: detectors miss the edge of speech by up to 80 ms,
and a cut closer than a frame and a half to a word still seems to clip it."""

OFF_LEAD = -0.03
"""In the pause before a reply, away from the moment at which the cut leads it."""

LEAD_REACH_MS = 500.0
"""So far from the best moment the preference has worn off."""

SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")  # noqa: RUF001
"""Last characters of a sentence."""

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
    """Quality at the edges of events and of transcribed words, -1 elsewhere."""
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
            for time, sentence in _word_ends(utterance):
                edge = grid.edge(time)
                quality[edge] = max(quality[edge], AT_SENTENCE if sentence else AT_WORD)
        votes += seen
    agreed = votes >= 0.5 * max(len(ears), 1)
    return np.where(agreed & (votes > 0), np.maximum(quality, AT_WORD), quality)


def _word_ends(utterance: Utterance) -> list[tuple[float, bool]]:
    """Estimated times of the inner word ends of a long utterance; True ends a sentence.

    Words are taken to last as long as they are written, which is right to about a
    syllable within a phrase.
    """
    words = utterance.transcription.split()
    length = utterance.end_ms - utterance.start_ms
    if len(words) < 2 or length < LONG_UTTERANCE_MS:
        return []
    ends = np.cumsum([len(word) + 1.0 for word in words])
    times = utterance.start_ms + length * ends / ends[-1]
    return [
        (float(time), word.endswith(SENTENCE_ENDS))
        for time, word in zip(times[:-1], words[:-1], strict=True)
    ]


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
