"""Who is speaking: voices linked to the people seen, and the floor in time."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from ..domain.media import Floats
from .observe import THING, ClipView, Speech
from .tracks import Track

BACK_CHANNEL_MS = 1_000.0
"""A turn shorter than this ("mm-hm", "right") does not take the floor; listeners'
signals rarely last a second, turns rarely less."""

PAUSE_MS = 700.0
"""Speech of one speaker with pauses up to this is one turn: a breath, not an end."""

SHORTEST_STAY_MS = 1_000.0
"""A speaker who would be shown for less is skipped."""

BIN_MS = 500.0
"""Time step of the comparison of voices and people; a detector's slowest interval."""

LONGEST_MEMORY_BINS = 20
"""Lags over which voices and cues are taken to depend on their past: 10 s."""

LIVELINESS_WINDOW_MS = 1_000.0
"""A box's unrest is measured about its mean over this time: nods, gestures and
speech's jaw movements are quicker, changes of posture slower."""

LEAST_LEAD = 2.5
"""A voice is linked when the whole assignment of voices to people loses at least so
many standard errors of evidence without this link (0.6 % by chance, one-sided)."""

CERTAIN = 1e3
"""Evidence of a voice whose id is the person's id."""


@dataclass(frozen=True)
class Turn:
    """Who has the floor from start to end, in clip time."""

    start_ms: float
    end_ms: float
    speaker_id: str


@dataclass(frozen=True, eq=False)
class People:
    """Who is who: `of_key` gives the person of a track's key, counted from 0.

    One person may have several keys, of tracks that were stitched.
    """

    of_key: dict[int, int]
    count: int

    def of(self, track: Track) -> int:
        """The person of a track."""
        return self.of_key[int(track.key[0])]


def people_of(shots: list[list[Track]]) -> People:
    """The keys of all tracks, grouped into people by the tracks that hold several of them."""
    parent: dict[int, int] = {}

    def root(key: int) -> int:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for track in (track for tracks in shots for track in tracks):
        first, *others = np.unique(track.key).tolist()
        root(first)
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low
    number = {key: index for index, key in enumerate(sorted({root(key) for key in list(parent)}))}
    return People({key: number[root(key)] for key in sorted(parent)}, len(number))


def turns_of(speech: tuple[Speech, ...]) -> list[Turn]:
    """Who has the floor: the last to begin, of those whose turn is no back-channel.

    In time order without gap, the last one open to infinity: who has spoken last
    keeps the floor in a pause.
    """
    events = [
        event
        for event in _joined_over_pauses(speech)
        if event.end_ms - event.start_ms >= BACK_CHANNEL_MS
    ]
    waiting = sorted(events, key=lambda e: (e.start_ms, e.end_ms, e.speaker_id), reverse=True)
    active: list[Speech] = []
    floor: list[tuple[float, str]] = []
    for moment in sorted({e.start_ms for e in events} | {e.end_ms for e in events}):
        while waiting and waiting[-1].start_ms <= moment:
            active.append(waiting.pop())
        active = [e for e in active if e.end_ms > moment]
        if active:
            floor.append((moment, active[-1].speaker_id))
    return _turns_worth_showing(floor)


def _turns_worth_showing(floor: list[tuple[float, str]]) -> list[Turn]:
    """Changes of the floor (moment, speaker) as turns; a short one goes to who had it before."""
    long_enough = [
        turn for turn in _turns(floor) if turn.end_ms - turn.start_ms >= SHORTEST_STAY_MS
    ]
    return _turns([(turn.start_ms, turn.speaker_id) for turn in long_enough])


def _turns(floor: list[tuple[float, str]]) -> list[Turn]:
    """Changes of the floor as turns, each until the next; what changes nothing is left out."""
    changes = [
        change
        for change, before in zip(floor, [None, *floor], strict=False)
        if before is None or change[1] != before[1]
    ]
    ends = [*(moment for moment, _ in changes[1:]), np.inf][: len(changes)]
    return [Turn(start, end, speaker) for (start, speaker), end in zip(changes, ends, strict=True)]


def _joined_over_pauses(speech: tuple[Speech, ...]) -> list[Speech]:
    """Events of one speaker with short pauses between them, as one."""
    last: dict[str, int] = {}
    joined: list[Speech] = []
    for event in speech:
        index = last.get(event.speaker_id)
        if index is not None and event.start_ms - joined[index].end_ms <= PAUSE_MS:
            before = joined[index]
            end_ms = max(before.end_ms, event.end_ms)
            joined[index] = Speech(before.start_ms, end_ms, event.speaker_id)
        else:
            last[event.speaker_id] = len(joined)
            joined.append(event)
    return joined


