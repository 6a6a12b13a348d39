"""The table of errors: complete, small enough to travel, and silent about the inside."""

import inspect
import logging
from collections import Counter
from concurrent.futures import CancelledError

import grpc
import pytest
from google.rpc import error_details_pb2
from multicam.v1 import errors_pb2
from multicam_server import errors
from multicam_server.domain import faults

WHO = (("x-tenant-id", "t_test"), ("x-env", "dev"))
DEFAULT_TRAILER_BYTES = 8192

EXAMPLES = (
    faults.InvalidRequest((faults.Violation("tracks[0].asset.uri", "must not be empty"),)),
    faults.MissingMetadata("x-tenant-id"),
    faults.MissingMetadata("x-env"),
    faults.InvalidMetadata("x-tenant-id", "it must be so"),
    faults.InvalidMetadata("x-env", "it must be so"),
    faults.InvalidMetadata("x-user-id", "it must be so"),
    faults.CredentialsMissing(),
    faults.CredentialsInvalid("it has expired"),
    faults.TenantMismatch("x-tenant-id"),
    faults.MediaForbidden("a"),
    faults.MediaNotFound("a", "clips/a.mp4"),
    faults.MediaUnreadable("a", "it is empty"),
    faults.MediaWithoutAudio("a"),
    faults.UploadNotFound("a", "u1"),
    faults.UploadTooLarge(7),
    faults.UploadInvalid("the header comes first"),
    faults.ShuttingDown(),
    faults.Overloaded("streams", 4),
    faults.WorkerDied("was killed by SIGSEGV", ("cam_a", "cam_b")),
    faults.WorkTooLarge("more memory than one may take", ("cam_a",)),
    faults.DeadlinePassed(600),
    faults.UploadStalled(60),
    faults.UploadNotStored(),
    faults.Cancelled("gone"),
)


def leaves():
    """Every fault that is raised: the classes without subclasses."""
    classes = [
        found
        for _, found in inspect.getmembers(faults, inspect.isclass)
        if issubclass(found, faults.Fault)
    ]
    return [found for found in classes if not found.__subclasses__()]


def test_every_fault_stands_in_the_table_once_per_key():
    assert {row.fault for row in errors.TABLE} == {*leaves(), CancelledError, Exception}
    counts = Counter((row.fault, row.key) for row in errors.TABLE)
    assert set(counts.values()) == {1}


def test_every_reason_stands_in_the_table_once():
    told = Counter(row.reason for row in errors.TABLE if row.reason is not None)
    reasons = set(errors_pb2.ErrorReason.values()) - {errors_pb2.ERROR_REASON_UNSPECIFIED}
    assert told == Counter(reasons)


def test_every_code_is_the_contracts():
    """errors.proto says a code with every reason; the table must say the same."""
    from pathlib import Path

    proto = Path(__file__).parents[2] / "protos" / "multicam" / "v1" / "errors.proto"
    text = proto.read_text("utf-8")
    for row in errors.TABLE:
        if row.reason is not None:
            above = text.partition(f"  ERROR_REASON_{row.reason_name} =")[0].split("\n\n")[-1]
            assert above.strip().startswith(f"// {row.code.name}: "), row


def test_the_examples_cover_the_faults():
    assert {type(example) for example in EXAMPLES} == set(leaves())


@pytest.mark.parametrize("fault", EXAMPLES, ids=lambda fault: type(fault).__name__)
def test_a_fault_reaches_the_caller_whole(chained, details, fault):
    def fail(request, context):
        raise fault

    row = errors.row_for(fault)
    with pytest.raises(grpc.RpcError) as refused:
        chained(fail).unary_unary("/test.Service/Call")(b"", metadata=WHO)
    assert refused.value.code() is row.code
    assert refused.value.details() == str(fault)
    if row.reason is None:
        return
    info = details(refused.value, error_details_pb2.ErrorInfo)
    assert (info.domain, info.reason) == ("multicam", row.reason_name)
    assert set(info.metadata) == {"request_id", *row.metadata(fault)}
    for expected in row.details(fault):
        assert details(refused.value, type(expected)) == expected


@pytest.mark.parametrize(
    ("fault", "kind", "field", "value"),
    [
        (EXAMPLES[0], "BadRequest", "field_violations", "tracks[0].asset.uri"),
        (faults.MediaNotFound("a", "b.wav"), "ResourceInfo", "resource_name", "b.wav"),
        (faults.UploadNotFound("a", "u1"), "ResourceInfo", "resource_name", "u1"),
        (faults.MediaUnreadable("cam", "x"), "PreconditionFailure", "violations", "cam"),
        (faults.MediaWithoutAudio("cam"), "PreconditionFailure", "violations", "cam"),
        (faults.UploadTooLarge(7), "QuotaFailure", "violations", "7 bytes"),
        (faults.ShuttingDown(), "RetryInfo", "retry_delay", "1"),
        (faults.Overloaded("calls", 4, tenant_id="t_a"), "RetryInfo", "retry_delay", "1"),
    ],
)
def test_the_detail_that_fits_the_code(fault, kind, field, value):
    found, *_ = errors.row_for(fault).details(fault)
    assert found.DESCRIPTOR.full_name == f"google.rpc.{kind}"
    assert value in str(getattr(found, field))


