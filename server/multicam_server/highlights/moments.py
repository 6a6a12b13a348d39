"""Spoken moments: sentences that belong together, with the reaction that follows.

Moments do not overlap. Whatever is cut at the borders of moments never cuts a
sentence, except where speech goes on for longer than the longest clip.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np

from ..domain.artifacts import Flags, Indices
from .cues import sentence_shares
from .reactions import Reactions
from .sentences import UNKNOWN_SPEAKER, Sentences

# Detectors' jitter: sentences that overlap by no more are taken to follow each other.
_JITTER_MS = 150.0
# Where transcriptions have punctuation, an event that does not end a sentence and the
# same speaker's next one within this time are one sentence in pieces.
_PIECES_WITHIN_MS = 600.0
# Transcriptions have punctuation when at least this share of them ends a sentence.
_PUNCTUATED_SHARE = 0.5
# A timeline whose events are usually shorter than this is one of words, not of sentences.
# Words of one speaker closer than `_WORD_GAP_MS` are one sentence until their
# punctuation ends it, or until it is as long as sentences become.
_WORD_MS = 1_000.0
_WORD_GAP_MS = 350.0
_LONGEST_OF_WORDS_MS = 5_000.0
# A longer event than the longest clip that so many other sentences start in is one
# detector's failure to hear pauses, which the others heard.
_HEARD_PAUSES = 2
# Length of the pieces of speech without a pause or words: any run of them may be shown,
# so that short ones let the choice find the best stretch and fill the target.
_PIECE_MS = 2_500.0
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
    """A part of speech that no clip can show whole, cut for want of a pause."""
    TILE = 3
    """A stretch without speech."""


@dataclass
class SpokenMoment:
    """Sentences, by index, that are shown together; session time."""

    start_ms: float
    end_ms: float
    sentences: list[int]
    kind: MomentKind = MomentKind.SPEECH
    asks: bool = False
    """It ends with a question that the next moment answers."""
    answers: bool = False
    """It begins the answer to the moment before it."""
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
    _bind_answers(moments, sentences, longest_ms=longest_ms)
    _add_reactions(moments, reactions, longest_ms=longest_ms)
    return moments


def parted_at_recordings(
    moments: list[SpokenMoment], recordings: list[tuple[float, float]]
) -> list[SpokenMoment]:
    """Moments as they are where some recording holds them whole, else in pieces.

    A piece ends where one of `recordings` (start and end in session time) begins or
    ends, so that a recording that holds a part of the speech can show it.
    """
    edges = sorted({edge for recording in recordings for edge in recording})
    parted: list[SpokenMoment] = []
    for moment in moments:
        start, end = moment.start_ms, moment.end_ms
        if any(first <= start and end <= last for first, last in recordings):
            parted.append(moment)
            continue
        borders = [start, *(edge for edge in edges if start < edge < end), end]
        parted.extend(
            SpokenMoment(first, last, list(moment.sentences), MomentKind.PIECE)
            for first, last in pairwise(borders)
        )
    return parted


def members(moments: list[SpokenMoment]) -> tuple[Indices, Indices]:
    """Moment index and sentence index of each pair of the two, both of shape (pairs,)."""
    size = [len(moment.sentences) for moment in moments]
    owner = np.repeat(np.arange(len(moments), dtype=np.int64), size)
    sentence = np.array([at for moment in moments for at in moment.sentences], dtype=np.int64)
    return owner, sentence


def _whole_sentences(sentences: Sentences, *, longest_ms: float) -> list[SpokenMoment]:
    """Groups that no clean cut divides: overlapping speech, and sentences in pieces."""
    moments: list[SpokenMoment] = []
    pieces = _pieces_rule(sentences, longest_ms=longest_ms)
    columns = zip(
        sentences.start_ms.tolist(),
        sentences.end_ms.tolist(),
        sentences.speaker.tolist(),
        _without_pauses(sentences, longest_ms=longest_ms).tolist(),
        strict=True,
    )
    for index, (start, end, speaker, without_pauses) in enumerate(columns):
        if without_pauses:
            continue
        if not moments:
            moments.append(SpokenMoment(start, end, [index]))
            continue
        last = moments[-1]
        gap = start - last.end_ms
        previous = last.sentences[-1]
        middle = 0.5 * (start + last.end_ms)
        in_pieces = (
            gap < pieces.within_ms
            and pieces.broken_off[previous]
            and speaker == sentences.speaker[previous]
            and max(last.end_ms, end) - last.start_ms <= pieces.longest_ms
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


@dataclass(frozen=True)
class _PiecesRule:
    """Which events end inside a sentence, and how the next one may continue it."""

    broken_off: list[bool]
    within_ms: float
    longest_ms: float


def _pieces_rule(sentences: Sentences, *, longest_ms: float) -> _PiecesRule:
    """Told by punctuation; in a timeline of words, by pauses too."""
    complete = sentences.complete
    length = sentences.end_ms - sentences.start_ms
    if length.size and float(np.median(length)) < _WORD_MS:
        longest_ms = min(longest_ms, _LONGEST_OF_WORDS_MS)
        return _PiecesRule((~complete).tolist(), _WORD_GAP_MS, longest_ms)
    worded = np.array([bool(text.strip()) for text in sentences.transcription], dtype=np.bool_)
    if not worded.any() or float(complete[worded].mean()) < _PUNCTUATED_SHARE:
        return _PiecesRule([False] * len(sentences), 0.0, longest_ms)
    return _PiecesRule((worded & ~complete).tolist(), _PIECES_WITHIN_MS, longest_ms)


def _without_pauses(sentences: Sentences, *, longest_ms: float) -> Flags:
    """Which events are too long to be shown and are told in more detail by others."""
    start, end = sentences.start_ms, sentences.end_ms
    inside = np.searchsorted(start, end, side="left") - np.arange(len(sentences)) - 1
    return (end - start > longest_ms) & (inside >= _HEARD_PAUSES)


def _shortened(
    moment: SpokenMoment, sentences: Sentences, *, longest_ms: float, finest_ms: float
) -> list[SpokenMoment]:
    """The moment itself, or its parts where it is longer than the longest clip.

    Overlapping speech is parted where a sentence starts and the least of the earlier
    ones is lost; a sentence that is too long by itself is cut into pieces.
    """
    starts = sentences.start_ms[moment.sentences]
    heard_until = np.maximum.accumulate(sentences.end_ms[moment.sentences])
    parts: list[SpokenMoment] = []
    begin, first = moment.start_ms, 0
    while moment.end_ms - begin > longest_ms:
        # Sentences that start in the second half of what fits; else in all of it.
        fitting = int(np.searchsorted(starts, begin + longest_ms, side="right"))
        inner = int(np.searchsorted(starts, begin + 0.5 * longest_ms, side="right"))
        inner = max(inner if inner < fitting else first + 1, first + 1)
        while inner < fitting and starts[inner] <= begin:
            inner += 1
        if inner < fitting:
            lost = heard_until[inner - 1 : fitting - 1] - starts[inner:fitting]
            at = inner + int(np.argmin(lost))
            kind = MomentKind.PIECE if lost[at - inner] > _JITTER_MS else moment.kind
            end = min(float(starts[at]), float(heard_until[at - 1]))
            parts.append(SpokenMoment(begin, end, moment.sentences[first:at], kind))
        else:
            at = max(fitting, first + 1)
            end = float(starts[at]) if at < len(starts) else moment.end_ms
            whole = SpokenMoment(begin, end, moment.sentences[first:at])
            parts.extend(
                _pieces(
                    whole, sentences, longest_ms=max(longest_ms, finest_ms), finest_ms=finest_ms
                )
            )
        begin, first = (float(starts[at]), at) if at < len(starts) else (moment.end_ms, at)
    if begin < moment.end_ms:
        parts.append(SpokenMoment(begin, moment.end_ms, moment.sentences[first:], moment.kind))
    return parts


def _pieces(
    part: SpokenMoment, sentences: Sentences, *, longest_ms: float, finest_ms: float
) -> list[SpokenMoment]:
    """One overlong sentence in pieces no longer than `longest_ms`."""
    length = part.end_ms - part.start_ms
    shares = sentence_shares(sentences.transcription[part.sentences[0]])
    borders = [0.0, *(share * length for share in shares), length]
    pieces: list[SpokenMoment] = []
    for begin, end in pairwise(borders):
        count = 1
        if end - begin > longest_ms:
            count = int(np.ceil((end - begin) / min(longest_ms, max(_PIECE_MS, finest_ms))))
        edges = part.start_ms + np.linspace(begin, end, count + 1)
        pieces.extend(
            SpokenMoment(float(first), float(last), list(part.sentences), MomentKind.PIECE)
            for first, last in pairwise(edges)
            if last > first
        )
    return pieces


def _bind_answers(moments: list[SpokenMoment], sentences: Sentences, *, longest_ms: float) -> None:
    """Marks questions and the beginning of their answers: by another person, soon after."""
    begin = moments[0].start_ms if moments else 0.0
    for question, answer in pairwise(moments):
        begin = begin if question.answers else question.start_ms
        if answer.end_ms - begin <= longest_ms and _answers(question, answer, sentences):
            question.asks = answer.answers = True


def _answers(question: SpokenMoment, answer: SpokenMoment, sentences: Sentences) -> bool:
    """Whether the second moment answers the first."""
    asked, answered = question.sentences[-1], answer.sentences[0]
    asker, answerer = int(sentences.speaker[asked]), int(sentences.speaker[answered])
    return (
        bool(sentences.question[asked])
        and (asker != answerer or UNKNOWN_SPEAKER in {asker, answerer})
        and MomentKind.PIECE not in {question.kind, answer.kind}
        and answer.start_ms - question.end_ms <= _ANSWER_WITHIN_MS
    )


def _add_reactions(moments: list[SpokenMoment], reactions: Reactions, *, longest_ms: float) -> None:
    """Lets each moment last until the laughter or applause that it caused has been heard."""
    starts, ends = reactions.start_ms.tolist(), reactions.end_ms.tolist()
    latest_end = np.maximum.accumulate(reactions.end_ms)
    said_until = [moment.end_ms for moment in moments]
    first = np.searchsorted(latest_end, said_until, side="right").tolist()
    begin = 0.0
    for index, moment in enumerate(moments):
        begin = begin if moment.answers else moment.start_ms
        until = min(said_until[index] + _REACTION_SHOWN_MS, begin + longest_ms)
        if index + 1 < len(moments):
            # Half of the pause stays with the next moment, for its clean beginning.
            until = min(until, 0.5 * (said_until[index] + moments[index + 1].start_ms))
        for at in range(first[index], len(starts)):
            if starts[at] > moment.end_ms + _REACTION_WITHIN_MS:
                break
            if min(ends[at], until) > moment.end_ms:
                moment.end_ms = min(ends[at], until)
                moment.reacted = True
