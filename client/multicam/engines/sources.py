"""How the service gets at an asset's media: by URI, by upload, or as a waveform.

In this order: a local file that the service can reach too goes by URI; a location of a
scheme that the service is set up for (`gs://`, `s3://`) is passed through; another local
file is sent up, its sound alone where that can be copied out; and where there is no
file, `meta["waveform"]` is sent as it is.
"""

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ..v1.media_pb2 import Asset, Timecode, Waveform
from .artifacts import ReadUri
from .failures import ServiceRefused, SourceUnreachable
from .locations import local_path, scheme
from .reading import Record, finite, listing, mapping, number, text
from .service import Service
from .sound_only import extract_sound

ROOTS_VARIABLE = "MULTICAM_ENGINES_SERVER_ROOTS"
SCHEMES_VARIABLE = "MULTICAM_ENGINES_SERVER_SCHEMES"

WAVEFORM_RATE_HZ = 1_000.0
"""What `meta["waveform"]` is sampled at."""

_KEPT_UPLOADS = 256  # remembered; the service keeps all of them
_log = logging.getLogger(__name__)

Response = TypeVar("Response")


@dataclass(frozen=True)
class ServerRoot:
    """A media root of the service: the folder as it is mounted here, and there."""

    here: Path
    there: Path


@dataclass(frozen=True)
class SourceSettings:
    """What the service can reach by itself.

    server_roots: The service's media roots (`--media-root`) that are mounted here too.
        A file below `<root>/<tenant>/` goes by URI.
    server_schemes: Schemes of locations that the service is set up to read ("gs").
    read_uri: Gives the bytes behind the URI of an artifact that is no local file.
    """

    server_roots: tuple[ServerRoot, ...] = ()
    server_schemes: frozenset[str] = frozenset()
    read_uri: ReadUri | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "SourceSettings":
        """Settings as the process's environment has them.

        MULTICAM_ENGINES_SERVER_ROOTS: folders, separated as in PATH, each `HERE` or
        `HERE=THERE`. MULTICAM_ENGINES_SERVER_SCHEMES: names, separated by commas.
        """
        folders = filter(None, environ.get(ROOTS_VARIABLE, "").split(os.pathsep))
        schemes = environ.get(SCHEMES_VARIABLE, "").replace("://", "").lower().split(",")
        return cls(
            server_roots=tuple(_server_root(folder) for folder in folders),
            server_schemes=frozenset(filter(None, map(str.strip, schemes))),
        )


@dataclass(frozen=True)
class Source:
    """An asset as the service can take it.

    `shift_ms`: how much later the zero of its time is than the asset's own (see
    sound_only.py). `timecode`: of its first picture, where the upload lacks it.
    """

    asset: Asset
    shift_ms: float = 0.0
    timecode: Timecode | None = None


@dataclass(frozen=True)
class _Upload:
    upload_id: str
    shift_ms: float
    timecode: Timecode | None


