"""What operators set in the process's environment: offsets that win, and the pacing."""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..v1 import auto_cut_pb2
from .reading import finite

OFFSETS_VARIABLE = "VIDEO_MULTICAM_TIMECODE_OFFSETS"
PACING_VARIABLE = "VIDEO_MULTICAM_PACING_PRESET"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PacingPreset:
    """How quickly to cut; the range of shots in milliseconds."""

    name: str
    pacing: auto_cut_pb2.Pacing
    min_shot_ms: float
    max_shot_ms: float

    def shots_ms(self, min_ms: float, max_ms: float) -> tuple[float, float]:
        """Shortest and longest shot: what is asked for, within the preset's range.

        Where that leaves nothing, every shot has the shortest length.
        """
        shortest = max(min_ms, self.min_shot_ms)
        return shortest, max(shortest, min(max_ms, self.max_shot_ms))


PRESETS = {
    preset.name: preset
    for preset in (
        PacingPreset("fast", auto_cut_pb2.PACING_FAST, 1_000.0, 4_000.0),
        PacingPreset("medium", auto_cut_pb2.PACING_MEDIUM, 2_000.0, 6_000.0),
        PacingPreset("slow", auto_cut_pb2.PACING_SLOW, 3_000.0, 9_000.0),
    )
}
DEFAULT_PRESET = "medium"


def pacing_preset(environ: Mapping[str, str] = os.environ) -> PacingPreset:
    """The preset that the operator chose; medium without a choice, or with an unknown one."""
    chosen = environ.get(PACING_VARIABLE, "").strip().lower() or DEFAULT_PRESET
    if chosen not in PRESETS:
        _log.warning("%s is %.40r; %s is used", PACING_VARIABLE, chosen, DEFAULT_PRESET)
    return PRESETS.get(chosen, PRESETS[DEFAULT_PRESET])


def offset_overrides(environ: Mapping[str, str] = os.environ) -> dict[str, float]:
    """Offsets in ms by asset that win over whatever is found.

    What is no number is left out with a warning; a value that is no JSON object counts as
    not set, with a warning.
    """
    raw = environ.get(OFFSETS_VARIABLE, "").strip()
    if not raw:
        return {}
    try:
        given = json.loads(raw)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        _log.warning("%s is no JSON object and is ignored", OFFSETS_VARIABLE)
        return {}
    offsets = {}
    for asset_id, value in given.items():
        offset = _offset(value)
        if offset is None:
            _log.warning("%s: %s is %.40r, and is ignored", OFFSETS_VARIABLE, asset_id, value)
        else:
            offsets[asset_id] = offset
    return offsets


def _offset(value: object) -> float | None:
    """A number, or a string that is one."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return finite(value)
