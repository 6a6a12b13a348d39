"""How calls are refused: the canonical code, the reason, and the details that name the remedy."""

from collections.abc import Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from ..errors import ErrorReport, MulticamError
from ..v1.focus_pb2 import FocusRequest
from ..v1.media_pb2 import Asset
from ..v1.upload_pb2 import UploadHeader, UploadMediaRequest
from . import material, requests
from .checks import Area, broken, expect, refusal
from .service import RPCS, Service

REFUSALS = Area("refusals")

Request = TypeVar("Request", bound=Message)

UNPARSABLE = b"\xff\xff\xff\xff"
"""No protobuf message: shows that metadata is judged before the body is read."""

FORBIDDEN_URIS = (
    "../t_other/a.wav",
    "/etc/hostname",
    "file:///etc/hostname",
    "file://elsewhere/a.wav",
    "http://127.0.0.1/a.wav",
    "concat:a.wav|b.wav",
)


@REFUSALS.check
def tenant_is_required(service: Service) -> None:
    """Every RPC refuses a call without x-tenant-id, before it reads the body."""
    others = tuple(pair for pair in service.identity() if pair[0] != "x-tenant-id")
    _expect_everywhere(service, others, grpc.StatusCode.UNAUTHENTICATED, "TENANT_MISSING")


@REFUSALS.check
def tenant_is_well_formed(service: Service) -> None:
    """Every RPC refuses a malformed x-tenant-id, and t_unknown."""
    for tenant_id in ("t1", "t_A", "t_", "t_unknown", "t_" + "a" * 127):
        metadata = _with(service, "x-tenant-id", tenant_id)
        _expect_everywhere(service, metadata, grpc.StatusCode.INVALID_ARGUMENT, "TENANT_INVALID")


@REFUSALS.check
def env_is_required(service: Service) -> None:
    """Every RPC refuses a call without x-env."""
    others = tuple(pair for pair in service.identity() if pair[0] != "x-env")
    _expect_everywhere(service, others, grpc.StatusCode.UNAUTHENTICATED, "ENV_MISSING")


@REFUSALS.check
def env_is_known(service: Service) -> None:
    """Every RPC refuses an environment that is none of the deployment's."""
    metadata = _with(service, "x-env", "nowhere")
    _expect_everywhere(service, metadata, grpc.StatusCode.INVALID_ARGUMENT, "ENV_INVALID")


