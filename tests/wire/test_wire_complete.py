"""Wire reads every field of every request and writes every field of every reply."""

import dataclasses
import typing
from collections.abc import Iterator
from enum import IntEnum

import numpy as np
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server import wire
from multicam_server.domain import alignment, analysis
from multicam_server.domain.alignment import Alignment, Placement
from multicam_server.domain.cutting import AutoCut
from multicam_server.domain.focus import Focus
from multicam_server.domain.highlights import Highlights

NAMES = {"AutoCut": "auto_cut", "ProbeMedia": "probe"}
RPCS = ["Align", "AutoCut", "Highlights", "Focus", "ProbeMedia", "Analyze"]

# Only the caller's own services read it: the contract says so at the field.
NEVER_READ = "mask_artifact_id"


def canonical(value: object) -> object:
    """A domain value as nested tuples that can be compared."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return tuple((field.name, canonical(getattr(value, field.name))) for field in fields)
    if isinstance(value, tuple):
        return tuple(canonical(item) for item in value)
    return repr(value)


def leaves(message: Message, path: str = "") -> Iterator[tuple[Message, FieldDescriptor, str]]:
    for field, value in message.ListFields():
        here = f"{path}{field.name}"
        if field.message_type is None:
            yield message, field, here
        else:
            for item in value if field.is_repeated else [value]:
                yield from leaves(item, f"{here}.")


def fields_of(descriptor: Descriptor, path: str = "") -> Iterator[str]:
    for field in descriptor.fields:
        if field.message_type is None:
            yield f"{path}{field.name}"
        else:
            yield from fields_of(field.message_type, f"{path}{field.name}.")


@pytest.mark.parametrize("rpc", RPCS)
def test_every_field_of_a_request_is_read(rpc: str, full_requests: dict[str, Message]) -> None:
    read = getattr(wire, f"read_{NAMES.get(rpc, rpc.lower())}")
    message = type(full_requests[rpc])()
    message.CopyFrom(full_requests[rpc])
    complete = canonical(read(message))
    seen = set()
    for holder, field, path in list(leaves(message)):
        seen.add(path)
        if field.name == NEVER_READ:
            continue
        before = getattr(holder, field.name)
        before = list(before) if field.is_repeated else before
        holder.ClearField(field.name)
        assert canonical(read(message)) != complete, f"{path} is not read"
        if field.is_repeated:
            getattr(holder, field.name).extend(before)
        else:
            setattr(holder, field.name, before)
    templates = ("auto_cut.tracks", "auto_cut.session_id", "highlights.", "focus.")
    missing = {
        path
        for path in set(fields_of(message.DESCRIPTOR)) - seen
        if not path.endswith(("uri", "upload_id"))  # the oneof's other cases, tested below
        and not (rpc == "Analyze" and path.startswith(templates))
    }
    assert not missing, "tests/conftest.py does not set these"


def test_each_source_of_an_asset_is_read(full_requests: dict[str, Message]) -> None:
    message = type(full_requests["ProbeMedia"])()
    message.assets.add(asset_id="a", uri="clip.mov")
    message.assets.add(asset_id="b", upload_id="up")
    message.assets.add(asset_id="c")
    first, second, third = wire.read_probe(message).assets
    assert (first.uri, first.upload_id, first.waveform) == ("clip.mov", None, None)
    assert (second.uri, second.upload_id, second.waveform) == (None, "up", None)
    assert not third.has_source


def filled(kind: object, counter: Iterator[int]) -> object:
    """A domain value of the given type with every field set to something of its own."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return (filled(arguments[0], counter), filled(arguments[0], counter))
    if type(None) in arguments:
        return filled(arguments[0], counter)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return kind(**{name: filled(hint, counter) for name, hint in hints.items()})
    assert isinstance(kind, type)
    if issubclass(kind, bool):
        return True
    if issubclass(kind, IntEnum):
        return list(kind)[-1]
    return kind(next(counter))


def written() -> dict[str, Message]:
    counter = iter(range(1, 10_000))
    placement = filled(Placement, counter)
    info = filled(analysis.MediaInfo, counter)
    return {
        "Align": wire.write_align(placement, session_id="ses"),
        "AutoCut": wire.write_auto_cut(filled(AutoCut, counter)),
        "Highlights": wire.write_highlights(filled(Highlights, counter)),
        "Focus": wire.write_focus(filled(Focus, counter)),
        "ProbeMedia": wire.write_probe((info,)),
        "Analyze": wire.write_event(filled(analysis.AnalyzeResult, counter), session_id="ses"),
        "AnalyzeProgress": wire.write_event(
            filled(analysis.AnalyzeProgress, counter), session_id="ses"
        ),
        "UploadMedia": wire.write_upload(filled(analysis.Upload, counter)),
    }


@pytest.mark.parametrize("rpc", sorted(written()))
def test_every_field_of_a_reply_is_written(rpc: str) -> None:
    message = written()[rpc]
    expected = set(fields_of(message.DESCRIPTOR))
    if rpc == "Analyze":
        expected = {path for path in expected if not path.startswith("progress.")}
    if rpc == "AnalyzeProgress":
        expected = {path for path in expected if not path.startswith("result.")}
    assert {path for _, _, path in leaves(message)} == expected


def test_an_unknown_frame_rate_is_left_out() -> None:
    info = typing.cast(analysis.MediaInfo, filled(analysis.MediaInfo, iter(range(1, 100))))
    assert info.video is not None
    unknown = dataclasses.replace(info, video=dataclasses.replace(info.video, frame_rate=None))
    (written_info,) = wire.write_probe((unknown,)).media
    assert written_info.HasField("video")
    assert not written_info.video.HasField("frame_rate")


finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.tuples(st.text(max_size=8), st.text(max_size=8))
aligned = st.builds(
    alignment.AlignedTrack,
    asset_id=st.text(max_size=8),
    offset_ms=st.none() | finite,
    drift_ppm=st.none() | finite,
    confidence=finite,
    status=st.sampled_from(list(alignment.AlignStatus)),
    method=st.sampled_from(list(alignment.AlignMethod)),
    reason=st.text(max_size=8),
    source_channels=st.tuples(st.integers(0, 64)),
    residual_ms=st.none() | finite,
    drift_ppm_error=st.none() | finite,
    alternatives=st.tuples(st.builds(alignment.AlignAlternative, finite, finite)),
)


@settings(deadline=None, derandomize=True, max_examples=50)
@given(
    st.builds(
        Alignment,
        base_asset_id=st.text(max_size=8),
        tracks=st.tuples(aligned, aligned),
        alignment_version=st.text(max_size=8),
        strategy=st.sampled_from(list(alignment.AlignStrategy)),
        warnings=words,
        inputs_used=words,
        fallbacks=words,
    )
)
def test_an_alignment_survives_the_cache(value: Alignment) -> None:
    assert wire.unpack_alignment(wire.pack_alignment(value)) == value
