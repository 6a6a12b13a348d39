"""Who may import whom. Reads the source, imports nothing."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "server" / "multicam_server"
CLIENT = ROOT / "client" / "multicam"
GENERATED = CLIENT / "v1"

STDLIB = frozenset(sys.stdlib_module_names)
# What depends on anything but its arguments: files, clocks, chance, processes, the network.
WORLD = frozenset(
    {"asyncio", "concurrent", "datetime", "glob", "http", "io", "logging", "multiprocessing"}
    | {"os", "pathlib", "platform", "random", "secrets", "shutil", "signal", "socket"}
    | {"subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid"}
)
PURE = STDLIB - WORLD

LONGEST_FILE_LINES = 500


@dataclass(frozen=True)
class Room:
    """A part of the house: what its modules may import, beside the room itself."""

    stdlib: frozenset[str]
    others: frozenset[str]


def room(stdlib: frozenset[str], *others: str) -> Room:
    return Room(stdlib, frozenset(others))


STUBS = "multicam.v1"
PROTOBUF = "google.protobuf"
STATUS = ("google.rpc", "grpc_status")
DOMAIN = "multicam_server.domain"
FAULTS = f"{DOMAIN}.faults"
ALGORITHM = room(PURE, "numpy", "scipy", DOMAIN)
ALIGNMENT = "multicam_server.alignment"
ALGORITHMS = tuple(
    f"multicam_server.{name}"
    for name in ("alignment", "conversation", "cutting", "focus", "highlights")
)
CONVERSATION = "multicam_server.conversation"
FOLLOWERS = tuple(f"multicam_server.{name}" for name in ("cutting", "focus", "highlights"))
ERRORS = "multicam_server.errors"
LOGS = "multicam_server.logs"
CACHE = "multicam_server.cache"
RETENTION = "multicam_server.retention"
MEDIA = "multicam_server.media"
LIBRARY = (f"{MEDIA}.library", f"{MEDIA}.uploads")
TELEMETRY = "multicam_server.telemetry"
TALLY = f"{TELEMETRY}.tally"
OUTCOME = f"{TELEMETRY}.outcome"
SECURITY = "multicam_server.security"
INTERCEPTORS = "multicam_server.interceptors"
IDENTITY = f"{INTERCEPTORS}.identity"
VALIDATION = "multicam_server.validation"
WIRE = "multicam_server.wire"
JOBS = "multicam_server.jobs"
SILERO = "multicam_server.silero"
WORKERS = "multicam_server.workers"
SERVICER = "multicam_server.servicer"
CONFIG = "multicam_server.config"
DOORS = "multicam_server.doors"
WATCHING = "multicam_server.watching"
APP = "multicam_server.app"
MAIN = "multicam_server.__main__"
CLI = "multicam.cli"
CONFORMANCE = "multicam.conformance"
ENGINES = "multicam.engines"

# Of several that fit a module, the longest name is its room. An import is allowed
# when an entry names it or a package around it.
ROOMS = {
    DOMAIN: room(PURE, "numpy"),
    **dict.fromkeys(ALGORITHMS, ALGORITHM),
    # Compares independent pairs on as many threads as there are cores, which share what
    # was transformed of a recording.
    ALIGNMENT: room(PURE | {"concurrent", "os", "threading"}, *ALGORITHM.others),
    # Who speaks when is inferred once, for whoever cuts, picks or follows.
    **dict.fromkeys(FOLLOWERS, room(PURE, "numpy", "scipy", DOMAIN, CONVERSATION)),
    MEDIA: room(STDLIB, "av", "numpy", DOMAIN, RETENTION, TALLY),
    WIRE: room(PURE, PROTOBUF, "numpy", STUBS, DOMAIN),
    VALIDATION: room(PURE, PROTOBUF, "numpy", STUBS, DOMAIN),
    # What files turn out to be is validated when they have been opened.
    JOBS: room(STDLIB, "numpy", DOMAIN, MEDIA, VALIDATION, TALLY, *ALGORITHMS),
    ERRORS: room(STDLIB, PROTOBUF, "grpc", *STATUS, STUBS, FAULTS),
    LOGS: room(STDLIB),
    # What is kept on disk, and for how long.
    RETENTION: room(STDLIB),
    CACHE: room(STDLIB, DOMAIN, RETENTION, WIRE, TALLY),
    # Plain data, so that work in any process may measure itself.
    TALLY: room(STDLIB),
    OUTCOME: room(STDLIB, TALLY),
    TELEMETRY: room(STDLIB, "opentelemetry", "prometheus_client", LOGS, TALLY, OUTCOME),
    SECURITY: room(STDLIB, "grpc", "jwt", FAULTS),
    INTERCEPTORS: room(STDLIB, "grpc", ERRORS, FAULTS, LOGS, TALLY, OUTCOME),
    # The server's side of the workers knows their channel, not what they do.
    WORKERS: room(STDLIB, FAULTS, LOGS, RETENTION, TALLY, f"{MEDIA}.library", f"{WORKERS}.worker"),
    f"{WORKERS}.methods": room(
        STDLIB, PROTOBUF, STUBS, CONVERSATION, FAULTS, JOBS, *LIBRARY, VALIDATION, WIRE
    ),
    f"{WORKERS}.worker": room(
        STDLIB, "threadpoolctl", CACHE, FAULTS, MEDIA, LOGS, SILERO, TALLY, WORKERS
    ),
    # An extra, imported at the moment it listens.
    SILERO: room(PURE | {"pathlib"}, "numpy", "scipy", "onnxruntime", DOMAIN, CONVERSATION),
    SERVICER: room(STDLIB, "grpc", STUBS, WIRE, DOMAIN, INTERCEPTORS, *LIBRARY, WORKERS),
    CONFIG: room(STDLIB),
    DOORS: room(STDLIB, "grpc", CONFIG, SECURITY, f"{INTERCEPTORS}.authentication"),
    WATCHING: room(STDLIB, CONFIG, DOORS, TELEMETRY),
    APP: room(
        STDLIB,
        *("grpc", "grpc_health", "grpc_reflection", PROTOBUF, STUBS),
        *(CACHE, CONFIG, ERRORS, INTERCEPTORS, LOGS, MEDIA, SERVICER),
        *(DOORS, RETENTION, WATCHING, WORKERS),
    ),
    MAIN: room(STDLIB, APP, CONFIG, LOGS),
    "multicam": room(STDLIB, PROTOBUF, *STATUS, "grpc", STUBS),
    STUBS: room(STDLIB, PROTOBUF, "grpc"),
    CLI: room(STDLIB, PROTOBUF, *STATUS, "grpc", "rich", "multicam"),
    ENGINES: room(STDLIB, STUBS, "multicam"),
    # An extra, imported at the moment a film is looked at, or its sound copied out.
    f"{ENGINES}.pictures": room(STDLIB, "av"),
    f"{ENGINES}.sound_only": room(STDLIB, STUBS, "av", ENGINES),
    # Loaded by pytest, where a caller's test suite asks for it.
    f"{CONFORMANCE}.plugin": room(STDLIB, "pytest", "multicam"),
    "multicam.__main__": room(STDLIB, CLI),
}

# The command line's embedded server, imported at the moment it is asked for.
DEFERRED = {CLI: (APP, CONFIG)}


@dataclass(frozen=True)
class Import:
    """One imported module, made absolute."""

    module: str
    line: int
    deferred: bool


def sources() -> list[Path]:
    return sorted([*SERVER.rglob("*.py"), *CLIENT.rglob("*.py")])


def module_name(path: Path) -> str:
    source_root = SERVER.parent if path.is_relative_to(SERVER) else CLIENT.parent
    parts = path.relative_to(source_root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, wherever in it. A module counts as `x.y` in `from x import y`."""
    pending: list[tuple[ast.AST, bool]] = [(ast.parse(path.read_text("utf-8")), False)]
    while pending:
        node, deferred = pending.pop()
        deferred |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        pending += [(child, deferred) for child in ast.iter_child_nodes(node)]
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, deferred)
        elif isinstance(node, ast.ImportFrom):
            base = absolute_base(path, node)
            for alias in node.names:
                yield Import(imported_module(base, alias.name), node.lineno, deferred)


