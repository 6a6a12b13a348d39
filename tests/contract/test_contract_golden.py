"""Stored requests, replayed against a real server.

`golden/` holds a request and its response for each RPC: what a client may
expect to read. Numbers must agree to a millionth; sentences for people may
change. When a change of results is meant, its version must change too, and

    RECORD_GOLDEN=1 python -m pytest tests/contract/test_contract_golden.py

writes the responses anew. `replayed/` holds requests as they were once sent,
one folder for each release of the contract. They are never changed: every later
server must still answer them.
"""

import json
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.message import Message
from multicam import Client
from multicam.conformance import material
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    probe_pb2,
)
from multicam_server.app import Server
from multicam_server.config import CacheConfig, ListenConfig, MediaConfig, ServerConfig

FOLDER = Path(__file__).parent
GOLDEN = FOLDER / "golden"
REPLAYED = sorted((FOLDER / "replayed").glob("*/*.json"))
TENANT = "t_golden"
RELATIVE_TOLERANCE = 1e-6
ABSOLUTE_TOLERANCE = 1e-6
FOR_PEOPLE = {"reason", "message", "warnings", "fallbacks", "description"}
VERSIONS = {"alignment_version", "scoring_version", "automation_version"}

REQUESTS: dict[str, type[Message]] = {
    "align": align_pb2.AlignRequest,
    "auto_cut": auto_cut_pb2.AutoCutRequest,
    "highlights": highlights_pb2.HighlightsRequest,
    "focus": focus_pb2.FocusRequest,
    "probe_media": probe_pb2.ProbeMediaRequest,
    "analyze": analyze_pb2.AnalyzeRequest,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of a server whose tenant has the files that the requests name."""
    folder = tmp_path_factory.mktemp("golden")
    media = folder / "media" / TENANT
    media.mkdir(parents=True)
    for asset in material.recordings():
        file = media / f"{asset.asset_id}.wav"
        file.write_bytes(material.wav(asset.waveform.samples))
    server = Server(
        ServerConfig(
            cache=CacheConfig(folder / "cache"),
            listen=ListenConfig(port=0),
            media=MediaConfig((folder / "media",)),
        )
    )
    server.start()
    with Client(server.address, tenant_id=TENANT, env="dev") as connected:
        yield connected
    server.drain(1)


def answer(client: Client, rpc: str, document: object) -> Any:
    """The response to a request, as JSON."""
    request = json_format.ParseDict(document, REQUESTS[rpc]())
    call: Callable[[Message], Any] = getattr(client, rpc)
    response = call(request)
    if rpc == "analyze":
        *_, response = response
    return json_format.MessageToDict(
        response, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where two documents differ; of sentences for people, whether there are any."""
    if path.rpartition(".")[2] in FOR_PEOPLE:
        if bool(expected) != bool(found):
            yield f"{path}: {expected!r} became {found!r}"
    elif isinstance(expected, dict) and isinstance(found, dict):
        for key in sorted({*expected, *found}):
            if key not in expected or key not in found:
                yield f"{path}.{key}: only {'expected' if key in expected else 'found'}"
            else:
                yield from differences(expected[key], found[key], f"{path}.{key}")
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            yield f"{path}: {len(expected)} elements became {len(found)}"
        for index, pair in enumerate(zip(expected, found, strict=False)):
            yield from differences(*pair, f"{path}[{index}]")
    elif isinstance(expected, float) and isinstance(found, int | float):
        if not math.isclose(
            expected, found, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE
        ):
            yield f"{path}: {expected} became {found}"
    elif expected != found:
        yield f"{path}: {expected!r} became {found!r}"


def versions(document: Any) -> Iterator[tuple[str, str]]:
    """Every algorithm's version in a response."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in VERSIONS:
                yield key, value
            yield from versions(value)
    elif isinstance(document, list):
        for value in document:
            yield from versions(value)


@pytest.mark.parametrize("rpc", REQUESTS)
def test_a_golden_request_gives_its_golden_response(client, rpc):
    file = GOLDEN / f"{rpc}.json"
    stored = json.loads(file.read_text("utf-8"))
    found = answer(client, rpc, stored["request"])
    if os.environ.get("RECORD_GOLDEN"):
        document = {"request": stored["request"], "response": found}
        file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
        pytest.skip(f"{file.name} was written anew")
    changed = list(differences(stored["response"], found))
    same_version = {*versions(stored["response"])} == {*versions(found)}
    remedy = "; the version must change with the results" if same_version else ""
    assert not changed, f"{len(changed)} differences{remedy}: " + "; ".join(changed[:10])


def test_there_is_a_golden_file_for_every_rpc_that_has_a_request():
    assert {file.stem for file in GOLDEN.glob("*.json")} == {*REQUESTS}


@pytest.mark.parametrize("file", REPLAYED, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_old_request_is_still_answered(client, file):
    assert answer(client, file.stem, json.loads(file.read_text("utf-8")))


def test_old_requests_of_every_rpc_are_kept():
    assert {file.stem for file in REPLAYED} == {*REQUESTS}


@pytest.mark.parametrize(
    ("expected", "found", "count"),
    [
        ({"a": 1.0}, {"a": 1.0 + 1e-9}, 0),
        ({"a": 1.0}, {"a": 1.001}, 1),
        ({"a": [1.0, 2.0]}, {"a": [1.0]}, 1),
        ({"reason": "one"}, {"reason": "another"}, 0),
        ({"reason": "one"}, {"reason": ""}, 1),
        ({"a": "x"}, {"b": "x"}, 2),
    ],
)
def test_differences_are_found(expected, found, count):
    assert len(list(differences(expected, found))) == count
