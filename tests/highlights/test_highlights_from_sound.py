"""Recordings without artifacts: what real files sound like stands in, each for itself."""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from multicam_server.domain.faults import InvalidRequest
from multicam_server.domain.highlights import HighlightsRequest
from multicam_server.domain.media import Asset, Floats
from multicam_server.domain.session import SessionTrack
from multicam_server.jobs.highlights import highlights as answer

Make = Callable[..., Any]
RATE_HZ = 16_000
LENGTH_MS = 60_000.0
SAID_MS = tuple((5_000.0 * at + 1_000.0, 5_000.0 * at + 4_000.0) for at in range(12))
LOUD = 7


def _speechlike(seed: int) -> Floats:
    """Syllables of noise where something is said, one sentence much louder, a quiet room."""
    random = np.random.default_rng(seed)
    count = int(LENGTH_MS / 1e3 * RATE_HZ)
    time_ms = np.arange(count) / RATE_HZ * 1e3
    level = np.zeros(count)
    for at, (start, end) in enumerate(SAID_MS):
        inside = (time_ms >= start) & (time_ms < end)
        level[inside] = 0.5 if at == LOUD else 0.1
    syllables = 0.55 + 0.45 * np.sin(2.0 * np.pi * time_ms / 220.0)
    sound: Floats = random.normal(0.0, 0.3, count) * level * syllables
    return sound + random.normal(0.0, 3e-4, count)


@pytest.fixture
def open_path(tmp_path: Path) -> Callable[[Asset], Path]:
    """A folder with a recording of speech and a silent one."""
    for name, samples in (("talk", _speechlike(1)), ("silent", np.zeros(RATE_HZ * 60))):
        with wave.open(str(tmp_path / f"{name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            scaled = np.clip(np.round(samples * 32_767.0), -32_768.0, 32_767.0)
            file.writeframes(scaled.astype("<i2").tobytes())
    return lambda asset: tmp_path / str(asset.uri)


def _file(name: str) -> SessionTrack:
    return SessionTrack(name, asset=Asset(name, uri=f"{name}.wav"))


def test_activity_and_loudness_come_from_the_sound(
    open_path: Callable[[Asset], Path], in_session: Make
) -> None:
    request = HighlightsRequest("s", (_file("talk"),), target_duration_ms=4_000.0)
    reply = answer(request, open_path)
    track = SessionTrack("talk", duration_ms=LENGTH_MS)
    ((start, end),) = in_session(reply, HighlightsRequest("s", (track,)))
    said_from, said_until = SAID_MS[LOUD]
    assert said_from - 600.0 < start <= said_from + 50.0
    assert said_until - 50.0 <= end < said_until + 1_100.0
    assert reply.inputs_used == ("talk: audio",)
    assert reply.fallbacks == (
        "talk: no audio_semantic_timeline; speech and loudness were measured from its sound",
    )


def test_a_silent_file_gives_evenly_spread_stretches(open_path: Callable[[Asset], Path]) -> None:
    reply = answer(HighlightsRequest("s", (_file("silent"),)), open_path)
    assert reply.sequence.duration_ms >= 0.98 * 30_000.0
    assert any("evenly spread" in fallback for fallback in reply.fallbacks)


def test_each_recording_falls_back_by_itself(
    open_path: Callable[[Asset], Path], make_track: Make, sentences: Make
) -> None:
    """Artifacts, sound, pictures, nothing: side by side, and each is named."""
    frames = [{"time": 500.0 * at, "motion": 0.2} for at in range(120)]
    known = make_track("a_known", LENGTH_MS, events=sentences(11))
    seen = make_track("b_seen", LENGTH_MS, frames=frames)
    unknown = make_track("c_unknown", LENGTH_MS)
    reply = answer(HighlightsRequest("s", (unknown, _file("talk"), seen, known)), open_path)
    assert reply.inputs_used == (
        "a_known: audio_semantic_timeline audio-1",
        "b_seen: visual_meta visual-1",
        "talk: audio",
    )
    assert reply.fallbacks == (
        "b_seen: no audio_semantic_timeline; what is said is known from other recordings",
        "c_unknown: no artifacts; it is judged by what other recordings tell",
        "talk: no audio_semantic_timeline; speech and loudness were measured from its sound, "
        "which counts where no recording with one runs",
    )
    assert reply.warnings == ()


def test_sound_that_was_measured_changes_nothing_where_artifacts_tell(
    open_path: Callable[[Asset], Path], make_track: Make, sentences: Make, in_session: Make
) -> None:
    known = make_track("known", LENGTH_MS, events=sentences(11))
    alone = HighlightsRequest("s", (known,), target_duration_ms=15_000.0)
    beside = HighlightsRequest("s", (known, _file("talk")), target_duration_ms=15_000.0)
    of_both = HighlightsRequest("s", (known, SessionTrack("talk", duration_ms=LENGTH_MS)))
    reply = answer(beside, open_path)
    assert in_session(reply, of_both) == in_session(answer(alone, open_path), alone)
    assert {clip.asset_id for clip in reply.sequence.tracks[1].clips} == {"known"}


def test_sound_is_measured_for_where_no_artifact_tells(
    open_path: Callable[[Asset], Path], make_track: Make, sentences: Make
) -> None:
    known = make_track("known", 20_000.0, events=sentences(3))
    request = HighlightsRequest("s", (known, _file("talk")), target_duration_ms=25_000.0)
    reply = answer(request, open_path)
    late = [clip for clip in reply.sequence.tracks[0].clips if clip.in_ms > 20_000.0]
    assert any(clip.in_ms <= SAID_MS[LOUD][0] < clip.out_ms for clip in late)


def test_an_unknown_length_is_refused(open_path: Callable[[Asset], Path], make_track: Make) -> None:
    with pytest.raises(InvalidRequest) as refused:
        answer(HighlightsRequest("s", (make_track("a", 0.0),)), open_path)
    assert [violation.field for violation in refused.value.violations] == ["tracks[0].duration_ms"]
