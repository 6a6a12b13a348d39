"""Asking for the places of a session's cameras, those without sound left out."""

from collections.abc import Mapping

from .alignment import (
    Outcome,
    align_request,
    base_of,
    outcome_of,
    together,
)
from .failures import ServiceRefused, SourceUnreachable
from .session_request import SessionRequest
from .sources import Source, Sources

_ALONE = "a single recording is its own clock"
_WITHOUT_SOUND = "MEDIA_WITHOUT_AUDIO"


def place(asked: SessionRequest, sources: Sources, overrides: Mapping[str, float]) -> Outcome:
    """Where the session's cameras lie.

    A camera whose file has neither sound nor timecode cannot be placed by the service,
    which refuses the whole request for it. It is left out then, and told as unplaced; the
    base cannot be. A camera that the operator has placed needs no media in reach.

    Raises:
        EngineError: The service or a source failed.
    """
    if len(asked.assets) == 1:
        return together(asked.session, overrides, _ALONE)
    base = base_of(asked.session)

    def ask() -> Outcome:
        found = {}
        for name, asset in asked.assets.items():
            try:
                found[name] = sources.required(asset, name, asked.service)
            except SourceUnreachable:
                if name == base or name not in overrides:
                    raise
        mute: dict[str, str] = {}
        while True:
            heard = {name: source for name, source in found.items() if name not in mute}
            try:
                return _outcome(asked, heard, mute, overrides)
            except ServiceRefused as refusal:
                silent = _without_sound(refusal)
                if silent is None or silent == base or silent not in heard:
                    raise
                mute[silent] = refusal.report.message if refusal.report else str(refusal)

    return sources.answered(ask)


def _outcome(
    asked: SessionRequest,
    heard: Mapping[str, Source],
    mute: Mapping[str, str],
    overrides: Mapping[str, float],
) -> Outcome:
    """The outcome for the cameras that are heard; the mute ones as unplaced."""
    if len(heard) > 1:
        request = align_request(asked.session, heard, overrides, asked.req)
        outcome = outcome_of(asked.service.align(request), asked.session, heard, overrides)
    else:
        outcome = together(asked.session, overrides, _ALONE, only=set(heard))
    for name, reason in mute.items():
        outcome.leave_out(asked.session, name, reason)
    for name in asked.assets:
        if name not in heard and name not in mute:
            outcome.pin(name, overrides[name])
    return outcome


def _without_sound(refusal: ServiceRefused) -> str | None:
    """The asset that the service refuses for want of sound; None for another refusal."""
    report = refusal.report
    if report is None or report.reason != _WITHOUT_SOUND:
        return None
    return report.metadata.get("asset_id")
