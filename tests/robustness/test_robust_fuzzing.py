"""Whatever bytes come, as requests or as files: an answer or a fault, never anything else.

What was found is in docs/track-record.md, and each finding has a test of its own.
"""

import json
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SCRIPT = Path(__file__).with_name("fuzzing.py")
MOST_GROWN_MIB = 64


@pytest.mark.parametrize(
    ("kind", "short", "long"), [("messages", 400, 100_000), ("media", 60, 10_000)]
)
def test_mutated_inputs(tools, kind, short, long):
    command = [str(SCRIPT), kind, "--count", str(tools.times(short, long)), "--seed", "20261125"]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["findings"] == []
    assert found["grown_mib"] < MOST_GROWN_MIB
    assert found["ends"]["answered"] > 0  # the inputs are not just noise


def test_mutated_bytes_are_read_or_refused(tools):
    script = SCRIPT.with_name("fuzzing_reading.py")
    command = [str(script), "--count", str(tools.times(4_000, 1_000_000)), "--seed", "20261125"]
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["findings"] == []
    assert found["grown_mib"] < MOST_GROWN_MIB
    assert {"InvalidRequest", "no message", "passed"} <= found["ends"].keys()


@pytest.fixture(scope="module")
def server(tmp_path_factory, media_root, tools):
    server = tools.server(
        *("--listen", "127.0.0.1:0", "--media-root", str(media_root)),
        *("--cache-dir", str(tmp_path_factory.mktemp("cache")), "--log-level", "warning"),
    )
    yield server
    server.close()


VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200)
KEYS = st.sampled_from(
    (
        *("x-tenant-id", "x-env", "x-user-id", "x-project-id", "x-request-id", "authorization"),
        *("traceparent", "grpc-timeout-x", "x-other", "x-other-bin"),
    )
)
EXPECTED = {
    grpc.StatusCode.OK,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNAUTHENTICATED,
}


def test_any_metadata_is_answered(server, stub_of, tools):
    stub = stub_of(server)
    cut = tools.small_cut()

    @settings(deadline=None, derandomize=True, max_examples=tools.times(60, 5_000))
    @given(st.lists(st.tuples(KEYS, VALUES), max_size=8), st.booleans())
    def check(pairs, known):
        metadata = [
            (key, value.encode() if key.endswith("-bin") else value) for key, value in pairs
        ]
        call = stub.AutoCut.future(cut, metadata=[*metadata, *(tools.who() if known else ())])
        call.exception(60)
        assert call.code() in EXPECTED, call.details()

    check()
    assert not any('"level": "ERROR"' in line for line in server.lines)
