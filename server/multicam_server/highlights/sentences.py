"""What was said in the session: sentences with their speaker, level and words."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import AudioEventKind, Flags, Indices
from ..domain.media import Floats
from .cues import Language, asks_question, cue_value, detect_language, ends_sentence
from .fusion import Fused, fuse
from .levels import emphasis
from .session import HeardEvents, Session, heard_events

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
    detectors' names of the speaker.
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
    language: Language

    def __len__(self) -> int:
        return len(self.start_ms)


def gather_sentences(session: Session) -> Sentences:
    """All sentences of the session, each once."""
    heard = [heard_events(track, (AudioEventKind.SPEECH,)) for track in session.tracks]
    fused = fuse(heard)
    level = _member_column(heard, [emphasis(one.loudness_lufs, one.speaker_id) for one in heard])
    stated = _member_column(heard, [one.confidence for one in heard])
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
        language=language,
    )


def _member_column(heard: list[HeardEvents], columns: list[Floats]) -> Floats:
    """The recordings' columns one after another, as the members of `Fused` stand."""
    assert len(heard) == len(columns)
    return np.concatenate([np.zeros(0), *columns])


def _members(fused: Fused) -> list[list[tuple[int, int]]]:
    """Per fused event its members as (recording, event), in canonical order."""
    members: list[list[tuple[int, int]]] = [[] for _ in range(len(fused))]
    for owner, camera, event in zip(
        fused.member_of.tolist(),
        fused.member_camera.tolist(),
        fused.member_event.tolist(),
        strict=True,
    ):
        members[owner].append((camera, event))
    return members


def _transcriptions(heard: list[HeardEvents], fused: Fused) -> tuple[str, ...]:
    """Per fused event the longest transcription: the fullest account of what was said."""
    texts = [""] * len(fused)
    for owner, camera, event in zip(
        fused.member_of.tolist(),
        fused.member_camera.tolist(),
        fused.member_event.tolist(),
        strict=True,
    ):
        text = heard[camera].transcription[event]
        if (-len(text), text) < (-len(texts[owner]), texts[owner]):
            texts[owner] = text
    return tuple(texts)


def _names(heard: list[HeardEvents], fused: Fused) -> tuple[frozenset[str], ...]:
    """Per fused event the names that the detectors gave its speaker."""
    return tuple(
        frozenset(
            heard[camera].speaker_id[event]
            for camera, event in members
            if heard[camera].speaker_id[event]
        )
        for members in _members(fused)
    )


def _speakers(heard: list[HeardEvents], fused: Fused) -> tuple[Indices, int]:
    """Who says each sentence, as one name for the session.

    The detectors' names of the recording in which named people speak longest are
    the reference; another recording's name stands for the reference's name with
    which it is heard together longest. Names are then counted from the most
    talkative; beyond `MAX_SPEAKERS` they are unknown.
    """
    length = fused.end_ms - fused.start_ms
    labels: list[dict[int, str]] = [{} for _ in heard]
    for owner, camera, event in zip(
        fused.member_of.tolist(),
        fused.member_camera.tolist(),
        fused.member_event.tolist(),
        strict=True,
    ):
        name = heard[camera].speaker_id[event]
        if name:
            labels[camera][owner] = name
    named_ms = [sum(float(length[owner]) for owner in sorted(label)) for label in labels]
    by_talk = sorted(range(len(heard)), key=lambda camera: (-named_ms[camera], camera))
    speaker: dict[int, str] = {}
    for camera in by_talk:
        together: dict[str, dict[str, float]] = {}
        for owner, name in sorted(labels[camera].items()):
            if owner in speaker:
                shared = together.setdefault(name, {})
                shared[speaker[owner]] = shared.get(speaker[owner], 0.0) + float(length[owner])
        alias = {
            name: min(shared, key=lambda other: (-shared[other], other))
            for name, shared in together.items()
        }
        for owner, name in labels[camera].items():
            speaker.setdefault(owner, alias.get(name, f"{camera}/{name}"))
    talk: dict[str, float] = {}
    for owner, name in sorted(speaker.items()):
        talk[name] = talk.get(name, 0.0) + float(length[owner])
    ranked = sorted(talk, key=lambda name: (-talk[name], name))[:MAX_SPEAKERS]
    rank = {name: index for index, name in enumerate(ranked)}
    result = np.full(len(fused), UNKNOWN_SPEAKER, dtype=np.int64)
    for owner, name in speaker.items():
        result[owner] = rank.get(name, UNKNOWN_SPEAKER)
    return result, len(ranked)
