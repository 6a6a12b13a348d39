"""The engines' artifact JSON into the contract's messages, tolerantly and fast.

What the contract does not know is ignored. An entry that cannot be used is left out,
and a note names it; an optional value that cannot be used is left out of its entry. The
limits are the contract's (artifacts.proto): what passes here, the service takes.

A detector's dicts mostly are what the contract says already. They are looked at and
handed to protobuf as they stand, which is three times as fast as building message by
message; only the others are mended one by one.
"""

from collections.abc import Callable, Iterable, Mapping
from operator import is_
from typing import Any

from ..v1 import artifacts_pb2 as pb
from .reading import finite, listing

Content = Mapping[str, Any]

MAX_TIME_MS = 864_000_000.0  # ten days
DAY_MS = 86_400_000.0
MAX_NAME_CHARACTERS = 256
MAX_TRANSCRIPTION_CHARACTERS = 20_000
MAX_INDEX = 2**31 - 1

_KINDS = {
    "speech": pb.AUDIO_EVENT_KIND_SPEECH,
    "music": pb.AUDIO_EVENT_KIND_MUSIC,
    "silence": pb.AUDIO_EVENT_KIND_SILENCE,
}
_FRAME_KEYS = frozenset(field.name for field in pb.VisualFrame.DESCRIPTOR.fields)
_SUBJECT_KEYS = frozenset(field.name for field in pb.Subject.DESCRIPTOR.fields)
_BOX = (("bbox_x", -1.0), ("bbox_y", -1.0), ("bbox_width", 0.0), ("bbox_height", 0.0))
_SUBJECT_BOX = tuple(name for name, _ in _BOX)
_REGION_BOX = ("x", "y", "w", "h")  # of a `regions` entry, in the same order
_MAX_BOX = 2.0

# What looking at a value that is not sound ends in.
_UNSOUND = (AttributeError, KeyError, TypeError, ValueError)


class Notes:
    """What was left out of one artifact, in words; the first few of many."""

    MOST = 20

    def __init__(self, artifact: str) -> None:
        self._artifact = artifact
        self._notes: list[str] = []
        self._more = 0

    def add(self, place: str, what: str) -> None:
        """Notes what is wrong with the entry or the value at `place`."""
        if len(self._notes) < self.MOST:
            self._notes.append(f"{self._artifact}: {place} {what}")
        else:
            self._more += 1

    def all(self) -> list[str]:
        """The notes, and how many were not kept."""
        more = [f"{self._artifact}: {self._more} more entries like these"] if self._more else []
        return self._notes + more


class Unusable(ValueError):
    """An entry that cannot be used; the text completes "left out: ..."."""


def audio_semantic_timeline(
    content: Content, artifact_id: str, notes: Notes
) -> pb.AudioSemanticTimeline:
    """What was heard in an asset."""
    return pb.AudioSemanticTimeline(
        artifact_id=artifact_id,
        duration_ms=_length(content, "duration_ms", notes),
        events=_each(content, "events", notes, _event),
        beats=_each(content, "beats", notes, _beat),
    )


def region_summary(content: Content, artifact_id: str, notes: Notes) -> pb.RegionSummary:
    """Which kinds of region are visible when."""
    return pb.RegionSummary(
        artifact_id=artifact_id, entries=_each(content, "entries", notes, _region_entry)
    )


def visual_meta(content: Content, artifact_id: str, notes: Notes) -> pb.VisualMeta:
    """What was seen in an asset."""
    return pb.VisualMeta(
        artifact_id=artifact_id,
        duration_ms=_length(content, "duration_ms", notes),
        frame_sample_interval_ms=_length(content, "frame_sample_interval_ms", notes),
        frames=_Frames(notes).usable(_entries(content, "frames", notes)),
    )


def _entries(content: Content, key: str, notes: Notes) -> list[Any]:
    value = content.get(key)
    if value is not None and not isinstance(value, list | tuple):
        notes.add(key, "left out: it is no list")
    return listing(value)


def _each(
    content: Content,
    key: str,
    notes: Notes,
    convert: Callable[[Content, str, Notes], dict[str, Any]],
) -> Iterable[dict[str, Any]]:
    """The entries of a list, converted, without those that cannot be used."""
    for place, entry in enumerate(_entries(content, key, notes)):
        path = f"{key}[{place}]"
        try:
            yield convert(_content(entry), path, notes)
        except Unusable as reason:
            notes.add(path, f"left out: {reason}")


def _content(entry: Any) -> Content:
    """An entry as a mapping; models are dumped."""
    if isinstance(entry, Mapping):
        return entry
    dump = getattr(entry, "model_dump", None)
    dumped = dump() if callable(dump) else None
    if not isinstance(dumped, Mapping):
        raise Unusable("it is no object")
    return dumped


