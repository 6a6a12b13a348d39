"""Logs: every line of a call is its tenant's, and none holds a secret or a piece of media."""

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from multicam import Client, errors
from multicam.v1.align_pb2 import AlignRequest
from multicam.v1.auto_cut_pb2 import AutoCutRequest
from multicam.v1.probe_pb2 import ProbeMediaRequest

WAIT_S = 30


class Process:
    """A server's process at log level debug, and the lines it has written."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "multicam_server", *arguments, "--log-level", "debug"]
        self._popen = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.text: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._popen.stderr is not None
        with self._popen.stderr as lines:
            for line in lines:
                self.text.append(line.rstrip("\n"))
                if line.startswith("listening on"):
                    self._ready.set()

    @property
    def address(self) -> str:
        assert self._ready.wait(WAIT_S), self.text
        (line,) = (line for line in self.text if line.startswith("listening on "))
        return line.removeprefix("listening on ")

    def end(self) -> list[dict[str, Any]]:
        """Stops it; its log."""
        self._popen.terminate()
        assert self._popen.wait(WAIT_S) == 0
        self._reader.join(WAIT_S)
        return [json.loads(line) for line in self.text if not line.startswith("listening on")]


@pytest.fixture
def process(media_root: Path, tmp_path: Path) -> Iterator[Process]:
    running = Process(
        *("--listen", "127.0.0.1:0", "--media-root", str(media_root)),
        *("--cache-dir", str(tmp_path)),
    )
    yield running
    running._popen.kill()
    running._popen.wait()
    running._reader.join()


def align_request(*uris: str) -> AlignRequest:
    request = AlignRequest()
    for number, uri in enumerate(uris):
        asset = request.tracks.add().asset
        asset.asset_id, asset.uri = f"asset_{number}", uri
    return request


SPOKEN = "What somebody said in confidence."
TOKEN = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0.c2lnbmF0dXJl"


def auto_cut_request() -> AutoCutRequest:
    request = AutoCutRequest()
    for name in ("a", "b"):
        track = request.tracks.add(asset_id=name, duration_ms=10_000)
        timeline = track.artifacts.audio_semantic_timeline
        timeline.events.add(kind=1, end_ms=3_000, speaker_id=name, transcription=SPOKEN)
    return request


def all_kinds_of_calls(client: Client, tenant_id: str, foreign_uri: str, upload: bytes) -> None:
    """Seven calls, whose request ids begin with the tenant's."""

    def refused(number: int, kind: type[errors.MulticamError], request: AlignRequest) -> None:
        with pytest.raises(kind):
            client.align(request, request_id=f"{tenant_id}-{number}")

    client.align(align_request("a.wav", "b.wav"), request_id=f"{tenant_id}-0")
    refused(1, errors.MediaForbidden, align_request("a.wav", foreign_uri))
    refused(2, errors.MediaNotFound, align_request("a.wav", "none.wav"))
    sent = client.upload_media(upload, request_id=f"{tenant_id}-3")
    request = align_request("a.wav", "b.wav")
    request.tracks[1].asset.upload_id = sent.upload_id
    refused(4, errors.MediaUnreadable, request)
    client.auto_cut(auto_cut_request(), request_id=f"{tenant_id}-5")
    probed = ProbeMediaRequest(assets=[align_request("b.wav").tracks[0].asset])
    client.probe_media(probed, request_id=f"{tenant_id}-6")


def test_the_log_of_two_tenants(process: Process, media_root: Path) -> None:
    """Both at the same time: alignments, refusals, uploads, artifacts and damaged files."""
    sound = (media_root / "t_a" / "a.wav").read_bytes()[1000:4000]
    upload = base64.b64encode(sound) + sound
    other = {"t_a": "t_b", "t_b": "t_a"}

    def work(tenant_id: str) -> None:
        with Client(process.address, tenant_id=tenant_id, env="dev", token=TOKEN) as client:
            foreign_uri = f"{media_root}/{other[tenant_id]}/a.wav"
            all_kinds_of_calls(client, tenant_id, foreign_uri, upload)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, other))
    lines = process.end()

    assert len([line for line in lines if line["message"] == "call"]) == 14
    for line in lines:
        if "request_id" not in line:
            assert "tenant" not in line
            continue
        tenant_id = line["request_id"].partition("-")[0]
        assert line.get("tenant", tenant_id) == tenant_id
        assert other[tenant_id] not in json.dumps(line)
    whole = "\n".join(process.text)
    for part in (TOKEN, *TOKEN.split("."), "confidence"):
        assert part not in whole
    assert upload[:40].decode() not in whole
    for tenant_id in other:
        assert f"{media_root}/{tenant_id}" not in whole
    # Lists of numbers, or long texts, would be media or artifacts.
    assert max(map(len, process.text)) < 2000
