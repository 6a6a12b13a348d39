"""Nothing is lost or half there: killed writers, damaged entries, disks that take nothing."""

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
from multicam.v1 import align_pb2, media_pb2, probe_pb2, upload_pb2
from multicam_server.cache import ResultStore
from multicam_server.media.uploads import UploadStore
from multicam_server.retention import LEFTOVER_S, Bounds, Housekeeping, keep_within

WHOLE_FILE_BYTES = 3_000_000


def test_writers_killed_at_any_instant_leave_whole_entries_only(tmp_path, tools):
    script = Path(__file__).with_name("killed_writers.py")
    kills = tools.times(60, 1_000)
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), str(kills), "20261125"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["broken answers"], found["broken uploads"], found["left"]) == (0, 0, 0)
    assert min(found["answers"], found["uploads"]) > 0  # they did write


def chunks_of(content, chunk=64 * 1024):
    for at in range(0, len(content), chunk):
        yield upload_pb2.UploadMediaRequest(chunk=content[at : at + chunk])


def test_a_server_killed_while_it_receives_uploads(start_server, stub_of, tools, tmp_path):
    """Each upload that was answered is there afterwards; of each other one, nothing."""
    chance = random.Random(7)
    cache = tmp_path / "shared"
    answered: set[str] = set()
    for round_ in range(tools.times(3, 40)):
        server = start_server(cache=cache)
        stub = stub_of(server)
        calls = [
            stub.UploadMedia.future(
                chunks_of(bytes([round_, number]) * (WHOLE_FILE_BYTES // 2)), metadata=tools.who()
            )
            for number in range(3)
        ]
        time.sleep(chance.uniform(0.0, 0.1))
        server.popen.kill()
        server.popen.wait()
        for call in calls:
            if call.exception(tools.patience_s) is None:
                answered.add(call.result().sha256)
    server = start_server(cache=cache)
    assert server.address
    kept = {path.name for path in (cache / "uploads" / tools.tenant).glob("*")}
    assert answered <= kept
    assert list((cache / "uploads" / ".incoming").iterdir()) == []
    for name in kept:
        asset = media_pb2.Asset(asset_id="a", upload_id=f"sha256-{name}")
        with pytest.raises(grpc.RpcError) as refused:
            stub_of(server).ProbeMedia(
                probe_pb2.ProbeMediaRequest(assets=[asset]), metadata=tools.who()
            )
        assert tools.reason_of(refused.value) == "MEDIA_UNREADABLE"  # found, and no media


def short_align(bypass=False):
    request = align_pb2.AlignRequest(session_id="short", base_asset_id="a")
    request.options.bypass_cache = bypass
    for shift, name in enumerate("ab"):
        asset = request.tracks.add().asset
        asset.asset_id = name
        asset.waveform.sample_rate_hz = 8_000
        source = random.Random(5)
        noise = [source.uniform(-0.5, 0.5) for _ in range(8_000 * 12)]
        asset.waveform.samples.extend(noise[shift * 4_000 :])
    return request


def entries(cache):
    return [path for path in (cache / "alignments").glob("*/*") if path.is_file()]


def test_a_damaged_entry_is_dropped_counted_and_made_again(start_server, stub_of, tools, tmp_path):
    cache = tmp_path / "cache"
    server = start_server(cache=cache)
    stub = stub_of(server)
    first = stub.Align(short_align(), metadata=tools.who())
    for path in entries(cache):
        stored = bytearray(path.read_bytes())
        stored[-1] ^= 1
        path.write_bytes(stored)
    again = stub.Align(short_align(), metadata=tools.who())
    assert not again.meta.cache_hit
    assert again.tracks == first.tracks
    assert tools.until(lambda: [line for line in server.lines if "dropped a damaged" in line])
    assert stub.Align(short_align(), metadata=tools.who()).meta.cache_hit


def test_two_servers_share_a_cache_folder(start_server, stub_of, tools, tmp_path):
    cache = tmp_path / "shared"
    one, other = (stub_of(start_server(cache=cache)) for _ in range(2))
    assert not one.Align(short_align(), metadata=tools.who()).meta.cache_hit
    assert other.Align(short_align(), metadata=tools.who()).meta.cache_hit
    sent = one.UploadMedia(chunks_of(b"not media"), metadata=tools.who())
    asset = media_pb2.Asset(asset_id="a", upload_id=sent.upload_id)
    with pytest.raises(grpc.RpcError) as refused:
        other.ProbeMedia(probe_pb2.ProbeMediaRequest(assets=[asset]), metadata=tools.who())
    assert tools.reason_of(refused.value) == "MEDIA_UNREADABLE"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("may not mount")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder):
    with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4 * 1024))