def test_a_forbidden_uri_is_not_repeated_as_a_resource():
    status = errors.to_status(faults.MediaForbidden("a"), request_id="r")
    assert "ResourceInfo" not in str(status.trailing_metadata)


UNFORESEEN = (ValueError("secret"), KeyError("secret"), faults.Fault("secret"))


@pytest.mark.parametrize("error", UNFORESEEN, ids=repr)
@pytest.mark.parametrize("streamed", [False, True])
def test_what_nobody_foresaw_is_internal_and_stays_inside(chained, caplog, info, error, streamed):
    def one(request, context):
        raise error

    def many(request, context):
        yield b"1"
        raise error

    caplog.set_level(logging.INFO)
    channel = chained(many, make=grpc.unary_stream_rpc_method_handler) if streamed else chained(one)
    metadata = (*WHO, ("x-request-id", "find-me"))
    with pytest.raises(grpc.RpcError) as failed:
        list(channel.unary_stream("/test.Service/Call")(b"", metadata=metadata))
    assert failed.value.code() is grpc.StatusCode.INTERNAL
    assert info(failed.value).reason == "INTERNAL"
    assert "find-me" in failed.value.details()
    assert "secret" not in failed.value.debug_error_string() + str(failed.value.details())
    (record,) = (record for record in caplog.records if record.exc_info)
    assert record.exc_info[1] is error


def test_an_inner_abort_keeps_its_status(chained):
    def refuse(request, context):
        context.abort(grpc.StatusCode.OUT_OF_RANGE, "as the handler says")

    with pytest.raises(grpc.RpcError) as refused:
        chained(refuse).unary_unary("/test.Service/Call")(b"", metadata=WHO)
    assert refused.value.code() is grpc.StatusCode.OUT_OF_RANGE
    assert refused.value.details() == "as the handler says"


def test_a_cancelled_future_is_a_cancelled_call(chained):
    def fail(request, context):
        raise CancelledError

    with pytest.raises(grpc.RpcError) as refused:
        chained(fail).unary_unary("/test.Service/Call")(b"", metadata=WHO)
    assert refused.value.code() is grpc.StatusCode.CANCELLED


@pytest.mark.parametrize("letter", ["x", "é", "\N{CLAPPER BOARD}", "\ud800"])
@pytest.mark.parametrize("times", [1, 5000])
def test_no_status_outgrows_the_trailers(chained, details, letter, times):
    """Worst case as a peer may count it: base64, percent-encoding, 32 bytes a header."""
    many = tuple(faults.Violation(letter * 3000, letter * 3000) for _ in range(times))
    for fault in (
        faults.InvalidRequest(many),
        faults.MediaNotFound(letter * 256, letter * 9000),
        faults.MediaUnreadable(letter * 256, letter * 9000),
        faults.UploadNotFound(letter * 256, letter * 9000),
        faults.InvalidMetadata(letter * 256, letter * 9000),
    ):
        status = errors.to_status(fault, request_id="r" * 128)
        (((_, packed)),) = status.trailing_metadata
        assert len(packed) * 4 / 3 + len(status.details.encode()) * 3 + 200 < DEFAULT_TRAILER_BYTES

    def fail(request, context):
        raise faults.InvalidRequest(many)

    with pytest.raises(grpc.RpcError) as refused:
        chained(fail).unary_unary("/test.Service/Call")(b"", metadata=WHO)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert details(refused.value, error_details_pb2.BadRequest).field_violations
    info = details(refused.value, error_details_pb2.ErrorInfo)
    assert info.metadata["violations"] == str(times)


def test_many_violations_are_counted_in_the_message():
    both = (faults.Violation("a", "must be b"), faults.Violation("c", "must be d"))
    status = errors.to_status(faults.InvalidRequest(both), request_id="r")
    assert status.details == "the request has 2 violations; first: a: must be b"


def test_bytes_that_are_no_message_are_the_callers_fault(channel, call, details, service):
    for method in service.methods:
        with pytest.raises(grpc.RpcError) as refused:
            call(channel, method, bodies=(b"\xff\xff\xff",))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT, method.name
        bad = details(refused.value, error_details_pb2.BadRequest)
        assert [violation.field for violation in bad.field_violations] == ["request"]


def test_a_message_over_the_limit_is_refused(serve, connect, call, service):
    from multicam_server.config import LimitsConfig

    server = serve(limits=LimitsConfig(max_message_bytes=2 * 1024 * 1024))
    channel = connect(server.address)
    with pytest.raises(grpc.RpcError) as refused:
        call(channel, service.methods_by_name["Focus"], bodies=(b"\0" * (2 * 1024 * 1024 + 1),))
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
