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
    """`value`: share of the optimum that knows the truth. The rest are shares too."""

    value: float
    over_target: bool
    use: float
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


def measure(scene: Scene, shown: Stretches, target_ms: float, optimum: float) -> Measured:
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
    ends = np.array([end for _, end in shown])
    cut = np.any(
        (ends[:, None] > talk.start_ms + _INSIDE_MS) & (ends[:, None] < talk.end_ms - _INSIDE_MS),
        axis=1,
    )
    return Measured(
        value=value / optimum,
        over_target=total > target_ms + 1e-6,
        use=total / target_ms,
        cut_ends=float(cut.mean()) if len(cut) else 0.0,
        twice_ms=total - once,
    )
