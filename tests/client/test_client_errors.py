"""Failed calls become typed exceptions that carry all the service says."""

import pickle
import threading

import grpc
import pytest
from google.rpc import error_details_pb2
from multicam import FieldViolation, MulticamError, QuotaViolation, Resource, errors
from multicam.v1 import align_pb2, analyze_pb2, errors_pb2, focus_pb2, probe_pb2
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceServicer

REASONS = {
    name.removeprefix("ERROR_REASON_")
    for name, number in errors_pb2.ErrorReason.items()
    if number != errors_pb2.ERROR_REASON_UNSPECIFIED
}
BAD_REQUEST = error_details_pb2.BadRequest(
    field_violations=[
        error_details_pb2.BadRequest.FieldViolation(field="a", description="must be finite"),
        error_details_pb2.BadRequest.FieldViolation(field="b[2].c", description="is missing"),
    ]
)


class Refusing(MediaAnalysisServiceServicer):
    """Ends every call the same way; Analyze after one response, UploadMedia at once."""

    def __init__(self, end):
        self.end = end

    def AutoCut(self, request, context):  # noqa: N802
        self.end(context)

    def Analyze(self, request, context):  # noqa: N802
        yield analyze_pb2.AnalyzeResponse(progress=analyze_pb2.AnalyzeProgress(fraction=0.1))
        self.end(context)

    def ProbeMedia(self, request, context):  # noqa: N802
        self.end(context)

    def UploadMedia(self, requests, context):  # noqa: N802
        self.end(context)


def failure_of(client):
    with pytest.raises(MulticamError) as caught:
        client.probe_media(probe_pb2.ProbeMediaRequest(), request_id="r-1")
    return caught.value


def test_the_table_has_every_reason_of_the_contract_once():
    assert sorted(reason for _, reason in errors.ERRORS if reason) == sorted(REASONS)


def test_every_reason_of_a_code_is_a_kind_of_that_code():
    for (code, _), error in errors.ERRORS.items():
        assert issubclass(error, errors.ERRORS[code, ""])


@pytest.mark.parametrize(("code", "reason"), sorted(errors.ERRORS, key=str))
def test_a_status_and_reason_raise_their_class(connect, refuse, code, reason):
    client = connect(Refusing(lambda context: refuse(context, code, "no", reason=reason)))
    error = failure_of(client)
    assert type(error) is errors.ERRORS[code, reason]
    assert (error.code, error.reason, error.message) == (code, reason, "no")
    assert error.request_id == "r-1"


def test_an_error_carries_all_that_the_service_says(connect, refuse):
    details = (
        BAD_REQUEST,
        error_details_pb2.ResourceInfo(
            resource_type="media", resource_name="a.wav", description="no such file"
        ),
        error_details_pb2.QuotaFailure(
            violations=[error_details_pb2.QuotaFailure.Violation(subject="t_a", description="wait")]
        ),
    )
    retry = error_details_pb2.RetryInfo()
    retry.retry_delay.FromMilliseconds(1500)

    def end(context):
        code = grpc.StatusCode.INVALID_ARGUMENT
        facts = {"key": "value"}
        refuse(context, code, "wrong", *details, retry, reason="REQUEST_INVALID", metadata=facts)

    error = failure_of(connect(Refusing(end)))
    assert type(error) is errors.InvalidRequest
    assert error.field_violations == (
        FieldViolation("a", "must be finite"),
        FieldViolation("b[2].c", "is missing"),
    )
    assert error.resource == Resource("media", "a.wav", "no such file")
    assert error.quota_violations == (QuotaViolation("t_a", "wait"),)
    assert error.retry_delay_s == 1.5
    assert error.metadata == {"key": "value"}
    assert str(error) == "INVALID_ARGUMENT REQUEST_INVALID: wrong (request r-1)"
    assert isinstance(error.__cause__, grpc.RpcError)


