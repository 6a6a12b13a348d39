"""Artifacts as they are found in stores: anywhere, of any age, with flaws."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam.engines import conversion
from multicam.engines.artifacts import ArtifactReader
from multicam.engines.conversion import Notes
from multicam.engines.identity import Caller
from multicam.v1 import artifacts_pb2 as pb

SPEECH = {"kind": "speech", "start_ms": 100, "end_ms": 900.5, "speaker_id": "s1"}
SUBJECT = {
    "track_id": "p1",
    "label": "face",
    "confidence": 0.9,
    "bbox_x": 0.25,
    "bbox_y": 0.25,
    "bbox_width": 0.125,
    "bbox_height": 0.5,
}
FRAME = {"timestamp_ms": 0.0, "subjects": [SUBJECT], "shot_boundary": True, "motion_score": 0.5}


def read(world, asset_id="cam_a", read_uri=None, **named):
    reader = ArtifactReader(world.media, read_uri)
    return reader.of_asset(asset_id, Caller(world.owner), **named)


def test_content_is_found_where_it_is_kept(world, tmp_path):
    stored = tmp_path / "regions of a.json"
    stored.write_text(json.dumps({"entries": [{"time_ms": 5, "region": "face"}]}))
    world.artifact(
        "cam_a", "audio_semantic_timeline", id="a1", meta={"payload": {"events": [SPEECH]}}
    )
    world.artifact("cam_a", "visual_meta", id="v1", meta={"frames": [FRAME], "duration_ms": 0})
    world.artifact("cam_a", "video_region_summary", id="r1", uri=stored.as_uri())
    found = read(world)
    assert (found.audio_id, found.visual_id, found.regions_id) == ("a1", "v1", "r1")
    assert found.warnings == ()
    (event,) = found.message.audio_semantic_timeline.events
    assert (event.kind, event.start_ms, event.end_ms) == (pb.AUDIO_EVENT_KIND_SPEECH, 100, 900.5)
    assert not event.HasField("confidence")
    assert found.message.visual_meta.frames[0].subjects[0].bbox_width == 0.125
    assert found.message.region_summary.entries[0].region == "face"


def test_a_meta_that_is_only_filled_up_is_not_the_content(world, tmp_path):
    stored = tmp_path / "v.json"
    stored.write_text(json.dumps({"frames": [FRAME, FRAME], "frame_sample_interval_ms": 500}))
    filled_up = {"duration_ms": 0, "frame_sample_interval_ms": 0, "cache_key": "k"}
    world.artifact("cam_a", "video_visual_meta", id="v1", uri=str(stored), meta=filled_up)
    visual = read(world).message.visual_meta
    assert (len(visual.frames), visual.frame_sample_interval_ms, visual.duration_ms) == (2, 500, 0)


def test_the_newer_kind_comes_first_and_the_next_where_one_cannot_be_read(world):
    world.artifact("cam_a", "video_visual_meta", id="old", meta={"frames": [FRAME]})
    world.artifact("cam_a", "visual_meta", id="lost", uri="/nowhere/v.json")
    found = read(world)
    assert found.visual_id == "old"
    (warning,) = found.warnings
    assert "lost" in warning
    assert "/nowhere/v.json" in warning


def test_other_stores_are_read_by_what_the_caller_gives(world):
    world.artifact("cam_a", "visual_meta", id="v1", uri="gs://bucket/v.json")
    assert read(world).visual_id is None
    stored = {"gs://bucket/v.json": json.dumps({"frames": [FRAME]}).encode()}
    assert read(world, read_uri=stored.__getitem__).visual_id == "v1"
    found = read(world, read_uri={}.__getitem__)
    assert found.visual_id is None
    assert found.warnings == (
        "artifact v1 is left out: gs://bucket/v.json cannot be read: 'gs://bucket/v.json'",
    )


def test_json_of_any_depth_loses_one_artifact_only(plain_world, tmp_path):
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 100_000)
    plain_world.artifact("cam_a", "visual_meta", id="deep", uri=str(deep), meta={"frames": None})
    plain_world.artifact("cam_a", "visual_meta", id="v1", meta={"frames": [FRAME]})
    found = read(plain_world)
    assert found.visual_id == "v1"
    assert "deep is left out" in found.warnings[0]


def test_named_artifacts_win_and_others_are_refused(world):
    for name in ("v1", "v2"):
        world.artifact("cam_a", "visual_meta", id=name, meta={"frames": [FRAME]})
    world.artifact("cam_a", "visual_meta", id="v0", meta={"frames": [FRAME]}, tenant_id="t_other")
    assert read(world).visual_id == "v1"
    assert read(world, visual_artifact_id="v2").visual_id == "v2"
    missing = read(world, visual_artifact_id="v9")
    assert (missing.visual_id, missing.warnings) == (None, ("artifact v9 is not found",))
    with pytest.raises(ValueError, match=r"^Access Denied: Tenant mismatch$"):
        read(world, visual_artifact_id="v0")


def visual(frames, **fields):
    notes = Notes("visual_meta v")
    return conversion.visual_meta({"frames": frames, **fields}, "v", notes), notes.all()


def test_unknown_keys_are_ignored_and_older_ones_understood():
    message, notes = visual(
        [
            {**FRAME, "mood": "calm", "subjects": [{**SUBJECT, "meta": {}}]},
            {"timestamp_ms": 40, "primary_subject_movement": 0.75, "shot_boundary": False},
            {"timestamp_ms": 80, "motion_score": 0.25, "primary_subject_movement": 0.75},
            {"timestamp_ms": 120, "primary_subject_movement": 1.5, "regions": None},
        ],
        backend_version="v1",
    )
    assert notes == []
    assert [frame.motion_score for frame in message.frames] == [0.5, 0.75, 0.25, 1.0]
    assert message.frames[0].subjects[0].track_id == "p1"


def test_regions_become_subjects():
    regions = [{"label": "Face", "x": 0.1, "y": 0.2, "w": 0.3, "h": 0.4, "score": 1}]
    message, notes = visual(
        [
            {"timestamp_ms": 0, "regions": regions},
            {"timestamp_ms": 40, "subjects": [], "regions": regions},
            {**FRAME, "timestamp_ms": 80, "regions": regions},
        ]
    )
    assert notes == []
    first, second, third = message.frames
    assert first.subjects == second.subjects
    (subject,) = first.subjects
    assert (subject.label, subject.bbox_x, subject.bbox_y) == ("face", 0.1, 0.2)
    assert (subject.bbox_width, subject.bbox_height) == (0.3, 0.4)
    assert not subject.HasField("confidence")
    assert third.subjects[0].track_id == "p1"


def test_a_malformed_entry_is_left_out_and_named():
    message, notes = visual(
        [
            FRAME,
            {**FRAME, "timestamp_ms": None},
            "nothing",
            {**FRAME, "subjects": [SUBJECT, {**SUBJECT, "bbox_x": "left"}, SUBJECT]},
            {**FRAME, "primary_subject_center_x": 7, "primary_subject_center_y": 0.5},
            {**FRAME, "motion_score": math.nan},
        ]
    )
    assert len(message.frames) == 4
    assert [len(frame.subjects) for frame in message.frames] == [1, 2, 1, 1]
    assert not message.frames[2].HasField("primary_subject_center_x")
    assert not message.frames[3].HasField("motion_score")
    assert notes == [
        "visual_meta v: frames[1] left out: timestamp_ms is missing",
        "visual_meta v: frames[2] left out: it is no object",
        "visual_meta v: frames[3].subjects[1] left out: bbox_x is 'left'",
        "visual_meta v: frames[4].primary_subject_center_x left out: 7",
        "visual_meta v: frames[5].motion_score left out: nan",
    ]


def test_a_malformed_event_is_left_out_and_named():
    notes = Notes("audio a")
    message = conversion.audio_semantic_timeline(
        {
            "events": [
                {**SPEECH, "end_ms": 50},
                {**SPEECH, "loudness_lufs": -math.inf, "confidence": "sure", "speaker_id": 7},
                {"kind": "laughter", "start_ms": 0, "end_ms": 10},
            ],
            "beats": [{"time_ms": 10, "bar_index": 0, "subdivision": 0}, {"bar_index": 1}],
        },
        "a",
        notes,
    )
    assert [event.speaker_id for event in message.events] == ["7", ""]
    assert message.events[1].kind == pb.AUDIO_EVENT_KIND_OTHER
    assert not message.events[0].HasField("loudness_lufs")
    assert message.beats[0].bar_index == 0
    assert not message.beats[0].HasField("subdivision")
    assert notes.all() == [
        "audio a: events[0] left out: end_ms is before start_ms",
        "audio a: events[1].loudness_lufs left out: -inf",
        "audio a: events[1].confidence left out: 'sure'",
        "audio a: beats[0].subdivision left out: 0",
        "audio a: beats[1] left out: time_ms is missing",
    ]


def test_many_malformed_entries_are_counted():
    message, notes = visual([{}] * 50 + [FRAME])
    assert len(message.frames) == 1
    assert len(notes) == Notes.MOST + 1
    assert notes[-1] == "visual_meta v: 30 more entries like these"


def test_long_artifacts_are_passed_on_whole():
    """As many frames as two hours have at one a second, in every form that frames come in."""
    plain = [
        {**FRAME, "timestamp_ms": 1000 * n, "subjects": [SUBJECT, SUBJECT]} for n in range(7200)
    ]
    for frames in (plain, [{**frame, "more": None} for frame in plain]):
        message, notes = visual(frames)
        assert notes == []
        assert len(message.frames) == 7200
        assert message.frames[7199].subjects[1].label == "face"


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.sampled_from([10**400, -(10**400)]),
    st.floats(),
    st.text(max_size=300),
    st.sampled_from(["face", "speech", "Face", "\ud800", "a\nb", 0.5, 1, -0.5]),
    st.lists(st.integers(), max_size=2),
)


def entries(*keys, **nested):
    fields = {**dict.fromkeys(keys, junk), **nested}
    return st.lists(st.one_of(junk, st.fixed_dictionaries({}, optional=fields)), max_size=4)


SUBJECTS = entries(*SUBJECT)
FRAMES = entries(
    "timestamp_ms",
    "motion_score",
    "primary_subject_movement",
    "primary_subject_center_x",
    "primary_subject_center_y",
    "shot_boundary",
    subjects=st.one_of(junk, SUBJECTS),
    regions=st.one_of(junk, entries("label", "x", "y", "w", "h")),
)
EVENTS = entries(*SPEECH, "loudness_lufs", "confidence", "transcription")
BEATS = entries("time_ms", "bar_index", "beat_index", "subdivision")
REGIONS = entries("time_ms", "region", "mask_artifact_id")


@settings(deadline=None, derandomize=True, max_examples=150)
@given(FRAMES, EVENTS, BEATS, REGIONS, junk)
def test_whatever_is_passed_on_the_service_takes(frames, events, beats, regions, length):
    from multicam_server.validation.artifacts import check_artifacts
    from multicam_server.validation.report import Report
    from multicam_server.wire.artifacts import read_artifacts

    notes = Notes("x")
    lengths = {"duration_ms": length, "frame_sample_interval_ms": length}
    message = pb.Artifacts(
        audio_semantic_timeline=conversion.audio_semantic_timeline(
            {"events": events, "beats": beats, **lengths}, "a", notes
        ),
        visual_meta=conversion.visual_meta({"frames": frames, **lengths}, "v", notes),
        region_summary=conversion.region_summary({"entries": regions}, "r", notes),
    )
    sent = pb.Artifacts.FromString(message.SerializeToString())
    report = Report()
    check_artifacts(report, "artifacts", read_artifacts(sent))
    report.close()
