"""What the artifacts tell about one clip: sorted, cleaned and moved to the clip's time."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioSemanticTimeline,
    Indices,
    Subjects,
    VisualMeta,
)
from ..domain.media import Floats

CONTEXT_MS = 5_000.0
"""How far beyond the clip's ends sightings are read: who is about to enter the
clip, and where a subject that is missed at its first frame comes from."""

FACE, PERSON, THING = 0, 1, 2
"""Kinds of subject, most worth following first."""

_KINDS = {"face": FACE, "head": FACE, "person": PERSON, "": PERSON, "body": PERSON}

HEAD_SHARE_OF_WIDTH = 0.6
"""The middle share of a person's box that is kept in the window: head and trunk
without arms; a standing person's head is a third to a half of the shoulders."""

HEAD_SHARE_OF_HEIGHT = 0.5
"""The upper share of a person's box that is kept in the window: from the crown to
the box's centre."""


PRIMARY_SIZE = 0.1
"""Side, fraction of the frame, of the box put around a primary subject of which only
the centre is known."""

LEAST_SIDE = 1e-6
"""A box of which less than this fraction of the picture shows, along either side, has no
area: no picture has so many pixels."""

FAR_OUTSIDE = 1e6
"""Boxes further outside the picture, or larger, than this many pictures count as if they
were just so far: sums of theirs stay finite."""


@dataclass(frozen=True, eq=False)
class Sightings:
    """`m` subjects seen, in time order; columns of shape (m,), boxes of shape (m, 4).

    `box` is (left, top, right, bottom), fractions of the source: what must be in
    the window, which for a person is the upper middle of `whole`. `key` counts the
    detector's track ids in sorted order; `ids[key]` is the id.
    """

    time_ms: Floats
    key: Indices
    kind: Indices
    confidence: Floats
    box: Floats
    whole: Floats
    ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.time_ms)


@dataclass(frozen=True)
class Speech:
    """Somebody speaks, in clip time; `speaker_id` is empty while unknown."""

    start_ms: float
    end_ms: float
    speaker_id: str


@dataclass(frozen=True, eq=False)
class ClipView:
    """What is known about a clip, in its own time (0 = the in point).

    `frame_ms`, `primary_x` and `primary_y` have one element per sampled frame, in
    time order, within CONTEXT_MS of the clip. `cuts_ms` are the shot boundaries
    among them. `interval_ms` is the usual time between two frames.
    """

    duration_ms: float
    frame_ms: Floats
    primary_x: Floats
    primary_y: Floats
    cuts_ms: Floats
    interval_ms: float
    sightings: Sightings
    speech: tuple[Speech, ...]
    boxes_without_area: int

    @property
    def shots(self) -> list[tuple[float, float]]:
        """Start and end of every shot of the clip, without gap."""
        inside = self.cuts_ms[(self.cuts_ms > 0.0) & (self.cuts_ms < self.duration_ms)]
        edges = [0.0, *inside.tolist(), self.duration_ms]
        return list(pairwise(edges))


def end_of_artifacts_ms(artifacts: Artifacts) -> float:
    """The last moment that any artifact tells of, in asset time; 0 when none does."""
    ends = [0.0]
    visual, audio = artifacts.visual_meta, artifacts.audio_semantic_timeline
    if visual is not None:
        ends.append(visual.duration_ms)
        if len(visual.timestamp_ms):
            ends.append(float(np.max(visual.timestamp_ms)) + _frame_interval_ms(visual))
    if audio is not None:
        ends += [audio.duration_ms, float(np.max(audio.events.end_ms, initial=0.0))]
    return max(ends)


def view_clip(artifacts: Artifacts, *, in_ms: float, out_ms: float) -> ClipView:
    """Reads the artifacts of one asset for the clip from in_ms to out_ms."""
    visual = artifacts.visual_meta or _BLIND
    distinct, frame_of = np.unique(visual.timestamp_ms, return_inverse=True)
    time_ms = distinct - in_ms
    duration_ms = out_ms - in_ms
    near = (time_ms >= -CONTEXT_MS) & (time_ms <= duration_ms + CONTEXT_MS)
    boundary = np.zeros(len(distinct), dtype=np.bool_)
    np.logical_or.at(boundary, frame_of, visual.shot_boundary)
    primary = _primary_centres(visual, frame_of, len(distinct))
    sightings, without_area = _sightings(visual, primary, in_ms, duration_ms)
    return ClipView(
        duration_ms=duration_ms,
        frame_ms=time_ms[near],
        primary_x=primary[0, near],
        primary_y=primary[1, near],
        cuts_ms=time_ms[near & boundary],
        interval_ms=_frame_interval_ms(visual),
        sightings=sightings,
        speech=_speech(artifacts.audio_semantic_timeline, in_ms),
        boxes_without_area=without_area,
    )