def absolute_base(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    packages = module_name(path).split(".")
    if path.name != "__init__.py":
        packages.pop()
    parents = packages[: len(packages) - node.level + 1]
    return ".".join([*parents, node.module] if node.module else parents)


def imported_module(base: str, name: str) -> str:
    """`from google import protobuf` imports google.protobuf, `from math import pi` math."""
    whole = f"{base}.{name}"
    return whole if base == "google" or (is_ours(base) and is_module(whole)) else base


def is_ours(module: str) -> bool:
    return within(module, "multicam") or within(module, "multicam_server")


def is_module(name: str) -> bool:
    """Whether a dotted name of ours is a module or a package, not a name inside one."""
    base = SERVER.parent if name.startswith("multicam_server") else CLIENT.parent
    path = base.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def room_of(module: str) -> str | None:
    homes = [prefix for prefix in ROOMS if within(module, prefix)]
    return max(homes, key=len, default=None)


def may_import(home: str, found: Import) -> bool:
    rules = ROOMS[home]
    if is_ours(found.module):
        if room_of(found.module) == home or (
            found.deferred and found.module in DEFERRED.get(home, ())
        ):
            return True
    elif found.module.partition(".")[0] in rules.stdlib:
        return True
    return any(within(found.module, other) for other in rules.others)


def breaches(path: Path) -> Iterator[str]:
    home = room_of(module_name(path))
    for found in imports(path):
        if home is not None and not may_import(home, found):
            yield f"{path.relative_to(ROOT)}:{found.line}: {home} may not import {found.module}"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_a_module_imports_only_what_its_room_may(path):
    assert list(breaches(path)) == []


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_every_module_has_a_room(path):
    module = module_name(path)
    if module == "multicam_server":
        assert {found.module for found in imports(path)} <= {"os"}, "it only sets the environment"
    else:
        assert room_of(module) is not None, f"give {module} a place in ROOMS"


def test_nothing_imports_the_app_but_its_entry_points():
    importers = {
        module_name(path)
        for path in sources()
        for found in imports(path)
        if within(found.module, APP)
    }
    strangers = [name for name in sorted(importers) if room_of(name) not in {APP, MAIN, CLI}]
    assert strangers == []


def test_a_breach_is_seen(tmp_path, monkeypatch):
    """The reader of imports against every form an import takes."""
    package = tmp_path / "server" / "multicam_server" / "focus"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    for name in ("wire.py", "errors.py"):
        (package.parent / name).touch()
    (package / "path.py").write_text(
        "import math, time\n"
        "import numpy as np\n"
        "from .. import wire\n"
        "from ..errors import table\n"
        "from multicam.v1 import focus_pb2\n"
        "def late():\n"
        "    import av.container\n"
        "    from google import protobuf\n"
    )
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    monkeypatch.setattr(sys.modules[__name__], "SERVER", package.parent)

    seen = sorted(breach.rpartition(" ")[2] for breach in breaches(package / "path.py"))
    assert seen == [
        "av.container",
        "google.protobuf",
        "multicam.v1.focus_pb2",
        "multicam_server.errors",
        "multicam_server.wire",
        "time",
    ]


def test_the_stubs_folder_holds_generated_files_only():
    strangers = [
        file.name
        for file in sorted(GENERATED.iterdir())
        if file.is_file()
        and not file.name.endswith(("_pb2.py", "_pb2.pyi", "_pb2_grpc.py"))
        and file.name not in {"__init__.py", "multicam_grpc_service_config.json"}
    ]
    assert strangers == []
    package = ast.parse((GENERATED / "__init__.py").read_text("utf-8"))
    assert package.body[1:] == [], "more than a docstring"


def written_files() -> list[Path]:
    folders = ("client", "server", "tests", "benchmarks", "examples", "protos")
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file for file in files if GENERATED not in file.parents]


@pytest.mark.parametrize("path", written_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_one_subject(path):
    assert path.stem not in {"util", "utils", "helpers", "common", "misc"}
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_FILE_LINES, f"{lines} lines: split it"