def link_speakers(view: ClipView, shots: list[list[Track]], people: People) -> dict[str, int]:
    """The person of each voice, for the voices of which that is clear.

    A voice belongs to the person who is seen when it speaks, who moves when it
    speaks, and whom the detector calls primary when it speaks. Each gives the
    correlation over the clip in its standard errors; the assignment of voices to
    people with the greatest sum stands where it leads clearly.
    """
    speakers = sorted({event.speaker_id for event in view.speech} - {""})
    if not speakers or not people.count or not len(view.frame_ms):
        return {}
    evidence = np.zeros((len(speakers), people.count))
    cues = _cues(view, shots, people)
    for row, speaker in enumerate(speakers):
        speaking = _speaking(view, speaker)
        for person in range(people.count):
            evidence[row, person] = sum(_evidence(speaking, cue[person]) for cue in cues)
    for key, name in enumerate(view.sightings.ids):
        if name in speakers and key in people.of_key:
            evidence[speakers.index(name), people.of_key[key]] = CERTAIN
    best = _assignment(evidence)
    links = {}
    for row, person in best.items():
        without = evidence.copy()
        without[row, person] = -np.inf
        if _total(evidence, best) - _total(without, _assignment(without)) >= LEAST_LEAD:
            links[speakers[row]] = person
    return links


def _assignment(evidence: Floats) -> dict[int, int]:
    """Rows to columns, one to one, with the greatest sum; a row may stay alone for 0."""
    alone = np.zeros((len(evidence), len(evidence)))
    worth = np.hstack((np.maximum(evidence, -CERTAIN), alone))
    rows, columns = linear_sum_assignment(-worth)
    return {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if column < evidence.shape[1]
    }


def _total(evidence: Floats, assignment: dict[int, int]) -> float:
    return float(sum(evidence[row, column] for row, column in assignment.items()))


def _bin_edges(view: ClipView) -> Floats:
    """Edges of the bins over everything that was seen around the clip."""
    first, last = view.frame_ms[0], view.frame_ms[-1]
    count = int(np.ceil((last - first) / BIN_MS)) + 1
    edges: Floats = first + BIN_MS * np.arange(count + 1)
    return edges


def _speaking(view: ClipView, speaker_id: str) -> Floats:
    """The share of each bin in which a voice is heard, shape (bins,)."""
    edges = _bin_edges(view)
    heard = np.zeros(len(edges))
    for event in view.speech:
        if event.speaker_id == speaker_id:
            heard += np.clip(edges, event.start_ms, event.end_ms) - event.start_ms
    return np.minimum(np.diff(heard) / BIN_MS, 1.0)


def _cues(view: ClipView, shots: list[list[Track]], people: People) -> tuple[Floats, ...]:
    """What may go with a voice, each of shape (people, bins), NaN where it cannot be told.

    Presence: whether seen at all. Primacy: share of the frames. Liveliness: the variance
    of the box's place and height within a second, on a logarithmic scale.
    """
    edges = _bin_edges(view)
    bins = len(edges) - 1
    frames = np.histogram(view.frame_ms, edges)[0].astype(np.float64)
    frames[frames == 0.0] = np.nan
    has_primary = np.histogram(view.frame_ms[np.isfinite(view.primary_x)], edges)[0]
    shown, primary, unrest = np.zeros((3, people.count, bins))
    for track in (track for tracks in shots for track in tracks):
        person = people.of(track)
        if track.kind == THING:
            continue
        shown[person] += np.histogram(track.time_ms, edges)[0]
        primary[person] += np.histogram(track.time_ms[track.is_primary(view)], edges)[0]
        unrest[person] += np.histogram(track.time_ms, edges, weights=_liveliness(track))[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        lively = np.log(unrest / shown)
    lively[~np.isfinite(lively)] = np.nan
    primacy = np.where(has_primary > 0, primary / frames, np.nan)
    presence = np.where(np.isfinite(frames), shown > 0.0, np.nan)
    return presence, primacy, lively


def _liveliness(track: Track) -> Floats:
    """Squared distance of each sighting from the mean around it, in box sizes, shape (k,)."""
    height = track.box[:, 3] - track.box[:, 1]
    state = np.column_stack((track.centre, height)) / np.median(track.size)
    first = np.searchsorted(track.time_ms, track.time_ms - 0.5 * LIVELINESS_WINDOW_MS)
    last = np.searchsorted(track.time_ms, track.time_ms + 0.5 * LIVELINESS_WINDOW_MS, side="right")
    sums = np.vstack((np.zeros(3), np.cumsum(state, axis=0)))
    around = (sums[last] - sums[first]) / (last - first)[:, None]
    unrest: Floats = np.sum((state - around) ** 2, axis=1)
    return unrest


def _evidence(speaking: Floats, cue: Floats) -> float:
    """Correlation of voice and cue in its standard errors; 0 when either is constant.

    The standard error counts how far both depend on their past (Bartlett 1946).
    """
    known = np.isfinite(cue)
    count = np.count_nonzero(known)
    if count < 2 * LONGEST_MEMORY_BINS:
        return 0.0
    voice, cue = speaking[known] - np.mean(speaking[known]), cue[known] - np.mean(cue[known])
    power = np.sqrt(np.sum(voice**2) * np.sum(cue**2))
    if power < 1e-9:
        return 0.0
    lags = range(1, LONGEST_MEMORY_BINS)
    both = [np.sum(voice[k:] * voice[:-k]) * np.sum(cue[k:] * cue[:-k]) / power**2 for k in lags]
    samples = count / max(1.0, 1.0 + 2.0 * float(np.sum(both)))
    correlation = np.clip(np.sum(voice * cue) / power, -0.999, 0.999)
    # Fisher's transformation: its standard error is 1 / sqrt(samples - 3).
    return float(np.arctanh(correlation) * np.sqrt(max(samples - 3.0, 0.0)))
