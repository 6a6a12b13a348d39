"""The process: progress on stderr, Ctrl-C, SIGTERM, a reader that goes away."""

import json
import os
import pty
import signal
import subprocess
import threading
import time

import pytest
from multicam.v1 import align_pb2, analyze_pb2, auto_cut_pb2
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceServicer


class Slow(MediaAnalysisServiceServicer):
    """Answers when it is told to."""

    def __init__(self):
        self.entered, self.released = threading.Event(), threading.Event()

    def AutoCut(self, request, context):  # noqa: N802
        context.add_callback(self.released.set)
        self.entered.set()
        self.released.wait(20)
        return auto_cut_pb2.AutoCutResponse()

    def Analyze(self, request, context):  # noqa: N802
        for fraction, message in ((0.1, "aligning"), (0.6, "cutting [red]")):
            yield analyze_pb2.AnalyzeResponse(
                progress=analyze_pb2.AnalyzeProgress(fraction=fraction, message=message)
            )
            time.sleep(1.2)
        yield analyze_pb2.AnalyzeResponse(
            result=analyze_pb2.AnalyzeResult(align=align_pb2.AlignResponse(base_asset_id="a"))
        )


class Prompt(MediaAnalysisServiceServicer):
    """Answers at once."""

    def AutoCut(self, request, context):  # noqa: N802
        return auto_cut_pb2.AutoCutResponse()


@pytest.fixture
def slow():
    servicer = Slow()
    yield servicer
    servicer.released.set()


@pytest.fixture
def slow_server(slow, serve):
    return slow, serve(slow)


@pytest.fixture
def start(command, tmp_path):
    """Starts `multicam ARGUMENTS` in the test's folder."""

    def run(*arguments, **pipes):
        ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [*command, *arguments], cwd=tmp_path, text=True, **{**ends, **pipes}
        )

    return run


@pytest.mark.parametrize(
    ("ending", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_signal_ends_the_command_and_the_call(start, slow_server, ending, code):
    slow, server = slow_server
    process = start("autocut", "--request", "-", *server)
    process.stdin.write("{}")
    process.stdin.close()
    process.stdin = None
    assert slow.entered.wait(10)
    process.send_signal(ending)
    stdout, stderr = process.communicate(timeout=10)
    assert (process.returncode, stdout) == (code, "")
    assert "Traceback" not in stderr
    assert slow.released.wait(5), "the server still works for a caller that has gone"


def test_a_reader_that_goes_away_is_no_error_to_tell(start, serve):
    process = start("autocut", "--request", "-", *serve(Prompt()))
    process.stdout.close()
    process.stdout = None
    _, stderr = process.communicate("{}", timeout=20)
    assert (process.returncode, stderr) == (141, "")


def test_long_work_is_told_in_lines_where_there_is_no_terminal(multicam_process, serve, slow):
    request = json.dumps({"tracks": []})
    done = multicam_process(
        "analyze", "--request", "-", "--out", "out", *serve(slow), stdin=request
    )
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "multicam: aligning (10%)",
        "multicam: cutting [red] (60%)",
    ]


def test_short_work_is_not_commented(multicam, serve):
    done = multicam("autocut", "--request", "-", *serve(Prompt()), stdin="{}")
    assert done.stderr == ""


def test_a_terminal_gets_a_bar_and_a_clean_result(start, serve, slow, tmp_path):
    (tmp_path / "request.json").write_text("{}")
    primary, secondary = pty.openpty()
    arguments = ("analyze", "--request", "request.json", "--out", "out", "--json", *serve(slow))
    environment = {**os.environ, "TERM": "xterm-256color"}
    process = start(*arguments, stderr=secondary, env=environment)
    os.close(secondary)
    drawn = b""
    while True:
        try:
            drawn += os.read(primary, 65_536)
        except OSError:  # Linux: the last writer has closed
            break
    stdout, _ = process.communicate(timeout=20)
    os.close(primary)
    assert process.returncode == 0
    assert json.loads(stdout)["align"]["base_asset_id"] == "a"
    assert b"cutting [red]" in drawn
    assert b"60%" in drawn
    assert b"\x1b[" in drawn
