"""Request ids: taken or made, and told in every kind of reply."""

import re

import grpc
import pytest

WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))


def told(call):
    return [value for key, value in call.initial_metadata() if key == "x-request-id"]


def test_an_id_is_made_and_told(chained):
    channel = chained(lambda request, context: request)
    _, first = channel.unary_unary("/test.Service/Call").with_call(b"", metadata=WHO)
    _, second = channel.unary_unary("/test.Service/Call").with_call(b"", metadata=WHO)
    assert re.fullmatch("[0-9a-f]{32}", *told(first))
    assert told(first) != told(second)


@pytest.mark.parametrize("name", ["a", "01HZY-x_9.8:7/6+5=@", "r" * 128])
def test_the_callers_id_is_taken(chained, name):
    channel = chained(lambda request, context: request)
    metadata = (*WHO, ("x-request-id", name))
    _, call = channel.unary_unary("/test.Service/Call").with_call(b"", metadata=metadata)
    assert told(call) == [name]


@pytest.mark.parametrize("name", ["", "a b", "r" * 129, 'a"b', "a;b"])
def test_a_malformed_id_is_refused_under_one_that_was_made(chained, info, name):
    channel = chained(lambda request, context: request)
    with pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary("/test.Service/Call")(b"", metadata=(*WHO, ("x-request-id", name)))
    found = info(refused.value)
    assert found.reason == "METADATA_INVALID"
    assert re.fullmatch("[0-9a-f]{32}", *told(refused.value))
    assert told(refused.value) == [found.metadata["request_id"]]


def test_every_rpc_tells_it_with_its_error(channel, call, info, service):
    for method in service.methods:
        with pytest.raises(grpc.RpcError) as refused:
            call(channel, method, (("x-request-id", "mine"),))
        assert told(refused.value) == ["mine"]
        assert info(refused.value).metadata["request_id"] == "mine"


def test_it_comes_before_the_first_reply(chained):
    """A caller of a long call knows the id while it waits."""

    def reply(request, context):
        yield b"1"

    channel = chained(reply, make=grpc.unary_stream_rpc_method_handler)
    call = channel.unary_stream("/test.Service/Call")(b"", metadata=WHO)
    assert len(told(call)) == 1
    assert list(call) == [b"1"]
