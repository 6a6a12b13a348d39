"""From every recording's artifacts to the one conversation."""

from collections.abc import Sequence

import numpy as np

from ..domain.session import SessionTrack
from .edges import locate_speech
from .floor import crosstalk, hold_floor
from .framing import frame_speakers
from .hearing import hear
from .model import Conversation, Grid
from .presence import who_speaks
from .rhythm import rate_rhythm
from .speakers import Speaker, find_speakers
from .words import rate_cuts


def infer_conversation(
    tracks: Sequence[SessionTrack], grid: Grid, *, lead_ms: float, target_ms: float
) -> Conversation:
    """The conversation that the tracks recorded, on the session's clock.

    `tracks` must stand in a canonical order (by asset_id): speakers and ties
    follow it. `lead_ms` is how long before a reply a cut fits best; `target_ms` is the
    usual length of a shot, for a rhythm where nobody speaks at all.
    """
    hearings = [hear(track, grid) for track in tracks]
    speakers, witnesses = find_speakers(hearings, grid)
    if not speakers:
        return _silent(tracks, grid, target_ms)
    presence = who_speaks(speakers, witnesses, hearings, grid)
    speaking = presence.speaking
    titles = _titles(speakers)
    framing = frame_speakers(tracks, speakers, titles, presence.profiles)
    floor = hold_floor(speaking, grid)
    notes = [
        f"conversation: {title} is {_names(speaker, tracks)}"
        for title, speaker in zip(titles, speakers, strict=True)
        if speaker.names
    ]
    fallbacks = [
        f"conversation: {title} has no name and was told apart by level"
        for title, speaker in zip(titles, speakers, strict=True)
        if not any(name for _, name in speaker.names)
    ]
    return Conversation(
        grid=grid,
        speakers=titles,
        speaking=speaking,
        floor=floor,
        crosstalk=crosstalk(speaking, grid),
        voiced=np.any(speaking, axis=0),
        shows=framing.shows,
        cut_quality=rate_cuts(
            locate_speech(speaking, hearings, grid), floor, hearings, grid, lead_ms=lead_ms
        ),
        notes=(*notes, *framing.notes),
        fallbacks=(*fallbacks, *framing.fallbacks),
    )


def _silent(tracks: Sequence[SessionTrack], grid: Grid, target_ms: float) -> Conversation:
    """Nobody was heard: no speakers, and cuts follow music or a rhythm of their own."""
    return Conversation(
        grid=grid,
        speakers=(),
        speaking=np.zeros((0, grid.cells), dtype=bool),
        floor=np.zeros((0, grid.cells)),
        crosstalk=np.zeros(grid.cells, dtype=bool),
        voiced=np.zeros(grid.cells, dtype=bool),
        shows=np.zeros((len(tracks), 0)),
        cut_quality=rate_rhythm(tracks, grid, target_ms),
    )


def _titles(speakers: Sequence[Speaker]) -> tuple[str, ...]:
    """What each speaker is called: the name most recordings have, if it is theirs alone."""
    titles: list[str] = []
    for number, speaker in enumerate(speakers):
        names = sorted(name for _, name in speaker.names if name)
        best = max(names, key=lambda name: (names.count(name), name), default="")
        elsewhere = any(
            name == best for other in speakers if other is not speaker for _, name in other.names
        )
        titles.append(best if best and not elsewhere else f"speaker {number + 1}")
    return tuple(titles)


def _names(speaker: Speaker, tracks: Sequence[SessionTrack]) -> str:
    return ", ".join(
        f"{name or 'unnamed'} in {tracks[track].asset_id}" for track, name in speaker.names
    )
