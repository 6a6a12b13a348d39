"""What a session's artifacts tell, what the result rests on, and what is missing."""

from dataclasses import dataclass

import numpy as np

from ..domain.media import Floats
from ..domain.session import SessionTrack
from .reactions import Reactions, gather_music, gather_reactions
from .sentences import Sentences, gather_sentences
from .session import Session, has_audio_artifact, has_picture, is_measured


@dataclass(frozen=True, eq=False)
class Evidence:
    """All that is known of a session, in session time."""

    sentences: Sentences
    reactions: Reactions
    music: Reactions
    beats_ms: Floats

    @property
    def heard_anything(self) -> bool:
        """Whether any artifact tells of speech, reactions, music or beats."""
        return bool(
            len(self.sentences)
            or self.reactions.start_ms.size
            or self.music.start_ms.size
            or self.beats_ms.size
        )


def collect(session: Session) -> Evidence:
    """Reads the audio artifacts of all recordings."""
    return Evidence(
        sentences=gather_sentences(session),
        reactions=gather_reactions(session),
        music=gather_music(session),
        beats_ms=_beats(session),
    )


def _beats(session: Session) -> Floats:
    """The beats of the first recording that has any: detectors of two never agree exactly."""
    for track in session.tracks:
        timeline = track.artifacts.audio_semantic_timeline
        if timeline is None:
            continue
        inside = (timeline.beats.time_ms >= 0.0) & (timeline.beats.time_ms <= track.duration_ms)
        if inside.any():
            return np.unique(track.clock.to_session_ms(timeline.beats.time_ms[inside]))
    return np.zeros(0)


def is_known(session: Session, evidence: Evidence) -> bool:
    """Whether any artifact has something to tell."""
    return evidence.heard_anything or _saw_anything(session)


def _saw_anything(session: Session) -> bool:
    """Whether any visual artifact has something to tell."""
    for track in session.tracks:
        visual, regions = track.artifacts.visual_meta, track.artifacts.region_summary
        if regions is not None and len(regions.region):
            return True
        if visual is not None and visual.timestamp_ms.size:
            return True
    return False


def inputs_used(session: Session) -> tuple[str, ...]:
    """Names every artifact that was read."""
    used: set[str] = set()
    for track in session.tracks:
        artifacts = track.artifacts
        named = {
            "audio_semantic_timeline": artifacts.audio_semantic_timeline,
            "visual_meta": artifacts.visual_meta,
            "region_summary": artifacts.region_summary,
        }
        for kind, artifact in named.items():
            if artifact is None:
                continue
            if kind == "audio_semantic_timeline" and is_measured(track):
                used.add(f"{track.asset_id}: audio")
            else:
                used.add(f"{track.asset_id}: {kind} {artifact.artifact_id}".rstrip())
    return tuple(sorted(used))


def fallbacks(session: Session, evidence: Evidence) -> tuple[str, ...]:
    """What is done for want of something better."""
    said = {
        f"{track.asset_id}: {missing}"
        for track in session.tracks
        if (missing := _missing(track, session, evidence))
    }
    if not any(has_picture(track) for track in session.tracks):
        said.add("no recording has a picture; the picture track names recordings of sound")
    if not is_known(session, evidence):
        said.add("nothing is known of this session; evenly spread stretches are shown")
    elif all(track.artifacts.audio_semantic_timeline is None for track in session.tracks):
        said.add(
            "nothing tells of this session's sound; moments were picked by motion and subjects, "
            "and clips may begin or end inside a sentence"
        )
    elif not len(evidence.sentences):
        said.add(
            "no speech is known in this session; moments were picked by motion, subjects, "
            "reactions and music"
        )
    sentences = evidence.sentences
    if any(text.strip() for text in sentences.transcription) and not sentences.language.code:
        said.add(
            "the language of the transcriptions is not known; of the cues only question marks, "
            "exclamation marks and digits count"
        )
    return tuple(sorted(said))


def _missing(track: SessionTrack, session: Session, evidence: Evidence) -> str:
    """What stands in for a recording's artifacts; empty where they are there."""
    artifacts = track.artifacts
    if is_measured(track):
        measured = "no audio_semantic_timeline; speech and loudness were measured from its sound"
        if any(has_audio_artifact(other) for other in session.tracks):
            measured += ", which counts where no recording with one runs"
        return measured
    if artifacts.audio_semantic_timeline is not None or not is_known(session, evidence):
        return ""
    if artifacts.visual_meta is None and artifacts.region_summary is None:
        return "no artifacts; it is judged by what other recordings tell"
    if len(evidence.sentences):
        return "no audio_semantic_timeline; what is said is known from other recordings"
    return ""
