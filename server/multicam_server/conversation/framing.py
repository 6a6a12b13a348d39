"""Whom each camera shows: from what the caller says, from levels and from roles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..domain.media import CameraRole, Floats
from ..domain.session import SessionTrack
from .speakers import Speaker

LEVEL_SCALE_DB = 1.5
"""Level by which a microphone must favour a speaker for odds of e that its camera
is the speaker's: microphones sit with the people their cameras frame."""

FLAT_DB = 2.0
"""A microphone that favours nobody by more than this tells nothing."""

GUESS_DB = 1.0
"""Evidence up to this is chance: what detectors miss by mistake, where no level is known."""

UNHEARD_DB = -10.0
"""Stands for the level of a speaker whom a microphone never heard: typical bleed."""

SAME_NAME_DB = 3.0
"""What an equal name counts for against levels: half for the track's own names,
half for everybody's, since permuted names are as common as right ones."""

AGREEING_SHARE = 0.8
"""Permuted names of two people agree by half, by chance."""

SURE = 0.95
"""Probability behind a caller's word or a clear level."""

UNKNOWN = 0.5
"""Probability where nothing tells: as likely as not."""

USUAL_SHARE = 0.5
"""A subject in so many of the frames is whom the camera frames."""


@dataclass(frozen=True, eq=False)
class Framing:
    """`shows` (t, s): probability that a track's picture shows a speaker.

    `notes` and `fallbacks` say where it comes from.
    """

    shows: Floats
    notes: tuple[str, ...]
    fallbacks: tuple[str, ...]


def frame_speakers(
    tracks: Sequence[SessionTrack],
    speakers: Sequence[Speaker],
    titles: Sequence[str],
    profiles: Floats,
) -> Framing:
    """Whom each track shows; `profiles` (t, s) are speakers' levels (presence.py).

    A caller's subject_ids say which tracks show the same person; which person that
    is, levels and names decide together, one person per subject. Without them
    a wide camera shows everybody, a detail camera nobody, and any other the speaker
    whom its microphone favours.
    """
    favour = favoured(profiles)
    subject_ids = [_subject_ids(track, speakers) for track in tracks]
    subjects = _assign_subjects(subject_ids, speakers, favour)
    shows = np.full((len(tracks), len(speakers)), UNKNOWN)
    notes, fallbacks = [], []
    for index, track in enumerate(tracks):
        told = {subjects[name] for name in subject_ids[index] if name in subjects}
        several = len(subject_ids[index]) >= max(2, len(speakers))
        lack = "whom its subject_ids mean is unknown" if subject_ids[index] else "no subject_ids"
        if told or several:
            shown = set(range(len(speakers))) if several else told
            shows[index] = [SURE if n in shown else 1.0 - SURE for n in range(len(speakers))]
            source = "subject_ids" if track.subject_ids else "names of its visual subjects"
            notes.append(f"{track.asset_id}: shows {_list(titles, shown)} ({source})")
        elif track.role == CameraRole.WIDE:
            shows[index] = SURE
            fallbacks.append(f"{track.asset_id}: {lack}; a wide camera shows everybody")
        elif track.role in {CameraRole.DETAIL, CameraRole.ALT}:
            shows[index] = 1.0 - SURE
            fallbacks.append(f"{track.asset_id}: {lack}; a detail camera shows no speaker")
        elif len(speakers) > 1 and _usual_faces(track) >= len(speakers):
            shows[index] = SURE
            fallbacks.append(f"{track.asset_id}: {lack}; as many faces as speakers")
        elif len(speakers) > 1 and np.ptp(favour[index]) > FLAT_DB:
            shows[index] = _by_level(favour[index])
            best = {int(np.argmax(shows[index]))}
            fallbacks.append(
                f"{track.asset_id}: {lack}; its microphone favours {_list(titles, best)}"
            )
        else:
            one = len(speakers) == 1 and any(name for _, name in speakers[0].names)
            shows[index] = SURE if one else UNKNOWN
            fallbacks.append(f"{track.asset_id}: {lack}; whom it shows is unknown")
    return Framing(shows, tuple(notes), tuple(fallbacks))