def is_answered_with_a_warning(server, stub, tools):
    for _ in range(2):
        assert not stub.Align(short_align(), metadata=tools.who()).meta.cache_hit
    assert tools.until(
        lambda: [line for line in server.lines if "the cache could not be written" in line]
    )
    with pytest.raises(grpc.RpcError) as refused:
        stub.UploadMedia(chunks_of(bytes(WHOLE_FILE_BYTES)), metadata=tools.who())
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert tools.reason_of(refused.value) == "UPLOAD_NOT_STORED"
    assert not any('"level": "ERROR"' in line for line in server.lines)


def test_a_full_disk_costs_the_memory_and_not_the_answers(start_server, stub_of, tools, small_disk):
    server = start_server(cache=small_disk)
    stub = stub_of(server)
    assert server.address
    fill(small_disk)
    is_answered_with_a_warning(server, stub, tools)
    (small_disk / "filler").unlink()
    stub.Align(short_align(), metadata=tools.who())
    assert stub.Align(short_align(), metadata=tools.who()).meta.cache_hit
    assert stub.UploadMedia(chunks_of(b"small"), metadata=tools.who()).size_bytes == 5


def test_a_server_starts_on_a_full_disk(start_server, stub_of, tools, small_disk):
    fill(small_disk)
    server = start_server(cache=small_disk / "cache")
    is_answered_with_a_warning(server, stub_of(server), tools)


def test_a_disk_that_turns_read_only(start_server, stub_of, tools, small_disk):
    server = start_server(cache=small_disk)
    stub = stub_of(server)
    assert stub.UploadMedia(chunks_of(b"before"), metadata=tools.who()).size_bytes == 6
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    is_answered_with_a_warning(server, stub, tools)


def test_a_writer_whose_file_may_not_grow_leaves_nothing(tmp_path):
    """RLIMIT_FSIZE refuses a write in the middle of it."""
    store = ResultStore(tmp_path)
    store.put("t_a", "before", b"short")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        store.put("t_a", "long", bytes(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert store.get("t_a", "long") is None
    assert store.get("t_a", "before") == b"short"
    assert [path.name for path in (tmp_path / "t_a").iterdir()] == ["before"]


def age(path, seconds):
    at = time.time() - seconds
    os.utime(path, (at, at))


def test_the_least_recently_used_go_first_and_the_unused_after_their_time(tmp_path):
    store = ResultStore(tmp_path, limit_bytes=1_000_000, keep_s=1_000)
    for number, name in enumerate(("old", "used", "unused", "new")):
        store.put("t_a", name, bytes(100))
        age(tmp_path / "t_a" / name, 900 - number)
    age(tmp_path / "t_a" / "unused", 1_001)
    age(tmp_path / "t_a" / "used", 1_001)
    assert store.get("t_a", "used") == bytes(100)  # and so is used now
    assert store.keep_within_bounds() == 1
    assert {path.name for path in (tmp_path / "t_a").iterdir()} == {"old", "used", "new"}
    files = list((tmp_path / "t_a").iterdir())
    assert keep_within(files, Bounds(limit_bytes=300, keep_s=1_000)) == 1
    assert {path.name for path in (tmp_path / "t_a").iterdir()} == {"used", "new"}


def test_what_a_dead_writer_left_goes_and_what_is_being_written_stays(tmp_path):
    dead, written = tmp_path / ".dead", tmp_path / ".written"
    for path in (dead, written):
        path.write_bytes(bytes(10_000))
    age(dead, LEFTOVER_S + 1)
    assert keep_within([dead, written], Bounds(limit_bytes=1, keep_s=1_000)) == 1
    assert written.exists()


def test_uploads_are_bounded_per_tenant(tmp_path):
    store = UploadStore(tmp_path, limit_bytes=1_000, tenant_bytes=2_000, keep_s=1_000)
    other = store.receive("t_b", [bytes(900)])
    first, second = (store.receive("t_a", [bytes([number]) * 900]) for number in (1, 2))
    age(tmp_path / "t_a" / first.sha256, 20)
    age(tmp_path / "t_a" / second.sha256, 10)
    path = store.path("t_a", first.upload_id)
    state = path.stat().st_mtime_ns
    assert store.path("t_a", first.upload_id).stat().st_mtime_ns == state  # the same file still
    store.receive("t_a", [bytes([3]) * 900])
    assert store.path("t_a", second.upload_id) is None  # the least recently used
    assert store.path("t_a", first.upload_id) is not None
    assert store.path("t_b", other.upload_id) is not None
    age(tmp_path / "t_b" / other.sha256, 1_001)
    assert store.keep_within_bounds() == 1
    assert store.path("t_b", other.upload_id) is None


def test_housekeeping_goes_on_after_a_failure(caplog, tools):
    looked = []

    def fails():
        looked.append("fails")
        raise OSError("gone")

    housekeeping = Housekeeping([fails, lambda: looked.append("works") or 0])
    housekeeping.start()
    tools.until(lambda: "works" in looked)
    housekeeping.close()
    assert looked == ["fails", "works"]
    assert "could not be looked after" in caplog.text
