import subprocess
import sys


def test_stubs_are_fresh_byte_by_byte(root, tmp_path):
    subprocess.run(
        [sys.executable, root / "protos" / "generate.py", "--out", tmp_path / "v1"], check=True
    )
    committed = root / "client" / "multicam" / "v1"
    made = {file.name: file.read_bytes() for file in (tmp_path / "v1").iterdir()}
    present = {
        file.name: file.read_bytes()
        for file in committed.iterdir()
        if file.is_file() and file.name != "__init__.py"
    }
    assert sorted(present) == sorted(made)
    stale = [name for name in made if present[name] != made[name]]
    assert not stale, "run make stubs"
