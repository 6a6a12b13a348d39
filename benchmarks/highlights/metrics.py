"""How good a choice is, by the truth."""

from dataclasses import dataclass

import numpy as np
from multicam_server.domain.highlights import Highlights

from .baselines import Stretches
from .scenes import Scene

# A border this far inside a sentence cuts it; less is not heard.
_INSIDE_MS = 20.0


@dataclass(frozen=True)
class Measured:
    """`value`: share of the best clips on the truth; `of_sentences`: of the best sentences.

    `cut_starts` and `cut_ends` are shares of the clips that begin and end inside a sentence.
    """

    value: float
    of_sentences: float
    over_target: bool
    use: float
    cut_starts: float
    cut_ends: float
    twice_ms: float


def stretches_of(scene: Scene, highlights: Highlights) -> Stretches:
    """The picture clips in session time."""
    clock = {track.asset_id: track.clock for track in scene.tracks}
    return [
        (
            float(clock[clip.asset_id].to_session_ms(clip.in_ms)),
            float(clock[clip.asset_id].to_session_ms(clip.out_ms)),
        )
        for clip in highlights.sequence.tracks[0].clips
    ]


def measure(
    scene: Scene, shown: Stretches, target_ms: float, *, best_clips: float, best_sentences: float
) -> Measured:
    """Every second counts once, however often it is shown."""
    talk = scene.talk
    union: Stretches = []
    for start, end in sorted(shown):
        if union and start < union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((start, end))
    value = 0.0
    for start, end in union:
        seen = np.minimum(end, talk.until_ms) - np.maximum(start, talk.start_ms)
        value += float((np.maximum(seen, 0.0) * talk.importance).sum())
    total = sum(end - start for start, end in shown)
    once = sum(end - start for start, end in union)
    return Measured(
        value=value / best_clips,
        of_sentences=value / best_sentences,
        over_target=total > target_ms + 1e-6,
        use=total / target_ms,
        cut_starts=_inside(scene, [start for start, _ in shown]),
        cut_ends=_inside(scene, [end for _, end in shown]),
        twice_ms=total - once,
    )


def _inside(scene: Scene, borders: list[float]) -> float:
    """The share of these borders that lie inside a true sentence."""
    if not borders:
        return 0.0
    at = np.array(borders)[:, None]
    talk = scene.talk
    inside = (at > talk.start_ms + _INSIDE_MS) & (at < talk.end_ms - _INSIDE_MS)
    return float(inside.any(axis=1).mean())
