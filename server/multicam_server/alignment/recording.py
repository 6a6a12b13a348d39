"""What `align` is given: one recording and everything known about its clock."""

from dataclasses import dataclass

from ..domain.analysis import FoundTimecode
from ..domain.media import Sound, SoundSource, Timecode
from .known_sound import KnownSound


@dataclass(frozen=True, eq=False)
class Recording:
    """One recording to place.

    `sound` is None when the file has none or could not be decoded: then only a
    timecode or `pinned_offset_ms` can place it. `timecodes` are those found in
    the file; `start_timecode` is the caller's and wins over them. A sound that is
    read from a source is read by the piece where that is enough, and what is read
    of it is taken from, and added to, `known`.
    """

    asset_id: str
    camera_id: str
    sound: Sound | SoundSource | None
    timecodes: tuple[FoundTimecode, ...] = ()
    start_timecode: Timecode | None = None
    pinned_offset_ms: float | None = None
    known: KnownSound | None = None
