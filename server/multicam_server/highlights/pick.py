"""Picks the best moments of a session, whole, once, and never too long."""

from dataclasses import dataclass

import numpy as np

from ..domain.highlights import HighlightOrder, Highlights, HighlightsRequest
from .agreement import scaled_by_agreement
from .assembly import Shot, joined, lay_down, lengthen, shot_of
from .candidates import TICKS_PER_MS, appraiser, list_runs
from .decisions import Judge
from .diversity import Groups, diversity
from .evidence import collect, fallbacks, inputs_used, is_known
from .exchanges import Options, list_options
from .moments import MomentKind
from .scoring import assess
from .selection import Choice, Problem, choose
from .session import Session, open_session
from .spread import spread_evenly
from .timeline import Timeline, divide
from .weights import applied_weights, as_vector

SCORING_VERSION = "highlights-2"

_DEFAULT_TARGET_MS = 30_000.0
_DEFAULT_MIN_CLIP_MS = 2_000.0
_DEFAULT_MAX_CLIP_MS = 20_000.0
# A proven bound on what a better choice could add is worth a warning from this share on.
_SHORTFALL_WORTH_SAYING = 1e-3
# A target that is used by less than this deserves a warning.
_GOOD_USE = 0.98


@dataclass(frozen=True)
class _Bounds:
    """The lengths that apply, in milliseconds."""

    target_ms: float
    min_clip_ms: float
    max_clip_ms: float

    @property
    def budget_ticks(self) -> int:
        """The target in whole ticks."""
        return int(np.floor(self.target_ms * TICKS_PER_MS))


def pick_highlights(request: HighlightsRequest) -> Highlights:
    """The best set of complete moments whose lengths sum to at most the target.

    The request is validated: at least one track, unique asset ids, track lengths
    known and more than 0, all numbers finite, bounds in order. The result is the same
    for any order of tracks, events, frames and subjects.
    """
    session = open_session(request.tracks)
    bounds = _bounds(request, session)
    weights = applied_weights(request.weights)
    order = request.order or HighlightOrder.CHRONOLOGICAL
    evidence = collect(session)
    moments, timeline = divide(session, evidence, max_clip_ms=bounds.max_clip_ms)
    spoken = ~timeline.is_tile
    worth = scaled_by_agreement(
        assess(session, evidence, moments, timeline),
        spoken if spoken.any() else timeline.is_tile,
    )
    clip_bounds = {"min_clip_ms": bounds.min_clip_ms, "max_clip_ms": bounds.max_clip_ms}
    options = list_options(
        appraiser(session, timeline, worth, as_vector(weights), **clip_bounds),
        list_runs(timeline, **clip_bounds),
        # Sorted by score, the two clips of an exchange would be parted.
        tighten=order is HighlightOrder.CHRONOLOGICAL,
    )
    choice = Choice((), 0, 0)
    if is_known(session, evidence):
        groups = diversity(
            session,
            timeline=timeline,
            options=options,
            moments=moments,
            sentences=evidence.sentences,
            target_ms=bounds.target_ms,
        )
        choice = choose(_problem(options, groups, bounds))
        shots = lengthen(
            [shot_of(options.clips, at) for one in choice.clips for at in options.clips_of(one)],
            session,
            timeline,
            budget_ticks=bounds.budget_ticks,
            max_clip_ms=bounds.max_clip_ms,
        )
    else:
        shots = spread_evenly(
            session,
            target_ms=bounds.target_ms,
            min_clip_ms=bounds.min_clip_ms,
            max_clip_ms=bounds.max_clip_ms,
        )
    shots = joined(shots, max_clip_ms=bounds.max_clip_ms)
    judge = Judge(
        session=session,
        timeline=timeline,
        moments=moments,
        worth=worth,
        weights=weights,
        options=options,
    )
    if order is HighlightOrder.SCORE:
        shots = judge.best_first(shots)
    name = f"{request.session_id} highlights".strip()
    return Highlights(
        sequence=lay_down(shots, session, name=name),
        decisions=judge.decisions(shots, budget_ticks=bounds.budget_ticks),
        scoring_version=SCORING_VERSION,
        order=HighlightOrder(order),
        target_duration_ms=bounds.target_ms,
        min_clip_ms=bounds.min_clip_ms,
        max_clip_ms=bounds.max_clip_ms,
        weights=weights,
        inputs_used=inputs_used(session),
        fallbacks=fallbacks(session, evidence),
        warnings=_warnings(session, timeline, shots, bounds, choice),
    )


def _bounds(request: HighlightsRequest, session: Session) -> _Bounds:
    """The requested lengths; a default gives way to what was asked for and what there is."""
    target = request.target_duration_ms
    target = _DEFAULT_TARGET_MS if target is None else target
    longest = request.max_clip_ms
    shortest = request.min_clip_ms
    if longest is None:
        longest = max(_DEFAULT_MAX_CLIP_MS, shortest or 0.0)
    longest = min(longest, target)
    if shortest is None:
        shortest = min(_DEFAULT_MIN_CLIP_MS, float((session.end_ms - session.start_ms).max()))
    shortest = min(shortest, longest)
    return _Bounds(target, shortest, longest)


def _problem(options: Options, groups: Groups, bounds: _Bounds) -> Problem:
    """The choice among the options."""
    return Problem(
        first=options.first,
        last=options.last,
        length=options.total(options.clips.ticks),
        value=options.total(options.clips.value),
        groups=groups.masks,
        bonus=groups.bonus,
        budget=bounds.budget_ticks,
    )


def _warnings(
    session: Session,
    timeline: Timeline,
    shots: list[Shot],
    bounds: _Bounds,
    choice: Choice,
) -> tuple[str, ...]:
    """What deserves a person's look."""
    said: set[str] = set()
    for shot in shots:
        if (timeline.kind[shot.core_first : shot.core_last] == MomentKind.PIECE).any():
            asset = session.tracks[shot.camera].asset_id
            said.add(
                f"{asset}: a clip cuts speech that no pause divides: it is longer than "
                f"max_clip_ms ({bounds.max_clip_ms:g} ms), or than any recording of it"
            )
    used = sum(shot.ticks for shot in shots) / TICKS_PER_MS
    if not shots:
        said.add(
            "no clip fits: no stretch of the material is at least min_clip_ms "
            f"({bounds.min_clip_ms:g} ms) long"
        )
    elif used < _GOOD_USE * bounds.target_ms:
        said.add(
            f"only {used:.0f} ms of the target's {bounds.target_ms:g} ms are used: no further "
            "whole moment fits"
        )
    if choice.shortfall > _SHORTFALL_WORTH_SAYING * choice.total:
        said.add(
            "the choice may fall short of the best one by "
            f"{choice.shortfall / max(choice.total, 1):.1%} of its worth"
        )
    return tuple(sorted(said))