def _event(entry: Content, path: str, notes: Notes) -> dict[str, Any]:
    start, end = _time(entry, "start_ms"), _time(entry, "end_ms")
    if end < start:
        raise Unusable("end_ms is before start_ms")
    kind = entry.get("kind")
    return {
        "kind": _KINDS.get(
            kind.lower() if isinstance(kind, str) else "", pb.AUDIO_EVENT_KIND_OTHER
        ),
        "start_ms": start,
        "end_ms": end,
        "speaker_id": _name(entry, "speaker_id", path, notes),
        "loudness_lufs": _optional(entry, "loudness_lufs", path, notes, least=-120.0, most=20.0),
        "confidence": _optional(entry, "confidence", path, notes),
        "transcription": _words(entry.get("transcription")),
    }


def _beat(entry: Content, path: str, notes: Notes) -> dict[str, Any]:
    return {
        "time_ms": _time(entry, "time_ms"),
        "bar_index": _index(entry, "bar_index", path, notes, least=0),
        "beat_index": _index(entry, "beat_index", path, notes, least=0),
        "subdivision": _index(entry, "subdivision", path, notes, least=1),
    }


def _region_entry(entry: Content, path: str, notes: Notes) -> dict[str, Any]:
    region = entry.get("region")
    if not isinstance(region, str):
        raise Unusable("it names no region")
    return {
        "time_ms": _time(entry, "time_ms"),
        "region": _plain(region.lower()[:MAX_NAME_CHARACTERS]),
        "mask_artifact_id": _name(entry, "mask_artifact_id", path, notes),
    }


