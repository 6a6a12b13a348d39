"""How a server starts as a process, and why it does not."""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest


def refusal(server):
    """The one line of a server that does not start."""
    assert server.exit_code() == 2
    assert server.popen.stdout.read() == ""
    (line,) = server.lines
    return line


def test_a_port_in_use_is_told(process, tmp_path):
    first = process("--listen", "127.0.0.1:0", "--cache-dir", str(tmp_path))
    second = process("--listen", first.address, "--cache-dir", str(tmp_path))
    assert refusal(second) == (
        f"multicam-server: --listen: cannot listen on {first.address}: Address already in use"
    )


@pytest.mark.parametrize("address", ["203.0.113.1:0", "no-such-host.invalid:1"])
def test_an_address_that_is_not_ours_is_told(process, tmp_path, address):
    server = process(
        MULTICAM_LISTEN=address, MULTICAM_CACHE_DIR=str(tmp_path), MULTICAM_ALLOW_PLAINTEXT="yes"
    )
    assert refusal(server).startswith(f"multicam-server: --listen: cannot listen on {address}: ")


def test_a_cache_folder_that_cannot_be_written_is_told(process, tmp_path):
    (tmp_path / "file").touch()
    server = process("--listen", "127.0.0.1:0", "--cache-dir", str(tmp_path / "file" / "cache"))
    line = refusal(server)
    assert line.startswith("multicam-server: --cache-dir: ")
    assert line.endswith("Not a directory")


def test_a_wrong_variable_is_told_by_the_console_script_too(clean_environ):
    script = shutil.which("multicam-server", path=Path(sys.executable).parent)
    assert script
    ended = subprocess.run(
        [script],
        env={**clean_environ, "MULTICAM_GRACE_S": "soon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "multicam-server: MULTICAM_GRACE_S: 'soon' must be a number of seconds from 0 to 3600\n"
    )


def test_the_default_folders_are_the_users_own(process, clean_environ):
    server = process("--listen", "127.0.0.1:0")
    assert server.address.startswith("127.0.0.1:")
    cache = Path(clean_environ["HOME"]) / ".cache" / "multicam"
    assert cache.is_dir()
    assert (cache / "uploads").stat().st_mode & 0o077 == 0
    server.signal(signal.SIGTERM)
    assert server.exit_code() == 0


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6(process, tmp_path):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 loopback here")
    server = process("--listen", "[::1]:0", "--cache-dir", str(tmp_path))
    assert server.address.startswith("[::1]:")
    with socket.create_connection(("::1", int(server.address.rpartition(":")[2]))):
        pass


def test_a_server_listens_where_it_says_and_nowhere_else(process, listening_ports, tmp_path):
    server = process("--listen", "127.0.0.1:0", "--cache-dir", str(tmp_path))
    port = int(server.address.rpartition(":")[2])
    assert listening_ports(server.popen.pid) == {port}
