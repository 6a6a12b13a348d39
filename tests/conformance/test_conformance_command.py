"""`multicam conformance` and the pytest plugin, as programs."""

import subprocess
import sys

import pytest
from multicam.conformance import CHECKS
from multicam.v1.focus_pb2 import FocusResponse

TEST_MODULE = """
def test_the_service_keeps_the_contract(multicam_check):
    multicam_check()
"""


def multicam(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "multicam", "conformance", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_conforming_service_gives_a_table_and_0(address):
    done = multicam("--server", address, "--tenant", "t_probe", "--env", "dev")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == f"{len(CHECKS)} of {len(CHECKS)} promises kept"
    assert len(lines) == len(CHECKS) + 2
    for check, line in zip(CHECKS, lines[2:], strict=True):
        assert line.startswith(check.area)
        assert check.promise in line


def test_a_breach_is_told_and_gives_1(spoiled):
    def spoil(rpc, answer):
        if rpc != "Focus":
            return answer
        message = FocusResponse.FromString(answer)
        message.automations[0].keyframes[0].value = 1.0
        return message.SerializeToString()

    done = multicam("--server", spoiled(spoil=spoil), "--tenant", "t_probe", "--env", "dev")
    assert done.returncode == 1
    assert f"{len(CHECKS) - 2} of {len(CHECKS)} promises kept" in done.stdout
    assert "focus_stays_inside: the window is at 1.0" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "name it with --server HOST:PORT"),
        (("--server", "127.0.0.1:1", "--env", "dev"), "--server needs --tenant"),
    ],
)
def test_wrong_usage_gives_2(arguments, says):
    done = multicam(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_an_unreachable_service_gives_1_and_one_sentence():
    done = multicam(
        "--server", "127.0.0.1:1", "--tenant", "t_probe", "--env", "dev", "--timeout", "5"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "UNAVAILABLE" in done.stderr


def pytest_run(folder, *arguments):
    (folder / "test_deployment.py").write_text(TEST_MODULE)
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "multicam.conformance.plugin"),
            *("-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)),
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def test_the_plugin_makes_one_test_of_each_check(address, tmp_path):
    options = ("--multicam-tenant", "t_probe", "--multicam-env", "dev")
    done = pytest_run(
        tmp_path, "--multicam-server", address, *options, "-k", "focus or tenant or probe"
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_the_plugin_fails_without_a_service(tmp_path):
    done = pytest_run(tmp_path, "-k", "focus_is_whole")
    assert done.returncode == 1
    assert "--multicam-server is missing" in done.stdout
