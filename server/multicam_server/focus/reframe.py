"""The Focus request answered: whom to follow, where the window may be, how it moves."""

from itertools import pairwise

import numpy as np

from ..domain.focus import Focus, FocusOptions, FocusRequest, FocusStretch
from ..domain.media import Floats
from .corridor import STEP_MS, Corridor, corridor_of_take
from .framing import scale_of_take
from .keyframes import Pose, automations, poses_of_take
from .observe import ClipView, end_of_artifacts_ms, view_clip
from .polyline import Polyline, position
from .refit import keyed_paths
from .whom import Choice, Stretch, whom_to_follow
from .window import (
    ASSUMED_SOURCE,
    DEFAULT_MAX_ACCELERATION,
    DEFAULT_MAX_SCALE,
    DEFAULT_MAX_VELOCITY,
    Limits,
    Window,
    largest_window,
    parse_aspect_ratio,
)

AUTOMATION_VERSION = "focus-3"
"""Changes with every change of the algorithm that can change a result."""


WORTH_TELLING_MS = 500.0
"""A subject that is cut off for less in all is not worth a warning."""


def reframe(request: FocusRequest) -> Focus:
    """The window's path for one clip.

    Never fails for want of artifacts: what was done instead stands in `fallbacks`.
    Raises ValueError for a malformed target_aspect_ratio, which validation excludes.
    """
    known_size = request.source_width > 0 and request.source_height > 0
    source = (request.source_width, request.source_height) if known_size else ASSUMED_SOURCE
    window = largest_window(parse_aspect_ratio(request.target_aspect_ratio), source)
    limits = _limits(request.options)
    end_ms = end_of_artifacts_ms(request.artifacts)
    out_ms = request.out_ms if request.out_ms is not None else max(end_ms, request.in_ms)
    view = view_clip(request.artifacts, in_ms=request.in_ms, out_ms=out_ms)
    choice = whom_to_follow(view, window)
    takes = _takes(choice, window)
    corridors = [
        corridor_of_take(take, window, scale_of_take(take, window, limits)) for take in takes
    ]
    poses: list[Pose] = []
    paths = keyed_paths(corridors, limits)
    for number, (take, line, corridor) in enumerate(
        zip(takes, paths, corridors, strict=True), start=1
    ):
        poses += poses_of_take(
            line,
            window,
            limits,
            scale=corridor.scale,
            start_ms=take[0].start_ms,
            end_ms=take[-1].end_ms,
            last=number == len(corridors),
        )
    return Focus(
        clip_id=request.clip_id,
        automations=automations(poses),
        automation_version=AUTOMATION_VERSION,
        source_artifacts=_source_artifacts(request, view, choice),
        fallbacks=_fallbacks(request, view, choice, known_size=known_size),
        warnings=_warnings(request, view, end_ms, _lost_ms(paths, corridors)),
        stretches=tuple(_told(view, stretch) for take in takes for stretch in take),
    )


def _limits(options: FocusOptions) -> Limits:
    """The request's limits, each by default where it is absent."""
    return Limits(
        velocity=_given(options.max_velocity, DEFAULT_MAX_VELOCITY),
        acceleration=_given(options.max_acceleration, DEFAULT_MAX_ACCELERATION),
        scale=_given(options.max_scale, DEFAULT_MAX_SCALE),
    )


def _given(value: float | None, default: float) -> float:
    return default if value is None else value


def _takes(choice: Choice, window: Window) -> list[list[Stretch]]:
    """Stretches in time order, a new list wherever the window cuts instead of gliding."""
    takes: list[list[Stretch]] = []
    for stretches in choice.shots:
        takes.append([stretches[0]])
        for before, after in pairwise(stretches):
            if _near(before, after, window):
                takes[-1].append(after)
            else:
                takes.append([after])
    return takes


