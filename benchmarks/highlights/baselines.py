"""What others would pick, as stretches of session time, and the best that there is."""

import numpy as np
from multicam_server.domain.artifacts import AudioEventKind
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from .scenes import Scene

Stretches = list[tuple[float, float]]

# The defaults of the contract.
MIN_CLIP_MS = 2_000.0
MAX_CLIP_MS = 20_000.0


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


def best_sentences(scene: Scene, target_ms: float) -> float:
    """The most importance that whole true sentences can add up to, under no other rule."""
    length = scene.talk.until_ms - scene.talk.start_ms
    return _best(scene.talk.importance * length, length, target_ms)


def best_clips(scene: Scene, target_ms: float) -> float:
    """The most importance under the rules of the contract, known without noise.

    A clip is a run of whole true sentences with the pauses between them, within the
    default bounds; what is shorter than the shortest clip takes the shortest clip's
    time. A question comes with its answer where words tell that it is one; the pause
    between the two costs nothing, as it may be cut out. Clips have no handles. No
    sentence is shown twice.
    """
    talk = scene.talk
    told = scene.style.audio and scene.style.words
    asked = talk.question & (np.arange(len(talk.question)) + 1 < len(talk.question)) & told
    begins = np.flatnonzero(~np.concatenate([[False], asked[:-1]]))
    ends = np.concatenate([begins[1:], [len(asked)]]) - 1
    worth = np.concatenate([[0.0], np.cumsum(talk.importance * (talk.until_ms - talk.start_ms))])
    pause = np.where(asked[:-1], talk.start_ms[1:] - talk.until_ms[:-1], 0.0)
    cut_out = np.concatenate([[0.0], np.cumsum(pause)])
    start, until = talk.start_ms[begins], talk.until_ms[ends]
    furthest = np.maximum(np.searchsorted(until, start + MAX_CLIP_MS, side="right"),
                          np.arange(len(begins)) + 1)  # fmt: skip
    runs = furthest - np.arange(len(begins))
    first = np.repeat(np.arange(len(begins)), runs)
    last = first + np.arange(len(first)) - np.repeat(np.cumsum(runs) - runs, runs)
    size = last - first + 1
    shown = np.repeat(first, size) + np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    clip = np.repeat(np.arange(len(first)), size)
    once = csr_array((np.ones(len(shown)), (shown, clip)), shape=(len(begins), len(first)))
    return _best(
        worth[ends[last] + 1] - worth[begins[first]],
        np.maximum(
            until[last] - start[first] - (cut_out[ends[last]] - cut_out[begins[first]]), MIN_CLIP_MS
        ),
        target_ms,
        LinearConstraint(once, -np.inf, 1.0),
    )


def _best(
    value: np.ndarray, length: np.ndarray, target_ms: float, *rules: LinearConstraint
) -> float:
    """The best total value under the target, by HiGHS."""
    solved = milp(
        c=-value,
        constraints=[LinearConstraint(length[None, :], -np.inf, target_ms), *rules],
        bounds=Bounds(0.0, 1.0),
        integrality=np.ones(len(value)),
        options={"mip_rel_gap": 1e-4},
    )
    return float(-solved.fun)
