"""Every rule of a request, by the field path of its violation."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from multicam_server import validation, wire
from multicam_server.domain.faults import InvalidRequest, Violation

RPCS = ["Align", "AutoCut", "Highlights", "Focus", "ProbeMedia", "Analyze"]
NAMES = {"AutoCut": "auto_cut", "ProbeMedia": "probe"}


def violations(rpc: str, message: Message) -> tuple[Violation, ...]:
    name = NAMES.get(rpc, rpc.lower())
    read = getattr(wire, f"read_{name}")
    check = getattr(validation, f"check_{name}")
    try:
        check(read(message))
    except InvalidRequest as fault:
        return fault.violations
    return ()


def paths(rpc: str, message: Message) -> list[str]:
    return [violation.field for violation in violations(rpc, message)]


@pytest.fixture
def full(full_requests: dict[str, Message]) -> Callable[[str], Any]:
    def copy(rpc: str) -> Message:
        fresh = type(full_requests[rpc])()
        fresh.CopyFrom(full_requests[rpc])
        return fresh

    return copy


def leaves(message: Message, path: str = "") -> Iterator[tuple[Message, FieldDescriptor, int, str]]:
    """Every scalar that a message holds: its message, field, index (-1: single) and path."""
    for field, value in message.ListFields():
        here = f"{path}{field.name}"
        items = enumerate(value) if field.is_repeated else [(-1, value)]
        for index, item in items:
            place = here if index < 0 else f"{here}[{index}]"
            if field.message_type is not None:
                yield from leaves(item, f"{place}.")
            else:
                yield message, field, index, place


def assign(message: Message, field: FieldDescriptor, index: int, value: object) -> None:
    if index < 0:
        setattr(message, field.name, value)
    else:
        getattr(message, field.name)[index] = value


@pytest.mark.parametrize("rpc", RPCS)
def test_a_request_that_sets_every_field_is_valid(rpc: str, full: Callable[[str], Any]) -> None:
    assert violations(rpc, full(rpc)) == ()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("rpc", RPCS)
def test_no_number_anywhere_may_be_other_than_finite(
    rpc: str, value: float, full: Callable[[str], Any]
) -> None:
    floating = {FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT}
    checked = 0
    message = full(rpc)
    for holder, field, index, path in list(leaves(message)):
        if field.cpp_type not in floating:
            continue
        before = getattr(holder, field.name) if index < 0 else getattr(holder, field.name)[index]
        assign(holder, field, index, value)
        found = paths(rpc, message)
        assert path in found, f"{path} = {value} passes"
        assert len(found) <= 2, f"{path} = {value} also blames {found}"
        assign(holder, field, index, before)
        checked += 1
    assert checked >= (1 if rpc == "ProbeMedia" else 9)


@pytest.mark.parametrize("rpc", RPCS)
def test_no_enum_may_have_a_number_without_a_name(rpc: str, full: Callable[[str], Any]) -> None:
    message = full(rpc)
    for holder, field, index, path in list(leaves(message)):
        if field.enum_type is None:
            continue
        before = getattr(holder, field.name)
        assign(holder, field, index, 99)
        assert paths(rpc, message) == [path]
        assign(holder, field, index, before)


def test_all_violations_are_reported_at_once(full: Callable[[str], Any]) -> None:
    message = full("Align")
    message.base_asset_id = "cam_z"
    message.tracks[1].asset.asset_id = "cam_a"
    message.tracks[0].asset.duration_ms = -1
    message.tracks[1].start_timecode.value = "10:00:61:00"
    message.options.min_confidence = 1.5
    assert sorted(paths("Align", message)) == [
        "base_asset_id",
        "options.min_confidence",
        "tracks[0].asset.duration_ms",
        "tracks[1].asset.asset_id",
        "tracks[1].start_timecode.value",
    ]


def test_a_reply_is_bounded_and_counts_what_it_leaves_out(full: Callable[[str], Any]) -> None:
    message = full("Align")
    del message.tracks[1:]
    for _ in range(200):
        message.tracks.add()
    found = violations("Align", message)
    size = sum(len(violation.field) + len(violation.description) for violation in found)
    assert size < 4_500
    assert "further violations" in found[-1].description


def test_of_a_million_bad_samples_the_first_are_named(full: Callable[[str], Any]) -> None:
    message = full("Align")
    message.tracks[0].asset.waveform.samples[:] = [float("nan")] * 1_000_000
    found = violations("Align", message)
    assert found[0].field == "tracks[0].asset.waveform.samples[0]"
    assert len(found) < 10
    assert "999995 more" in found[-1].description


def _set(path: str, value: object) -> Callable[[Any], None]:
    def change(message: Any) -> None:
        holder, _, name = path.rpartition(".")
        target = message
        for step in filter(None, holder.split(".")):
            field, _, index = step.partition("[")
            target = getattr(target, field)
            if index:
                target = target[int(index.rstrip("]"))]
        if value is None:
            target.ClearField(name)
        elif isinstance(value, list | dict):
            target.ClearField(name)
            ParseDict({name: value}, target)
        else:
            setattr(target, name, value)

    return change


TIMELINE = "tracks[1].artifacts.audio_semantic_timeline"
VISUAL = "tracks[1].artifacts.visual_meta"

RULES: list[tuple[str, str, object, str]] = [
    ("Align", "tracks[1].asset.asset_id", "", "tracks[1].asset.asset_id"),
    ("Align", "tracks[1].asset.asset_id", "x" * 257, "tracks[1].asset.asset_id"),
    ("Align", "tracks[1].asset.asset_id", "a\nb", "tracks[1].asset.asset_id"),
    ("Align", "tracks[1].asset.asset_id", "cam_a", "tracks[1].asset.asset_id"),
    ("Align", "tracks[1].asset.waveform", None, "tracks[1].asset.source"),
    ("Align", "tracks[1].asset.uri", "", "tracks[1].asset.uri"),
    ("Align", "tracks[1].asset.upload_id", "", "tracks[1].asset.upload_id"),
    ("Align", "tracks[1].asset.waveform.samples", [], "tracks[1].asset.waveform.samples"),
    (
        "Align",
        "tracks[1].asset.waveform.sample_rate_hz",
        999,
        "tracks[1].asset.waveform.sample_rate_hz",
    ),
    ("Align", "tracks[1].start_timecode.value", "", "tracks[1].start_timecode.value"),
    ("Align", "tracks[1].start_timecode.value", "10:01:00;00", "tracks[1].start_timecode.value"),
    ("Align", "tracks[1].start_timecode.frame_rate", None, "tracks[1].start_timecode.frame_rate"),
    (
        "Align",
        "tracks[1].start_timecode.frame_rate.denominator",
        0,
        "tracks[1].start_timecode.frame_rate.denominator",
    ),
    ("Align", "tracks[1].pinned_offset_ms", 1e12, "tracks[1].pinned_offset_ms"),
    ("Align", "base_asset_id", "cam_z", "base_asset_id"),
    ("Align", "session_id", "s" * 300, "session_id"),
    ("Align", "options.max_offset_ms", 0.0, "options.max_offset_ms"),
    ("Align", "options.max_offset_ms", -5.0, "options.max_offset_ms"),
    ("Align", "options.window_ms", 999.0, "options.window_ms"),
    ("Align", "options.min_confidence", -0.1, "options.min_confidence"),
    ("AutoCut", "tracks[1].asset_id", "", "tracks[1].asset_id"),
    ("AutoCut", "tracks[1].asset_id", "cam_a", "tracks[1].asset_id"),
    ("AutoCut", "tracks[1].asset.asset_id", "other", "tracks[1].asset.asset_id"),
    ("AutoCut", "tracks[1].duration_ms", -1.0, "tracks[1].duration_ms"),
    ("AutoCut", "tracks[1].drift_ppm", 2e5, "tracks[1].drift_ppm"),
    ("AutoCut", "tracks[1].subject_ids", [""], "tracks[1].subject_ids[0]"),
    ("AutoCut", "min_shot_ms", 6_000.0, "min_shot_ms"),
    ("AutoCut", "min_shot_ms", 0.0, "min_shot_ms"),
    ("AutoCut", "max_shot_ms", -1.0, "max_shot_ms"),
    ("AutoCut", "prefer_primary_ratio", 1.01, "prefer_primary_ratio"),
    ("AutoCut", "weights.pause", -0.5, "weights.pause"),
    ("AutoCut", "end_ms", 1_000.0, "end_ms"),
    ("AutoCut", "frame_rate.numerator", 0, "frame_rate.numerator"),
    ("AutoCut", "frame_rate.numerator", 2_000_000, "frame_rate"),
    ("AutoCut", "locked_shots[0].asset_id", "cam_z", "locked_shots[0].asset_id"),
    ("AutoCut", "locked_shots[0].end_ms", 3_000.0, "locked_shots[0].end_ms"),
    ("AutoCut", f"{TIMELINE}.events[2].end_ms", 10.0, f"{TIMELINE}.events[2].end_ms"),
    ("AutoCut", f"{TIMELINE}.events[2].confidence", 1.1, f"{TIMELINE}.events[2].confidence"),
    ("AutoCut", f"{TIMELINE}.events[2].loudness_lufs", 40.0, f"{TIMELINE}.events[2].loudness_lufs"),
    (
        "AutoCut",
        f"{TIMELINE}.events[2].transcription",
        "x" * 20_001,
        f"{TIMELINE}.events[2].transcription",
    ),
    (
        "AutoCut",
        f"{TIMELINE}.events[2].speaker_id",
        "s" * 257,
        f"{TIMELINE}.events[2].speaker_id",
    ),
    ("AutoCut", f"{TIMELINE}.beats[1].bar_index", -1, f"{TIMELINE}.beats[1].bar_index"),
    ("AutoCut", f"{TIMELINE}.beats[1].subdivision", 0, f"{TIMELINE}.beats[1].subdivision"),
    ("AutoCut", f"{VISUAL}.frame_sample_interval_ms", -1.0, f"{VISUAL}.frame_sample_interval_ms"),
    (
        "AutoCut",
        f"{VISUAL}.frames[3].subjects[1].bbox_width",
        -0.1,
        f"{VISUAL}.frames[3].subjects[1].bbox_width",
    ),
    (
        "AutoCut",
        f"{VISUAL}.frames[3].subjects[1].track_id",
        "t" * 257,
        f"{VISUAL}.frames[3].subjects[1].track_id",
    ),
    ("AutoCut", f"{VISUAL}.frames[3].motion_score", 1.2, f"{VISUAL}.frames[3].motion_score"),
    (
        "AutoCut",
        f"{VISUAL}.frames[3].primary_subject_center_y",
        None,
        f"{VISUAL}.frames[3].primary_subject_center_x",
    ),
    ("Highlights", "target_duration_ms", 0.0, "target_duration_ms"),
    ("Highlights", "target_duration_ms", -1.0, "target_duration_ms"),
    ("Highlights", "min_clip_ms", 7_000.0, "min_clip_ms"),
    ("Highlights", "target_duration_ms", 1_000.0, "min_clip_ms"),
    ("Highlights", "max_clip_ms", 0.0, "max_clip_ms"),
    ("Highlights", "weights.position", 101.0, "weights.position"),
    ("Focus", "asset_id", "", "asset_id"),
    ("Focus", "in_ms", -1.0, "in_ms"),
    ("Focus", "out_ms", 500.0, "out_ms"),
    ("Focus", "target_aspect_ratio", "nine to sixteen", "target_aspect_ratio"),
    ("Focus", "target_aspect_ratio", "0:1", "target_aspect_ratio"),
    ("Focus", "target_aspect_ratio", "11:1", "target_aspect_ratio"),
    ("Focus", "target_aspect_ratio", "-9:16", "target_aspect_ratio"),
    ("Focus", "source_width", 0, "source_width"),
    ("Focus", "source_height", -3, "source_height"),
    ("Focus", "options.max_scale", 0.5, "options.max_scale"),
    ("ProbeMedia", "assets", [], "assets"),
    ("Analyze", "auto_cut.session_id", "ses", "auto_cut.session_id"),
    ("Analyze", "highlights.tracks", [{"asset_id": "x"}], "highlights.tracks"),
    ("Analyze", "focus.clip_id", "x", "focus.clip_id"),
    ("Analyze", "focus.out_ms", 0.0, "focus.out_ms"),
    ("Analyze", "auto_cut.min_shot_ms", 5_500.0, "auto_cut.min_shot_ms"),
    ("Analyze", "auto_cut.locked_shots[0].asset_id", "q", "auto_cut.locked_shots[0].asset_id"),
    ("Analyze", f"{VISUAL}.frames[0].timestamp_ms", 1e11, f"{VISUAL}.frames[0].timestamp_ms"),
]


@pytest.mark.parametrize(
    ("rpc", "field", "value", "path"), RULES, ids=[f"{r}-{f}={v!r:.20}" for r, f, v, _ in RULES]
)
def test_rule(rpc: str, field: str, value: object, path: str, full: Callable[[str], Any]) -> None:
    message = full(rpc)
    _set(field, value)(message)
    found = paths(rpc, message)
    assert path in found
    # A track renamed away from its asset breaks a second rule.
    assert len(found) == (2 if path == "tracks[1].asset_id" else 1)


@pytest.mark.parametrize(
    ("rpc", "field", "least"),
    [("Align", "tracks", 2), ("AutoCut", "tracks", 2), ("Highlights", "tracks", 1)],
)
def test_the_number_of_tracks_is_bounded(
    rpc: str, field: str, least: int, full: Callable[[str], Any]
) -> None:
    message = full(rpc)
    if rpc == "Align":
        message.ClearField("base_asset_id")
    if rpc == "AutoCut":
        message.ClearField("locked_shots")
    one = type(message.tracks[0])()
    one.CopyFrom(message.tracks[0])

    def with_tracks(count: int) -> list[str]:
        del message.tracks[:]
        for index in range(count):
            track = message.tracks.add()
            track.CopyFrom(one)
            (track.asset if rpc == "Align" else track).asset_id = f"cam_{index}"
            if rpc != "Align":
                track.asset.asset_id = ""
        return paths(rpc, message)

    assert with_tracks(least - 1) == [field]
    assert with_tracks(least) == []
    assert with_tracks(32) == []
    assert with_tracks(33) == [field]


def test_a_number_sent_as_nan_is_not_taken_for_an_absent_one(full: Callable[[str], Any]) -> None:
    message = full("AutoCut")
    event = message.tracks[0].artifacts.audio_semantic_timeline.events[1]
    event.ClearField("confidence")
    assert paths("AutoCut", message) == []
    event.confidence = float("nan")
    path = "tracks[0].artifacts.audio_semantic_timeline.events[1].confidence"
    assert paths("AutoCut", message) == [path]
