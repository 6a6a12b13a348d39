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
STUBS = CLIENT / "v1"

STDLIB = frozenset(sys.stdlib_module_names)
# What depends on anything but its arguments: files, clocks, chance, processes, the network.
WORLD = frozenset(
    "asyncio concurrent datetime glob http io logging multiprocessing os pathlib platform "
    "random secrets shutil signal socket subprocess sys tempfile threading time urllib uuid".split()
)
PURE = STDLIB - WORLD

ALGORITHMS = ("alignment", "conversation", "cutting", "focus", "highlights")
LONGEST_FILE_LINES = 500


@dataclass(frozen=True)
class Room:
    """A part of the house: what its modules may import, beside the room itself."""

    stdlib: frozenset[str]
    third_party: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()


def room(stdlib: frozenset[str], third_party: str = "", ours: str = "") -> Room:
    return Room(stdlib, frozenset(third_party.split()), frozenset(ours.split()))


def under(package: str, *names: str) -> str:
    return " ".join(f"{package}.{name}" for name in names)


DOMAIN = "multicam_server.domain"

# Longest prefix wins. An import is allowed if an entry is a prefix of it.
ROOMS = {
    DOMAIN: room(PURE, "numpy"),
    **{f"multicam_server.{name}": room(PURE, "numpy scipy", DOMAIN) for name in ALGORITHMS},
    "multicam_server.media": room(STDLIB, "av numpy", DOMAIN),
    "multicam_server.wire": room(PURE, "google.protobuf numpy", f"multicam.v1 {DOMAIN}"),
    "multicam_server.validation": room(PURE, "google.protobuf numpy", f"multicam.v1 {DOMAIN}"),
    "multicam_server.errors": room(
        STDLIB, "google.protobuf google.rpc grpc grpc_status", f"multicam.v1 {DOMAIN}.faults"
    ),
    "multicam_server.interceptors": room(STDLIB, "grpc", f"multicam_server.errors {DOMAIN}.faults"),
    "multicam_server.jobs": room(
        STDLIB, "numpy", under("multicam_server", "domain", "media", *ALGORITHMS)
    ),
    "multicam_server.servicer": room(
        STDLIB,
        "grpc",
        "multicam.v1 "
        + under(
            "multicam_server",
            "domain",
            "errors",
            "jobs",
            "media.library",
            "media.uploads",
            "validation",
            "wire",
        ),
    ),
    "multicam_server.config": room(STDLIB),
    "multicam_server.app": room(
        STDLIB,
        "grpc grpc_health grpc_reflection google.protobuf",
        "multicam.v1 "
        + under("multicam_server", "config", "errors", "interceptors", "media", "servicer"),
    ),
    "multicam_server.__main__": room(STDLIB, "", under("multicam_server", "app", "config")),
    "multicam": room(STDLIB, "google.protobuf google.rpc grpc"),
    "multicam.v1": room(STDLIB, "google.protobuf grpc"),
    "multicam.cli": room(STDLIB, "google.protobuf google.rpc grpc rich", "multicam"),
}

# The command line's embedded server, imported at the moment it is asked for.
DEFERRED = {"multicam.cli": ("multicam_server.app", "multicam_server.config")}


@dataclass(frozen=True)
class Import:
    """One imported module, made absolute."""

    module: str
    line: int
    deferred: bool
    for_types_only: bool


def sources() -> list[Path]:
    return sorted([*SERVER.rglob("*.py"), *CLIENT.rglob("*.py")])


def module_name(path: Path) -> str:
    source_root = SERVER.parent if path.is_relative_to(SERVER) else CLIENT.parent
    parts = path.relative_to(source_root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, wherever in it; `from x import y` counts as x.y where y is a module."""
    package = (
        module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    )
    pending: list[tuple[ast.AST, bool, bool]] = [(ast.parse(path.read_text("utf-8")), False, False)]
    while pending:
        node, deferred, typing = pending.pop()
        deferred |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            typing = True
        pending += [(child, deferred, typing) for child in ast.iter_child_nodes(node)]
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno, deferred, typing)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parent = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parent, base] if base else parent)
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                module = whole if is_ours(base) and is_module(whole) else base
                yield Import(third_party_module(module, alias.name), node.lineno, deferred, typing)


def is_ours(module: str) -> bool:
    return module.split(".")[0] in {"multicam", "multicam_server"}


def is_module(name: str) -> bool:
    """Whether a dotted name of ours is a module or a package, not a name inside one."""
    base = SERVER.parent if name.startswith("multicam_server") else CLIENT.parent
    path = base.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def third_party_module(module: str, name: str) -> str:
    """`from google import protobuf` names google.protobuf."""
    return f"google.{name}" if module == "google" else module


def within(module: str, prefix: str) -> bool:
    return module == prefix or module.startswith(prefix + ".")


def room_of(module: str) -> str | None:
    homes = [prefix for prefix in ROOMS if within(module, prefix)]
    return max(homes, key=len, default=None)


def breaches(path: Path) -> Iterator[str]:
    module = module_name(path)
    home = room_of(module)
    if home is None:
        return
    rules = ROOMS[home]
    for found in imports(path):
        if is_ours(found.module):
            allowed = (
                room_of(found.module) == home
                or any(within(found.module, ours) for ours in rules.ours)
                or (home == "multicam" and room_of(found.module) == "multicam.v1")
                or (found.deferred and found.module in DEFERRED.get(home, ()))
            )
        else:
            allowed = found.module.split(".")[0] in rules.stdlib or any(
                within(found.module, name) for name in rules.third_party
            )
        if not allowed:
            yield f"{path.relative_to(ROOT)}:{found.line}: {home} may not import {found.module}"


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_a_module_imports_only_what_its_room_may(path):
    assert list(breaches(path)) == []


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_every_module_has_a_room(path):
    module = module_name(path)
    if module == "multicam_server":
        assert not list(imports(path)), "the package itself imports nothing"
    else:
        assert room_of(module) is not None, f"give {module} a place in ROOMS"


def test_nothing_imports_the_app_but_its_entry_points():
    importers = {
        module_name(path)
        for path in sources()
        for found in imports(path)
        if within(found.module, "multicam_server.app")
    }
    strangers = [
        name
        for name in sorted(importers)
        if room_of(name) not in {"multicam_server.app", "multicam_server.__main__", "multicam.cli"}
    ]
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
        for file in sorted(STUBS.iterdir())
        if file.is_file()
        and not file.name.endswith(("_pb2.py", "_pb2.pyi", "_pb2_grpc.py"))
        and file.name not in {"__init__.py", "multicam_grpc_service_config.json"}
    ]
    assert strangers == []
    assert (
        ast.parse((STUBS / "__init__.py").read_text("utf-8")).body[1:] == []
    )  # a docstring at most


def written_files() -> list[Path]:
    folders = ("client", "server", "tests", "benchmarks", "examples", "protos")
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file for file in files if STUBS not in file.parents]


@pytest.mark.parametrize("path", written_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_has_one_subject(path):
    assert path.stem not in {"util", "utils", "helpers", "common", "misc"}
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_FILE_LINES, f"{lines} lines: split it"
