"""What each camera shows during each moment: subject, faces, motion."""

from dataclasses import dataclass

import numpy as np

from ..domain.artifacts import Flags, Indices, RegionSummary, Subjects, VisualMeta
from ..domain.media import Floats
from ..domain.session import SessionTrack
from .levels import against_usual
from .session import Session

# A subject this tall, as a share of the frame's height, is large enough: a person
# from the waist up, or a face in close-up.
_FULL_SUBJECT_HEIGHT = 0.35
# A face this tall can be read on a small screen.
_FULL_FACE_HEIGHT = 0.12
# What a subject counts whose position is known but whose size is not.
_UNSIZED_SUBJECT = 0.5
# Detections known to be less sure than this are left out.
_MIN_DETECTION_CONFIDENCE = 0.3
# A difference of the motion score that counts in full where a camera shows little
# motion; smaller ones are noise.
_LEAST_FULL_MOTION = 0.2
# The median of the absolute difference of two normal deviates of equal spread, as their
# standard deviation: 1 / (0.6745 * sqrt(2)).
_MEDIAN_STEP_TO_SIGMA = 1.0484
# Variance of a motion score that never changes: a thousandth of its range, squared.
_LEAST_NOISE = 1e-6
# A moment without a sampled frame of its own takes the nearest frame within this
# many sampling intervals.
_NEAREST_FRAME_INTERVALS = 1.5
# A region is visible around its sighting for this long where the interval is unknown.
_REGION_REACH_MS = 500.0
_FACE_LABEL = "face"
_FACE_REGIONS = frozenset({"face", "eyes", "teeth"})


@dataclass(frozen=True, eq=False)
class Pictures:
    """What is seen of each moment, NaN where nothing is known.

    `subject` and `face` have shape (moments, cameras) and are 0 to 1. `motion` has shape
    (moments,): what all cameras together tell, -1 to 1 against their own usual motion.
    """

    subject: Floats
    face: Floats
    motion: Floats


def watch(session: Session, start_ms: Floats, end_ms: Floats) -> Pictures:
    """Looks at the moments [start, end) of session time through every camera."""
    shape = (len(start_ms), len(session.tracks))
    subject, face, motion = (np.full(shape, np.nan) for _ in range(3))
    sureness = np.zeros(shape)
    for camera, track in enumerate(session.tracks):
        inside = (end_ms > session.start_ms[camera]) & (start_ms < session.end_ms[camera])
        begin = track.clock.to_asset_ms(start_ms[inside])
        end = track.clock.to_asset_ms(end_ms[inside])
        visual, regions = track.artifacts.visual_meta, track.artifacts.region_summary
        if visual is not None and visual.timestamp_ms.size:
            frames = _frame_values(visual, track)
            subject[inside, camera] = frames.mean("subject", begin, end)
            face[inside, camera] = frames.mean("face", begin, end)
            motion[inside, camera] = frames.mean("motion", begin, end)
            sureness[inside, camera] = frames.count("motion", begin, end) / frames.noise("motion")
        if regions is not None and np.isnan(face[inside, camera]).all():
            face[inside, camera] = _region_faces(regions, begin, end)
    return Pictures(subject=subject, face=face, motion=_motion_of_all(motion, sureness))


def _motion_of_all(motion: Floats, sureness: Floats) -> Floats:
    """The cameras' motion as one column, shape (moments,), against what is usual.

    What moves is seen by every camera. Their differences from their own medians are
    averaged by their `sureness`, the inverse variance of each mean over frames, and
    taken towards 0 as far as the rest of the noise demands (empirical Bayes, Efron &
    Morris 1973): a moment of two frames must not win by chance.
    """
    known = ~np.isnan(motion)
    heard = known.any(axis=1)
    together = np.full(len(motion), np.nan)
    if not heard.any():
        return together
    cameras = known.any(axis=0)
    usual = np.zeros(motion.shape[1])
    usual[cameras] = np.nanmedian(motion[:, cameras], axis=0)
    weight = np.where(known, sureness, 0.0)[heard]
    above = np.nan_to_num(motion - usual)[heard]
    error = 1.0 / weight.sum(axis=1)
    mean = (weight * above).sum(axis=1) * error
    signal = max(float((mean**2).mean() - error.mean()), 0.0)
    together[heard] = mean * signal / (signal + error)
    return against_usual(together, 0.0, least_full=_LEAST_FULL_MOTION)


@dataclass(frozen=True, eq=False)
class _FrameValues:
    """One camera's sampled frames in time order; values NaN where unknown."""

    time_ms: Floats
    interval_ms: float
    subject: Floats
    face: Floats
    motion: Floats

    def mean(self, column: str, begin_ms: Floats, end_ms: Floats) -> Floats:
        """Mean of a column over each stretch; the nearest frame's value where none is inside."""
        values: Floats = getattr(self, column)
        known = ~np.isnan(values)
        if not known.any():
            return np.full(len(begin_ms), np.nan)
        time, values = self.time_ms[known], values[known]
        first = np.searchsorted(time, begin_ms, side="left")
        last = np.searchsorted(time, end_ms, side="left")
        running = np.concatenate([[0.0], np.cumsum(values)])
        inside = last > first
        mean: Floats = np.where(
            inside, (running[last] - running[first]) / np.maximum(last - first, 1), np.nan
        )
        middle = 0.5 * (begin_ms + end_ms)
        after = np.clip(np.searchsorted(time, middle), 1, len(time) - 1) if len(time) > 1 else None
        if after is None:
            nearest = np.zeros(len(middle), dtype=np.int64)
        else:
            nearest = np.where(middle - time[after - 1] <= time[after] - middle, after - 1, after)
        reach = _NEAREST_FRAME_INTERVALS * self.interval_ms
        close = ~inside & (np.abs(time[nearest] - middle) <= reach)
        mean[close] = values[nearest[close]]
        return mean

    def count(self, column: str, begin_ms: Floats, end_ms: Floats) -> Floats:
        """How many frames tell of each stretch: 1 where only the nearest one does."""
        values: Floats = getattr(self, column)
        time = self.time_ms[~np.isnan(values)]
        inside = np.searchsorted(time, end_ms) - np.searchsorted(time, begin_ms)
        count: Floats = np.maximum(inside, 1).astype(np.float64)
        return count

    def noise(self, column: str) -> float:
        """Variance of a column from frame to frame, more than 0.

        Half the squared difference of neighbours (von Neumann 1941), by the median.
        """
        values: Floats = getattr(self, column)
        steps = np.abs(np.diff(values[~np.isnan(values)]))
        sigma = float(np.median(steps)) * _MEDIAN_STEP_TO_SIGMA if steps.size else 0.0
        return max(sigma**2, _LEAST_NOISE)


