"""What was said in the session: sentences with their speaker, level and words."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import AudioEventKind, Flags, Indices
from ..domain.media import Floats
from .cues import Language, asks_question, cue_value, detect_language, ends_sentence
from .fusion import Fused, fuse
from .levels import emphasis
from .session import HeardEvents, Session, told_events

# What an event without a confidence counts: a detector that reports it is rather
# sure of it, but has not said so.
_UNSTATED_CONFIDENCE = 0.7
# At most this many speakers are told apart for diversity: the most talkative ones.
MAX_SPEAKERS = 8
UNKNOWN_SPEAKER = -1


@dataclass(frozen=True, eq=False)
class Sentences:
    """`n` sentences in session time, sorted by start; they may overlap.

    `confidence`, `emphasis` and `cue` have shape (n,), NaN in `emphasis` where
    unknown; `speaker` is an index of the session's speakers or `UNKNOWN_SPEAKER`;
    `nearness` has shape (n, cameras): the emphasis in that camera's own sound
    against the mean of all, NaN where it heard nothing; `names` lists the
    detectors' names of the speaker. `boundary_error_ms` has shape (n,): the standard
    deviation of each end, NaN where no two recordings tell it.
    """

    start_ms: Floats
    end_ms: Floats
    confidence: Floats
    emphasis: Floats
    cue: Floats
    question: Flags
    complete: Flags
    transcription: tuple[str, ...]
    speaker: Indices
    speakers: int
    names: tuple[frozenset[str], ...]
    nearness: Floats
    boundary_error_ms: Floats
    language: Language

    def __len__(self) -> int:
        return len(self.start_ms)


def gather_sentences(session: Session) -> Sentences:
    """All sentences of the session, each once."""
    heard = told_events(session, (AudioEventKind.SPEECH,))
    fused = fuse(heard)
    level = _member_column([emphasis(one.loudness_lufs, one.speaker_id) for one in heard])
    stated = _member_column([one.confidence for one in heard])
    stated = np.where(np.isnan(stated), _UNSTATED_CONFIDENCE, stated)
    mean_level = fused.mean(level)
    nearness = np.full((len(fused), len(heard)), np.nan)
    nearness[fused.member_of, fused.member_camera] = level - mean_level[fused.member_of]
    texts = _transcriptions(heard, fused)
    language = detect_language(text for text in texts if text)
    speaker, speakers = _speakers(heard, fused)
    return Sentences(
        start_ms=fused.start_ms,
        end_ms=fused.end_ms,
        confidence=fused.mean(stated),
        emphasis=mean_level,
        cue=np.array([cue_value(text, language) for text in texts], dtype=np.float64),
        question=np.array([asks_question(text) for text in texts], dtype=np.bool_),
        complete=np.array([ends_sentence(text) for text in texts], dtype=np.bool_),
        transcription=texts,
        speaker=speaker,
        speakers=speakers,
        names=_names(heard, fused),
        nearness=nearness,
        boundary_error_ms=fused.boundary_error_ms,
        language=language,
    )


def _member_column(columns: list[Floats]) -> Floats:
    """The recordings' columns one after another, as the members of `Fused` stand."""
    return np.concatenate([np.zeros(0), *columns])


def _transcriptions(heard: list[HeardEvents], fused: Fused) -> tuple[str, ...]:
    """Per fused event the longest transcription: the fullest account of what was said."""
    texts = [""] * len(fused)
    said = [text for one in heard for text in one.transcription]
    for owner, text in zip(fused.member_of.tolist(), said, strict=True):
        known = texts[owner]
        if len(text) > len(known) or (len(text) == len(known) and text < known):
            texts[owner] = text
    return tuple(texts)


def _names(heard: list[HeardEvents], fused: Fused) -> tuple[frozenset[str], ...]:
    """Per fused event the names that the detectors gave its speaker."""
    names: list[frozenset[str]] = [frozenset()] * len(fused)
    single: dict[str, frozenset[str]] = {"": frozenset()}
    given = [name for one in heard for name in one.speaker_id]
    for owner, name in zip(fused.member_of.tolist(), given, strict=True):
        if name and name not in names[owner]:
            alone = single.setdefault(name, frozenset({name}))
            names[owner] = names[owner] | alone if names[owner] else alone
    return tuple(names)


def _speakers(heard: list[HeardEvents], fused: Fused) -> tuple[Indices, int]:
    """Who says each sentence, as one name for the session.

    The detectors' names of the recording in which named people speak longest are
    the reference; another recording's name stands for the reference's name with
    which it is heard together longest. Speakers are then counted from the most
    talkative; beyond `MAX_SPEAKERS` they are unknown.
    """
    length = fused.end_ms - fused.start_ms
    labels = [_labels(one, fused, camera) for camera, one in enumerate(heard)]
    named_ms = [float(length[owner].sum()) for owner, _, _ in labels]
    speaker = np.full(len(fused), UNKNOWN_SPEAKER, dtype=np.int64)
    count = 0
    for camera in sorted(range(len(heard)), key=lambda camera: (-named_ms[camera], camera)):
        owner, label, names = labels[camera]
        together = np.zeros((names, count + 1))
        shared = speaker[owner] != UNKNOWN_SPEAKER
        np.add.at(together, (label[shared], speaker[owner[shared]]), length[owner[shared]])
        alias = together.argmax(axis=1)
        strange = together.max(axis=1) == 0.0
        alias[strange] = count + np.arange(np.count_nonzero(strange))
        speaker[owner] = np.where(shared, speaker[owner], alias[label])
        count += int(np.count_nonzero(strange))
    known = speaker != UNKNOWN_SPEAKER
    talk = np.bincount(speaker[known], weights=length[known], minlength=count)
    ranked = np.lexsort((np.arange(count), -talk))[:MAX_SPEAKERS]
    rank = np.full(count + 1, UNKNOWN_SPEAKER, dtype=np.int64)
    rank[ranked] = np.arange(len(ranked))
    return rank[speaker], len(ranked)


def _labels(one: HeardEvents, fused: Fused, camera: int) -> tuple[Indices, Indices, int]:
    """One recording's named events: fused event and name's index of each, and how many names."""
    name = np.array(one.speaker_id, dtype=np.str_)
    names, label = np.unique(name, return_inverse=True)
    owner = fused.member_of[fused.member_camera == camera]
    spoken = np.flatnonzero(name != "")
    nameless = int(len(names) > 0 and names[0] == "")
    return owner[spoken], label[spoken] - nameless, len(names) - nameless
