"""Results into the timeline through the three entry points that it has for them."""

import logging
from collections.abc import Callable
from typing import Any, overload

from .assist_engine import HighlightPlan
from .failures import WriteFailed, Written
from .focus_engine import FocusPlan
from .keyframes import linear_poses
from .ports import TimelineService
from .programme import Programme
from .reading import Record, attribute, listing, text
from .rounding import unstretched

DEFAULT_NAME = "Multicam"

_log = logging.getLogger(__name__)


@overload
def promote(
    result: Programme,
    timeline_service: TimelineService,
    *,
    project_id: str,
    name: str = DEFAULT_NAME,
) -> Record: ...
@overload
def promote(
    result: HighlightPlan, timeline_service: TimelineService, *, sequence_id: str
) -> Record: ...
@overload
def promote(
    result: FocusPlan, timeline_service: TimelineService, *, clip_id: str | None = None
) -> Any: ...
def promote(
    result: Programme | HighlightPlan | FocusPlan,
    timeline_service: TimelineService,
    *,
    project_id: str | None = None,
    name: str = DEFAULT_NAME,
    sequence_id: str | None = None,
    clip_id: str | None = None,
) -> Any:
    """Stores what an engine has computed.

    A programme (`MulticamEngine.cut`) becomes a new sequence of the project, highlights
    (`AssistEngine.find_highlights`) a new track of the sequence, a path
    (`FocusEngine.calculate_automations`) automations of the clip, its own by default.
    Returns what the timeline service does.

    Raises:
        TypeError: The target of such a result is not named.
        WriteFailed: Storing broke off; `written` names what it left behind, as far as the
            timeline service lists it.
    """
    if isinstance(result, Programme):
        return _promote_programme(result, timeline_service, _named(project_id, "project_id"), name)
    if isinstance(result, HighlightPlan):
        target = _named(sequence_id, "sequence_id")
        return _promote_highlights(result, timeline_service, target)
    return _promote_focus(result, timeline_service, clip_id or result.clip_id)


def multicam_payload(programme: Programme) -> dict[str, Any]:
    """A programme as `promote_multicam_to_sequence` takes it.

    The cuts are laid end to end by their lengths in the ASSET's time, and nothing is
    stretched. So each is as long as its place in the programme; a long one of a recorder
    that drifts comes in pieces.
    """
    clocks = {camera.asset_id: camera.clock for camera in programme.cameras}
    cuts = []
    for clip in programme.clips:
        meta = {**clip.meta, "alignment_applied": clip.aligned}
        pieces = unstretched(
            clocks[clip.asset_id], clip.session_ms, clip.session_ms + clip.length_ms
        )
        cuts += [
            {"asset_id": clip.asset_id, "start_ms": start, "end_ms": end, "meta": meta}
            for start, end in pieces
        ]
    return {
        "cuts": cuts,
        "meta": {"multicam_session_id": programme.session_id, **programme.meta()},
        "tenant_id": programme.tenant_id,
        "env": programme.env,
    }


def highlights_payload(plan: HighlightPlan) -> dict[str, Any]:
    """Highlights as `ingest_assist_highlights` takes them."""
    return {
        "segments": [
            {
                "asset_id": segment.asset_id,
                "in_ms": segment.in_ms,
                "out_ms": segment.out_ms,
                "meta": segment.meta,
            }
            for segment in plan.segments
        ],
        "meta": plan.meta(),
        "tenant_id": plan.tenant_id,
        "env": plan.env,
    }


def focus_payload(plan: FocusPlan) -> dict[str, Any]:
    """A path as `apply_focus_automation` takes it: it knows straight lines only."""
    return {
        "keyframes": linear_poses(plan.response),
        "meta": plan.meta,
        "tenant_id": plan.tenant_id,
        "env": plan.env,
    }


def _promote_programme(
    programme: Programme, timeline: TimelineService, project_id: str, name: str
) -> Record:
    payload = multicam_payload(programme)
    return _stored(
        "programme",
        lambda: timeline.promote_multicam_to_sequence(project_id, name, payload),
        lambda: _sequences(timeline, project_id),
        lambda sequence: _tracks(timeline, sequence.id),
    )


def _promote_highlights(plan: HighlightPlan, timeline: TimelineService, sequence_id: str) -> Record:
    payload = highlights_payload(plan)
    return _stored(
        "highlights",
        lambda: timeline.ingest_assist_highlights(sequence_id, payload),
        lambda: _tracks(timeline, sequence_id),
    )


def _promote_focus(plan: FocusPlan, timeline: TimelineService, clip_id: str) -> Any:
    payload = focus_payload(plan)
    return _stored(
        "focus",
        lambda: timeline.apply_focus_automation(clip_id, payload),
        lambda: _automations(timeline, clip_id),
    )


def _stored(
    what: str,
    store: Callable[[], Any],
    listed: Callable[[], list[Written]],
    within: Callable[[Written], list[Written]] = lambda one: [],
) -> Any:
    """What `store` returns; where it breaks off, what is listed then and was not before.

    `within` lists what is in a record, which is looked at in new ones only.
    """
    before = _known(listed)
    try:
        return store()
    except Exception as error:
        left = None if before is None else _known(lambda: _new(before, listed(), within))
        if left is None:
            account = "not known, the timeline does not list it"
        else:
            account = ", ".join(f"{one.kind} {one.id}" for one in left) or "nothing that is listed"
        message = f"Storing the {what} failed: {error or type(error).__name__}. Left: {account}"
        raise WriteFailed(message, left or ()) from error


def _new(
    before: list[Written], after: list[Written], within: Callable[[Written], list[Written]]
) -> list[Written]:
    """The records that were not there before, each followed by what is in it."""
    known = set(before)
    return [record for one in after if one not in known for record in (one, *within(one))]


def _known(listed: Callable[[], list[Written]]) -> list[Written] | None:
    """What is listed; None where the timeline fails to list it, which must not stop a write."""
    try:
        return listed()
    except Exception as error:
        _log.warning("the timeline does not list what it holds: %s", error or type(error).__name__)
        return None


def _sequences(timeline: TimelineService, project_id: str) -> list[Written]:
    """The project's sequences."""
    project = timeline.get_project(project_id)
    names = [one for one in listing(attribute(project, "sequence_ids")) if isinstance(one, str)]
    names += _ids(_listed(timeline, "list_sequences_for_project", project_id))
    return [Written("sequence", name) for name in dict.fromkeys(names)]


def _tracks(timeline: TimelineService, sequence_id: str) -> list[Written]:
    """The sequence's tracks and their clips."""
    found: list[Written] = []
    for name in _ids(timeline.list_tracks_for_sequence(sequence_id)):
        clips = _ids(timeline.list_clips_for_track(name))
        found += [Written("track", name), *(Written("clip", clip) for clip in clips)]
    return found


def _automations(timeline: TimelineService, clip_id: str) -> list[Written]:
    """The clip's automations, where the service can list them."""
    found = _ids(_listed(timeline, "list_automation", "clip", clip_id))
    return [Written("automation", name) for name in found]


def _listed(timeline: TimelineService, lister: str, *arguments: str) -> object:
    """What a lister returns that not every timeline service has."""
    ask = getattr(timeline, lister, None)
    return ask(*arguments) if callable(ask) else []


def _ids(records: object) -> list[str]:
    return [name for name in (text(record, "id") for record in listing(records)) if name]


def _named(value: str | None, name: str) -> str:
    if not value:
        raise TypeError(f"promote() needs {name}= for this result")
    return value
