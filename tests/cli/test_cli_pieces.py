"""The parts that the commands are made of, one by one."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam.cli import tables
from multicam.cli.documents import read_request, to_json, write_files
from multicam.cli.failures import UsageError
from multicam.cli.files import local_path, name_media
from multicam.cli.tables import Column, Table
from multicam.cli.wording import clock, count, rate, word
from multicam.v1.align_pb2 import AlignRequest, AlignStatus
from multicam.v1.media_pb2 import FrameRate
from multicam.v1.sequence_pb2 import Sequence, SequenceClip


@pytest.fixture
def make_files(tmp_path):
    def make(*names):
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        return [str(tmp_path / name) for name in names]

    return make


@pytest.mark.parametrize(
    ("names", "asset_ids"),
    [
        (("a.mov", "b.mov"), ["a.mov", "b.mov"]),
        (("A/clip.mov", "B/clip.mov", "c.mov"), ["A/clip.mov", "B/clip.mov", "c.mov"]),
        (("x/1/clip.mov", "y/1/clip.mov"), ["x/1/clip.mov", "y/1/clip.mov"]),
        (("é ü.mov", "日本.mov"), ["é ü.mov", "日本.mov"]),
    ],
)
def test_assets_are_called_by_the_shortest_name_that_tells_them_apart(make_files, names, asset_ids):
    assert [item.asset_id for item in name_media(make_files(*names))] == asset_ids


def test_a_name_that_is_no_utf_8_still_has_an_id_and_a_uri(tmp_path):
    path = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    try:
        Path(os.fsdecode(path)).write_bytes(b"x")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (item,) = name_media([os.fsdecode(path)])
    assert item.asset_id == "caf\N{REPLACEMENT CHARACTER}.wav"
    assert item.uri.endswith("/caf%E9.wav")
    assert local_path(item.uri) == item.path


@given(
    paths=st.lists(
        st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4), min_size=1, max_size=6
    )
)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_asset_ids_are_unique(paths):
    uris = sorted({"file:///" + "/".join(path) for path in paths})
    asset_ids = [item.asset_id for item in name_media(uris)]
    assert len(set(asset_ids)) == len(uris)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("a b.mov", "a b.mov"),
        ("/x/a%20b.mov", "/x/a%20b.mov"),
        ("file:///x/a%20b.mov", "/x/a b.mov"),
        ("file://localhost/x", "/x"),
        ("file://elsewhere/x", None),
        ("s3://bucket/x", None),
    ],
)
def test_the_path_of_a_uri(uri, path):
    assert local_path(uri) == (None if path is None else Path(path))


def test_a_request_survives_its_json(tmp_path):
    request = AlignRequest(session_id="é\u2028")
    request.tracks.add().pinned_offset_ms = 0.1
    (tmp_path / "r.json").write_text(to_json(request), "utf-8")
    assert read_request(str(tmp_path / "r.json"), AlignRequest) == request


def test_json_is_ascii_whatever_the_terminal_speaks():
    text = to_json(AlignRequest(session_id="é"))
    assert text.isascii()
    assert json.loads(text)["session_id"] == "é"


def test_json_keeps_the_contracts_order_whatever_is_zero():
    sequence = Sequence(duration_ms=1)
    for start_ms in (0, 5):
        track = sequence.tracks.add()
        track.clips.add(asset_id="a", start_ms_on_timeline=start_ms, out_ms=1)
    document = json.loads(to_json(sequence))
    assert list(document) == ["name", "duration_ms", "tracks"]
    names = [field.name for field in SequenceClip.DESCRIPTOR.fields]
    assert [list(track["clips"][0]) for track in document["tracks"]] == [names, names]
    assert document["tracks"][1]["clips"][0]["start_ms_on_timeline"] == 5


def test_files_are_written_all_or_not_at_all(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_files(tmp_path, {"a": "new", "b": "\ud800"})
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a", "old")]
    write_files(tmp_path, {"a": "new", "b": "more"})
    assert sorted((path.name, path.read_text()) for path in tmp_path.iterdir()) == [
        ("a", "new"),
        ("b", "more"),
    ]


def test_written_files_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_files(tmp_path, {"a": ""})
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_missing_request_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_request(str(tmp_path / "none"), AlignRequest)


def test_columns_are_aligned_also_for_wide_letters():
    table = Table("T", (Column("name"), Column("n", right=True)), (("日本", "1"), ("a", "200")))
    assert tables.plain(table).splitlines() == [
        "T",
        "name    n",
        "日本    1",
        "a     200",
    ]


def test_control_characters_do_not_reach_the_terminal(capsys):
    table = Table("T", (Column("name"),), (("a\x1b[31mb\n",),))
    tables.print_report([table], ["warning: \x07"])
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\x07" not in out


@pytest.mark.parametrize(
    ("time_ms", "text"),
    [
        (0, "0:00:00.000"),
        (-0.2, "0:00:00.000"),
        (59_999.6, "0:01:00.000"),
        (-1_500, "-0:00:01.500"),
        (90_061_001, "25:01:01.001"),
    ],
)
def test_clock(time_ms, text):
    assert clock(time_ms) == text


def test_words():
    assert word(AlignStatus, 2, "ALIGN_STATUS_") == "aligned"
    assert word(AlignStatus, 0, "ALIGN_STATUS_") == "-"
    assert word(AlignStatus, 99, "ALIGN_STATUS_") == "99"
    assert rate(FrameRate(numerator=24000, denominator=1001)) == "23.976"
    assert rate(FrameRate(numerator=25, denominator=1)) == "25"
    assert rate(FrameRate()) == "-"
    assert (count(1, "clip"), count(0, "clip")) == ("1 clip", "0 clips")
