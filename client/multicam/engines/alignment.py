"""A session's cameras on one clock: what is asked, and what the answer means for it."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..v1 import align_pb2 as pb
from ..v1.media_pb2 import CameraRole
from .reading import Record, attribute, listing, mapping, number, text, write
from .sources import Source

DEFAULT_METHOD = "waveform_cross_correlation"
STUB_METHOD = "stub"
DEFAULT_MAX_SEARCH_MS = 5_000.0

LAST_ALIGNMENT = "last_alignment"
EXACT_OFFSET = "offset_ms_exact"
DRIFT = "drift_ppm"
MAX_DRIFT_PPM = 100_000.0  # of the contract

_USABLE = {pb.ALIGN_STATUS_BASE, pb.ALIGN_STATUS_ALIGNED, pb.ALIGN_STATUS_PINNED}


@dataclass(frozen=True)
class Placed:
    """Where one camera lies: exactly, in ms; its drift where it was measured."""

    offset_ms: float
    drift_ppm: float | None = None


@dataclass
class Outcome:
    """What an alignment found out: cameras that are placed, and those that are not."""

    placed: dict[str, Placed] = field(default_factory=dict)
    unplaced: dict[str, dict[str, Any]] = field(default_factory=dict)
    confidences: dict[str, float] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    def offsets_ms(self) -> dict[str, int]:
        """The placed cameras' offsets in whole milliseconds."""
        return {asset_id: round(placed.offset_ms) for asset_id, placed in self.placed.items()}

    def leave_out(self, session: Record, asset_id: str, reason: str) -> None:
        """Notes a camera that there was nothing to hear of."""
        self.confidences[asset_id] = 0.0
        self.unplaced[asset_id] = {
            "status": "UNALIGNED",
            "reason": reason,
            "confidence": 0.0,
            "kept_offset_ms": _kept_ms(session, asset_id),
            "candidates_ms": [],
        }

    def pin(self, asset_id: str, offset_ms: float) -> None:
        """Notes a camera that the operator has placed, and the service was not asked about."""
        self.placed[asset_id] = Placed(offset_ms)
        self.confidences[asset_id] = 1.0
        self.told["statuses"][asset_id] = "PINNED"
        self.told["methods"][asset_id] = "MANUAL"
        self.told["reasons"][asset_id] = "placed by the operator; its media cannot be reached"

    def exact(self) -> dict[str, Any]:
        """What whole milliseconds do not hold, and what could not be placed, for meta."""
        return {
            EXACT_OFFSET: {name: placed.offset_ms for name, placed in self.placed.items()},
            DRIFT: {
                name: placed.drift_ppm
                for name, placed in self.placed.items()
                if placed.drift_ppm is not None
            },
            "unplaced": self.unplaced,
        }


def session_tracks(session: Record) -> list[Record]:
    """The session's cameras; of several with one asset, the first."""
    tracks: dict[str, Record] = {}
    for track in listing(attribute(session, "tracks")):
        tracks.setdefault(text(track, "asset_id") or "", track)
    return list(tracks.values())


def base_of(session: Record) -> str:
    """The asset whose time is the session's. Raises ValueError for a session of none."""
    tracks = session_tracks(session)
    if not tracks:
        raise ValueError("Session has no tracks")
    return text(session, "base_asset_id") or text(tracks[0], "asset_id") or ""


def camera_role(track: Record) -> str:
    """The role as the contract calls it: PRIMARY where a track has none, "unspecified" where
    the contract knows no such role.
    """
    role = attribute(track, "role")
    name = f"CAMERA_ROLE_{'PRIMARY' if role is None else str(role).upper()}"
    return name if name in CameraRole.DESCRIPTOR.values_by_name else "CAMERA_ROLE_UNSPECIFIED"


def align_request(
    session: Record, sources: Mapping[str, Source], overrides: Mapping[str, float], request: Record
) -> pb.AlignRequest:
    """The question: every camera that has a source, those of `overrides` pinned."""
    base = base_of(session)
    max_search_ms = number(request, "max_search_ms")
    asked = pb.AlignRequest(
        session_id=text(session, "id") or "",
        base_asset_id=base,
        options=pb.AlignOptions(
            max_offset_ms=DEFAULT_MAX_SEARCH_MS if max_search_ms is None else max_search_ms
        ),
    )
    for track in session_tracks(session):
        asset_id = text(track, "asset_id") or ""
        if asset_id not in sources:
            continue
        source = sources[asset_id]
        one = asked.tracks.add(
            asset=source.asset,
            role=camera_role(track),
            camera_id=text(mapping(track, "meta"), "camera_id") or "",
        )
        if source.timecode is not None:
            one.start_timecode.CopyFrom(source.timecode)
        if asset_id in overrides:
            pin = overrides[asset_id] - overrides.get(base, 0.0)
            one.pinned_offset_ms = pin + _shift_ms(sources, asset_id, base)
    return asked


def outcome_of(
    response: pb.AlignResponse,
    session: Record,
    sources: Mapping[str, Source],
    overrides: Mapping[str, float],
) -> Outcome:
    """The answer in the session's own terms: overrides as given, shifts taken back out."""
    base = base_of(session)
    found = Outcome(told=_told(response))
    for track in response.tracks:
        asset_id = track.asset_id
        found.confidences[asset_id] = 1.0 if asset_id in overrides else track.confidence
        drift_ppm = track.drift_ppm if track.HasField("drift_ppm") else None
        if asset_id in overrides:
            found.placed[asset_id] = Placed(overrides[asset_id], drift_ppm)
        elif track.status in _USABLE and track.HasField("offset_ms"):
            offset_ms = track.offset_ms - _shift_ms(sources, asset_id, base)
            found.placed[asset_id] = Placed(offset_ms + overrides.get(base, 0.0), drift_ppm)
        else:
            found.unplaced[asset_id] = {
                "status": pb.AlignStatus.Name(track.status).removeprefix("ALIGN_STATUS_"),
                "reason": track.reason,
                "confidence": track.confidence,
                "kept_offset_ms": _kept_ms(session, asset_id),
                "candidates_ms": _candidates(track, sources, base, overrides),
            }
    return found


