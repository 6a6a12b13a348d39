"""The media that an Align request names: known already, or opened to be read by the piece."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ..alignment import KnownSound, Recording, look
from ..domain.alignment import AlignTrack
from ..domain.faults import MediaWithoutAudio
from ..domain.media import Sound
from ..media.probe import probe
from ..media.waveform import waveform_sound
from ..telemetry.tally import carried, stage
from .known_media import KnownMedia, MediaNotes, file_identity, is_still
from .lazy_sound import LazySound
from .recordings import DECODERS, OpenPath, fingerprint


@dataclass(frozen=True, eq=False)
class NamedMedia:
    """One track and its media, as far as that is known.

    `path` and `file`, its identity, are None where the sound came with the request.
    `recording` is there once the media is open.
    """

    track: AlignTrack
    path: Path | None
    file: str | None
    notes: MediaNotes | None
    sound: Sound | None = None
    recording: Recording | None = None

    def keep(self, known: KnownMedia) -> None:
        """Remembers what has been learned of a file, unless it has changed meanwhile."""
        if self.path is None or self.notes is None or self.recording is None:
            return
        if self.file is None or not is_still(self.path, self.file):
            return
        sound = self.recording.known
        known.keep(self.file, self.notes, sound if sound is not None and sound.grown else None)


def name_media(track: AlignTrack, open_path: OpenPath, known: KnownMedia | None) -> NamedMedia:
    """Finds a track's media and what is known of it. Raises a Fault if there is none."""
    asset = track.asset
    if asset.waveform is not None:
        sound = waveform_sound(asset.waveform)
        return NamedMedia(track, None, None, MediaNotes((), fingerprint(sound)), sound)
    path = open_path(asset)
    try:
        file = file_identity(path)
    except OSError:  # gone since: opening it tells what is wrong
        return NamedMedia(track, path, None, None)
    return NamedMedia(track, path, file, None if known is None else known.notes(file))


def open_by_piece(
    media: Sequence[NamedMedia], known: KnownMedia | None, files: ExitStack
) -> list[NamedMedia]:
    """Looks at all media, in their order, several at a time; `files` closes them.

    Raises:
        Fault: of the first (in their order) that cannot be used.
    """

    def look_at(one: NamedMedia) -> NamedMedia:
        return _open(one, known, files)

    with ThreadPoolExecutor(min(DECODERS, len(media)), thread_name_prefix="look") as pool:
        return [*pool.map(carried(look_at), media)]


def _open(media: NamedMedia, known: KnownMedia | None, files: ExitStack) -> NamedMedia:
    track, path = media.track, media.path
    asset_id = track.asset.asset_id
    recording = Recording(
        asset_id=asset_id,
        camera_id=track.camera_id,
        sound=media.sound,
        start_timecode=track.start_timecode,
        pinned_offset_ms=track.pinned_offset_ms,
    )
    if path is None:
        return replace(media, recording=recording)
    notes = media.notes
    if notes is None:
        with stage("probe"):
            info = probe(path, asset_id)
        placeable = info.timecodes or track.start_timecode or track.pinned_offset_ms is not None
        if not info.audio_streams and not placeable:
            raise MediaWithoutAudio(asset_id)
        notes = MediaNotes(info.timecodes, "" if not info.audio_streams else "unheard")
    recording = replace(recording, timecodes=notes.timecodes)
    if not notes.fingerprint:
        return replace(media, notes=notes, recording=recording)
    sound = known.sound(media.file) if known is not None and media.file else KnownSound()
    source = files.enter_context(LazySound(path, asset_id, sound))
    recording = replace(recording, sound=source, known=sound)
    notes = replace(notes, fingerprint=look(recording, state=media.file or ""))
    return replace(media, notes=notes, recording=recording)
