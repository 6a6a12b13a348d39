"""Opening the recordings that a request names."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..alignment import Recording
from ..domain.alignment import AlignTrack
from ..domain.analysis import MediaInfo
from ..domain.faults import MediaWithoutAudio
from ..domain.media import Asset, Sound, Waveform
from ..media.decode import decode_sound
from ..media.probe import probe
from ..media.waveform import waveform_sound

# Finds the file behind an asset for the calling tenant, or raises a fault.
OpenPath = Callable[[Asset], Path]

# PyAV decodes outside the interpreter lock: one file per core keeps all of them busy.
DECODERS = os.cpu_count() or 1


@dataclass(frozen=True, eq=False)
class OpenedRecording:
    """A recording ready to be aligned, and what its file is."""

    recording: Recording
    info: MediaInfo
    sound: Sound | None


def open_recordings(tracks: Sequence[AlignTrack], open_path: OpenPath) -> Iterator[OpenedRecording]:
    """Probes and decodes each track's media, in the tracks' order, several at a time.

    Raises:
        Fault: of the first track (in their order) whose media cannot be used.
    """
    with ThreadPoolExecutor(min(DECODERS, len(tracks)), thread_name_prefix="decode") as pool:
        yield from pool.map(lambda track: _open(track, open_path), tracks)


def _open(track: AlignTrack, open_path: OpenPath) -> OpenedRecording:
    info, sound = open_asset(track.asset, open_path)
    placeable = info.timecodes or track.start_timecode or track.pinned_offset_ms is not None
    if sound is None and not placeable:
        raise MediaWithoutAudio(track.asset.asset_id)
    recording = Recording(
        asset_id=track.asset.asset_id,
        camera_id=track.camera_id,
        sound=sound,
        timecodes=info.timecodes,
        start_timecode=track.start_timecode,
        pinned_offset_ms=track.pinned_offset_ms,
    )
    return OpenedRecording(recording, info, sound)


def open_asset(asset: Asset, open_path: OpenPath) -> tuple[MediaInfo, Sound | None]:
    """What the asset's media is, and its sound if it has any."""
    if asset.waveform is not None:
        return describe_waveform(asset.asset_id, asset.waveform), waveform_sound(asset.waveform)
    path = open_path(asset)
    info = probe(path, asset.asset_id)
    return info, decode_sound(path, asset.asset_id) if info.audio_streams else None


def fingerprint(sound: Sound) -> str:
    """SHA-256 of the sound and of where it lies in time, in hexadecimal."""
    place = (sound.sample_rate_hz, sound.start_ms, sound.channels.shape)
    digest = hashlib.sha256(repr(place).encode())
    digest.update(np.ascontiguousarray(sound.channels).data)
    return digest.hexdigest()


def describe_waveform(asset_id: str, waveform: Waveform) -> MediaInfo:
    """Sound that came with the request, described like a file."""
    return MediaInfo(
        asset_id=asset_id,
        container="waveform",
        duration_ms=waveform.duration_ms,
        video=None,
        audio_streams=(),
        timecodes=(),
    )
