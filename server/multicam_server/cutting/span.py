"""From when to when the programme goes."""

from dataclasses import dataclass

from ..domain.cutting import AutoCutRequest
from ..domain.faults import InvalidRequest, Violation
from .cameras import TOUCH_MS, covered


@dataclass(frozen=True)
class Span:
    """The programme's start and end in session time, and what was left out."""

    start_ms: float
    end_ms: float
    warnings: tuple[str, ...] = ()


def resolve_span(request: AutoCutRequest) -> Span:
    """The stretch to cut: what was asked for, or what was recorded of it.

    A programme shows recorded pictures only. An end that was asked for must be
    recorded, and nothing between two of them may be missing; raises
    InvalidRequest otherwise. Defaults give way: they shrink to what is recorded
    and, where recording paused, to the stretch at the given end, else to the
    longest one; a warning says what was left out.
    """
    start = 0.0 if request.start_ms is None else request.start_ms
    end = (
        max(track.end_ms for track in request.tracks) if request.end_ms is None else request.end_ms
    )
    stretches = covered(request.tracks)
    recorded = " and ".join(f"{first:g} to {last:g} ms" for first, last in stretches)
    if start >= end:
        if request.start_ms is not None:
            raise _violation("start_ms", f"nothing is recorded after it; recorded is {recorded}")
        raise _violation("end_ms", f"must be more than start_ms, {start:g}; recorded is {recorded}")
    inside = [
        (max(first, start), min(last, end))
        for first, last in stretches
        if min(last, end) - max(first, start) > TOUCH_MS
    ]
    if request.start_ms is not None and not (inside and inside[0][0] <= start + TOUCH_MS):
        raise _violation("start_ms", f"nobody records then; recorded is {recorded}")
    if request.end_ms is not None and not (inside and inside[-1][1] >= end - TOUCH_MS):
        raise _violation("end_ms", f"nobody records until then; recorded is {recorded}")
    if not inside:
        raise _violation(
            "start_ms", f"nothing is recorded after session time 0; recorded is {recorded}"
        )
    if request.start_ms is not None and request.end_ms is not None and len(inside) > 1:
        raise _violation(
            "end_ms",
            f"nobody records from {inside[0][1]:g} to {inside[1][0]:g} ms; "
            f"ask for a programme within {recorded}",
        )
    if request.start_ms is not None:
        chosen = inside[0]
    elif request.end_ms is not None:
        chosen = inside[-1]
    else:
        chosen = max(inside, key=lambda stretch: (stretch[1] - stretch[0], -stretch[0]))
    return Span(*chosen, warnings=_left_out(chosen, inside, start))


def _left_out(
    chosen: tuple[float, float], inside: list[tuple[float, float]], start: float
) -> tuple[str, ...]:
    warnings = []
    if inside[0][0] > start + TOUCH_MS:
        warnings.append(f"nobody records from {start:g} to {inside[0][0]:g} ms: left out")
    warnings += [
        f"recorded from {first:g} to {last:g} ms, but apart from the programme: left out; "
        "ask for it with start_ms and end_ms"
        for first, last in inside
        if (first, last) != chosen
    ]
    return tuple(warnings)


def _violation(field: str, description: str) -> InvalidRequest:
    return InvalidRequest((Violation(field, description),))
