"""What each moment is worth, component by component, and from which camera."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags, Indices
from ..domain.media import CameraRole, Floats
from .evidence import Evidence
from .levels import against_usual
from .moments import SpokenMoment, members
from .pictures import watch
from .reactions import loudness_value, reaction_value
from .sentences import Sentences
from .session import Session
from .timeline import Timeline
from .weights import (
    COMPONENTS,
    EMPHASIS,
    FACE,
    MOTION,
    POSITION,
    REACTION,
    SPEECH,
    SUBJECT,
    TRANSCRIPT,
)

# The share of the session, at either end, over which the position's value falls to 0.
_POSITION_SHARE = 0.1
# A difference of the detectors' confidence that counts in full where they are about
# equally sure of everything.
_LEAST_FULL_CONFIDENCE = 0.2
# What it adds to a camera's `subject` that it is meant to frame who speaks, and takes
# away that it is meant to frame others while some camera frames the speaker.
_FRAMES_SPEAKER = 0.5
# Preferences between cameras whose pictures are worth the same; small enough never to
# outweigh a difference that can be seen.
_NEARNESS_PREFERENCE = 2e-3
_ROLE_PREFERENCE = {
    CameraRole.PRIMARY: 1e-3,
    CameraRole.SECONDARY: 8e-4,
    CameraRole.UNSPECIFIED: 8e-4,
    CameraRole.WIDE: 6e-4,
    CameraRole.DETAIL: 2e-4,
    CameraRole.ALT: 2e-4,
}


@dataclass(frozen=True, eq=False)
class Worth:
    """Component values of `n` moments.

    `heard` has shape (n, 8) and is the same for every camera (0 in the columns of
    what is seen); `seen` has shape (cameras, n, 8) with only those columns;
    `preference` has shape (cameras, n) and decides between equal pictures.
    """

    heard: Floats
    seen: Floats
    preference: Floats


def assess(
    session: Session, evidence: Evidence, moments: list[SpokenMoment], timeline: Timeline
) -> Worth:
    """Component values of every moment of the timeline, from every camera."""
    sentences = evidence.sentences
    heard_there = evidence.reactions, evidence.music, timeline.start_ms, timeline.end_ms
    pictures = watch(session, timeline.start_ms, timeline.end_ms)
    heard = np.zeros((len(timeline), len(COMPONENTS)))
    spoken = timeline.spoken >= 0
    at = timeline.spoken[spoken]
    owner, sentence = members(moments)
    spread = _Spread(owner, sentence, moments, sentences)
    heard[spoken, SPEECH] = (spread.mean(_sureness(sentences)) * spread.density)[at]
    heard[spoken, EMPHASIS] = spread.mean(sentences.emphasis)[at]
    heard[spoken, TRANSCRIPT] = spread.mean(sentences.cue)[at]
    heard[~spoken, EMPHASIS] = loudness_value(*heard_there)[~spoken]
    heard[:, REACTION] = reaction_value(*heard_there)
    heard[:, MOTION] = np.nan_to_num(pictures.motion)
    heard[:, POSITION] = _position(session, timeline)
    framed, nearness = _framing(session, spread, sentences, moments)
    cameras = len(session.tracks)
    seen = np.zeros((cameras, len(timeline), len(COMPONENTS)))
    seen[:, :, SUBJECT] = _against_usual(pictures.subject).T
    seen[:, :, FACE] = _against_usual(pictures.face).T
    seen[:, spoken, SUBJECT] = np.clip(seen[:, spoken, SUBJECT] + framed[at].T, -1.0, 1.0)
    preference = np.zeros((cameras, len(timeline)))
    preference[:, spoken] = _NEARNESS_PREFERENCE * nearness[at].T
    preference += np.array([_ROLE_PREFERENCE[track.role] for track in session.tracks])[:, None]
    return Worth(heard=heard, seen=seen, preference=preference)


class _Spread:
    """Means over the sentences of each spoken moment, weighted by their length."""

    def __init__(
        self,
        owner: Indices,
        sentence: Indices,
        moments: list[SpokenMoment],
        sentences: Sentences,
    ) -> None:
        self.owner = owner
        self.sentence = sentence
        self.count = len(moments)
        self.length = (sentences.end_ms - sentences.start_ms)[sentence]
        start = np.array([moment.start_ms for moment in moments], dtype=np.float64)
        end = np.array([moment.end_ms for moment in moments], dtype=np.float64)
        last_word = start.copy()
        np.maximum.at(last_word, owner, sentences.end_ms[sentence])
        spoken = np.maximum(np.minimum(end, last_word) - start, 1e-9)
        said = np.bincount(owner, weights=self.length, minlength=self.count)
        self.density: Floats = np.clip(said / spoken, 0.0, 1.0)
        """Share of each moment, until its last word, in which somebody speaks."""

    def mean(self, values: Floats) -> Floats:
        """Mean of a sentence column per moment; 0 where nothing is known."""
        column = values[self.sentence]
        known: Flags = ~np.isnan(column)
        weight = np.where(known, self.length, 0.0)
        total = np.bincount(
            self.owner, weights=weight * np.nan_to_num(column), minlength=self.count
        )
        by = np.bincount(self.owner, weights=weight, minlength=self.count)
        mean: Floats = np.where(by > 0.0, total / np.maximum(by, 1e-9), 0.0)
        return mean


def _sureness(sentences: Sentences) -> Floats:
    """How sure the detectors are of each sentence, 0 to 1; 0.5 is usual for this session."""
    if not len(sentences):
        return sentences.confidence
    usual = float(np.median(sentences.confidence))
    return 0.5 + 0.5 * against_usual(sentences.confidence, usual, least_full=_LEAST_FULL_CONFIDENCE)


def _against_usual(values: Floats) -> Floats:
    """Values against their mean over the session; 0 where nothing is known.

    So a recording that no detector has seen is neither favoured nor held back.
    """
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros_like(values)
    return np.where(known, values - values[known].mean(), 0.0)


def _position(session: Session, timeline: Timeline) -> Floats:
    """1 at the session's very beginning and end, 0 from a tenth of it inwards."""
    first, last = session.extent_ms
    middle = 0.5 * (timeline.start_ms + timeline.end_ms)
    reach = (last - first) * _POSITION_SHARE
    edge = np.minimum(middle - first, last - middle)
    position: Floats = np.clip(1.0 - edge / reach, 0.0, 1.0)
    return position


