"""Rules for artifacts, applied to whole columns at once."""

from collections.abc import Callable
from operator import itemgetter

import numpy as np

from ..domain.artifacts import (
    Artifacts,
    AudioEventKind,
    AudioSemanticTimeline,
    Flags,
    Indices,
    RegionSummary,
    Subjects,
    VisualMeta,
)
from ..domain.media import Floats
from .lists import check_length
from .report import MAX_TIME_MS, Report

MIN_LOUDNESS_LUFS = -120.0
MAX_LOUDNESS_LUFS = 20.0
MAX_TRANSCRIPTION_CHARACTERS = 20_000
MAX_BOX_POSITION = 2.0
MIN_BOX_POSITION = -1.0
MAX_BOX_SIZE = 2.0

# A day of media: two utterances a second, beats at 300 a minute, a frame every 86 ms with
# four subjects. A request that is a mistake is told so before any work on it.
MAX_EVENTS = 200_000
MAX_BEATS = 500_000
MAX_FRAMES = 1_000_000
MAX_SUBJECTS = 4_000_000
MAX_REGION_ENTRIES = 1_000_000


def check_artifacts(report: Report, path: str, artifacts: Artifacts) -> None:
    """Everything that an asset's artifacts can contain."""
    if artifacts.audio_semantic_timeline is not None:
        _check_timeline(
            report, f"{path}.audio_semantic_timeline", artifacts.audio_semantic_timeline
        )
    if artifacts.visual_meta is not None:
        _check_visual(report, f"{path}.visual_meta", artifacts.visual_meta)
    if artifacts.region_summary is not None:
        _check_regions(report, f"{path}.region_summary", artifacts.region_summary)


def _check_timeline(report: Report, path: str, timeline: AudioSemanticTimeline) -> None:
    report.name(f"{path}.artifact_id", timeline.artifact_id)
    report.duration(f"{path}.duration_ms", timeline.duration_ms)
    events, beats = timeline.events, timeline.beats
    check_length(report, f"{path}.events", len(events), MAX_EVENTS)
    check_length(report, f"{path}.beats", len(beats.time_ms), MAX_BEATS)

    def event(field: str) -> Callable[[int], str]:
        return lambda place: f"{path}.events[{place}].{field}"

    known = [int(kind) for kind in AudioEventKind]
    report.column(
        ~np.isin(events.kind, known), event("kind"), "is none of the contract's kinds of sound"
    )
    _check_times(report, events.start_ms, event("start_ms"))
    _check_times(report, events.end_ms, event("end_ms"))
    report.column(events.end_ms < events.start_ms, event("end_ms"), "must not be before start_ms")
    _check_optional(
        report,
        events.loudness_lufs,
        event("loudness_lufs"),
        least=MIN_LOUDNESS_LUFS,
        most=MAX_LOUDNESS_LUFS,
    )
    _check_optional(report, events.confidence, event("confidence"), least=0.0, most=1.0)
    _check_names(report, events.speaker_id, event("speaker_id"))
    too_long = [len(text) > MAX_TRANSCRIPTION_CHARACTERS for text in events.transcription]
    report.column(
        np.array(too_long, dtype=np.bool_),
        event("transcription"),
        f"has more than {MAX_TRANSCRIPTION_CHARACTERS:,} characters",
    )

    def beat(field: str) -> Callable[[int], str]:
        return lambda place: f"{path}.beats[{place}].{field}"

    _check_times(report, beats.time_ms, beat("time_ms"))
    report.column(_negative(beats.bar_index), beat("bar_index"), "must be 0 or more")
    report.column(_negative(beats.beat_index), beat("beat_index"), "must be 0 or more")
    report.column(
        _negative(beats.subdivision) | (beats.subdivision == 0),
        beat("subdivision"),
        "must be 1 or more",
    )


