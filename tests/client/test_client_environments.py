"""The client installed alone, on the oldest and on the newest runtime that it supports.

Each environment is made once under `.cache/environments`, named after what was
asked for; the project's own wheel is put in anew whenever its files change.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "environments"
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "dependencies"
]
OLDEST = sorted(re.sub(r">=([^,]+).*", r"==\1", requirement) for requirement in DEPENDENCIES)
RUNTIMES = {"oldest": OLDEST, "newest": sorted(DEPENDENCIES)}
SERVER_PACKAGES = ("numpy", "scipy", "av", "grpc_health", "grpc_reflection", "grpc_status", "rich")

pytestmark = pytest.mark.environments

# Runs inside the environment: a server of one method, and the client's whole way to it.
EXERCISE = """
import asyncio, json, sys
from concurrent import futures
from importlib import metadata
from importlib.util import find_spec

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2

import multicam
import multicam.aio
from multicam import errors
from multicam.v1 import analyze_pb2, focus_pb2, probe_pb2, upload_pb2
from multicam.v1 import media_analysis_service_pb2_grpc as service_grpc


class Servicer(service_grpc.MediaAnalysisServiceServicer):
    attempts = 0

    def Focus(self, request, context):
        self.attempts += 1
        if self.attempts == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")
        return focus_pb2.FocusResponse(clip_id=request.clip_id)

    def ProbeMedia(self, request, context):
        status = status_pb2.Status(code=3, message="wrong")
        for detail in (
            error_details_pb2.ErrorInfo(reason="REQUEST_INVALID", domain="multicam"),
            error_details_pb2.BadRequest(
                field_violations=[
                    error_details_pb2.BadRequest.FieldViolation(field="assets", description="none")
                ]
            ),
        ):
            packed = Any()
            packed.Pack(detail)
            status.details.append(packed)
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "wrong")

    def Analyze(self, request, context):
        for fraction in (0.25, 0.5):
            yield analyze_pb2.AnalyzeResponse(
                progress=analyze_pb2.AnalyzeProgress(fraction=fraction)
            )

    def UploadMedia(self, requests, context):
        content = b"".join(request.chunk for request in requests)
        return upload_pb2.UploadMediaResponse(upload_id="u", size_bytes=len(content))


server = grpc.server(futures.ThreadPoolExecutor(2))
service_grpc.add_MediaAnalysisServiceServicer_to_server(Servicer(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with multicam.Client(f"127.0.0.1:{port}", tenant_id="t_a", env="dev") as client:
    focused = client.focus(focus_pb2.FocusRequest(clip_id="c")).clip_id
    try:
        client.probe_media(probe_pb2.ProbeMediaRequest())
    except errors.InvalidRequest as error:
        violations = [[rule.field, rule.description] for rule in error.field_violations]
    fractions = [e.progress.fraction for e in client.analyze(analyze_pb2.AnalyzeRequest())]
    uploaded = client.upload_media(b"x" * 1_000_000).size_bytes


async def awaited():
    identity = {"tenant_id": "t_a", "env": "dev"}
    async with multicam.aio.Client(f"127.0.0.1:{port}", **identity) as client:
        stream = await client.analyze(analyze_pb2.AnalyzeRequest())
        fractions = [e.progress.fraction async for e in stream]
        return fractions, (await client.upload_media(b"x" * 1_000_000)).size_bytes


awaited = asyncio.run(awaited())
server.stop(None).wait()
print(json.dumps({
    "awaited": awaited,
    "focused": focused,
    "violations": violations,
    "fractions": fractions,
    "uploaded": uploaded,
    "present": [name for name in sys.argv[1:] if find_spec(name) is not None],
    "server_imported": sorted(name for name in sys.modules if name.startswith("multicam_server")),
    "versions": {name: metadata.version(name) for name in
                 ("grpcio", "protobuf", "googleapis-common-protos")},
}))
"""


def run(*command, **options):
    """Runs a command to its end; a failure shows what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def digest(*parts):
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The project's wheel, built from the tree, and a digest of what is in it."""
    sources = sorted((ROOT / "client" / "multicam").rglob("*"))
    contents = [
        f"{path.relative_to(ROOT)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in [ROOT / "pyproject.toml", *sources]
        if path.is_file() and "__pycache__" not in path.parts
    ]
    name = digest(*contents)
    folder = CACHE / f"wheel-{name}"
    if not list(folder.glob("*.whl")):
        scratch = tmp_path_factory.mktemp("wheel")
        run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", scratch, ROOT)
        (built,) = scratch.glob("*.whl")
        for stale in CACHE.glob("wheel-*/*.whl"):
            stale.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / built.name).write_bytes(built.read_bytes())
    return next(folder.glob("*.whl")), name


@pytest.fixture(scope="session", params=sorted(RUNTIMES))
def environment(request, wheel):
    """Name and interpreter of an environment that has the client and one of its runtimes."""
    requirements = RUNTIMES[request.param]
    folder = CACHE / f"{request.param}-{digest(sys.version, *requirements)}"
    python = folder / "bin" / "python"
    made, installed = folder / "made", folder / "installed"
    if not made.exists():
        run(sys.executable, "-m", "venv", "--clear", folder)
        run(python, "-m", "pip", "install", "--quiet", *requirements)
        made.touch()
    path, name = wheel
    if not installed.exists() or installed.read_text("utf-8") != name:
        run(python, "-m", "pip", "install", "--quiet", "--force-reinstall", "--no-deps", path)
        installed.write_text(name, "utf-8")
    return request.param, python


@pytest.fixture
def outside(tmp_path):
    """A folder from which the source tree cannot be imported, and no settings of this run."""
    return {"cwd": tmp_path, "env": {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}}


def test_the_base_install_is_whole(environment, outside):
    _, python = environment
    run(python, "-m", "pip", "check", **outside)


def test_a_client_alone_talks_to_a_server(environment, outside):
    name, python = environment
    result = json.loads(run(python, "-W", "error", "-c", EXERCISE, *SERVER_PACKAGES, **outside))
    versions = result.pop("versions")
    assert result == {
        "focused": "c",
        "violations": [["assets", "none"]],
        "fractions": [0.25, 0.5],
        "uploaded": 1_000_000,
        "awaited": [[0.25, 0.5], 1_000_000],
        "present": [],
        "server_imported": [],
    }
    if name == "oldest":
        for pin in map(Requirement, OLDEST):
            assert pin.specifier.contains(versions[pin.name])


def test_the_oldest_runtime_is_the_promised_one():
    assert OLDEST == ["googleapis-common-protos==1.70", "grpcio==1.72.2", "protobuf==6.30.0"]


def test_the_command_line_names_what_a_local_run_needs(environment, outside, tmp_path):
    _, python = environment
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"RIFF")
    command = [python, "-m", "multicam"]
    assert run(*command, "--version", **outside).startswith("multicam ")
    done = subprocess.run(
        [*command, "align", "a.wav", "b.wav"],
        capture_output=True,
        text=True,
        check=False,
        **outside,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert 'pip install "multicam[server]"' in done.stderr
    assert done.stderr.count("\n") == 1