def _framing(
    session: Session, spread: _Spread, sentences: Sentences, moments: list[SpokenMoment]
) -> tuple[Floats, Floats]:
    """How each camera stands to who speaks, both of shape (spoken moments, cameras).

    First: whether it is meant to frame the speaker (`subject_ids`). Second: how much
    nearer to the speaker it sounds than the other cameras.
    """
    cameras = len(session.tracks)
    framed = np.zeros((len(moments), cameras))
    nearness = np.zeros((len(moments), cameras))
    for camera in range(cameras):
        nearness[:, camera] = spread.mean(sentences.nearness[:, camera])
    meant = [frozenset(track.subject_ids) for track in session.tracks]
    if any(meant):
        matches: dict[frozenset[str], list[float]] = {}
        rows = np.zeros((len(sentences), cameras))
        for index, names in enumerate(sentences.names):
            if names not in matches:
                matches[names] = _match(names, meant)
            rows[index] = matches[names]
        for camera in range(cameras):
            framed[:, camera] = spread.mean(rows[:, camera])
    return framed, nearness


def _match(names: frozenset[str], meant: list[frozenset[str]]) -> list[float]:
    """Per camera: plus for one that frames this speaker, minus for one that frames others."""
    hit = [bool(subjects & names) for subjects in meant]
    if not any(hit):
        return [0.0] * len(meant)
    return [
        _FRAMES_SPEAKER if here else (-_FRAMES_SPEAKER if subjects else 0.0)
        for here, subjects in zip(hit, meant, strict=True)
    ]
