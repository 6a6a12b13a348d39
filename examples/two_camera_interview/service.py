"""Starts multicam-server as a process of its own, as an operator would."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 30.0
POLL_S = 0.05
LISTENING = re.compile(r"^listening on (\S+)$", re.MULTILINE)


@contextmanager
def running_server(media_root: Path, cache_dir: Path, log: Path) -> Iterator[str]:
    """A server on a free port of this machine; yields its HOST:PORT, stops it at the end."""
    command = [sys.executable, "-m", "multicam_server", "--listen", "127.0.0.1:0"]
    command += ["--media-root", str(media_root), "--cache-dir", str(cache_dir)]
    with log.open("w", encoding="utf-8") as stderr:
        server = subprocess.Popen(command, stderr=stderr)
    try:
        yield address(server, log)
    finally:
        server.terminate()
        server.wait(STOP_TIMEOUT_S)


def address(server: subprocess.Popen[bytes], log: Path) -> str:
    """Waits until the server says where it listens."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        found = LISTENING.search(log.read_text("utf-8"))
        if found:
            return found[1]
        if server.poll() is not None:
            break
        time.sleep(POLL_S)
    raise RuntimeError(f"multicam-server did not start:\n{log.read_text('utf-8')}")