def _check_visual(report: Report, path: str, visual: VisualMeta) -> None:
    report.name(f"{path}.artifact_id", visual.artifact_id)
    report.duration(f"{path}.duration_ms", visual.duration_ms)
    report.duration(f"{path}.frame_sample_interval_ms", visual.frame_sample_interval_ms)
    check_length(report, f"{path}.frames", len(visual.timestamp_ms), MAX_FRAMES)
    check_length(report, f"{path}.frames.subjects", len(visual.subjects.frame), MAX_SUBJECTS)

    def frame(field: str) -> Callable[[int], str]:
        return lambda place: f"{path}.frames[{place}].{field}"

    _check_times(report, visual.timestamp_ms, frame("timestamp_ms"))
    _check_optional(report, visual.motion_score, frame("motion_score"), least=0.0, most=1.0)
    center_x, center_y = visual.primary_subject_center_x, visual.primary_subject_center_y
    _check_optional(report, center_x, frame("primary_subject_center_x"), least=0.0, most=1.0)
    _check_optional(report, center_y, frame("primary_subject_center_y"), least=0.0, most=1.0)
    report.column(
        np.isnan(center_x) != np.isnan(center_y),
        frame("primary_subject_center_x"),
        "and primary_subject_center_y are given together or not at all",
    )
    _check_subjects(report, path, visual.subjects)


def _check_subjects(report: Report, path: str, subjects: Subjects) -> None:
    first_of_frame = np.searchsorted(subjects.frame, subjects.frame)

    def subject(field: str) -> Callable[[int], str]:
        return lambda place: (
            f"{path}.frames[{subjects.frame[place]}]"
            f".subjects[{place - first_of_frame[place]}].{field}"
        )

    _check_names(report, subjects.track_id, subject("track_id"))
    _check_names(report, subjects.label, subject("label"))
    _check_optional(report, subjects.confidence, subject("confidence"), least=0.0, most=1.0)
    for field, values, least, most in (
        ("bbox_x", subjects.bbox_x, MIN_BOX_POSITION, MAX_BOX_POSITION),
        ("bbox_y", subjects.bbox_y, MIN_BOX_POSITION, MAX_BOX_POSITION),
        ("bbox_width", subjects.bbox_width, 0.0, MAX_BOX_SIZE),
        ("bbox_height", subjects.bbox_height, 0.0, MAX_BOX_SIZE),
    ):
        _check_range(report, values, subject(field), least=least, most=most)


def _check_regions(report: Report, path: str, regions: RegionSummary) -> None:
    report.name(f"{path}.artifact_id", regions.artifact_id)
    check_length(report, f"{path}.entries", len(regions.time_ms), MAX_REGION_ENTRIES)
    _check_times(report, regions.time_ms, lambda place: f"{path}.entries[{place}].time_ms")


def _check_times(report: Report, values: Floats, path_of: Callable[[int], str]) -> None:
    _check_range(report, values, path_of, least=-MAX_TIME_MS, most=MAX_TIME_MS)


def _check_range(
    report: Report, values: Floats, path_of: Callable[[int], str], *, least: float, most: float
) -> None:
    outside: Flags = ~((values >= least) & (values <= most))  # true for NaN
    report.column(outside, path_of, f"must be a number from {least:,g} to {most:,g}")


def _check_optional(
    report: Report, values: Floats, path_of: Callable[[int], str], *, least: float, most: float
) -> None:
    outside: Flags = (values < least) | (values > most)  # false for absent
    report.column(outside, path_of, f"must be a number from {least:,g} to {most:,g}, or absent")


def _check_names(report: Report, names: tuple[str, ...], path_of: Callable[[int], str]) -> None:
    first = dict(zip(reversed(names), reversed(range(len(names))), strict=True))
    for name, place in sorted(first.items(), key=itemgetter(1)):  # each distinct name once
        report.name(path_of(place), name)


def _negative(indices: Indices) -> Flags:
    """Whether an index was sent as negative; -1 stands for one that was not sent."""
    return indices < -1
