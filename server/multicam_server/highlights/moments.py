"""Spoken moments: sentences that belong together, with the reaction that follows.

Moments do not overlap. Whatever is cut at the borders of moments never cuts a
sentence, except where speech goes on for longer than the longest clip.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np

from ..domain.artifacts import Indices
from .cues import sentence_shares
from .reactions import Reactions
from .sentences import UNKNOWN_SPEAKER, Sentences

# Detectors' jitter: sentences that overlap by no more are taken to follow each other.
_JITTER_MS = 150.0
# Events of one speaker closer than this are one sentence in pieces, unless the
# transcription says that a sentence ends there: people breathe for longer.
_BREATH_MS = 200.0
# An answer starts at most this long after its question.
_ANSWER_WITHIN_MS = 3_000.0
# A reaction belongs to what was said at most this long before it starts.
_REACTION_WITHIN_MS = 1_500.0
# A reaction is shown for at most this long after the sentence.
_REACTION_SHOWN_MS = 4_000.0


class MomentKind(IntEnum):
    """What a moment is made of."""

    SPEECH = 1
    """Whole sentences."""
    PIECE = 2
    """A part of speech that is longer than the longest clip, cut for want of a pause."""
    TILE = 3
    """A stretch without speech."""


@dataclass
class SpokenMoment:
    """Sentences, by index, that are shown together; session time."""

    start_ms: float
    end_ms: float
    sentences: list[int]
    kind: MomentKind = MomentKind.SPEECH
    answered: bool = False
    """A question with its answer."""
    reacted: bool = False
    """It ends with a reaction."""


def spoken_moments(
    sentences: Sentences, reactions: Reactions, *, longest_ms: float, finest_ms: float
) -> list[SpokenMoment]:
    """Groups sentences into moments no longer than `longest_ms`, sorted by time.

    Only pieces of overlong speech may be longer, when `longest_ms` is less than
    `finest_ms`: they are never shorter than that.
    """
    moments: list[SpokenMoment] = []
    for moment in _whole_sentences(sentences, longest_ms=longest_ms):
        moments.extend(_shortened(moment, sentences, longest_ms=longest_ms, finest_ms=finest_ms))
    moments = _with_answers(moments, sentences, longest_ms=longest_ms)
    _add_reactions(moments, reactions, longest_ms=longest_ms)
    return moments


def members(moments: list[SpokenMoment]) -> tuple[Indices, Indices]:
    """Moment index and sentence index of each pair of the two, both of shape (pairs,)."""
    size = [len(moment.sentences) for moment in moments]
    owner = np.repeat(np.arange(len(moments), dtype=np.int64), size)
    sentence = np.array([at for moment in moments for at in moment.sentences], dtype=np.int64)
    return owner, sentence


def _whole_sentences(sentences: Sentences, *, longest_ms: float) -> list[SpokenMoment]:
    """Groups that no clean cut divides: overlapping speech, and sentences in pieces."""
    moments: list[SpokenMoment] = []
    columns = zip(
        sentences.start_ms.tolist(),
        sentences.end_ms.tolist(),
        sentences.speaker.tolist(),
        strict=True,
    )
    for index, (start, end, speaker) in enumerate(columns):
        if not moments:
            moments.append(SpokenMoment(start, end, [index]))
            continue
        last = moments[-1]
        gap = start - last.end_ms
        previous = last.sentences[-1]
        middle = 0.5 * (start + last.end_ms)
        in_pieces = (
            gap < _BREATH_MS
            and speaker == sentences.speaker[previous]
            and not sentences.complete[previous]
            and max(last.end_ms, end) - last.start_ms <= longest_ms
        )
        if gap >= 0.0 and not in_pieces:
            moments.append(SpokenMoment(start, end, [index]))
        elif in_pieces or gap < -_JITTER_MS or not last.start_ms < middle < end:
            last.end_ms = max(last.end_ms, end)
            last.sentences.append(index)
        else:
            last.end_ms = middle
            moments.append(SpokenMoment(middle, end, [index]))
    return moments


def _shortened(
    moment: SpokenMoment, sentences: Sentences, *, longest_ms: float, finest_ms: float
) -> list[SpokenMoment]:
    """The moment itself, or its parts where it is longer than the longest clip.

    Overlapping speech is parted where the overlap is least; one long sentence where
    its transcription ends sentences, and else into equal parts.
    """
    pending, parts = [moment], []
    while pending:
        part = pending.pop()
        if part.end_ms - part.start_ms <= longest_ms:
            parts.append(part)
        elif len(part.sentences) > 1:
            pending.extend(reversed(_parted_at_least_overlap(part, sentences)))
        else:
            parts.extend(_pieces(part, sentences, longest_ms=max(longest_ms, finest_ms)))
    return parts


def _parted_at_least_overlap(part: SpokenMoment, sentences: Sentences) -> list[SpokenMoment]:
    """Two parts, divided where a sentence starts and the least of the earlier ones is lost."""
    starts = sentences.start_ms[part.sentences]
    ends = np.maximum.accumulate(sentences.end_ms[part.sentences])
    overlap = ends[:-1] - starts[1:]
    inside = (starts[1:] > part.start_ms) & (starts[1:] < part.end_ms)
    if not inside.any():
        return [SpokenMoment(part.start_ms, part.end_ms, part.sentences[:1], part.kind)]
    at = int(np.argmin(np.where(inside, overlap, np.inf))) + 1
    border = float(starts[at])
    kind = MomentKind.PIECE if overlap[at - 1] > _JITTER_MS else part.kind
    return [
        SpokenMoment(part.start_ms, min(border, float(ends[at - 1])), part.sentences[:at], kind),
        SpokenMoment(border, part.end_ms, part.sentences[at:], kind),
    ]


def _pieces(part: SpokenMoment, sentences: Sentences, *, longest_ms: float) -> list[SpokenMoment]:
    """One overlong sentence in pieces no longer than `longest_ms`."""
    length = part.end_ms - part.start_ms
    shares = sentence_shares(sentences.transcription[part.sentences[0]])
    borders = [0.0, *(share * length for share in shares), length]
    pieces: list[SpokenMoment] = []
    for begin, end in pairwise(borders):
        count = max(1, int(np.ceil((end - begin) / longest_ms)))
        edges = part.start_ms + np.linspace(begin, end, count + 1)
        pieces.extend(
            SpokenMoment(float(first), float(last), list(part.sentences), MomentKind.PIECE)
            for first, last in pairwise(edges)
            if last > first
        )
    return pieces


def _with_answers(
    moments: list[SpokenMoment], sentences: Sentences, *, longest_ms: float
) -> list[SpokenMoment]:
    """Joins a question with the beginning of its answer: by another person, soon after."""
    joined: list[SpokenMoment] = []
    for moment in moments:
        if joined and _answers(joined[-1], moment, sentences, longest_ms=longest_ms):
            joined[-1].end_ms = moment.end_ms
            joined[-1].sentences = joined[-1].sentences + moment.sentences
            joined[-1].answered = True
        else:
            joined.append(moment)
    return joined


def _answers(
    question: SpokenMoment, answer: SpokenMoment, sentences: Sentences, *, longest_ms: float
) -> bool:
    """Whether the second moment answers the first and both fit into one clip."""
    asked, answered = question.sentences[-1], answer.sentences[0]
    asker, answerer = int(sentences.speaker[asked]), int(sentences.speaker[answered])
    return (
        bool(sentences.question[asked])
        and (asker != answerer or UNKNOWN_SPEAKER in {asker, answerer})
        and MomentKind.PIECE not in {question.kind, answer.kind}
        and answer.start_ms - question.end_ms <= _ANSWER_WITHIN_MS
        and answer.end_ms - question.start_ms <= longest_ms
    )


def _add_reactions(moments: list[SpokenMoment], reactions: Reactions, *, longest_ms: float) -> None:
    """Lets each moment last until the laughter or applause that it caused has been heard."""
    starts, ends = reactions.start_ms.tolist(), reactions.end_ms.tolist()
    latest_end = np.maximum.accumulate(reactions.end_ms)
    said_until = [moment.end_ms for moment in moments]
    first = np.searchsorted(latest_end, said_until, side="right").tolist()
    for index, moment in enumerate(moments):
        until = min(said_until[index] + _REACTION_SHOWN_MS, moment.start_ms + longest_ms)
        if index + 1 < len(moments):
            # Half of the pause stays with the next moment, for its clean beginning.
            until = min(until, 0.5 * (said_until[index] + moments[index + 1].start_ms))
        for at in range(first[index], len(starts)):
            if starts[at] > moment.end_ms + _REACTION_WITHIN_MS:
                break
            if min(ends[at], until) > moment.end_ms:
                moment.end_ms = min(ends[at], until)
                moment.reacted = True
