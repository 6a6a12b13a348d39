"""Responses as tables and notes for people."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from ..v1.align_pb2 import AlignedTrack, AlignMethod, AlignResponse, AlignStatus
from ..v1.analyze_pb2 import AnalyzeResult
from ..v1.auto_cut_pb2 import AutoCutResponse
from ..v1.highlights_pb2 import HighlightsResponse
from ..v1.probe_pb2 import AudioInfo, FoundTimecode, MediaInfo, ProbeMediaResponse, TimecodeSource
from ..v1.sequence_pb2 import TRACK_KIND_VIDEO, SequenceClip
from ..v1.sequence_pb2 import Sequence as Programme
from .tables import Column, Table
from .wording import UNKNOWN, clock, count, rate, word


def alignment_table(response: AlignResponse) -> Table:
    """Where each recording lies."""
    columns = (
        Column("recording"),
        Column("starts, ms", right=True),
        Column("drift, ppm", right=True),
        Column("confidence", right=True),
        Column("status"),
        Column("by"),
        Column("why"),
    )
    rows = tuple(_aligned_row(track) for track in response.tracks)
    return Table(f"Alignment to {response.base_asset_id}", columns, rows)


def _aligned_row(track: AlignedTrack) -> tuple[str, ...]:
    return (
        track.asset_id,
        f"{track.offset_ms:+.3f}" if track.HasField("offset_ms") else UNKNOWN,
        f"{track.drift_ppm:+.2f}" if track.HasField("drift_ppm") else UNKNOWN,
        f"{track.confidence:.3f}",
        word(AlignStatus, track.status, "ALIGN_STATUS_"),
        word(AlignMethod, track.method, "ALIGN_METHOD_"),
        track.reason,
    )


def alignment_notes(response: AlignResponse) -> list[str]:
    """What deserves a look."""
    return notes(response.meta.warnings, response.meta.fallbacks)


def media_table(response: ProbeMediaResponse) -> Table:
    """What each file is."""
    columns = (
        Column("file"),
        Column("container"),
        Column("length", right=True),
        Column("picture"),
        Column("sound"),
        Column("timecode"),
    )
    return Table("Media", columns, tuple(_media_row(media) for media in response.media))


def media_notes(response: ProbeMediaResponse) -> list[str]:
    """What deserves a look, by file."""
    return [
        f"warning: {media.asset_id}: {text}" for media in response.media for text in media.warnings
    ]


def _media_row(media: MediaInfo) -> tuple[str, ...]:
    return (
        media.asset_id,
        media.container,
        clock(media.duration_ms),
        _picture(media),
        ", ".join(_sound(stream) for stream in media.audio_streams) or UNKNOWN,
        ", ".join(_timecode(found) for found in media.timecodes) or UNKNOWN,
    )


def _picture(media: MediaInfo) -> str:
    if not media.HasField("video"):
        return UNKNOWN
    video = media.video
    pace = f"{rate(video.frame_rate)} fps" + (" (varies)" if video.variable_frame_rate else "")
    turned = f", turned {video.rotation_degrees}°" if video.rotation_degrees else ""
    return f"{video.codec} {video.width}x{video.height}, {pace}{turned}"


def _sound(stream: AudioInfo) -> str:
    return f"{stream.codec} {stream.sample_rate_hz} Hz, {count(stream.channels, 'channel')}"


def _timecode(found: FoundTimecode) -> str:
    source = word(TimecodeSource, found.source, "TIMECODE_SOURCE_")
    return f"{found.timecode.value or clock(found.time_of_day_ms)} ({source})"


def analysis_tables(result: AnalyzeResult) -> list[Table]:
    """The alignment, each camera's share of the programme, and the highlights."""
    return [
        alignment_table(result.align),
        _cameras_table(result.auto_cut),
        _highlights_table(result.highlights),
    ]


def analysis_notes(result: AnalyzeResult) -> list[str]:
    """What deserves a look in any of the results, each once."""
    cut, highlights = result.auto_cut.meta, result.highlights.meta
    paths = [focus.meta for focus in result.focus]
    return notes(
        chain(
            result.align.meta.warnings,
            cut.warnings,
            highlights.warnings,
            *(path.warnings for path in paths),
        ),
        chain(
            result.align.meta.fallbacks,
            cut.fallbacks,
            highlights.fallbacks,
            *(path.fallbacks for path in paths),
        ),
    )


def notes(warnings: Iterable[str], fallbacks: Iterable[str]) -> list[str]:
    """Warnings before fallbacks, each once, in their order."""
    return [
        *(f"warning: {text}" for text in dict.fromkeys(warnings)),
        *(f"fallback: {text}" for text in dict.fromkeys(fallbacks)),
    ]


def picture_clips(sequence: Programme) -> Sequence[SequenceClip]:
    """The clips of the first picture track."""
    tracks = (track.clips for track in sequence.tracks if track.kind == TRACK_KIND_VIDEO)
    return next(tracks, ())


def _cameras_table(response: AutoCutResponse) -> Table:
    clips = picture_clips(response.sequence)
    shown_ms: dict[str, float] = defaultdict(float)
    shots: dict[str, int] = defaultdict(int)
    for clip in clips:
        shown_ms[clip.asset_id] += _length_ms(clip)
        shots[clip.asset_id] += 1
    columns = (
        Column("camera"),
        Column("shots", right=True),
        Column("shown", right=True),
        Column("share", right=True),
    )
    total_ms = sum(shown_ms.values()) or 1.0
    rows = tuple(
        (name, str(shots[name]), clock(shown_ms[name]), f"{shown_ms[name] / total_ms:.0%}")
        for name in sorted(shown_ms)
    )
    length = clock(response.sequence.duration_ms)
    return Table(f"Programme: {length}, {count(len(clips), 'shot')}", columns, rows)


def _highlights_table(response: HighlightsResponse) -> Table:
    columns = (
        Column("at", right=True),
        Column("camera"),
        Column("from", right=True),
        Column("to", right=True),
        Column("score", right=True),
        Column("why"),
    )
    clips = picture_clips(response.sequence)
    decisions = {decision.clip_index: decision for decision in response.decisions}
    rows = []
    for index, clip in enumerate(clips):
        decision = decisions.get(index)
        rows.append(
            (
                clock(clip.start_ms_on_timeline),
                clip.asset_id,
                clock(clip.in_ms),
                clock(clip.out_ms),
                f"{decision.score:.2f}" if decision else UNKNOWN,
                decision.reason if decision else "",
            )
        )
    length = clock(response.sequence.duration_ms)
    return Table(f"Highlights: {length}, {count(len(clips), 'clip')}", columns, tuple(rows))


def _length_ms(clip: SequenceClip) -> float:
    """Time on the timeline."""
    return (clip.out_ms - clip.in_ms) / (clip.speed or 1.0)
