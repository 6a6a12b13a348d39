"""The server inside of a program: for these files, for this process, and then gone."""

import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import grpc
import pytest
from multicam.v1 import media_analysis_service_pb2_grpc, media_pb2, probe_pb2
from multicam_server.app import embedded

WHO = (("x-tenant-id", "t_local"), ("x-env", "dev"))


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """A folder for temporary folders."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def probe(target, file, who=WHO):
    asset = media_pb2.Asset(asset_id="a", uri=str(file))
    with grpc.insecure_channel(target) as channel:
        stub = media_analysis_service_pb2_grpc.MediaAnalysisServiceStub(channel)
        return stub.ProbeMedia(
            probe_pb2.ProbeMediaRequest(assets=[asset]), metadata=who, timeout=10
        )


def refused(target, file, who=WHO):
    with pytest.raises(grpc.RpcError) as error:
        probe(target, file, who)
    return error.value.code()


def test_only_the_named_files_and_only_the_local_tenant(tmp_path, scratch):
    named, other = tmp_path / "named.wav", tmp_path / "other.wav"
    for file in (named, other):
        file.write_bytes(b"no media, but a file")
    with embedded([named], tenant_id="t_local") as target:
        assert refused(target, other) is grpc.StatusCode.PERMISSION_DENIED
        assert refused(target, tmp_path / "missing.wav") is grpc.StatusCode.PERMISSION_DENIED
        stranger = (("x-tenant-id", "t_other"), ("x-env", "dev"))
        assert refused(target, named, stranger) is grpc.StatusCode.PERMISSION_DENIED
        assert refused(target, named) is grpc.StatusCode.FAILED_PRECONDITION
        assert refused(target, named, ()) is grpc.StatusCode.UNAUTHENTICATED


def test_its_folder_is_private_and_goes_with_it(scratch):
    with embedded([], tenant_id="t_local") as target:
        (folder,) = scratch.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert target == f"unix:{folder / 'socket'}"
        assert stat.S_ISSOCK((folder / "socket").stat().st_mode)
    assert list(scratch.iterdir()) == []


def test_a_program_that_fails_inside_leaves_nothing_either(scratch):
    class InsideError(Exception):
        pass

    with pytest.raises(InsideError), embedded([], tenant_id="t_local"):
        raise InsideError
    assert list(scratch.iterdir()) == []


def test_no_thread_stays(scratch):
    before = {*threading.enumerate()}
    with embedded([], tenant_id="t_local") as target:
        refused(target, "x")
    end = time.monotonic() + 10
    ours = ("multicam-call", "multicam-stream", "multicam-health", "multicam-reflection")
    while any(thread.name.startswith(ours) for thread in {*threading.enumerate()} - before):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_several_at_a_time(tmp_path, scratch):
    file = tmp_path / "named.wav"
    file.write_bytes(b"no media, but a file")
    with embedded([file], tenant_id="t_local") as one, embedded([], tenant_id="t_local") as two:
        assert refused(one, file) is grpc.StatusCode.FAILED_PRECONDITION
        assert refused(two, file) is grpc.StatusCode.PERMISSION_DENIED


def test_a_long_temporary_folder_still_takes_a_socket(tmp_path, monkeypatch):
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with embedded([], tenant_id="t_local") as target:
        assert refused(target, "x") is grpc.StatusCode.PERMISSION_DENIED
    assert not Path(target.removeprefix("unix:")).parent.exists()


def test_it_opens_no_tcp_port(scratch, listening_ports):
    before = listening_ports(os.getpid())
    with embedded([], tenant_id="t_local") as target:
        refused(target, "x")
        assert listening_ports(os.getpid()) == before


PROGRAM = """
import grpc
from multicam_server.app import embedded
with embedded([], tenant_id="t_local") as target, grpc.insecure_channel(target) as channel:
    try:
        channel.unary_unary("/multicam.v1.MediaAnalysisService/Focus")(b"", timeout=10)
    except grpc.RpcError as error:
        print(error.code().name)
"""


def test_it_says_nothing_of_itself(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stdout, ended.stderr, ended.returncode) == ("UNAUTHENTICATED\n", "", 0)
    assert list(tmp_path.iterdir()) == []