class _Frames:
    """Looks at frames; names that were found to be sound are not looked at again."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._names: set[str | None] = {None, ""}
        self._labels: set[str | None] = {None, ""}

    def usable(self, entries: list[Any]) -> list[Content]:
        """What protobuf takes for the frames that can be used, in their order."""
        frames = []
        for place, entry in enumerate(entries):
            try:
                frames.append(self._taken(entry))
                continue
            except _UNSOUND:
                pass  # something is wrong with it: find out what, at leisure
            try:
                frames.append(self._mended(_content(entry), f"frames[{place}]"))
            except Unusable as reason:
                self._notes.add(f"frames[{place}]", f"left out: {reason}")
        return frames

    def _taken(self, entry: Any) -> Content:
        """A frame whose every value is sound, without what the contract does not know.

        Raises:
            AttributeError, KeyError, TypeError, ValueError: It is not.
        """
        x, y = entry.get("primary_subject_center_x"), entry.get("primary_subject_center_y")
        if not (x is None and y is None):
            _demand(0.0 <= x <= 1.0 and 0.0 <= y <= 1.0)
        motion, boundary = entry.get("motion_score"), entry.get("shot_boundary", False)
        plain = _FRAME_KEYS.issuperset(entry)
        if motion is None and not plain:
            motion = entry.get("primary_subject_movement")
        _demand(motion is None or 0.0 <= motion <= 1.0)
        _demand(boundary is True or boundary is False)
        time = entry["timestamp_ms"]
        _demand(-MAX_TIME_MS <= time <= MAX_TIME_MS)
        given = entry.get("subjects") or ()
        subjects = [self._taken_subject(subject) for subject in given]
        if plain and isinstance(entry, dict) and all(map(is_, subjects, given)):
            return entry
        if not subjects and not plain:
            subjects = [self._taken_region(region) for region in entry.get("regions") or ()]
        frame = {"timestamp_ms": time, "shot_boundary": boundary, "subjects": subjects}
        if x is not None:
            frame["primary_subject_center_x"] = x
            frame["primary_subject_center_y"] = y
        if motion is not None:
            frame["motion_score"] = motion
        return frame

    def _taken_subject(self, subject: Any) -> Content:
        """As `_taken`, of a subject."""
        track, label = subject.get("track_id"), subject.get("label")
        confidence = subject.get("confidence")
        _demand(
            -1.0 <= subject["bbox_x"] <= _MAX_BOX
            and -1.0 <= subject["bbox_y"] <= _MAX_BOX
            and 0.0 <= subject["bbox_width"] <= _MAX_BOX
            and 0.0 <= subject["bbox_height"] <= _MAX_BOX
            and (confidence is None or 0.0 <= confidence <= 1.0)
            and (track in self._names or self._learn(track, self._names))
            and (label in self._labels or self._learn(label, self._labels, lower=True))
        )
        if _SUBJECT_KEYS.issuperset(subject):
            return subject  # type: ignore[no-any-return]
        return {key: value for key, value in subject.items() if key in _SUBJECT_KEYS}

    def _taken_region(self, region: Any) -> Content:
        """As `_taken`, of a region, which becomes a subject."""
        label, x, y, width, height = (region[key] for key in ("label", *_REGION_BOX))
        _demand(
            -1.0 <= x <= _MAX_BOX
            and -1.0 <= y <= _MAX_BOX
            and 0.0 <= width <= _MAX_BOX
            and 0.0 <= height <= _MAX_BOX
            and (label in self._labels or self._learn(label, self._labels, lower=True))
            and "track_id" not in region
            and "confidence" not in region
        )
        return {
            "label": label,
            "bbox_x": x,
            "bbox_y": y,
            "bbox_width": width,
            "bbox_height": height,
        }

    @staticmethod
    def _learn(name: Any, known: set[str | None], *, lower: bool = False) -> bool:
        """Whether a name is sound (a kind is in lower case); it is then known."""
        sound = _is_name(name) and not (lower and name != name.lower())
        if sound:
            known.add(name)
        return sound

    def _mended(self, entry: Content, path: str) -> dict[str, Any]:
        """A frame with what can be used of it."""
        frame = {
            "timestamp_ms": _time(entry, "timestamp_ms"),
            "motion_score": self._motion(entry, path),
            "shot_boundary": entry.get("shot_boundary") is True or entry.get("shot_boundary") == 1,
            "subjects": self._subjects(entry, path),
        }
        x, y = (
            _optional(entry, f"primary_subject_center_{axis}", path, self._notes) for axis in "xy"
        )
        if x is not None and y is not None:
            frame |= {"primary_subject_center_x": x, "primary_subject_center_y": y}
        return frame

    def _motion(self, entry: Content, path: str) -> float | None:
        """The newer of the two scores; more than all is all."""
        for key in ("motion_score", "primary_subject_movement"):
            if entry.get(key) is not None:
                value = finite(entry[key])
                if value is not None and value >= 0.0:
                    return min(value, 1.0)
                self._notes.add(f"{path}.{key}", f"left out: {_shown(entry[key])}")
        return None

    def _subjects(self, entry: Content, path: str) -> list[Content]:
        """The subjects; of a frame that has none, its regions."""
        given = _entries(entry, "subjects", self._notes)
        if given:
            return list(self._boxes(given, f"{path}.subjects", _SUBJECT_BOX, self._taken_subject))
        given = _entries(entry, "regions", self._notes)
        return list(self._boxes(given, f"{path}.regions", _REGION_BOX, self._taken_region))

    def _boxes(
        self,
        given: list[Any],
        path: str,
        box: tuple[str, ...],
        take: Callable[[Any], Content],
    ) -> Iterable[Content]:
        """Subjects, taken as they are where they are sound; `box` names their geometry."""
        for place, one in enumerate(given):
            try:
                yield take(one)
                continue
            except _UNSOUND:
                pass
            where = f"{path}[{place}]"
            try:
                yield self._subject(_content(one), where, box)
            except Unusable as reason:
                self._notes.add(where, f"left out: {reason}")

    def _subject(self, entry: Content, path: str, box: tuple[str, ...]) -> dict[str, Any]:
        label = entry.get("label")
        subject: dict[str, Any] = {
            "track_id": _name(entry, "track_id", path, self._notes),
            "label": label.lower() if isinstance(label, str) and _is_name(label) else "",
            "confidence": _optional(entry, "confidence", path, self._notes),
        }
        for key, (name, least) in zip(box, _BOX, strict=True):
            value = finite(entry.get(key))
            if value is None or not least <= value <= _MAX_BOX:
                raise Unusable(f"{key} is {_shown(entry.get(key))}")
            subject[name] = value
        return subject


def _demand(condition: bool) -> None:
    """Raises ValueError where a value is not sound."""
    if not condition:
        raise ValueError


def _time(entry: Content, key: str) -> float:
    value = finite(entry.get(key))
    if value is None or abs(value) > MAX_TIME_MS:
        raise Unusable(f"{key} is {_shown(entry.get(key))}")
    return value


def _optional(
    entry: Content, key: str, path: str, notes: Notes, *, least: float = 0.0, most: float = 1.0
) -> float | None:
    """An optional number; None, with a note, where it is none or outside its range."""
    if entry.get(key) is None:
        return None
    value = finite(entry[key])
    if value is not None and least <= value <= most:
        return value
    notes.add(f"{path}.{key}", f"left out: {_shown(entry[key])}")
    return None


def _index(entry: Content, key: str, path: str, notes: Notes, *, least: int) -> int | None:
    value = _optional(entry, key, path, notes, least=least, most=MAX_INDEX)
    return None if value is None else round(value)


def _length(content: Content, key: str, notes: Notes) -> float:
    """A length, 0 where it is unknown."""
    value = finite(content.get(key) or 0.0)
    if value is None or not 0.0 <= value <= DAY_MS:
        notes.add(key, f"left out: {_shown(content[key])}")
        return 0.0
    return value


def _name(entry: Content, key: str, path: str, notes: Notes) -> str:
    """A name, which may be a number; "" where there is none."""
    value = entry.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or value == "":
        return ""
    if _is_name(value):
        return str(value)
    notes.add(f"{path}.{key}", f"left out: {_shown(value)}")
    return ""


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= MAX_NAME_CHARACTERS and value.isprintable()


def _words(value: Any) -> str:
    return _plain(value[:MAX_TRANSCRIPTION_CHARACTERS]) if isinstance(value, str) else ""


def _plain(words: str) -> str:
    """Without lone surrogates, which UTF-8 cannot hold."""
    return words.encode("utf-8", "replace").decode("utf-8")


def _shown(value: Any) -> str:
    """A value for people, short."""
    return "missing" if value is None else f"{value!r:.40}"
