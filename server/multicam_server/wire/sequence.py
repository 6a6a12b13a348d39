"""Sequences out."""

from multicam.v1 import sequence_pb2

from ..domain.sequence import Sequence, SequenceTrack
from .media import write_frame_rate


def write_sequence(sequence: Sequence) -> sequence_pb2.Sequence:
    """A programme."""
    rate = sequence.frame_rate
    return sequence_pb2.Sequence(
        name=sequence.name,
        duration_ms=sequence.duration_ms,
        frame_rate=write_frame_rate(rate) if rate is not None else None,
        tracks=[_write_track(track) for track in sequence.tracks],
    )


def _write_track(track: SequenceTrack) -> sequence_pb2.SequenceTrack:
    return sequence_pb2.SequenceTrack(
        kind=sequence_pb2.TrackKind.Name(track.kind),
        video_role=sequence_pb2.VideoRole.Name(track.video_role),
        clips=[
            sequence_pb2.SequenceClip(
                asset_id=clip.asset_id,
                start_ms_on_timeline=clip.start_ms_on_timeline,
                in_ms=clip.in_ms,
                out_ms=clip.out_ms,
                speed=clip.speed,
            )
            for clip in track.clips
        ],
    )
