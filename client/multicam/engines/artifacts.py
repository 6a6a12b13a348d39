"""An asset's artifacts: found by kind, read wherever they are kept, converted."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..v1 import artifacts_pb2 as pb
from . import conversion
from .conversion import Content, Notes
from .identity import Caller
from .locations import LocalFileError, read_local
from .ports import MediaService
from .reading import Record, listing, mapping, text

AUDIO = ("audio_semantic_timeline",)
VISUAL = ("visual_meta", "video_visual_meta")  # the second in records of older stores
REGIONS = ("video_region_summary",)

# A meta that has one of these is the content itself.
CONTENT_KEYS = frozenset({"events", "frames", "entries"})

ReadUri = Callable[[str], bytes]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoundArtifacts:
    """What detectors found in one asset, the ids of the records, and what was left out."""

    message: pb.Artifacts
    audio_id: str | None = None
    visual_id: str | None = None
    regions_id: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def has_audio(self) -> bool:
        """Whether a detector has listened to the asset."""
        return self.message.HasField("audio_semantic_timeline")

    @property
    def duration_ms(self) -> float:
        """The length that the artifacts state; 0 where none does."""
        stated = self.message.audio_semantic_timeline.duration_ms
        return max(stated, self.message.visual_meta.duration_ms)

    @property
    def last_moment_ms(self) -> float:
        """The last moment that the artifacts tell of; 0 where there is none."""
        visual = self.message.visual_meta
        ends = [event.end_ms for event in self.message.audio_semantic_timeline.events]
        ends += [frame.timestamp_ms + visual.frame_sample_interval_ms for frame in visual.frames]
        return max(ends, default=0.0)


@dataclass
class _Reading:
    """What has been read of one asset so far."""

    message: pb.Artifacts = field(default_factory=pb.Artifacts)
    warnings: list[str] = field(default_factory=list)


class ArtifactReader:
    """Reads artifacts of a media service.

    `read_uri` gives the bytes behind the URIs that are no local files (`gs://...`);
    without one, such an artifact is left out with a warning.
    """

    def __init__(self, media_service: MediaService, read_uri: ReadUri | None = None) -> None:
        self._media = media_service
        self._read_uri = read_uri

    def of_asset(
        self,
        asset_id: str,
        caller: Caller,
        *,
        audio_artifact_id: str | None = None,
        visual_artifact_id: str | None = None,
    ) -> FoundArtifacts:
        """The asset's artifacts: the named ones, else the first of each kind that can be read.

        Raises:
            ValueError: "Access Denied: ..." for a named artifact of another tenant or
                environment. Others' records in the asset's list are left out.
        """
        records = self._records(asset_id, caller)
        reading = _Reading()
        named_audio = self._named(audio_artifact_id, caller, reading)
        named_visual = self._named(visual_artifact_id, caller, reading)
        return FoundArtifacts(
            audio_id=self._read(
                reading,
                _of_kinds(records, AUDIO) if named_audio is None else named_audio,
                "audio_semantic_timeline",
                "events",
                conversion.audio_semantic_timeline,
            ),
            visual_id=self._read(
                reading,
                _of_kinds(records, VISUAL) if named_visual is None else named_visual,
                "visual_meta",
                "frames",
                conversion.visual_meta,
            ),
            regions_id=self._read(
                reading,
                _of_kinds(records, REGIONS),
                "region_summary",
                "entries",
                conversion.region_summary,
            ),
            message=reading.message,
            warnings=tuple(reading.warnings),
        )

    def _records(self, asset_id: str, caller: Caller) -> list[Record]:
        """The asset's records that the caller may see."""
        return [
            record
            for record in listing(self._media.list_artifacts_for_asset(asset_id))
            if caller.may_see(record)
        ]

    def _named(
        self, artifact_id: str | None, caller: Caller, reading: _Reading
    ) -> list[Record] | None:
        """The record that the request names, none where it is missing; None: none is named."""
        if artifact_id is None:
            return None
        record = self._media.get_artifact(artifact_id)
        if record is None:
            _warn(reading, f"artifact {artifact_id} is not found")
            return []
        caller.admit(record)
        return [record]

    def _read(
        self,
        reading: _Reading,
        records: Iterable[Record],
        part: str,
        key: str,
        convert: Callable[[Content, str, Notes], Any],
    ) -> str | None:
        """Puts the first record that can be read into its part; returns the record's id."""
        for record in records:
            content = self._content(record, key, reading)
            if content is None:
                continue
            artifact_id = text(record, "id") or text(content, "artifact_id") or ""
            if not artifact_id.isprintable() or len(artifact_id) > conversion.MAX_NAME_CHARACTERS:
                artifact_id = ""
            notes = Notes(" ".join(filter(None, (part, artifact_id))))
            getattr(reading.message, part).CopyFrom(convert(content, artifact_id, notes))
            for note in notes.all():
                _warn(reading, note)
            return artifact_id or None
        return None

    def _content(self, record: Record, key: str, reading: _Reading) -> Content | None:
        """What a record holds: `meta["payload"]`, else `meta`, else the JSON at `uri`."""
        meta = mapping(record, "meta")
        payload = meta.get("payload")
        if isinstance(payload, Mapping) and payload:
            return payload
        if any(meta.get(content_key) is not None for content_key in CONTENT_KEYS):
            return meta
        uri = text(record, "uri")
        if uri is None:
            return None
        name = text(record, "id") or key
        try:
            content = json.loads(self._bytes(uri))
        except Exception as error:  # whatever `read_uri` raises, or JSON that nests too deep
            told = error or type(error).__name__
            _warn(reading, f"artifact {name} is left out: {uri} cannot be read: {told}")
            return None
        if not isinstance(content, Mapping):
            _warn(reading, f"artifact {name} is left out: {uri} holds no JSON object")
            return None
        return content

    def _bytes(self, uri: str) -> bytes:
        try:
            return read_local(uri)
        except LocalFileError:
            if self._read_uri is None:
                raise
            return self._read_uri(uri)


def _of_kinds(records: list[Record], kinds: tuple[str, ...]) -> Iterator[Record]:
    """The records of the kinds, newer names of a kind first."""
    for kind in kinds:
        yield from (record for record in records if text(record, "kind") == kind)


def _warn(reading: _Reading, warning: str) -> None:
    _log.warning("%s", warning)
    reading.warnings.append(warning)
