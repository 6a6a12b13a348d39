"""Makes the client's stubs from the protos, with one pinned generator.

    python protos/generate.py            # into client/multicam/v1
    python protos/generate.py --out DIR  # elsewhere, as the freshness test does

The generator lives in an environment of its own (`.cache/stubs-<version>`),
because its version is a promise: stubs made by grpcio-tools X run on grpcio >= X
and on the protobuf runtime that X was built with, or any later one of the same
or the next major version. It must therefore not follow the development
environment's upgrades. See docs/contract.md, "The client's oldest runtime".
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GENERATOR = "grpcio-tools==1.72.2"  # carries protoc 30.0: protobuf 6.30.0 and later
GENERATOR_RUNTIME = ("grpcio==1.72.2", "protobuf==6.33.6", "setuptools<81")

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
PACKAGE = Path("multicam/v1")
SERVICE = "media_analysis_service"
SERVICE_CONFIG = "multicam_grpc_service_config.json"


def generator_python() -> Path:
    """Path of the interpreter that has the pinned generator, made on first use."""
    environment = ROOT / ".cache" / f"stubs-{GENERATOR.partition('==')[2]}"
    python = environment / "bin" / "python"
    if not (environment / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        packages = (GENERATOR, *GENERATOR_RUNTIME)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (environment / "complete").touch()
    return python


def generate(out: Path) -> None:
    """Writes stubs, type stubs and the service config into `out` (the package's folder)."""
    sources = sorted((PROTOS / PACKAGE).glob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [
                generator_python(),
                "-m",
                "grpc_tools.protoc",
                f"-I{PROTOS}",
                f"--python_out={scratch}",
                f"--pyi_out={scratch}",
                f"--grpc_python_out={scratch}",
                *sources,
            ],
            check=True,
        )
        made = Path(scratch) / PACKAGE
        for file in sorted(made.glob("*_pb2_grpc.py")):
            if not file.name.startswith(SERVICE):
                file.unlink()  # the plugin writes one per proto, empty without a service
        out.mkdir(parents=True, exist_ok=True)
        for stale in out.glob("*_pb2*"):
            stale.unlink()
        for file in sorted(made.iterdir()):
            shutil.copyfile(file, out / file.name)
    shutil.copyfile(PROTOS / PACKAGE / SERVICE_CONFIG, out / SERVICE_CONFIG)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the client's stubs from the protos.")
    parser.add_argument("--out", type=Path, default=ROOT / "client" / PACKAGE)
    generate(parser.parse_args().out)
