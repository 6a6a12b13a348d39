"""What an engine must know of an asset before it asks: its length, its picture's shape."""

from ..v1.probe_pb2 import MediaInfo, ProbeMediaRequest
from .artifacts import FoundArtifacts
from .failures import ServiceRefused, SourceUnreachable
from .locations import local_path
from .pictures import shown_size
from .reading import Record, listing, mapping, number, text
from .service import Service
from .sources import WAVEFORM_RATE_HZ, Sources

_QUARTER_TURNS = {90, 270}


def duration_ms(
    record: Record,
    asset_id: str,
    sources: Sources,
    service: Service,
    artifacts: FoundArtifacts | None = None,
) -> float:
    """The asset's length: as stored, as its waveform or artifacts state it, else probed.

    Where there is nothing to probe, the last moment that the artifacts tell of.

    Raises:
        SourceUnreachable: Nothing tells it.
        EngineError: Probing failed.
    """
    stored = number(record, "duration_ms")
    if stored is not None and stored > 0.0:
        return stored
    samples = listing(mapping(record, "meta").get("waveform"))
    if samples:
        return len(samples) / WAVEFORM_RATE_HZ * 1000.0
    if artifacts is not None and artifacts.duration_ms > 0.0:
        return artifacts.duration_ms
    source = sources.sound(record, asset_id, service)
    if source is None and artifacts is not None and artifacts.last_moment_ms > 0.0:
        return artifacts.last_moment_ms
    if source is None:
        raise SourceUnreachable(f"Asset {asset_id} has no duration_ms, and no file to measure")
    reply = service.probe_media(ProbeMediaRequest(assets=[source.asset]))
    return reply.media[0].duration_ms


def picture_size(
    record: Record, asset_id: str, sources: Sources, service: Service
) -> tuple[int, int]:
    """Width and height in pixels as shown: as stored in meta, else looked up; else (0, 0).

    The service is asked where it reads the file by itself. Uploads lack the picture: a file
    that only this machine has is looked at here.
    """
    meta = mapping(record, "meta")
    width, height = number(meta, "width"), number(meta, "height")
    if width is not None and height is not None and width >= 1.0 and height >= 1.0:
        return round(width), round(height)
    source = sources.by_name(record, asset_id, service)
    if source is None:
        film = local_path(text(record, "source_uri") or "\0")
        return (shown_size(film) if film and film.is_file() else None) or (0, 0)
    try:
        reply = service.probe_media(ProbeMediaRequest(assets=[source.asset]))
    except ServiceRefused:
        return 0, 0  # not worth failing for: the service assumes 16:9, and says so
    return _shown_size(reply.media[0])


def _shown_size(media: MediaInfo) -> tuple[int, int]:
    video = media.video
    if video.rotation_degrees in _QUARTER_TURNS:
        return video.height, video.width
    return video.width, video.height