def _near(before: Stretch, after: Stretch, window: Window) -> bool:
    """Whether the centre of who is followed next is in the window already: then it glides."""
    moment = np.array([after.start_ms])
    boxes = [stretch.tracks[0].box_at(moment)[0] for stretch in (before, after)]
    apart = np.abs(np.diff([0.5 * (box[:2] + box[2:]) for box in boxes], axis=0)[0])
    return bool(apart[0] <= 0.5 * window.width and apart[1] <= 0.5 * window.height)


def _told(view: ClipView, stretch: Stretch) -> FocusStretch:
    """A stretch as the reply tells it."""
    ids: set[str] = set()
    for whole in stretch.tracks:
        track = whole.during(stretch.start_ms, stretch.end_ms)
        shown = (track.time_ms >= stretch.start_ms) & (track.time_ms <= stretch.end_ms)
        named = track.key[shown & (track.key < len(view.sightings.ids))]
        ids.update(view.sightings.ids[key] for key in np.unique(named).tolist())
    return FocusStretch(stretch.start_ms, stretch.end_ms, tuple(sorted(ids)), stretch.reason)


def _source_artifacts(request: FocusRequest, view: ClipView, choice: Choice) -> tuple[str, ...]:
    """The artifacts that the path rests on."""
    visual = request.artifacts.visual_meta
    audio = request.artifacts.audio_semantic_timeline
    used = []
    if visual is not None and len(view.frame_ms):
        used.append(f"visual_meta {visual.artifact_id}".rstrip())
        if audio is not None and choice.linked:
            used.append(f"audio_semantic_timeline {audio.artifact_id}".rstrip())
    return tuple(sorted(used))


def _fallbacks(
    request: FocusRequest, view: ClipView, choice: Choice, *, known_size: bool
) -> tuple[str, ...]:
    """What was done for want of something better."""
    told = []
    asset = f"asset {request.asset_id!r}"
    visual = request.artifacts.visual_meta
    if not known_size:
        told.append(f"{asset} has no source size: 16:9 assumed")
    if visual is None:
        told.append(f"{asset} has no visual_meta: window centred")
    elif not np.any((view.frame_ms >= 0.0) & (view.frame_ms < view.duration_ms)):
        told.append(f"visual_meta {visual.artifact_id!r} has no frame within the clip")
    elif not len(view.sightings):
        told.append(f"visual_meta {visual.artifact_id!r} has no usable subject: window centred")
    elif request.artifacts.audio_semantic_timeline is None:
        told.append(f"{asset} has no audio_semantic_timeline: primary subject followed")
    elif not choice.linked:
        told.append(
            f"{asset} has no speech that is clearly one subject's: primary subject followed"
        )
    elif choice.unlinked:
        voices = ", ".join(name or "without speaker_id" for name in choice.unlinked)
        told.append(
            f"speech of {voices} is not clearly one subject's: primary subject followed meanwhile"
        )
    return tuple(sorted(told))


def _lost_ms(paths: list[Polyline], corridors: list[Corridor]) -> Floats:
    """The moments, a corridor's step apart, at which who is followed is not wholly shown."""
    moments = []
    for path, corridor in zip(paths, corridors, strict=True):
        centre = position(path, corridor.time_ms * 1e-3)
        below = centre < corridor.low - corridor.margin
        above = centre > corridor.high + corridor.margin
        moments.append(corridor.time_ms[np.any(below | above, axis=1)])
    return np.concatenate(moments)


def _warnings(
    request: FocusRequest, view: ClipView, end_ms: float, lost_ms: Floats
) -> tuple[str, ...]:
    """What deserves a person's look."""
    told = []
    if len(lost_ms) * STEP_MS >= WORTH_TELLING_MS:
        told.append(
            f"whoever is followed is not wholly in the window for "
            f"{len(lost_ms) * STEP_MS * 1e-3:.1f} s, first at {lost_ms[0] * 1e-3:.1f} s of the "
            "clip: too fast for the limits"
        )
    if view.boxes_without_area:
        told.append(f"{view.boxes_without_area} subject boxes without area ignored")
    if request.out_ms is None and end_ms <= request.in_ms:
        told.append("the clip's end is unknown: no out_ms, and no artifact tells of it")
    return tuple(sorted(told))