def _frame_interval_ms(visual: VisualMeta) -> float:
    """The usual time between frames: measured (median), else as declared, else 0."""
    steps = np.diff(np.unique(visual.timestamp_ms))
    return float(np.median(steps)) if len(steps) else visual.frame_sample_interval_ms


def _primary_centres(visual: VisualMeta, frame_of: Indices, count: int) -> Floats:
    """The primary subject's (x, y) per distinct time, shape (2, count); NaN if none.

    Of several for one time, the least.
    """
    x, y = visual.primary_subject_center_x, visual.primary_subject_center_y
    order = np.lexsort((y, x, frame_of))
    order = order[np.isfinite(x[order]) & np.isfinite(y[order])]
    centre = np.full((2, count), np.nan)
    # Written backwards, so that the first of several for one time stays.
    centre[:, frame_of[order[::-1]]] = np.stack((x, y))[:, order[::-1]]
    return centre


def _sightings(
    visual: VisualMeta, primary: Floats, in_ms: float, duration_ms: float
) -> tuple[Sightings, int]:
    """The boxes with area near the clip, sorted by all of their values, and how many had none.

    A frame that has a primary subject's centre and no box counts as one anonymous
    sighting around it.
    """
    subjects = visual.subjects
    time_ms = visual.timestamp_ms[subjects.frame] - in_ms
    x, y, width, height = np.clip(
        (subjects.bbox_x, subjects.bbox_y, subjects.bbox_width, subjects.bbox_height),
        -FAR_OUTSIDE,
        FAR_OUTSIDE,
    )
    whole = np.column_stack((x, y, x + width, y + height))
    distinct_ms = np.unique(visual.timestamp_ms) - in_ms
    alone = np.isfinite(primary[0]) & ~np.isin(distinct_ms, time_ms)
    around = primary[:, alone].T
    half = 0.5 * PRIMARY_SIZE
    whole = np.clip(np.vstack((whole, np.hstack((around - half, around + half)))), 0.0, 1.0)
    time_ms = np.concatenate((time_ms, distinct_ms[alone]))
    names = (*subjects.track_id, *[""] * len(around))
    ids = tuple(sorted(set(names)))
    number = {name: index for index, name in enumerate(ids)}
    key = np.array([number[name] for name in names], dtype=np.int64)
    kinds = [_KINDS.get(label, THING) for label in subjects.label]
    kind = np.array(kinds + [FACE] * len(around), dtype=np.int64)
    confidence = np.concatenate((subjects.confidence, np.ones(len(around))))
    confidence = np.where(np.isfinite(confidence), confidence, 1.0)
    near = (time_ms >= -CONTEXT_MS) & (time_ms <= duration_ms + CONTEXT_MS)
    has_area = np.all(whole[:, 2:] - whole[:, :2] > LEAST_SIDE, axis=1)
    order = np.lexsort((confidence, *whole.T, kind, key, time_ms))
    order = order[(near & has_area)[order]]
    sightings = Sightings(
        time_ms=time_ms[order],
        key=key[order],
        kind=kind[order],
        confidence=confidence[order],
        box=_what_must_be_seen(whole[order], kind[order]),
        whole=whole[order],
        ids=ids,
    )
    return sightings, int(np.count_nonzero(near & ~has_area))


def _what_must_be_seen(whole: Floats, kind: Indices) -> Floats:
    """The part of each box, shape (m, 4), that must be in the window."""
    box = whole.copy()
    person = kind == PERSON
    trim = 0.5 * (1.0 - HEAD_SHARE_OF_WIDTH) * (whole[person, 2] - whole[person, 0])
    box[person, 0] += trim
    box[person, 2] -= trim
    height = whole[person, 3] - whole[person, 1]
    box[person, 3] = whole[person, 1] + HEAD_SHARE_OF_HEIGHT * height
    return box


def _speech(audio: AudioSemanticTimeline | None, in_ms: float) -> tuple[Speech, ...]:
    """Speech of some length, in clip time, in canonical order.

    What lies before or after the clip stays in: it helps to tell who is who.
    """
    if audio is None:
        return ()
    events = audio.events
    speech = (events.kind == AudioEventKind.SPEECH) & (events.end_ms > events.start_ms)
    return tuple(
        Speech(start, end, speaker)
        for start, end, speaker in sorted(
            (
                float(events.start_ms[i]) - in_ms,
                float(events.end_ms[i]) - in_ms,
                events.speaker_id[i],
            )
            for i in np.flatnonzero(speech)
        )
    )


def _blind() -> VisualMeta:
    """A detector that has seen nothing."""
    none = np.zeros(0)
    nobody = Subjects(np.zeros(0, np.int64), (), (), none, none, none, none, none)
    return VisualMeta("", 0.0, 0.0, none, none, none, none, np.zeros(0, np.bool_), nobody)


_BLIND = _blind()