def test_a_reason_from_a_newer_service_falls_back_to_the_code(connect, refuse):
    code = grpc.StatusCode.NOT_FOUND
    error = failure_of(
        connect(Refusing(lambda context: refuse(context, code, "no", reason="GHOST_NOT_FOUND")))
    )
    assert type(error) is errors.NotFound
    assert error.reason == "GHOST_NOT_FOUND"


def test_a_known_reason_under_an_unexpected_code_is_read_by_its_code(connect, refuse):
    code = grpc.StatusCode.ABORTED
    error = failure_of(
        connect(Refusing(lambda context: refuse(context, code, "no", reason="REQUEST_INVALID")))
    )
    assert type(error) is MulticamError
    assert (error.code, error.reason) == (code, "REQUEST_INVALID")


def test_the_reason_of_another_domain_is_not_ours(connect, refuse):
    def end(context):
        code = grpc.StatusCode.PERMISSION_DENIED
        refuse(context, code, "no", reason="MEDIA_FORBIDDEN", domain="proxy.example")

    error = failure_of(connect(Refusing(end)))
    assert type(error) is errors.PermissionDenied
    assert error.reason == ""


@pytest.mark.parametrize("trailer", [b"\xff\xff\xff", b"", b"\x1a\x04junk"])
def test_unreadable_details_leave_code_and_message(connect, trailer):
    def end(context):
        context.set_trailing_metadata((("grpc-status-details-bin", trailer),))
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "wrong")

    error = failure_of(connect(Refusing(end)))
    assert type(error) is errors.InvalidArgument
    assert (error.message, error.reason, error.field_violations) == ("wrong", "", ())


def test_an_error_in_the_middle_of_a_stream_is_typed_too(connect, refuse):
    def end(context):
        code = grpc.StatusCode.INVALID_ARGUMENT
        refuse(context, code, "wrong", BAD_REQUEST, reason="REQUEST_INVALID")

    stream = connect(Refusing(end)).analyze(analyze_pb2.AnalyzeRequest(), request_id="r-2")
    assert next(stream).progress.fraction == 0.1
    with pytest.raises(errors.InvalidRequest) as caught:
        next(stream)
    assert caught.value.request_id == stream.request_id == "r-2"
    assert len(caught.value.field_violations) == 2


def test_an_upload_that_is_refused_is_typed_too(connect, refuse):
    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    client = connect(
        Refusing(lambda context: refuse(context, code, "too long", reason="UPLOAD_TOO_LARGE"))
    )
    with pytest.raises(errors.UploadTooLarge):
        client.upload_media(b"0" * 3_000_000)


def test_an_unimplemented_call_is_named(connect):
    with pytest.raises(errors.Unimplemented):
        connect(MediaAnalysisServiceServicer()).focus(focus_pb2.FocusRequest())


def test_a_late_answer_is_a_deadline_exceeded(connect):
    released = threading.Event()

    class Slow(MediaAnalysisServiceServicer):
        def Align(self, request, context):  # noqa: N802
            released.wait(10)
            return align_pb2.AlignResponse()

    with pytest.raises(errors.DeadlineExceeded) as caught:
        connect(Slow()).align(align_pb2.AlignRequest(), timeout_s=0.1)
    released.set()
    assert caught.value.reason == ""


def test_leaving_an_analysis_ends_the_servers_work(connect):
    ended = threading.Event()

    class Endless(MediaAnalysisServiceServicer):
        def Analyze(self, request, context):  # noqa: N802
            context.add_callback(ended.set)
            yield analyze_pb2.AnalyzeResponse()
            ended.wait(10)

    with connect(Endless()).analyze(analyze_pb2.AnalyzeRequest()) as stream:
        next(stream)
    assert ended.wait(5)
    with pytest.raises(errors.Cancelled):
        next(stream)


def test_an_error_survives_pickling(connect, refuse):
    def end(context):
        code = grpc.StatusCode.INVALID_ARGUMENT
        refuse(context, code, "wrong", BAD_REQUEST, reason="REQUEST_INVALID")

    error = failure_of(connect(Refusing(end)))
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert copy.report == error.report
