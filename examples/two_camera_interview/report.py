"""Prints what was found beside what is true."""

from collections.abc import Iterable, Iterator
from textwrap import shorten

import numpy as np
from multicam.v1 import align_pb2, auto_cut_pb2, focus_pb2, highlights_pb2, sequence_pb2

from .crop import TARGET_SHAPE, frames_with_whole_face
from .interview import CAMERA_B, CAMERAS, sentences

SAID_CHARACTERS = 64
CAMERA = {camera.asset_id: camera for camera in CAMERAS}


def step(text: str) -> None:
    """Tells what happens next."""
    print(text, flush=True)


def heading(text: str) -> None:
    """Starts a part of the report."""
    print(f"\n{text}\n{'-' * len(text)}")


def alignment(placed: align_pb2.AlignResponse) -> float | None:
    """The second camera's placement; its error in ms, None when it has none."""
    heading("Align")
    print(f"{'':10}{'found':>24}{'true':>14}{'error':>14}")
    found = next(track for track in placed.tracks if track.asset_id == CAMERA_B.asset_id)
    error_ms = None
    if found.HasField("offset_ms"):
        true_ms = CAMERA_B.offset_s * 1000.0
        error_ms = abs(found.offset_ms - true_ms)
        row("offset", f"{found.offset_ms:.3f} ms", f"{true_ms:.3f} ms", f"{error_ms:.3f} ms")
    if found.HasField("drift_ppm"):
        tolerance = f" ± {found.drift_ppm_error:.2f}" if found.HasField("drift_ppm_error") else ""
        row(
            "drift",
            f"{found.drift_ppm:.2f}{tolerance} ppm",
            f"{CAMERA_B.drift_ppm:.2f} ppm",
            f"{abs(found.drift_ppm - CAMERA_B.drift_ppm):.2f} ppm",
        )
    for track in placed.tracks:
        status = align_pb2.AlignStatus.Name(track.status).removeprefix("ALIGN_STATUS_")
        print(f"{track.asset_id}: {status}, confidence {track.confidence:.3f}. {track.reason}")
    notes(placed.meta.fallbacks, placed.meta.warnings)
    return error_ms


def row(name: str, found: str, true: str, error: str) -> None:
    """One line of the alignment's table."""
    print(f"{name:10}{found:>24}{true:>14}{error:>14}")


def programme(cut: auto_cut_pb2.AutoCutResponse) -> None:
    """The cut list, with who is shown and who truly speaks."""
    heading("AutoCut, medium")
    print(f"{'':>3}{'from s':>9}{'to s':>9}  {'shows':8}{'speaking (true)':24}score")
    shown_s = spoken_s = 0.0
    for decision, clip in zip(cut.decisions, pictures(cut.sequence), strict=True):
        start, end = session_span_s(clip)
        shown = CAMERA[clip.asset_id].frames_speaker
        speaking = speakers_s(start, end)
        shown_s += speaking.get(shown, 0.0)
        spoken_s += sum(speaking.values())
        who = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in speaking.items())
        print(
            f"{decision.clip_index:3}{start:9.2f}{end:9.2f}  {shown:8}{who or '-':24}"
            f"{decision.score:.2f}"
        )
    print(f"whoever speaks is in the picture for {100.0 * shown_s / spoken_s:.0f} % of the words")
    notes(cut.meta.fallbacks, cut.meta.warnings)


def highlights(best: highlights_pb2.HighlightsResponse) -> None:
    """The chosen moments, with what is truly said in them."""
    heading(f"Highlights, {best.meta.target_duration_ms / 1000.0:.0f} s at most")
    print(f"{'from s':>9}{'to s':>9}  {'shows':8}said (true)")
    for clip in pictures(best.sequence):
        start, end = session_span_s(clip)
        shown = CAMERA[clip.asset_id].frames_speaker
        said = shorten(" ".join(words(start, end)), SAID_CHARACTERS, placeholder=" ...")
        print(f"{start:9.2f}{end:9.2f}  {shown:8}{said}")
    print(f"together {best.sequence.duration_ms / 1000.0:.2f} s")
    notes(best.meta.fallbacks, best.meta.warnings)


def focus(clips: Iterable[tuple[sequence_pb2.SequenceClip, focus_pb2.FocusResponse]]) -> None:
    """The reframed clips: how many keyframes, and whether the true face stays in the window."""
    heading(f"Focus, {TARGET_SHAPE[0]}:{TARGET_SHAPE[1]}, the highlights")
    for clip, path in clips:
        whole, looked = frames_with_whole_face(clip, path, CAMERA[clip.asset_id])
        print(
            f"{path.clip_id}: {len(path.automations[0].keyframes)} keyframes; "
            f"the whole face is in the window in {whole} of {looked} frames"
        )
        notes(path.meta.fallbacks, path.meta.warnings)


def notes(fallbacks: Iterable[str], warnings: Iterable[str]) -> None:
    """What the service says about how it came to a result."""
    for fallback in fallbacks:
        print(f"fallback: {fallback}")
    for warning in warnings:
        print(f"warning: {warning}")


def pictures(sequence: sequence_pb2.Sequence) -> Iterator[sequence_pb2.SequenceClip]:
    """The clips of the picture track, in playing order."""
    for track in sequence.tracks:
        if track.kind == sequence_pb2.TRACK_KIND_VIDEO:
            yield from track.clips


def session_span_s(clip: sequence_pb2.SequenceClip) -> tuple[float, float]:
    """Where a clip truly lies in the session."""
    camera = CAMERA[clip.asset_id]
    start, end = camera.session_s(np.array([clip.in_ms, clip.out_ms]) / 1000.0)
    return float(start), float(end)


def speakers_s(start: float, end: float) -> dict[str, float]:
    """For how long each person truly speaks within a span."""
    spoken: dict[str, float] = {}
    for sentence in sentences():
        seconds = min(end, sentence.end_s) - max(start, sentence.start_s)
        if seconds > 0.0:
            spoken[sentence.speaker] = spoken.get(sentence.speaker, 0.0) + seconds
    return spoken


def words(start: float, end: float) -> Iterator[str]:
    """The words truly spoken in a span, from the first to the last that lie wholly within it."""
    for sentence in sentences():
        for word, word_start, word_end in sentence.words:
            if start <= sentence.start_s + word_start and sentence.start_s + word_end <= end:
                yield word
