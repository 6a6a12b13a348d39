"""What jobs share about the media that a request names."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..domain.analysis import MediaInfo
from ..domain.media import Asset, Sound, Waveform
from ..telemetry.tally import count

# Finds the file behind an asset for the calling tenant, or raises a fault.
OpenPath = Callable[[Asset], Path]

# PyAV decodes outside the interpreter lock: one file per core keeps all of them busy.
DECODERS = os.cpu_count() or 1


def fingerprint(sound: Sound) -> str:
    """SHA-256 of the sound and of where it lies in time, in hexadecimal."""
    place = (sound.sample_rate_hz, sound.start_ms, sound.channels.shape)
    digest = hashlib.sha256(repr(place).encode())
    digest.update(np.ascontiguousarray(sound.channels).data)
    return digest.hexdigest()


def counted(sound: Sound) -> Sound:
    """The sound as it is, its length counted as decoded."""
    count("decoded_seconds", amount=sound.duration_ms / 1e3)
    return sound


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
