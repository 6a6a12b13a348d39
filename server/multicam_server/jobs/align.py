"""Align: open the recordings, look whether the answer is known, else find it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Protocol

from .. import alignment
from ..domain.alignment import Alignment, AlignRequest, Placement
from ..domain.media import CameraRole
from .recordings import OpenedRecording, OpenPath, open_recordings


class AlignmentMemory(Protocol):
    """Remembers alignments per tenant."""

    def get(self, tenant_id: str, key: str) -> Alignment | None:
        """What is known under `key`, or None."""

    def put(self, tenant_id: str, key: str, value: Alignment) -> None:
        """Remembers `value`; failing to is not an error."""


def align(
    request: AlignRequest, open_path: OpenPath, memory: AlignmentMemory, *, tenant_id: str
) -> Placement:
    """Places the recordings of one event.

    Raises:
        Fault: of the first track whose media cannot be used.
    """
    opened = tuple(open_recordings(request.tracks, open_path))
    return align_opened(request, opened, memory, tenant_id=tenant_id)


def align_opened(
    request: AlignRequest,
    opened: Sequence[OpenedRecording],
    memory: AlignmentMemory,
    *,
    tenant_id: str,
) -> Placement:
    """Places recordings that are open already."""
    key = cache_key(request, opened, tenant_id=tenant_id)
    known = None if request.options.bypass_cache else memory.get(tenant_id, key)
    if known is not None:
        return Placement(known, key, cache_hit=True)
    found = alignment.align(
        [one.recording for one in opened],
        base_asset_id=request.base_asset_id or default_base(request),
        options=request.options,
    )
    memory.put(tenant_id, key, found)
    return Placement(found, key, cache_hit=False)


def default_base(request: AlignRequest) -> str:
    """The base when the request names none: the contract's rule, whatever the order."""
    primary = [t.asset.asset_id for t in request.tracks if t.role is CameraRole.PRIMARY]
    return min(primary or [track.asset.asset_id for track in request.tracks])


def cache_key(request: AlignRequest, opened: Sequence[OpenedRecording], *, tenant_id: str) -> str:
    """SHA-256 over everything that the answer depends on, in hexadecimal."""
    identity = {
        "version": alignment.ALIGNMENT_VERSION,
        "tenant": tenant_id,
        "session": request.session_id,
        "base": request.base_asset_id or default_base(request),
        "options": {**asdict(request.options), "bypass_cache": None},
        "tracks": [_identity(one) for one in opened],
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _identity(opened: OpenedRecording) -> dict[str, object]:
    recording = opened.recording
    sound = recording.sound
    timecode = recording.start_timecode
    return {
        "asset": recording.asset_id,
        "camera": recording.camera_id,
        "sound": None
        if sound is None
        else [
            sound.sample_rate_hz,
            sound.start_ms,
            sound.channels.shape,
            hashlib.sha256(sound.channels.tobytes()).hexdigest(),
        ],
        "timecodes": [asdict(found) for found in recording.timecodes],
        "start_timecode": None if timecode is None else asdict(timecode),
        "pinned_offset_ms": recording.pinned_offset_ms,
    }