def together(
    session: Record,
    overrides: Mapping[str, float],
    reason: str,
    *,
    only: Container[str] | None = None,
) -> Outcome:
    """Cameras at the base's place, without asking: for the stub, and for a single camera."""
    origin = overrides.get(base_of(session), 0.0)
    tracks = [text(track, "asset_id") or "" for track in session_tracks(session)]
    names = [name for name in tracks if only is None or name in only]
    return Outcome(
        placed={name: Placed(overrides.get(name, origin)) for name in names},
        confidences=dict.fromkeys(names, 1.0),
        told={
            "cache_key": "",
            "cache_hit": False,
            "alignment_version": STUB_METHOD,
            "statuses": {},
            "methods": {},
            "reasons": {},
            "warnings": [reason],
            "fallbacks": [],
        },
    )


@dataclass(frozen=True)
class _Before:
    track: Record
    offset_ms: Any
    meta: Any


class SessionUpdate:
    """Writes an outcome into a session; can take it back as long as it is not stored."""

    def __init__(self, session: Record) -> None:
        self._session = session
        self._meta = attribute(session, "meta")
        self._tracks = [
            _Before(track, attribute(track, "offset_ms"), attribute(track, "meta"))
            for track in listing(attribute(session, "tracks"))
        ]

    def apply(self, outcome: Outcome, method: str) -> None:
        """New offsets where a camera is placed; the others keep what they have."""
        for before in self._tracks:
            placed = outcome.placed.get(text(before.track, "asset_id") or "")
            if placed is not None:
                write(before.track, "offset_ms", round(placed.offset_ms))
                write(before.track, "meta", _with_exact(before.track, placed))
        last = {
            "method": method,
            "timestamp": datetime.now(UTC).isoformat(),
            "offsets": outcome.offsets_ms(),
            "confidences": dict(outcome.confidences),
            **outcome.exact(),
        }
        write(self._session, "meta", {**mapping(self._session, "meta"), LAST_ALIGNMENT: last})

    def take_back(self) -> None:
        """Everything as it was."""
        write(self._session, "meta", self._meta)
        for before in self._tracks:
            write(before.track, "offset_ms", before.offset_ms)
            write(before.track, "meta", before.meta)


def _with_exact(track: Record, placed: Placed) -> dict[str, Any]:
    meta = {**mapping(track, "meta"), EXACT_OFFSET: placed.offset_ms}
    meta.pop(DRIFT, None)
    return meta if placed.drift_ppm is None else {**meta, DRIFT: placed.drift_ppm}


def placement_of(track: Record) -> Placed | None:
    """Where a track lies as the session has it; None where it has no offset.

    The exact value counts as long as it is what the whole milliseconds were rounded
    from: an offset that was set by hand since then wins, without drift.
    """
    offset_ms = number(track, "offset_ms")
    if offset_ms is None:
        return None
    meta = mapping(track, "meta")
    exact = number(meta, EXACT_OFFSET)
    if exact is None or round(exact) != round(offset_ms):
        return Placed(offset_ms)
    drift_ppm = number(meta, DRIFT)
    usable = drift_ppm is not None and abs(drift_ppm) <= MAX_DRIFT_PPM
    return Placed(exact, drift_ppm if usable else None)


def _kept_ms(session: Record, asset_id: str) -> float | None:
    """The offset that a camera has, whole or not; None where it has none."""
    tracks = session_tracks(session)
    return next(
        (number(one, "offset_ms") for one in tracks if text(one, "asset_id") == asset_id), None
    )


def _shift_ms(sources: Mapping[str, Source], asset_id: str, base: str) -> float:
    """How much later the service sees a camera start, by what was sent of it and the base."""
    shifts = [sources[name].shift_ms if name in sources else 0.0 for name in (asset_id, base)]
    return shifts[0] - shifts[1]


def _candidates(
    track: pb.AlignedTrack,
    sources: Mapping[str, Source],
    base: str,
    overrides: Mapping[str, float],
) -> list[float]:
    """Placements for a person to choose from, best first."""
    best = [track.offset_ms] if track.HasField("offset_ms") else []
    others: Sequence[float] = [one.offset_ms for one in track.alternatives]
    shift_ms = _shift_ms(sources, track.asset_id, base) - overrides.get(base, 0.0)
    return [offset_ms - shift_ms for offset_ms in dict.fromkeys([*best, *others])]


def _told(response: pb.AlignResponse) -> dict[str, Any]:
    """What the service says about its answer, for meta."""
    meta = response.meta
    status = pb.AlignStatus.Name
    method = pb.AlignMethod.Name
    return {
        "cache_key": meta.cache_key,
        "cache_hit": meta.cache_hit,
        "alignment_version": meta.alignment_version,
        "statuses": {
            one.asset_id: status(one.status).removeprefix("ALIGN_STATUS_")
            for one in response.tracks
        },
        "methods": {
            one.asset_id: method(one.method).removeprefix("ALIGN_METHOD_")
            for one in response.tracks
            if one.method
        },
        "reasons": {one.asset_id: one.reason for one in response.tracks},
        "warnings": list(meta.warnings),
        "fallbacks": list(meta.fallbacks),
    }
