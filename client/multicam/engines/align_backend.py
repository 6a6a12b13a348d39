"""The back end of today's multicam service: the offset between two files."""

import logging
import os
from pathlib import Path

from ..v1 import align_pb2
from .ports import AnalysisClient
from .reading import finite
from .service import Service
from .sources import Sources, SourceSettings

NO_SIGNAL = (0.0, 0.0)
"""What today's service understands as: nothing was found."""

MASTER, ANGLE = "master", "angle"

_log = logging.getLogger(__name__)
_PLACED = {align_pb2.ALIGN_STATUS_ALIGNED, align_pb2.ALIGN_STATUS_PINNED}


class AlignBackend:
    """Plugs into today's multicam service as its alignment back end.

    The offset's sign is the documented one: positive where the angle's recording STARTS
    LATER than the master's. Today's own back end returns the opposite.

    Args:
        client: A `multicam.Client`, whose own tenant and environment are used.
        sources: What the service can reach. None: as the environment says.
        bare_offset: Return the offset alone, as the oldest callers expect it.
        legacy_sign: Return the opposite sign, for callers that turn it around themselves.
    """

    def __init__(
        self,
        client: AnalysisClient,
        *,
        sources: SourceSettings | None = None,
        bare_offset: bool = False,
        legacy_sign: bool = False,
    ) -> None:
        self._client = client
        self._sources = Sources(SourceSettings.from_environment() if sources is None else sources)
        self._bare_offset = bare_offset
        self._sign = -1.0 if legacy_sign else 1.0

    def calculate_offset(
        self,
        master_audio_path: str | os.PathLike[str],
        angle_audio_path: str | os.PathLike[str],
        max_duration: float | None = None,
    ) -> tuple[float, float] | float:
        """The angle's offset in milliseconds and its confidence, 0 to 1.

        Never raises: without a sure answer, the offset and the confidence are 0.0, and the
        log says why.

        Args:
            master_audio_path: The recording whose time counts.
            angle_audio_path: The recording to place.
            max_duration: Seconds of each recording that matter; the offset is sought up to
                as much. None: any offset.
        """
        try:
            offset_ms, confidence = self._found(master_audio_path, angle_audio_path, max_duration)
        except Exception as error:  # today's service breaks on any
            _log.error("no offset of %s to %s: %s", angle_audio_path, master_audio_path, error)
            offset_ms, confidence = NO_SIGNAL
        offset_ms = self._sign * offset_ms or 0.0  # no -0.0
        return offset_ms if self._bare_offset else (offset_ms, confidence)

    def _found(
        self,
        master: str | os.PathLike[str],
        angle: str | os.PathLike[str],
        max_duration: float | None,
    ) -> tuple[float, float]:
        service = Service.of_client(self._client)
        paths = {MASTER: os.fspath(master), ANGLE: os.fspath(angle)}

        def ask() -> tuple[float, float]:
            request = align_pb2.AlignRequest(base_asset_id=MASTER)
            limit_s = finite(max_duration)
            if limit_s is not None and limit_s > 0.0:
                request.options.max_offset_ms = limit_s * 1000.0
            shifts_ms = {}
            for name, path in paths.items():
                source = self._sources.required({"source_uri": path}, name, service)
                shifts_ms[name] = source.shift_ms
                track = request.tracks.add(asset=source.asset)
                if source.timecode is not None:
                    track.start_timecode.CopyFrom(source.timecode)
            reply = service.align(request)
            (found,) = (track for track in reply.tracks if track.asset_id == ANGLE)
            if found.status not in _PLACED or not found.HasField("offset_ms"):
                status = align_pb2.AlignStatus.Name(found.status).removeprefix("ALIGN_STATUS_")
                _log.warning("%s: %s: %s", Path(paths[ANGLE]).name, status, found.reason)
                return NO_SIGNAL
            offset_ms = found.offset_ms - shifts_ms[ANGLE] + shifts_ms[MASTER]
            return offset_ms, found.confidence

        return self._sources.answered(ask)
