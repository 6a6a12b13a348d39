"""ProbeMedia: the request in, what the files are out."""

from multicam.v1 import probe_pb2

from ..domain.analysis import (
    AudioInfo,
    FoundTimecode,
    MediaInfo,
    ProbeMediaRequest,
    VideoInfo,
)
from .media import read_asset, write_frame_rate, write_timecode


def read_probe(message: probe_pb2.ProbeMediaRequest) -> ProbeMediaRequest:
    """The request as it is."""
    return ProbeMediaRequest(tuple(read_asset(asset) for asset in message.assets))


def write_probe(media: tuple[MediaInfo, ...]) -> probe_pb2.ProbeMediaResponse:
    """What the files are."""
    return probe_pb2.ProbeMediaResponse(media=[_write_media(info) for info in media])


def _write_media(info: MediaInfo) -> probe_pb2.MediaInfo:
    return probe_pb2.MediaInfo(
        asset_id=info.asset_id,
        container=info.container,
        duration_ms=info.duration_ms,
        video=_write_video(info.video) if info.video is not None else None,
        audio_streams=[_write_audio(stream) for stream in info.audio_streams],
        timecodes=[_write_found(timecode) for timecode in info.timecodes],
        warnings=info.warnings,
    )


def _write_video(video: VideoInfo) -> probe_pb2.VideoInfo:
    return probe_pb2.VideoInfo(
        codec=video.codec,
        width=video.width,
        height=video.height,
        rotation_degrees=video.rotation_degrees,
        frame_rate=write_frame_rate(video.frame_rate) if video.frame_rate is not None else None,
        variable_frame_rate=video.variable_frame_rate,
        start_ms=video.start_ms,
    )


def _write_audio(stream: AudioInfo) -> probe_pb2.AudioInfo:
    return probe_pb2.AudioInfo(
        codec=stream.codec,
        channels=stream.channels,
        sample_rate_hz=stream.sample_rate_hz,
        start_ms=stream.start_ms,
        first_channel=stream.first_channel,
    )


def _write_found(found: FoundTimecode) -> probe_pb2.FoundTimecode:
    return probe_pb2.FoundTimecode(
        timecode=write_timecode(found.timecode),
        source=probe_pb2.TimecodeSource.Name(found.source),
        time_of_day_ms=found.time_of_day_ms,
        channel=found.channel,
    )
