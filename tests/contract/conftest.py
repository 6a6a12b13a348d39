"""The contract under test: its protos as descriptors, and the tools that check them."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FileDescriptorSet,
)

ROOT = Path(__file__).resolve().parents[2]

Buf = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's top folder."""
    return ROOT


@pytest.fixture(scope="session")
def buf() -> Buf:
    """Runs the buf of this environment (the buf-bin wheel) in a folder, the root by default."""
    program = Path(sys.executable).parent / "buf"

    def run(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments], cwd=cwd, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture(scope="session")
def image(root: Path) -> Path:
    """The committed image of the released contract."""
    return root / "protos" / "released" / "multicam.v1.binpb"


@pytest.fixture(scope="session")
def contract(buf: Buf, tmp_path_factory: pytest.TempPathFactory) -> FileDescriptorSet:
    """The contract as the protos state it now."""
    built = tmp_path_factory.mktemp("image") / "now.binpb"
    result = buf("build", "--exclude-source-info", "--output", built)
    assert result.returncode == 0, result.stderr
    return FileDescriptorSet.FromString(built.read_bytes())


@pytest.fixture(scope="session")
def messages(contract: FileDescriptorSet) -> dict[str, DescriptorProto]:
    """Every message of the contract, nested ones included, by full name."""

    def within(prefix: str, found: DescriptorProto) -> Iterator[tuple[str, DescriptorProto]]:
        name = f"{prefix}.{found.name}"
        yield name, found
        for nested in found.nested_type:
            yield from within(name, nested)

    return {
        name: message
        for file in contract.file
        for top in file.message_type
        for name, message in within(f".{file.package}", top)
    }
