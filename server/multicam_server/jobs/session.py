"""Completing a session's tracks: what the artifacts do not tell, the media may."""

from collections.abc import Sequence
from dataclasses import replace

from ..conversation import VoiceDetector, measure_timeline
from ..domain.artifacts import Artifacts
from ..domain.faults import InvalidRequest, MediaWithoutAudio, Violation
from ..domain.media import Sound
from ..domain.session import SessionTrack
from ..media.decode import decode_sound
from ..media.probe import probe
from ..media.waveform import waveform_sound
from ..telemetry.tally import stage
from .recordings import OpenPath, counted


def complete_tracks(
    tracks: Sequence[SessionTrack], open_path: OpenPath, voice: VoiceDetector | None = None
) -> tuple[SessionTrack, ...]:
    """Fills in lengths, and speech activity where no audio artifact was given.

    Media is opened only for what is missing.

    Raises:
        Fault: of an asset whose media is needed and cannot be used.
        InvalidRequest: for tracks whose length cannot be learned.
    """
    completed: list[SessionTrack] = []
    violations: list[Violation] = []
    for index, track in enumerate(tracks):
        heard = with_measured_speech(track, missing_sound(track, open_path), voice)
        duration_ms = track.duration_ms or _duration_ms(track, open_path)
        if duration_ms <= 0:
            violations.append(
                Violation(
                    f"tracks[{index}].duration_ms",
                    "is unknown; give it, or an asset or artifacts that tell it",
                )
            )
        completed.append(replace(heard, duration_ms=duration_ms))
    if violations:
        raise InvalidRequest(tuple(violations))
    return tuple(completed)


def with_measured_speech(
    track: SessionTrack, sound: Sound | None, voice: VoiceDetector | None = None
) -> SessionTrack:
    """The track with speech activity measured from `sound` where no artifact tells it.

    `voice` finds the speech, by default an energy gate. The algorithm that uses it names
    the fallback in its reply.
    """
    if track.artifacts.audio_semantic_timeline is not None or sound is None:
        return track
    with stage("speech"):
        timeline = measure_timeline(sound, voice)
    artifacts = replace(track.artifacts, audio_semantic_timeline=timeline)
    return replace(track, artifacts=artifacts)


def missing_sound(track: SessionTrack, open_path: OpenPath) -> Sound | None:
    """The track's sound, decoded only where it has one and no artifact tells of it."""
    asset = track.asset
    if asset is None or not asset.has_source:
        return None
    if track.artifacts.audio_semantic_timeline is not None:
        return None
    if asset.waveform is not None:
        return waveform_sound(asset.waveform)
    try:
        path = open_path(replace(asset, asset_id=track.asset_id))
        with stage("decode"):
            return counted(decode_sound(path, track.asset_id))
    except MediaWithoutAudio:
        return None


def _duration_ms(track: SessionTrack, open_path: OpenPath) -> float:
    asset = track.asset
    if asset is not None and asset.waveform is not None:
        return asset.waveform.duration_ms
    if asset is not None and asset.has_source:
        path = open_path(replace(asset, asset_id=track.asset_id))
        with stage("probe"):
            return probe(path, track.asset_id).duration_ms
    told_by_asset = asset.duration_ms if asset is not None else 0.0
    return told_by_asset or told_by_artifacts_ms(track.artifacts)


def told_by_artifacts_ms(artifacts: Artifacts) -> float:
    """The length that the artifacts tell: their own, else their last moment; 0 if none."""
    audio, visual = artifacts.audio_semantic_timeline, artifacts.visual_meta
    stated = [part.duration_ms for part in (audio, visual) if part is not None]
    if any(stated):
        return max(stated)
    last = [0.0]
    if audio is not None and len(audio.events):
        last.append(float(audio.events.end_ms.max()))
    if visual is not None and len(visual.timestamp_ms):
        last.append(float(visual.timestamp_ms.max()) + visual.frame_sample_interval_ms)
    return max(last)
