"""Diversity: whom and which part of the session a clip adds to the choice.

Every speaker who talks a good deal, and every section of the session, is a group.
Showing a group at all is worth a bonus, once. The bonus is part of the objective that
is maximised exactly; it is small, so that it decides between choices of nearly the
same worth.
"""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Indices
from .candidates import TICKS_PER_MS, Candidates
from .exchanges import NO_CLIP, Options
from .moments import SpokenMoment
from .sentences import Sentences
from .session import Session
from .timeline import Timeline

# What a further group is worth, as milliseconds of a usual clip, and the most that all
# groups together are worth, as a share of the target.
_GROUP_BONUS_MS = 1_000.0
_GROUPS_SHARE_OF_TARGET = 0.1
# A speaker with less than this share of all speech need not be heard.
_SPEAKER_SHARE = 0.05
# The session is divided into one section per this much of the target, and no more
# than so many sections.
_SECTION_PER_TARGET_MS = 10_000.0
_MOST_SECTIONS = 8


@dataclass(frozen=True, eq=False)
class Groups:
    """Per option a bit for each group that it shows, and what each group is worth."""

    masks: Indices
    bonus: tuple[int, ...]


def diversity(
    session: Session,
    *,
    timeline: Timeline,
    options: Options,
    moments: list[SpokenMoment],
    sentences: Sentences,
    target_ms: float,
) -> Groups:
    """The groups of every option: speakers first, then sections."""
    candidates = options.clips
    if len(candidates) == 0:
        return Groups(np.zeros(0, dtype=np.int64), ())
    speakers = _talkative(sentences)
    masks = _speakers_shown(timeline, candidates, moments, sentences, speakers=speakers)
    sections = int(np.clip(round(target_ms / _SECTION_PER_TARGET_MS), 1, _MOST_SECTIONS))
    count = len(speakers)
    if sections > 1:
        masks = masks | (1 << (count + _section(session, candidates, sections)))
        count += sections
    bonus_ms = min(_GROUP_BONUS_MS, _GROUPS_SHARE_OF_TARGET * target_ms / max(count, 1))
    usual = float(np.median(candidates.value / candidates.ticks))
    shown = masks[options.opening] | np.where(options.closing == NO_CLIP, 0, masks[options.closing])
    return Groups(shown, (int(bonus_ms * TICKS_PER_MS * usual),) * count)


def _talkative(sentences: Sentences) -> list[int]:
    """The speakers worth hearing; none where a single person speaks."""
    length = sentences.end_ms - sentences.start_ms
    least = _SPEAKER_SHARE * float(length.sum())
    said = [
        float(length[sentences.speaker == speaker].sum()) for speaker in range(sentences.speakers)
    ]
    speakers = [speaker for speaker, talk in enumerate(said) if talk >= least]
    return speakers if len(speakers) > 1 else []


def _speakers_shown(
    timeline: Timeline,
    candidates: Candidates,
    moments: list[SpokenMoment],
    sentences: Sentences,
    *,
    speakers: list[int],
) -> Indices:
    """Per candidate a bit for each of the speakers who is heard in it."""
    bit_of = {speaker: bit for bit, speaker in enumerate(speakers)}
    heard = np.zeros((len(timeline) + 1, len(speakers)), dtype=np.int64)
    said_by = sentences.speaker.tolist()
    for at, spoken in enumerate(timeline.spoken.tolist()):
        if spoken >= 0:
            for sentence in moments[spoken].sentences:
                bit = bit_of.get(said_by[sentence])
                if bit is not None:
                    heard[at + 1, bit] = 1
    running = np.cumsum(heard, axis=0)
    shown = running[candidates.core_last] > running[candidates.core_first]
    masks: Indices = (shown.astype(np.int64) << np.arange(len(speakers))).sum(axis=1)
    return masks.astype(np.int64)


def _section(session: Session, candidates: Candidates, sections: int) -> Indices:
    """In which of the session's equal sections the middle of each clip lies."""
    first, last = session.extent_ms
    middle = candidates.start_ms + 0.5 * candidates.ticks / TICKS_PER_MS
    at = np.floor((middle - first) / (last - first) * sections)
    return np.clip(at, 0, sections - 1).astype(np.int64)
