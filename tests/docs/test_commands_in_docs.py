"""Runs the shell commands of README.md and docs/*.md, top to bottom, as a reader would.

A fenced block says in its info string what is done with it:

- ```sh run: runs in bash, in the repository's top folder; must end with 0.
- ```python run: runs in Python, likewise.
- ```sh run server: starts a server that serves the rest of the page; the address
  127.0.0.1:50051, there and in later blocks, becomes a free one.
- ```text output, ```json output: what the block before printed. `...` stands for
  anything within a line, a line of its own for any number of lines.
- ```sh: shown, not run; only with a reason in NOT_RUN.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

# (page, first line of the block): why it is not run.
NOT_RUN: dict[tuple[str, str], str] = {
    ("README.md", "make test"): "these tests are what it runs",
    (
        "cutting.md",
        "pip install 'multicam[server,vad]'",
    ): "the environment of the tests stays as it is; tests/conversation runs the model",
}

SERVER_ADDRESS = "127.0.0.1:50051"
LISTENING = re.compile(r"^listening on (\S+)$", re.MULTILINE)
FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {
    "sh run": ["bash", "-euo", "pipefail", "-c"],
    "python run": [sys.executable, "-c"],
}
TOOL = re.compile(r"^(grpcurl|go|npm) ", re.MULTILINE)  # what a reader may be without
SERVER_INFO = "sh run server"
SHOWN_INFO = "sh"
SHELL_INFOS = {*PROGRAMS, SERVER_INFO, SHOWN_INFO}
SHELLS = {"sh", "bash", "shell", "console"}
OUTPUT_INFOS = {"text output", "json output"}

COMMAND_TIMEOUT_S = 300.0
START_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    info: str
    body: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def first_line(self) -> str:
        return self.body.partition("\n")[0]


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page, line, match["info"].strip(), match["body"])


# What blocks printed: two pages may begin with the same long command.
PRINTED: dict[str, str] = {}


class Shell:
    """What one page's commands share: the environment, and the server that it starts."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._servers: list[subprocess.Popen[bytes]] = []
        self._address = SERVER_ADDRESS
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("MAKE", "MFLAGS", "MULTICAM_"))
        }
        programs = Path(sys.executable).parent
        self._environment["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def run(self, block: Block) -> str:
        """Runs a block, unless another page has; what it printed."""
        if block.body not in PRINTED or SERVER_ADDRESS in block.body:
            PRINTED[block.body] = self._run(block)
        return PRINTED[block.body]

    def _run(self, block: Block) -> str:
        script = block.body.replace(SERVER_ADDRESS, self._address)
        done = subprocess.run(
            [*PROGRAMS[block.info], script],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"{block}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def start_server(self, block: Block) -> None:
        log = self._scratch / f"server-{len(self._servers)}.log"
        script = block.body.replace(SERVER_ADDRESS, "127.0.0.1:0")
        with log.open("wb") as stderr:
            server = subprocess.Popen(
                [*PROGRAMS["sh run"], script],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
            )
        self._servers.append(server)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (found := LISTENING.search(log.read_text("utf-8"))):
            assert server.poll() is None, f"{block}: {log.read_text('utf-8')}"
            assert time.monotonic() < deadline, f"{block}: not listening"
            time.sleep(0.05)
        self._address = found[1]

    def stop(self) -> None:
        for server in self._servers:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30.0)


def prints(expected: str, actual: str) -> bool:
    """Whether `actual` is what a page shows, `...` standing for anything."""
    pattern = ""
    for line in expected.splitlines():
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
        else:
            parts = (re.escape(part) for part in line.rstrip().split("..."))
            pattern += ".*".join(parts) + r"[ \t]*\n"
    return re.fullmatch(pattern, actual if actual.endswith("\n") else actual + "\n") is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_shell_block_is_run_or_excused(page):
    for block in blocks(page):
        if block.info.split(" ")[0] in SHELLS:
            assert block.info in SHELL_INFOS, f"{block}: ```{block.info}"
            if block.info == SHOWN_INFO:
                assert (page.name, block.first_line) in NOT_RUN, (
                    f"{block} is neither run nor excused"
                )


def test_every_excuse_is_needed():
    shown = {
        (page.name, block.first_line)
        for page in PAGES
        for block in blocks(page)
        if block.info == SHOWN_INFO
    }
    assert set(NOT_RUN) <= shown


@pytest.mark.parametrize(
    "page",
    [
        page
        for page in PAGES
        if any(block.info in {*PROGRAMS, SERVER_INFO} for block in blocks(page))
    ],
    ids=lambda page: page.name,
)
def test_the_commands_of_a_page_do_what_it_says(page, tmp_path):
    shell = Shell(tmp_path)
    printed: str | None = None
    left_out = 0
    try:
        for block in blocks(page):
            if block.info in OUTPUT_INFOS:
                assert left_out or printed is not None, f"{block}: nothing was run before it"
                if printed is not None:
                    assert prints(block.body, printed), f"{block}: it prints\n{printed}"
            elif block.info == SERVER_INFO:
                shell.start_server(block)
            elif block.info in PROGRAMS and is_runnable(block):
                printed = shell.run(block)
            elif block.info in PROGRAMS:
                printed = None
                left_out += 1
    finally:
        shell.stop()
    if left_out:
        pytest.skip(f"a tool is not installed: {left_out} blocks were not run")


def is_runnable(block: Block) -> bool:
    """Whether the machine has what the block calls beside this project's own programs."""
    missing = {tool for tool in TOOL.findall(block.body) if shutil.which(tool) is None}
    assert not missing or os.environ.get("CI") != "true", f"{block}: CI must have {missing}"
    return not missing


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("offset ... ms\n", "offset 3217.001 ms\n", True),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nd\n", True),
        ("a\n", "a\nb\n", False),
        ("offset ... ms\n", "offset 3217.001 s\n", False),
    ],
)
def test_dots_stand_for_anything(expected, actual, same):
    assert prints(expected, actual) is same
