"""What others would pick, as stretches of session time, and the best that there is."""

import numpy as np
from multicam_server.domain.artifacts import AudioEventKind
from scipy.optimize import Bounds, LinearConstraint, milp

from .scenes import Scene

Stretches = list[tuple[float, float]]


def _speech(scene: Scene) -> list[tuple[float, float, float, str]]:
    """Every speech event of every camera: start, end, confidence, asset."""
    events = []
    for track in scene.tracks:
        timeline = track.artifacts.audio_semantic_timeline
        if timeline is None:
            continue
        for at in np.flatnonzero(timeline.events.kind == int(AudioEventKind.SPEECH)).tolist():
            events.append(
                (
                    float(track.clock.to_session_ms(timeline.events.start_ms[at])),
                    float(track.clock.to_session_ms(timeline.events.end_ms[at])),
                    float(np.nan_to_num(timeline.events.loudness_lufs[at], nan=-30.0)),
                    track.asset_id,
                )
            )
    return events


def engines_rule(scene: Scene, target_ms: float) -> Stretches:
    """Events by asset and time until the target is reached; the last one overshoots."""
    shown: Stretches = []
    total = 0.0
    for start, end, _, _ in sorted(_speech(scene), key=lambda event: (event[3], event[0])):
        if total >= target_ms:
            break
        shown.append((start, end))
        total += end - start
    return shown


def chronological(scene: Scene, target_ms: float) -> Stretches:
    """The base camera's events from the beginning, as long as they fit."""
    events = sorted(event for event in _speech(scene) if event[3] == scene.tracks[0].asset_id)
    return _while_it_fits([(start, end) for start, end, _, _ in events], target_ms)


def greedy(scene: Scene, target_ms: float) -> Stretches:
    """The base camera's events by loudness above its median, each that still fits."""
    events = [event for event in _speech(scene) if event[3] == scene.tracks[0].asset_id]
    events.sort(key=lambda event: (-event[2], event[0]))
    return _while_it_fits([(start, end) for start, end, _, _ in events], target_ms)


def _while_it_fits(stretches: Stretches, target_ms: float) -> Stretches:
    shown: Stretches = []
    total = 0.0
    for start, end in stretches:
        if total + end - start <= target_ms:
            shown.append((start, end))
            total += end - start
    return shown


def best_on_truth(scene: Scene, target_ms: float) -> float:
    """The most importance that whole true sentences can add up to, without any handles."""
    length = scene.talk.until_ms - scene.talk.start_ms
    value = scene.talk.importance * length
    solved = milp(
        c=-value,
        constraints=LinearConstraint(length[None, :], -np.inf, target_ms),
        bounds=Bounds(0.0, 1.0),
        integrality=np.ones(len(length)),
        options={"mip_rel_gap": 1e-6},
    )
    return float(-solved.fun)
