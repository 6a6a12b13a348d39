"""Align: look whether the answer is known, else open the recordings and find it."""

import hashlib
import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from operator import itemgetter
from typing import Protocol

from .. import alignment
from ..domain.alignment import Alignment, AlignRequest, AlignTrack, Placement
from ..domain.analysis import FoundTimecode
from ..domain.media import CameraRole
from ..telemetry.tally import stage
from .fallbacks import logged
from .known_media import KnownMedia, MediaMemory
from .named_media import NamedMedia, name_media, open_by_piece
from .recordings import OpenPath

# What of a recording the answer depends on, beside the request.
Identity = dict[str, object]


class AlignmentMemory(MediaMemory, Protocol):
    """Remembers alignments per tenant, and what they were found from."""

    def get(self, tenant_id: str, key: str) -> Alignment | None:
        """What is known under `key`, or None."""

    def put(self, tenant_id: str, key: str, value: Alignment) -> None:
        """Remembers `value`; failing to is not an error."""


def align(
    request: AlignRequest, open_path: OpenPath, memory: AlignmentMemory, *, tenant_id: str
) -> Placement:
    """Places the recordings of one event.

    Files that are known already, and unchanged, are not opened.

    Raises:
        Fault: of the first track whose media cannot be used.
    """
    fresh = request.options.bypass_cache
    known = KnownMedia(memory, tenant_id)
    media = [name_media(track, open_path, None if fresh else known) for track in request.tracks]
    if not fresh and all(one.notes is not None for one in media):
        key = _cache_key(request, [_of_notes(one) for one in media], tenant_id=tenant_id)
        found = memory.get(tenant_id, key)
        if found is not None:
            return Placement(_in_order_of(request, found), key, cache_hit=True)
    with ExitStack() as files:
        with stage("open"):
            opened = open_by_piece(media, None if fresh else known, files)
        identities = [_of_notes(one) for one in opened]
        key = _cache_key(request, identities, tenant_id=tenant_id)
        recordings = [one.recording for one in opened if one.recording is not None]
        placement = _recall_or_find(request, recordings, key, memory, tenant_id)
        for one in opened:
            one.keep(known)
    return placement


def _recall_or_find(
    request: AlignRequest,
    recordings: Sequence[alignment.Recording],
    key: str,
    memory: AlignmentMemory,
    tenant_id: str,
) -> Placement:
    known = None if request.options.bypass_cache else memory.get(tenant_id, key)
    if known is not None:
        return Placement(_in_order_of(request, known), key, cache_hit=True)
    with stage("align"):
        found = logged(
            alignment.align(
                recordings,
                base_asset_id=request.base_asset_id or default_base(request),
                options=request.options,
            )
        )
    memory.put(tenant_id, key, found)
    return Placement(found, key, cache_hit=False)


def _in_order_of(request: AlignRequest, known: Alignment) -> Alignment:
    """An answer that may have been found for the same tracks in another order."""
    placed = {track.asset_id: track for track in known.tracks}
    return replace(known, tracks=tuple(placed[track.asset.asset_id] for track in request.tracks))


def default_base(request: AlignRequest) -> str:
    """The base when the request names none: the contract's rule, whatever the order."""
    primary = [t.asset.asset_id for t in request.tracks if t.role is CameraRole.PRIMARY]
    return min(primary or [track.asset.asset_id for track in request.tracks])


def _cache_key(request: AlignRequest, tracks: Sequence[Identity], *, tenant_id: str) -> str:
    """SHA-256 over everything that the answer depends on, in hexadecimal.

    The order of the tracks is not among it.
    """
    identity = {
        "version": alignment.ALIGNMENT_VERSION,
        "tenant": tenant_id,
        "session": request.session_id,
        "base": request.base_asset_id or default_base(request),
        "options": {**asdict(request.options), "bypass_cache": None},
        "tracks": sorted(tracks, key=itemgetter("asset")),
    }
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def _of_notes(media: NamedMedia) -> Identity:
    timecodes = media.notes.timecodes if media.notes is not None else ()
    fingerprint = media.notes.fingerprint if media.notes is not None else ""
    return _identity(media.track, timecodes, fingerprint)


def _identity(track: AlignTrack, timecodes: Sequence[FoundTimecode], fingerprint: str) -> Identity:
    timecode = track.start_timecode
    return {
        "asset": track.asset.asset_id,
        "camera": track.camera_id,
        "sound": fingerprint,
        "timecodes": [asdict(found) for found in timecodes],
        "start_timecode": None if timecode is None else asdict(timecode),
        "pinned_offset_ms": track.pinned_offset_ms,
    }
