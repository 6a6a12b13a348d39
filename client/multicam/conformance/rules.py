"""What holds for every call: request ids, determinism, limits, deadlines, tenants apart."""

import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from .. import errors
from ..v1.media_pb2 import Asset
from ..v1.upload_pb2 import UploadHeader, UploadMediaRequest
from . import material, requests
from .checks import Area, broken, expect, refusal
from .service import RPCS, Service

METADATA = Area("metadata")
DETERMINISM = Area("determinism")
LIMITS = Area("limits")
TENANTS = Area("tenants")

Item = TypeVar("Item")

BEYOND_ANY_LIMIT_BYTES = 2**62
SHORT_S = 0.001


@METADATA.check
def request_id_is_told(service: Service) -> None:
    """An x-request-id comes back before the answer; without one, one is made."""
    request = (requests.focus().SerializeToString(),)
    named = f"conformance-{uuid.uuid4().hex}"
    metadata = (*service.identity(), ("x-request-id", named))
    told = service.call("Focus", request, metadata).initial_metadata.get("x-request-id")
    expect(told == named, f"{named} became {told}")
    made = service.call("Focus", request, service.identity()).initial_metadata
    expect(bool(made.get("x-request-id")), "no id was made")


@METADATA.check
def request_id_is_well_formed(service: Service) -> None:
    """A malformed x-request-id is refused, and its key named."""
    metadata = (*service.identity(), ("x-request-id", "two words"))
    for rpc in RPCS:
        refused = refusal(service, rpc, (b"",), metadata)
        right = refused.reason == "METADATA_INVALID"
        expect(right, f"{rpc}: {refused.code.name} {refused.message!r}")
        key = refused.metadata.get("key")
        expect(key == "x-request-id", f"{rpc} names the key {key}")


@DETERMINISM.check
def same_request_same_bytes(service: Service) -> None:
    """The same request gives the same bytes, call after call."""
    for name, call in _calls(service).items():
        first, second = call(False), call(False)
        expect(first == second, f"two answers of {name} differ")


@DETERMINISM.check
def order_changes_nothing(service: Service) -> None:
    """The order of tracks does not change what is answered."""
    for name, call in _calls(service).items():
        forwards, backwards = call(False), call(True)
        expect(forwards == backwards, f"{name} answers otherwise when the tracks are turned round")


@LIMITS.check
def tracks_are_limited(service: Service) -> None:
    """More than 32 tracks, or fewer than 2 to align, are refused by their field."""
    a, _ = material.recordings()
    short = a.waveform.samples[: material.RATE_HZ]
    many = [material.asset(f"a{index}", tuple(short)) for index in range(33)]
    for assets in (many, many[:1]):
        try:
            service.client.align(requests.align(*assets))
        except errors.InvalidRequest as error:
            fields = [violation.field for violation in error.field_violations]
            expect(fields == ["tracks"], f"{len(assets)} tracks break the rules of {fields}")
        else:
            broken(f"{len(assets)} tracks were accepted")


@LIMITS.check
def uploads_are_limited(service: Service) -> None:
    """An upload that announces too many bytes is refused at once."""
    header = UploadMediaRequest(header=UploadHeader(size_bytes=BEYOND_ANY_LIMIT_BYTES))
    sent = (header.SerializeToString(),)
    refused = refusal(service, "UploadMedia", sent, service.identity())
    expect(refused.reason == "UPLOAD_TOO_LARGE", f"it ends with {refused.message!r}")
    expect(bool(refused.quota_violations), "no quota is named")


@LIMITS.check
def deadlines_are_kept(service: Service) -> None:
    """A deadline that has passed ends the call as DEADLINE_EXCEEDED."""
    a, b = material.recordings()
    try:
        service.client.align(requests.align(a, b), timeout_s=SHORT_S)
    except errors.MulticamError as error:
        expect(error.code is grpc.StatusCode.DEADLINE_EXCEEDED, f"it ended with {error}")
    else:
        broken(f"it was answered within {SHORT_S} s")


@TENANTS.check
def uploads_are_apart(service: Service) -> None:
    """Another tenant does not find an upload by its id."""
    upload = service.client.upload_media(material.short_file())
    asset = Asset(asset_id="a", upload_id=upload.upload_id)
    try:
        service.of_another_tenant().probe_media(requests.probe(asset))
    except (errors.UploadNotFound, errors.PermissionDenied, errors.Unauthenticated):
        return  # a credential for one tenant only is refused before anything is looked for
    broken("it was found")


def _calls(service: Service) -> dict[str, Callable[[bool], object]]:
    """The RPCs whose answers must repeat; each call may send its tracks in reverse.

    What comes back is comparable whatever the order of the tracks.
    """

    def align(backwards: bool) -> object:
        assets = (*material.recordings(), material.stranger())
        response = service.client.align(requests.align(*_turned(assets, backwards), base="a"))
        tracks = sorted(_bytes(track) for track in response.tracks)
        del response.tracks[:]
        return tracks, _bytes(response)

    def auto_cut(backwards: bool) -> object:
        tracks = _turned(material.session(), backwards)
        return _bytes(service.client.auto_cut(requests.auto_cut(*tracks)))

    def highlights(backwards: bool) -> object:
        tracks = _turned(material.session(), backwards)
        return _bytes(service.client.highlights(requests.highlights(*tracks)))

    def focus(backwards: bool) -> object:
        request = requests.focus()
        frames = list(request.artifacts.visual_meta.frames)
        del request.artifacts.visual_meta.frames[:]
        request.artifacts.visual_meta.frames.extend(_turned(frames, backwards))
        return _bytes(service.client.focus(request))

    return {"Align": align, "AutoCut": auto_cut, "Highlights": highlights, "Focus": focus}


def _turned(items: Sequence[Item], backwards: bool) -> list[Item]:
    return list(reversed(items)) if backwards else list(items)


def _bytes(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)