def favoured(profiles: Floats) -> Floats:
    """How much each microphone favours each speaker, in dB; (t, s), 0 where unknown.

    What a loud speaker adds to all microphones and what gain adds to one of them is
    taken out (two-way means), so that what remains is nearness.
    """
    heard = np.any(np.isfinite(profiles), axis=1)
    favour = np.zeros_like(profiles)
    if np.count_nonzero(heard) < 2 or profiles.shape[1] < 2:
        return favour
    known = profiles[heard]
    loudest = np.max(np.where(np.isfinite(known), known, -np.inf), axis=1, keepdims=True)
    levels = np.where(np.isfinite(known), known, loudest + UNHEARD_DB)
    levels = levels - levels.mean(axis=1, keepdims=True)
    favour[heard] = levels - levels.mean(axis=0, keepdims=True)
    return favour


def _assign_subjects(
    subject_ids: Sequence[tuple[str, ...]], speakers: Sequence[Speaker], favour: Floats
) -> dict[str, int]:
    """Which speaker each subject name means; names that are nobody's are left out."""
    names = sorted({name for ids in subject_ids for name in ids})
    if not names or not speakers:
        return {}
    known = {name for speaker in speakers for _, name in speaker.names}
    shared = [n for n in names if n in known or sum(n in ids for ids in subject_ids) > 1]
    candidates = shared if known & set(shared) else names
    agreed = _names_agree(speakers)
    evidence = np.zeros((len(candidates), len(speakers)))
    for row, name in zip(evidence, candidates, strict=True):
        for index, ids in enumerate(subject_ids):
            if name in ids:
                row[:] += favour[index] / len(ids)
        for number, speaker in enumerate(speakers):
            own = any(n == name and name in subject_ids[t] for t, n in speaker.names)
            equal = sum(n == name for _, n in speaker.names) / max(len(speaker.names), 1)
            row[number] += agreed * SAME_NAME_DB * (0.5 * own + 0.5 * equal)
    rows, columns = linear_sum_assignment(-evidence)
    return {
        candidates[row]: int(column)
        for row, column in zip(rows, columns, strict=True)
        if evidence[row, column] > GUESS_DB
    }


def _names_agree(speakers: Sequence[Speaker]) -> bool:
    """Whether recordings mostly call a person by one name, so that names mean something."""
    total = sum(len(speaker.names) for speaker in speakers)
    agreeing = 0
    for speaker in speakers:
        names = [name for _, name in speaker.names]
        agreeing += max(map(names.count, names), default=0)
    return agreeing > AGREEING_SHARE * total


def _subject_ids(track: SessionTrack, speakers: Sequence[Speaker]) -> tuple[str, ...]:
    """Whom the caller, or a detector that knows people by name, says a track shows."""
    if track.subject_ids:
        return tuple(sorted(set(track.subject_ids)))
    visual = track.artifacts.visual_meta
    if visual is None or not len(visual.timestamp_ms):
        return ()
    seen: dict[str, set[int]] = {}
    for name, frame in zip(visual.subjects.track_id, visual.subjects.frame.tolist(), strict=True):
        seen.setdefault(name, set()).add(frame)
    known = {name for speaker in speakers for _, name in speaker.names if name}
    least = USUAL_SHARE * len(visual.timestamp_ms)
    return tuple(sorted(n for n, frames in seen.items() if n in known and len(frames) >= least))


def _usual_faces(track: SessionTrack) -> int:
    """How many faces most frames of a track show at least."""
    visual = track.artifacts.visual_meta
    if visual is None or not len(visual.timestamp_ms):
        return 0
    face = np.array([label == "face" for label in visual.subjects.label], dtype=bool)
    count = np.bincount(visual.subjects.frame[face], minlength=len(visual.timestamp_ms))
    return int(np.median(count))


def _by_level(favour: Floats) -> Floats:
    odds = np.exp((favour - np.max(favour)) / LEVEL_SCALE_DB)
    return np.asarray(np.clip(odds / np.sum(odds), 1.0 - SURE, SURE))


def _list(titles: Sequence[str], numbers: set[int]) -> str:
    return " and ".join(titles[number] for number in sorted(numbers))
