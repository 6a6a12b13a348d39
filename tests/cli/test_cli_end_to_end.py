"""The command line with the real service on real files, embedded and on a port."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

RATE_HZ = 16_000
OFFSET_MS = 3217.0


@pytest.fixture(scope="module")
def room():
    """Twenty seconds of bursts of noise between pauses, as 16-bit samples."""
    chance = random.Random(1)
    samples = []
    while len(samples) < 20 * RATE_HZ:
        loudness = chance.randrange(1_000, 9_000)
        samples += [round(chance.gauss(0, loudness)) for _ in range(chance.randrange(1_000, 6_000))]
        samples += [round(chance.gauss(0, 30)) for _ in range(chance.randrange(500, 4_000))]
    return [max(-32_768, min(32_767, sample)) for sample in samples]


@pytest.fixture
def takes(tmp_path, write_wav, room):
    """a.wav, and b.wav that starts 3.217 s later, under names that need quoting in a URI."""
    late = room[round(OFFSET_MS * RATE_HZ / 1e3) :]
    return write_wav(tmp_path / "day 1" / "a 100%.wav", room), write_wav(tmp_path / "b.wav", late)


@pytest.fixture(scope="module")
def running():
    """A real multicam-server on a free port; the options that lead to it."""
    with tempfile.TemporaryDirectory() as folder:
        media, cache = Path(folder, "media"), Path(folder, "cache")
        media.mkdir()
        arguments = ("--listen", "127.0.0.1:0", "--media-root", media, "--cache-dir", cache)
        server = subprocess.Popen(
            [sys.executable, "-m", "multicam_server", *arguments],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            for line in server.stderr:
                if found := re.fullmatch(r"listening on (\S+)\n", line):
                    break
            else:
                pytest.fail("the server did not start")
            yield ["--server", found[1], "--tenant", "t_cli", "--env", "dev"]
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=30)


@pytest.fixture(params=["embedded", "running"])
def where(request):
    """The options of both ways to work."""
    return [] if request.param == "embedded" else request.getfixturevalue("running")


def offsets(document):
    return {track["asset_id"]: track.get("offset_ms") for track in document["tracks"]}


def test_align_finds_the_offset(multicam, takes, where):
    done = multicam("align", *takes, "--json", *where)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["base_asset_id"] == "a 100%.wav"
    assert offsets(document) == {
        "a 100%.wav": 0.0,
        "b.wav": pytest.approx(OFFSET_MS, abs=0.1),
    }


def test_the_second_file_as_the_base(multicam, takes):
    document = json.loads(multicam("align", *takes, "--base", "2", "--json").stdout)
    assert document["base_asset_id"] == "b.wav"
    assert offsets(document)["a 100%.wav"] == pytest.approx(-OFFSET_MS, abs=0.1)


def test_align_for_people(multicam, takes):
    done = multicam("align", *takes)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^b\.wav +\+3217\.0\d\d ", done.stdout, re.MULTILINE)


def test_an_embedded_server_and_a_running_one_give_the_same(multicam, takes, running):
    embedded = json.loads(multicam("align", *takes, "--json").stdout)
    remote = json.loads(multicam("align", *takes, "--json", *running).stdout)
    for document in (embedded, remote):
        del document["meta"]["cache_hit"], document["meta"]["cache_key"]  # the tenant is in it
    assert embedded == remote


def test_probe(multicam, takes, where):
    done = multicam("probe", *takes, "--json", *where)
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)["media"]
    assert (first["asset_id"], second["asset_id"]) == ("a 100%.wav", "b.wav")
    assert first["duration_ms"] - second["duration_ms"] == pytest.approx(OFFSET_MS, abs=0.1)
    assert first["audio_streams"][0]["sample_rate_hz"] == RATE_HZ


def test_a_request_may_name_files_relative_to_the_working_folder(multicam, takes):
    request = {
        "tracks": [
            {"asset": {"asset_id": "a", "uri": "day 1/a 100%.wav"}},
            {"asset": {"asset_id": "b", "uri": takes[1].as_uri()}},
        ]
    }
    done = multicam("align", "--request", "-", stdin=json.dumps(request))
    assert done.returncode == 0, done.stderr
    assert offsets(json.loads(done.stdout))["b"] == pytest.approx(OFFSET_MS, abs=0.1)


def test_a_response_goes_into_the_next_request(multicam, takes, where):
    aligned = json.loads(multicam("align", *takes, "--json", *where).stdout)
    speech = [
        {"kind": "AUDIO_EVENT_KIND_SPEECH", "start_ms": start_ms, "end_ms": end_ms}
        for start_ms, end_ms in ((1_000, 5_000), (6_000, 9_000), (10_000, 14_000))
    ]
    tracks = [
        {
            "asset_id": track["asset_id"],
            "offset_ms": track["offset_ms"],
            "duration_ms": 16_000,
            "artifacts": {"audio_semantic_timeline": {"events": speech}},
        }
        for track in aligned["tracks"]
    ]
    for command in ("autocut", "highlights"):
        done = multicam(command, "--request", "-", *where, stdin=json.dumps({"tracks": tracks}))
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert document["sequence"]["tracks"][0]["clips"]
        assert document["meta"]["scoring_version"]


def test_focus(multicam, where):
    request = json.dumps({"clip_id": "c", "asset_id": "a", "out_ms": 5_000})
    done = multicam("focus", "--request", "-", *where, stdin=request)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [automation["property"] for automation in document["automations"]] == [
        "AUTOMATION_PROPERTY_CROP_X",
        "AUTOMATION_PROPERTY_CROP_Y",
        "AUTOMATION_PROPERTY_SCALE",
    ]


def test_analyze(multicam, takes, where, tmp_path):
    done = multicam("analyze", *takes, "--out", "results", *where)
    assert done.returncode == 0, done.stderr
    documents = {
        path.name: json.loads(path.read_text("utf-8")) for path in (tmp_path / "results").iterdir()
    }
    assert sorted(documents) == ["align.json", "auto_cut.json", "focus.json", "highlights.json"]
    assert offsets(documents["align.json"])["b.wav"] == pytest.approx(OFFSET_MS, abs=0.1)
    assert documents["auto_cut.json"]["sequence"]["tracks"][0]["clips"]
    assert {"Alignment", "Programme:", "Highlights:"} <= set(done.stdout.split())


def test_a_number_that_is_not_finite_in_quotes_is_the_services_to_refuse(multicam, where):
    request = '{"tracks": [{"asset_id": "a", "offset_ms": "NaN"}, {"asset_id": "b"}]}'
    done = multicam("autocut", "--request", "-", *where, stdin=request)
    assert (done.returncode, done.stdout) == (1, "")
    assert "tracks[0].offset_ms (a): " in done.stderr


def test_a_damaged_file_is_named(multicam, takes, where, tmp_path):
    (tmp_path / "junk.mp4").write_bytes(b"\x00\x01\x02" * 50)
    done = multicam("align", takes[0], "junk.mp4", *where)
    assert (done.returncode, done.stdout) == (1, "")
    assert "junk.mp4" in done.stderr
    assert "remedy: " in done.stderr


def test_an_embedded_server_opens_nothing_else(multicam, takes, tmp_path):
    request = {
        "tracks": [
            {"asset": {"asset_id": "a", "uri": str(takes[0])}},
            {"asset": {"asset_id": "b", "uri": "s3://bucket/b.wav"}},
        ]
    }
    done = multicam("align", "--request", "-", stdin=json.dumps(request))
    assert done.returncode == 1
    assert "MEDIA_FORBIDDEN" in done.stderr


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
def test_an_embedded_server_leaves_nothing_behind(command, takes, tmp_path, ending):
    scratch = tmp_path / "t"
    scratch.mkdir()
    process = subprocess.Popen(
        [*command, "align", *takes, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    deadline = time.monotonic() + 30
    while not list(scratch.glob("*/socket")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(ending)
    _, stderr = process.communicate(timeout=30)
    assert "Traceback" not in stderr
    # 0: done before the signal came; -ending: done, and Python was already shutting down.
    assert process.returncode in {128 + ending, -ending, 0}
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("moment", "ending"),
    [
        # Inside gRPC's start: a server that is left there never ends.
        ("grpc._server._request_call", signal.SIGINT),
        ("multicam_server.app.Server.drain", signal.SIGTERM),
    ],
    ids=["starts", "stops"],
)
def test_a_signal_while_the_embedded_server_starts_or_stops(takes, tmp_path, moment, ending):
    scratch = tmp_path / "t"
    scratch.mkdir()
    script = f"""
import pkgutil, signal, sys
import grpc._server
import multicam_server.app
from multicam.cli import main

owner, _, name = "{moment}".rpartition(".")
owner = pkgutil.resolve_name(owner)
real = getattr(owner, name)

def interrupted(*arguments, **options):
    try:
        return real(*arguments, **options)
    finally:
        setattr(owner, name, real)
        signal.raise_signal({int(ending)})

setattr(owner, name, interrupted)
sys.exit(main(sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, "probe", *takes],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={**os.environ, "TMPDIR": str(scratch)},
    )
    assert done.returncode == 128 + ending
    assert "Traceback" not in done.stderr
    assert list(scratch.iterdir()) == []