def _frame_values(visual: VisualMeta, track: SessionTrack) -> _FrameValues:
    """Subject, face and motion of each frame, in time order."""
    subject = _subject_values(visual, track.subject_ids)
    face = _face_values(visual)
    if bool(np.all(np.diff(visual.timestamp_ms) > 0.0)):
        order = np.arange(len(visual.timestamp_ms))
    else:
        order = np.lexsort((subject, face, visual.motion_score, visual.timestamp_ms))
    time = visual.timestamp_ms[order]
    interval = visual.frame_sample_interval_ms
    if interval <= 0.0:
        steps = np.diff(time)
        interval = float(np.median(steps)) if steps.size else _REGION_REACH_MS
    return _FrameValues(
        time_ms=time,
        interval_ms=interval,
        subject=subject[order],
        face=face[order],
        motion=visual.motion_score[order],
    )


def _trusted(subjects: Subjects) -> Flags:
    """Boxes with an area that their detector does not doubt."""
    sure = np.isnan(subjects.confidence) | (subjects.confidence >= _MIN_DETECTION_CONFIDENCE)
    return sure & (subjects.bbox_width > 0.0) & (subjects.bbox_height > 0.0)


def _highest_per_frame(frame: Indices, values: Floats, frames: int) -> Floats:
    """The largest of the boxes' values per frame; 0 in a frame without a box."""
    highest = np.zeros(frames)
    np.maximum.at(highest, frame, values)
    return highest


def _subject_values(visual: VisualMeta, subject_ids: tuple[str, ...]) -> Floats:
    """Per frame: 0 without the primary subject, up to 1 when it is large.

    The primary subject is what the camera is meant to frame (`subject_ids`), else
    the box at the detector's primary centre. Where a detector never names a
    primary subject, the largest box counts.
    """
    frames = len(visual.timestamp_ms)
    boxes = visual.subjects
    trusted = _trusted(boxes)
    height = np.where(trusted, np.clip(boxes.bbox_height, 0.0, 1.0), 0.0)
    size = np.minimum(height / _FULL_SUBJECT_HEIGHT, 1.0)
    has_centre = ~np.isnan(visual.primary_subject_center_x)
    if subject_ids:
        wanted = frozenset(subject_ids)
        meant = np.array([name in wanted for name in boxes.track_id], dtype=np.bool_)
        if (meant & trusted).any():
            return _highest_per_frame(boxes.frame[meant], size[meant], frames)
    if has_centre.any():
        centre_x = visual.primary_subject_center_x[boxes.frame]
        centre_y = visual.primary_subject_center_y[boxes.frame]
        at_centre = (
            trusted
            & (centre_x >= boxes.bbox_x)
            & (centre_x <= boxes.bbox_x + boxes.bbox_width)
            & (centre_y >= boxes.bbox_y)
            & (centre_y <= boxes.bbox_y + boxes.bbox_height)
        )
        sized = _highest_per_frame(boxes.frame[at_centre], size[at_centre], frames)
        return np.where(has_centre, np.where(sized > 0.0, sized, _UNSIZED_SUBJECT), 0.0)
    return _highest_per_frame(boxes.frame[trusted], size[trusted], frames)


def _face_values(visual: VisualMeta) -> Floats:
    """Per frame: 0 without a face, up to 1 when one is large; NaN from a detector without faces."""
    boxes = visual.subjects
    faces = np.fromiter(map(_FACE_LABEL.__eq__, boxes.label), dtype=np.bool_, count=len(boxes))
    faces &= _trusted(boxes)
    if not faces.any():
        return np.full(len(visual.timestamp_ms), np.nan)
    size = np.minimum(np.clip(boxes.bbox_height, 0.0, 1.0) / _FULL_FACE_HEIGHT, 1.0)
    return _highest_per_frame(boxes.frame[faces], size[faces], len(visual.timestamp_ms))


def _region_faces(regions: RegionSummary, begin_ms: Floats, end_ms: Floats) -> Floats:
    """1 where a face region was sighted during the stretch, else 0; NaN without sightings."""
    if len(regions.region) == 0:
        return np.full(len(begin_ms), np.nan)
    facial = np.array([region in _FACE_REGIONS for region in regions.region], dtype=np.bool_)
    time = np.sort(regions.time_ms[facial])
    first = np.searchsorted(time, begin_ms - _REGION_REACH_MS)
    last = np.searchsorted(time, end_ms + _REGION_REACH_MS)
    return (last > first).astype(np.float64)