@dataclass
class Sources:
    """Finds sources, and remembers what was uploaded already."""

    settings: SourceSettings
    _uploads: dict[tuple[object, ...], _Upload] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def required(self, record: Record, asset_id: str, service: Service) -> Source:
        """The asset's source.

        Raises:
            SourceUnreachable: There is none that the service could read.
            EngineError: The upload failed.
        """
        source = self.sound(record, asset_id, service) or _waveform(record, asset_id)
        if source is None:
            raise SourceUnreachable(_unreachable(record, asset_id))
        return source

    def by_name(self, record: Record, asset_id: str, service: Service) -> Source | None:
        """The source that the service reads by itself; None where it cannot."""
        location = text(record, "source_uri")
        if location is None:
            return None
        if scheme(location) in self.settings.server_schemes - {"file"}:
            return Source(_asset(record, asset_id, uri=location))
        path = local_path(location)
        there = path and self._path_there(path, service.identity.tenant_id)
        return Source(_asset(record, asset_id, uri=str(there))) if there else None

    def sound(self, record: Record, asset_id: str, service: Service) -> Source | None:
        """A source for what is to be heard, as good as there is; None where there is none."""
        return self.by_name(record, asset_id, service) or self._upload(record, asset_id, service)

    def answered(self, ask: Callable[[], Response]) -> Response:
        """What `ask` returns; it is asked again where the service has lost an upload."""
        try:
            return ask()
        except ServiceRefused as refusal:
            if refusal.report is None or refusal.report.reason != "UPLOAD_NOT_FOUND":
                raise
            with self._lock:
                self._uploads.clear()
            return ask()

    def _path_there(self, path: Path, tenant_id: str) -> Path | None:
        """The path under which the service finds a file of the tenant."""
        real = Path(os.path.realpath(path))
        for root in self.settings.server_roots:
            folder = Path(os.path.realpath(root.here)) / tenant_id
            if tenant_id and real.is_relative_to(folder) and real != folder:
                return root.there / tenant_id / real.relative_to(folder)
        return None

    def _upload(self, record: Record, asset_id: str, service: Service) -> Source | None:
        """Sends a local file, unless it was sent before; None where there is no such file."""
        path = local_path(text(record, "source_uri") or "\0")
        if path is None or not path.is_file():
            return None
        state = path.stat()
        identity = service.identity
        key = (
            *(identity.tenant_id, identity.env),
            *(os.path.realpath(path), state.st_size, state.st_mtime_ns),
        )
        with self._lock:
            known = self._uploads.get(key)
        if known is None:
            known = _send(path, asset_id, service)
            with self._lock:
                while len(self._uploads) >= _KEPT_UPLOADS:
                    del self._uploads[next(iter(self._uploads))]
                self._uploads[key] = known
        asset = _asset(record, asset_id, upload_id=known.upload_id)
        return Source(asset, known.shift_ms, known.timecode)


def _server_root(folder: str) -> ServerRoot:
    here, _, there = folder.partition("=")
    return ServerRoot(Path(here), Path(there or here))


def _send(path: Path, asset_id: str, service: Service) -> _Upload:
    with tempfile.TemporaryDirectory(prefix="multicam-") as folder:
        sound = extract_sound(path, Path(folder))
        what = "its sound" if sound else "the whole file"
        _log.info("asset %s: sending %s up", asset_id, what)
        reply = service.upload_media(sound.path if sound else path)
    if sound is None:
        return _Upload(reply.upload_id, 0.0, None)
    return _Upload(reply.upload_id, sound.shift_ms, sound.timecode)


def _asset(record: Record, asset_id: str, *, uri: str = "", upload_id: str = "") -> Asset:
    asset = Asset(asset_id=asset_id, duration_ms=max(number(record, "duration_ms") or 0.0, 0.0))
    if uri:
        asset.uri = uri
    else:
        asset.upload_id = upload_id
    return asset


def _waveform(record: Record, asset_id: str) -> Source | None:
    """The sound in `meta["waveform"]`; None where it is missing or no list of numbers."""
    given = listing(mapping(record, "meta").get("waveform"))
    samples = [sample for sample in map(finite, given) if sample is not None]
    if not samples or len(samples) < len(given):
        return None
    waveform = Waveform(sample_rate_hz=WAVEFORM_RATE_HZ, samples=samples)
    return Source(Asset(asset_id=asset_id, waveform=waveform))


def _unreachable(record: Record, asset_id: str) -> str:
    """Why an asset has no source, and what would help."""
    location = text(record, "source_uri")
    told = scheme(location) if location else ""
    if location is None:
        return f"Asset {asset_id} has no source_uri and no waveform"
    if told not in {"", "file"}:
        return (
            f"Asset {asset_id} lies at {told}://, which the multicam service is not set up to "
            f"read (see {SCHEMES_VARIABLE}), and it has no waveform"
        )
    return f"Asset {asset_id} has no file at {location} and no waveform"
