"""Evenly spread stretches, for a session of which nothing is known."""

from itertools import pairwise
from math import ceil

from .assembly import Shot
from .candidates import TICKS_PER_MS
from .session import Session

# The preferred length of a stretch: long enough to see what goes on.
_STRETCH_MS = 5_000.0


def spread_evenly(
    session: Session, *, target_ms: float, min_clip_ms: float, max_clip_ms: float
) -> list[Shot]:
    """Stretches of equal length, evenly spread over the recorded time, in order of time.

    The recorded time is divided where a recording begins or ends, so that each
    stretch comes from one camera: the one whose asset id sorts first. Material that
    is no longer than the target is shown whole.
    """
    budget = int(target_ms * TICKS_PER_MS)
    spans = [span for span in _spans(session) if span[1] - span[0] >= min_clip_ms]
    recorded = sum(end - start for start, end, _ in spans)
    if not spans or budget <= 0:
        return []
    if recorded <= target_ms:
        counts = [ceil((end - start) / max_clip_ms) for start, end, _ in spans]
        lengths = [
            (end - start) / count for (start, end, _), count in zip(spans, counts, strict=True)
        ]
    else:
        stretches = max(1, round(target_ms / max(min(_STRETCH_MS, max_clip_ms), min_clip_ms)))
        length = min(max(target_ms / stretches, min_clip_ms), max_clip_ms)
        counts = _shared_out(stretches, [end - start for start, end, _ in spans], length)
        lengths = [length] * len(spans)
    shots: list[Shot] = []
    for (start, end, camera), count, length in zip(spans, counts, lengths, strict=True):
        ticks = min(int(length * TICKS_PER_MS), budget // max(sum(counts), 1))
        part = (end - start) / max(count, 1)
        for index in range(count):
            begin = start + index * part + 0.5 * (part - ticks / TICKS_PER_MS)
            shots.append(Shot(camera, max(begin, start), ticks, 0, 0, 0, 0))
    kept: list[Shot] = []
    for shot in shots:
        if shot.ticks > 0 and sum(one.ticks for one in kept) + shot.ticks <= budget:
            kept.append(shot)
    return kept


def _spans(session: Session) -> list[tuple[float, float, int]]:
    """The recorded time in stretches of one camera each: start, end, camera."""
    cameras = [camera for camera, shows in enumerate(session.shows) if shows]
    edges = sorted(
        {float(session.start_ms[at]) for at in cameras}
        | {float(session.end_ms[at]) for at in cameras}
    )
    spans: list[tuple[float, float, int]] = []
    for start, end in pairwise(edges):
        covering = [
            at for at in cameras if session.start_ms[at] <= start and session.end_ms[at] >= end
        ]
        if not covering:
            continue
        if spans and spans[-1][1] == start and spans[-1][2] in covering:
            spans[-1] = (spans[-1][0], end, spans[-1][2])
        else:
            spans.append((start, end, covering[0]))
    return spans


def _shared_out(stretches: int, lengths: list[float], each: float) -> list[int]:
    """How many stretches each span gets, in proportion (D'Hondt), as many as fit."""
    counts = [0] * len(lengths)
    for _ in range(stretches):
        open_spans = [
            at for at, length in enumerate(lengths) if (counts[at] + 1) * each <= length + 1e-6
        ]
        if not open_spans:
            break
        best = min(open_spans, key=lambda at: (-lengths[at] / (counts[at] + 1), at))
        counts[best] += 1
    return counts
