"""The log: JSON on stderr, and every line of a call names the call."""

import json
import logging
import signal
import sys
from datetime import datetime

import grpc
import pytest
from multicam_server import logs

WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))


def record(message, **fields):
    made = logging.makeLogRecord({"name": "here", "levelname": "INFO", "msg": message, **fields})
    return json.loads(logs.JsonFormatter().format(made))


def test_a_line_has_time_level_logger_and_message():
    line = record("done %s", args=("well",))
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "here", "done well")
    assert datetime.fromisoformat(line["time"]).utcoffset().total_seconds() == 0
    assert set(line) == {"time", "level", "logger", "message"}


def test_what_a_writer_adds_is_a_field():
    assert record("done", cache_key="abc", count=3)["cache_key"] == "abc"
    assert record("done", thing=object())["thing"].startswith("<object")


def test_no_value_can_forge_a_line():
    made = logging.makeLogRecord({"msg": 'a\n{"level": "ERROR"}\r\u2028\ud800', "x": "b\nc"})
    line = logs.JsonFormatter().format(made)
    assert line.isascii()
    assert len(line.splitlines()) == 1


def test_an_exception_is_a_traceback():
    try:
        raise ValueError("inside")
    except ValueError:
        line = record("failed", exc_info=sys.exc_info())
    assert "ValueError: inside" in line["traceback"]


def test_every_line_of_a_call_names_it(chained, caplog):
    written = []

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(json.loads(logs.JsonFormatter().format(record)))

    def work(request, context):
        logging.getLogger("elsewhere").warning("in between")
        return request

    handler = Keep()
    logging.getLogger().addHandler(handler)
    caplog.set_level(logging.INFO)
    try:
        metadata = (*WHO, ("x-request-id", "r1"))
        chained(work).unary_unary("/test.Service/Call")(b"", metadata=metadata)
    finally:
        logging.getLogger().removeHandler(handler)
    named = {
        "request_id": "r1",
        "tenant": "t_test",
        "env": "dev",
        "method": "/test.Service/Call",
    }
    assert [line["message"] for line in written] == ["in between", "call"]
    for line in written:
        assert named.items() <= line.items()
    assert written[1]["code"] == "OK"
    assert isinstance(written[1]["ms"], float)


@pytest.mark.parametrize("how", ["cancelled", "late"])
@pytest.mark.parametrize("streamed", [False, True])
def test_the_code_of_a_call_whose_caller_left(chained, caplog, how, streamed):
    import threading

    begun, gone = threading.Event(), threading.Event()

    def work(request, context):
        begun.set()
        if not context.add_callback(gone.set):  # it is over already
            gone.set()
        assert gone.wait(10)
        return request

    def stream(request, context):
        yield b"1"
        yield work(request, context)

    caplog.set_level(logging.INFO)
    timeout = 0.2 if how == "late" else 10
    if streamed:
        channel = chained(stream, make=grpc.unary_stream_rpc_method_handler)
    else:
        channel = chained(work)
    running = channel.unary_stream("/test.Service/Call")(b"", metadata=WHO, timeout=timeout)
    assert begun.wait(10)
    if how == "cancelled":
        running.cancel()
    with pytest.raises(grpc.RpcError):
        list(running)
    lines = lambda: [line for line in caplog.records if line.message == "call"]  # noqa: E731
    for _ in range(500):
        if lines():
            break
        threading.Event().wait(0.01)
    expected = "DEADLINE_EXCEEDED" if how == "late" else "CANCELLED"
    assert [line.code for line in lines()] == [expected]


def test_the_log_of_a_server(process, connect, call, service, tmp_path):
    server = process(
        *("--listen", "127.0.0.1:0", "--cache-dir", str(tmp_path)), MULTICAM_LOG_LEVEL="debug"
    )
    channel = connect(server.address)
    for number, method in enumerate(service.methods):
        metadata = (
            *WHO,
            ("x-request-id", f"r{number}"),
            ("authorization", "Bearer s3cret-token"),
        )
        with pytest.raises(grpc.RpcError):
            call(channel, method, metadata, bodies=(b"not a message",))
    with pytest.raises(grpc.RpcError):
        call(channel, service.methods_by_name["Focus"], ())
    server.signal(signal.SIGTERM)
    assert server.exit_code() == 0

    assert "s3cret" not in "".join(server.lines)
    assert server.lines[0] == f"listening on {server.address}"
    calls = [line for line in server.records() if line["message"] == "call"]
    assert len(calls) == len(service.methods) + 1
    for number, (line, method) in enumerate(zip(calls, service.methods, strict=False)):
        assert line["request_id"] == f"r{number}"
        assert (line["tenant"], line["env"]) == ("t_test", "dev")
        assert line["method"] == f"/{service.full_name}/{method.name}"
        assert (line["code"], line["reason"]) == ("INVALID_ARGUMENT", "REQUEST_INVALID")
        assert line["ms"] >= 0
    assert (calls[-1]["code"], calls[-1]["reason"]) == ("UNAUTHENTICATED", "TENANT_MISSING")
    assert server.popen.stdout.read() == ""