@REFUSALS.check
def violations_are_named(service: Service) -> None:
    """A request that breaks rules is refused with every broken field's path."""
    a, _ = material.recordings()
    request = requests.align(a, a, base="nobody")
    request.options.window_ms = 1.0
    error = _refused(service.client.align, request)
    _expect_reason(error, grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID")
    fields = {violation.field for violation in error.field_violations}
    expected = {"base_asset_id", "options.window_ms", "tracks[1].asset.asset_id"}
    expect(fields == expected, f"the fields are {sorted(fields)}, not {sorted(expected)}")
    expect(all(v.description for v in error.field_violations), "a violation is not described")


@REFUSALS.check
def nan_is_refused(service: Service) -> None:
    """NaN and infinity are refused by their field's path."""
    for value in (float("nan"), float("inf")):
        request = FocusRequest(asset_id="a", in_ms=value, out_ms=5_000.0)
        error = _refused(service.client.focus, request)
        _expect_reason(error, grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_INVALID")
        fields = [violation.field for violation in error.field_violations]
        expect("in_ms" in fields, f"the fields are {fields}")


@REFUSALS.check
def garbage_is_refused(service: Service) -> None:
    """A body that is no message is refused as INVALID_ARGUMENT."""
    for rpc in RPCS:
        refused = refusal(service, rpc, (UNPARSABLE,), service.identity())
        _expect_refusal(rpc, refused, grpc.StatusCode.INVALID_ARGUMENT, None)


@REFUSALS.check
def uris_stay_inside(service: Service) -> None:
    """A URI that leads out of the tenant's media is refused, whatever lies there."""
    for uri in FORBIDDEN_URIS:
        asset = Asset(asset_id="a", uri=uri)
        error = _refused(service.client.probe_media, requests.probe(asset))
        _expect_reason(error, grpc.StatusCode.PERMISSION_DENIED, "MEDIA_FORBIDDEN", about=uri)


@REFUSALS.check
def missing_media_is_named(service: Service) -> None:
    """Media that is not there is NOT_FOUND by its name, or forbidden without media roots."""
    asset = Asset(asset_id="a", uri="conformance/nothing-here.wav")
    error = _refused(service.client.probe_media, requests.probe(asset))
    if error.reason == "MEDIA_FORBIDDEN":
        return  # a deployment that takes uploads only
    _expect_reason(error, grpc.StatusCode.NOT_FOUND, "MEDIA_NOT_FOUND")
    expect(error.resource is not None, "no resource is named")


@REFUSALS.check
def missing_upload_is_named(service: Service) -> None:
    """An upload that the tenant does not have is NOT_FOUND."""
    asset = Asset(asset_id="a", upload_id="0" * 64)
    error = _refused(service.client.probe_media, requests.probe(asset))
    _expect_reason(error, grpc.StatusCode.NOT_FOUND, "UPLOAD_NOT_FOUND")


@REFUSALS.check
def no_media_is_told(service: Service) -> None:
    """A file that is no media is refused by the asset's name."""
    upload = service.client.upload_media(b"this is no media\n" * 64)
    asset = Asset(asset_id="notes", upload_id=upload.upload_id)
    error = _refused(service.client.probe_media, requests.probe(asset))
    _expect_reason(error, grpc.StatusCode.FAILED_PRECONDITION, "MEDIA_UNREADABLE")
    expect(error.metadata.get("asset_id") == "notes", f"it names {dict(error.metadata)}")


@REFUSALS.check
def damaged_upload_is_refused(service: Service) -> None:
    """An upload that is not what its header announced is refused."""
    for header in (UploadHeader(size_bytes=5), UploadHeader(sha256="0" * 64)):
        messages = (
            UploadMediaRequest(header=header),
            UploadMediaRequest(chunk=b"four"),
        )
        sent = [message.SerializeToString() for message in messages]
        refused = refusal(service, "UploadMedia", sent, service.identity())
        code = grpc.StatusCode.INVALID_ARGUMENT
        _expect_refusal(f"an upload announced as {header}", refused, code, "UPLOAD_INVALID")


@REFUSALS.check
def unknown_rpcs_are_told(service: Service) -> None:
    """An RPC that does not exist is UNIMPLEMENTED."""
    refused = refusal(service, "Unheard", (b"",), service.identity())
    _expect_refusal("Unheard", refused, grpc.StatusCode.UNIMPLEMENTED, None)


def _with(service: Service, key: str, value: str) -> tuple[tuple[str, str], ...]:
    """A well-formed call's metadata with one value replaced."""
    return tuple((name, value if name == key else old) for name, old in service.identity())


def _refused(call: Callable[[Request], Message], request: Request) -> MulticamError:
    """The exception that a call raises."""
    try:
        call(request)
    except MulticamError as error:
        refused = error
    else:
        broken("the call was accepted")
    return refused


def _expect_everywhere(
    service: Service, metadata: tuple[tuple[str, str], ...], code: grpc.StatusCode, reason: str
) -> None:
    for rpc in RPCS:
        refused = refusal(service, rpc, (UNPARSABLE,), metadata)
        _expect_refusal(rpc, refused, code, reason)


def _expect_refusal(
    what: str, found: ErrorReport, code: grpc.StatusCode, reason: str | None
) -> None:
    right = found.code is code and reason in (None, found.reason)
    expect(right, f"{what}: {found.code.name} {found.reason} {found.message!r}")


def _expect_reason(
    error: MulticamError, code: grpc.StatusCode, reason: str, *, about: str = ""
) -> None:
    right = error.code is code and error.reason == reason
    expect(right, f"{about + ': ' if about else ''}{error}")
