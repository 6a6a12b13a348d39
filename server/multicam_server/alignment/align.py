"""Align: from recordings to clocks, each with its reason."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from ..domain.alignment import (
    AlignAlternative,
    AlignedTrack,
    Alignment,
    AlignMethod,
    AlignOptions,
    AlignStatus,
    AlignStrategy,
)
from ..domain.media import Sound
from . import explain
from .clock_fit import Carrier, ClockFit, assume_shift
from .confidence import direct_probability, equality
from .evidence.timecode import CERTAINTY, starts_later_s
from .graph import Component, Link, connection, path, place, solve
from .rates import wrong_rate
from .recording import Recording
from .session import Session, measure

ALIGNMENT_VERSION = "align-2"

DEFAULT_MIN_CONFIDENCE = 0.9
# Below this a placement is not even worth a person's look.
LEAST_AMBIGUOUS_CONFIDENCE = 0.3
# Waveforms that match this well (standard deviations) do so by no accident: where
# several placements fit, the sound repeats itself.
REPEATED_WAVEFORM_SCORE = 9.0
# A jump of a clock is told only of pairs that match at least this probably.
LEAST_WARNING_PROBABILITY = 0.5
# A pair less probable than this is no link; it could only mislead.
LEAST_LINK_PROBABILITY = 0.02
# A drift known no better than this (parts per million) is not told.
LARGEST_TOLD_DRIFT_ERROR_PPM = 25.0
# A pinned offset is the caller's word, exact.
PINNED_CERTAINTY = 1.0
PINNED_ERROR_S = 1e-6


def align(
    recordings: Sequence[Recording], *, base_asset_id: str, options: AlignOptions
) -> Alignment:
    """Places recordings on the base's clock.

    Args:
        recordings: 2 or more, with different asset ids, in any order.
        base_asset_id: the asset id of one of them.
        options: as the contract's AlignOptions; None and UNSPECIFIED are the defaults.

    The reply has one track per recording, in the given order. Values depend neither on
    that order nor on threads.
    """
    strategy = options.strategy
    if strategy is AlignStrategy.UNSPECIFIED:
        strategy = AlignStrategy.AUTO
    session = measure(recordings, base_asset_id, options, strategy)
    links = _links(session, strategy)
    components, rejected = solve(tuple(session.recordings), [link for link, _ in links])
    methods = {id(link): method for link, method in links}
    component = next(one for one in components if base_asset_id in one.nodes)
    tracks = {
        name: _track(name, session, component, methods, options) for name in session.recordings
    }
    warnings = [
        explain.conflict(link, methods[id(link)], _miss(link, components)) for link in rejected
    ]
    warnings += [
        explain.mistaken_rate(name, mistake.cause)
        for name, track in tracks.items()
        if track.drift_ppm is not None and (mistake := wrong_rate(track.drift_ppm * 1e-6))
    ]
    warnings += [
        explain.jump(match.step, match.first, match.second)
        for match in session.matches.values()
        if match.step is not None and match.probability >= LEAST_WARNING_PROBABILITY
    ]
    warnings += [
        f"{name!r}: {note}"
        for name, one in session.recordings.items()
        if one.sound is not None and not isinstance(one.sound, Sound)
        for note in one.sound.notes
    ]
    warnings += [
        f"{name!r} was cut short: {one.sound.cut_short}"
        for name, one in session.recordings.items()
        if one.sound is not None and one.sound.cut_short
    ]
    return Alignment(
        base_asset_id=base_asset_id,
        tracks=tuple(tracks[recording.asset_id] for recording in recordings),
        alignment_version=ALIGNMENT_VERSION,
        strategy=strategy,
        warnings=tuple(sorted(set(warnings))),
        inputs_used=_inputs_used(session, strategy),
        fallbacks=_fallbacks(session, strategy),
    )


def _links(session: Session, strategy: AlignStrategy) -> list[tuple[Link, AlignMethod]]:
    """Everything that relates two recordings, with the kind of evidence it is."""
    links: list[tuple[Link, AlignMethod]] = []
    for match in session.matches.values():
        if match.probability >= LEAST_LINK_PROBABILITY:
            direct = direct_probability(match.evidence)
            link = Link(match.first, match.second, match.fit, match.probability, direct)
            links.append((link, AlignMethod.AUDIO_CROSS_CORRELATION))
    if strategy is not AlignStrategy.AUDIO:
        links += [_timecode_link(session, a, b) for a, b in combinations(session.times, 2)]
    for name, one in session.recordings.items():
        if one.pinned_offset_ms is not None and name != session.base:
            links.append(
                (_pinned_link(session.base, name, one.pinned_offset_ms), AlignMethod.MANUAL)
            )
    return links


def _timecode_link(session: Session, a: str, b: str) -> tuple[Link, AlignMethod]:
    first, second = session.times[a], session.times[b]
    method = min(first.method, second.method, key=lambda one: CERTAINTY[one])
    fit = _place_only(starts_later_s(first, second), float(np.hypot(first.frame_s, second.frame_s)))
    return Link(a, b, fit, CERTAINTY[method]), method


def _pinned_link(base: str, name: str, offset_ms: float) -> Link:
    first, second = sorted((base, name))
    shift = offset_ms / 1e3 if first == base else -offset_ms / 1e3
    fit = _place_only(shift, PINNED_ERROR_S)
    if first == base:
        fit = replace(fit, at_a_s=shift, at_b_s=0.0)
    return Link(first, second, fit, PINNED_CERTAINTY)


def _place_only(shift_s: float, error_s: float) -> ClockFit:
    return replace(assume_shift(shift_s), at_error_s=error_s, carrier=Carrier.LABEL)


def _miss(link: Link, components: Sequence[Component]) -> float:
    for component in components:
        if link.first in component.nodes:
            clock = place(component, link.second, link.first)
            told = clock.offset_s + link.fit.at_b_s / (1 + clock.drift)
            return told - link.fit.at_a_s
    return 0.0


def _track(
    name: str,
    session: Session,
    component: Component,
    methods: dict[int, AlignMethod],
    options: AlignOptions,
) -> AlignedTrack:
    recording = session.recordings[name]
    channels = session.heard[name].source_channels if name in session.heard else ()
    if name == session.base:
        return AlignedTrack(
            asset_id=name,
            offset_ms=0.0,
            drift_ppm=0.0,
            confidence=1.0,
            status=AlignStatus.BASE,
            method=AlignMethod.NONE,
            reason="the base: its time is the session's time",
            source_channels=channels,
        )
    if name not in component.nodes:
        return _unaligned(name, session, 0.0)
    placement = place(component, name, session.base)
    links = path(component, name, session.base)
    confidence = connection(component, name, session.base)
    least = DEFAULT_MIN_CONFIDENCE if options.min_confidence is None else options.min_confidence
    offset_ms = placement.offset_s * 1e3
    if recording.pinned_offset_ms is not None:
        offset_ms, confidence = recording.pinned_offset_ms, 1.0
    elif options.max_offset_ms is not None and abs(offset_ms) > options.max_offset_ms:
        return replace(
            _unaligned(name, session, 0.0),
            reason=f"the best placement lies beyond max_offset_ms ({options.max_offset_ms:.0f} ms)",
        )
    weakest = min(links, key=lambda link: (link.probability, link.first, link.second))
    status = AlignStatus.ALIGNED
    if recording.pinned_offset_ms is not None:
        status = AlignStatus.PINNED
    elif confidence < least:
        status = AlignStatus.AMBIGUOUS
        if confidence < LEAST_AMBIGUOUS_CONFIDENCE and not _alternatives(session, weakest):
            return _unaligned(name, session, confidence)
    method, reason = _why(name, session, component, links, methods, status, weakest)
    drift_error_ppm = placement.drift_error * 1e6
    drift_told = drift_error_ppm <= LARGEST_TOLD_DRIFT_ERROR_PPM
    residuals = [
        link.fit.residual_s for link in component.links if name in (link.first, link.second)
    ]
    known_residuals = [one for one in residuals if one is not None]
    return AlignedTrack(
        asset_id=name,
        offset_ms=offset_ms,
        drift_ppm=placement.drift * 1e6 if drift_told else None,
        confidence=confidence,
        status=status,
        method=method,
        reason=reason,
        source_channels=channels,
        residual_ms=float(np.median(known_residuals)) * 1e3 if known_residuals else None,
        drift_ppm_error=drift_error_ppm if drift_told else None,
        alternatives=_told_alternatives(session, weakest, name, offset_ms, confidence)
        if status is AlignStatus.AMBIGUOUS
        else (),
    )


def _unaligned(name: str, session: Session, confidence: float) -> AlignedTrack:
    heard = session.heard.get(name)
    best = max(
        (m for m in session.matches.values() if name in (m.first, m.second)),
        key=lambda match: match.probability,
        default=None,
    )
    if heard is None and session.recordings[name].sound is None:
        reason = "it has no sound, no timecode shared with the others and no pinned offset"
    elif heard is None:
        reason = "its sound is silent or too short to compare"
    elif best is None:
        reason = "no other recording has sound in common with it"
    else:
        reason = "no match stands out of chance: " + explain.ambiguous(best, 0)
    return AlignedTrack(
        asset_id=name,
        offset_ms=None,
        drift_ppm=None,
        confidence=confidence,
        status=AlignStatus.UNALIGNED,
        method=AlignMethod.NONE,
        reason=reason,
        source_channels=heard.source_channels if heard else (),
    )


def _why(  # noqa: PLR0917
    name: str,
    session: Session,
    component: Component,
    links: Sequence[Link],
    methods: dict[int, AlignMethod],
    status: AlignStatus,
    weakest: Link,
) -> tuple[AlignMethod, str]:
    if status is AlignStatus.PINNED:
        return AlignMethod.MANUAL, "placed by the caller's pinned_offset_ms"
    kinds = {methods[id(link)] for link in component.links if name in (link.first, link.second)}
    labels = kinds & {AlignMethod.LTC, AlignMethod.TIMECODE}
    sound = AlignMethod.AUDIO_CROSS_CORRELATION in kinds
    if labels and name in session.times:
        return (
            AlignMethod.LTC if AlignMethod.LTC in labels else AlignMethod.TIMECODE,
            explain.placed_by_timecode(
                session.times[name], session.times.get(session.base), refined=sound
            ),
        )
    match = session.matches.get((weakest.first, weakest.second))
    if status is AlignStatus.AMBIGUOUS and match is not None:
        return (
            AlignMethod.AUDIO_CROSS_CORRELATION,
            explain.ambiguous(match, len(_alternatives(session, weakest))),
        )
    direct = len(links) == 1
    shown = session.matches.get((links[0].first, links[0].second))
    return (
        AlignMethod.AUDIO_CROSS_CORRELATION,
        explain.placed_by_sound(shown, direct, session.base),
    )


def _alternatives(session: Session, weakest: Link) -> tuple[float, ...]:
    """Further shifts of the weakest link, in seconds, best first; none if all is chance."""
    match = session.matches.get((weakest.first, weakest.second))
    if match is None or match.evidence.waveform_score < REPEATED_WAVEFORM_SCORE:
        return ()
    return tuple(other.shift_s for other in match.alternatives)


def _told_alternatives(
    session: Session, weakest: Link, name: str, offset_ms: float, confidence: float
) -> tuple[AlignAlternative, ...]:
    match = session.matches.get((weakest.first, weakest.second))
    if match is None:
        return ()
    towards = 1.0 if name == weakest.second or session.base == weakest.first else -1.0
    return tuple(
        AlignAlternative(
            offset_ms + towards * (other.shift_s - match.fit.shift_s) * 1e3,
            confidence * equality(other.score / match.evidence.score),
        )
        for other in match.alternatives
    )


def _inputs_used(session: Session, strategy: AlignStrategy) -> tuple[str, ...]:
    used = [f"{name}: audio" for name in session.heard]
    if strategy is not AlignStrategy.AUDIO:
        used += [f"{name}: timecode" for name in session.times]
    used += [
        f"{name}: pinned_offset_ms"
        for name, one in session.recordings.items()
        if one.pinned_offset_ms is not None
    ]
    return tuple(sorted(used))


def _fallbacks(session: Session, strategy: AlignStrategy) -> tuple[str, ...]:
    if strategy is not AlignStrategy.AUTO or not session.times:
        return ()
    missing = [name for name in session.recordings if name not in session.times]
    return tuple(
        sorted(f"{name!r} has no timecode; only its sound can place it" for name in missing)
    )
