"""Sessions with known truth: who heard what, when each recorder started, how its clock ran.

`make_scene(family, seed)` is a pure function of its arguments (and of the folder
of recorded voices, where one is given).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import devices
import material
import numpy as np
import scipy.signal
from material import RATE_HZ, Rng, Signal
from placing import Placing, place_microphone, place_sources
from rooms import Room, impulse_response, travel_time_s


@dataclass(frozen=True)
class Truth:
    """One recorder's clock in event time, and how late each source's sound reached it."""

    start_ms: float
    drift_ppm: float
    travel_ms: tuple[float, ...] = ()


@dataclass(frozen=True)
class SceneRecording:
    """One file of a scene: float32 mono at `RATE_HZ`; `truth` is None when nothing can tell."""

    asset_id: str
    camera_id: str
    samples: np.ndarray
    truth: Truth | None


@dataclass(frozen=True)
class Scene:
    """A session to align; recordings without common truth must not be ALIGNED."""

    family: str
    seed: int
    recordings: tuple[SceneRecording, ...]


@dataclass(frozen=True)
class Recorder:
    """How one recorder records; levels in dB against the voices at this microphone."""

    start_s: float
    duration_s: float
    drift_ppm: float = 0.0
    snr_db: float = 25.0
    gain: float = 0.2
    automatic_gain: bool = False
    clipped_share: float = 0.0
    telephone: bool = False
    inverted: bool = False
    codec: str = ""
    silent_share: float = 0.0
    own_hum: float = 0.0
    camera_id: str = ""


@dataclass(frozen=True)
class Event:
    """What happens in the room."""

    room: Room
    duration_s: float
    talkers: int = 2
    music_level: float = 0.0
    loop_level: float = 0.0
    voice_level: float = 1.0
    placing: Placing = Placing.AROUND
    recorders: tuple[Recorder, ...] = field(default_factory=tuple)


def _voice(duration_s: float, rng: Rng, voices: Sequence[Path]) -> Signal:
    if voices:
        return material.recorded_voice(duration_s, rng, list(voices))
    return material.synthetic_voice(duration_s, rng)


def _turns(voices: list[Signal], rng: Rng) -> list[Signal]:
    """The talkers take turns of 2 to 9 s, now and then at once."""
    total = len(voices[0])
    gates = np.zeros((len(voices), total))
    position = 0
    while position < total:
        stop = position + int(rng.uniform(2, 9) * RATE_HZ)
        gates[rng.integers(len(voices)), position:stop] = 1
        if rng.random() < 0.1:
            gates[rng.integers(len(voices)), position:stop] = 1
        position = stop
    return [voice * gate for voice, gate in zip(voices, gates, strict=True)]


def _sources(event: Event, rng: Rng, voices: Sequence[Path]) -> list[Signal]:
    talkers = [_voice(event.duration_s, rng, voices) for _ in range(event.talkers)]
    sources = [event.voice_level * voice for voice in _turns(talkers, rng)]
    if event.music_level:
        sources.append(event.music_level * material.music(event.duration_s, rng))
    if event.loop_level:
        period = rng.uniform(1.5, 4.0)
        sources.append(event.loop_level * material.loop(event.duration_s, rng, period_s=period))
    return sources


def record(event: Event, rng: Rng, voices: Sequence[Path] = ()) -> tuple[SceneRecording, ...]:
    """Play the event and record it with every recorder."""
    sources = _sources(event, rng, voices)
    places = place_sources(event.room, event.placing, event.talkers, len(sources), rng)
    recordings = []
    for index, recorder in enumerate(event.recorders):
        microphone = place_microphone(
            event.room, event.placing, places[: event.talkers], index, rng
        )
        heard = np.zeros(int(event.duration_s * RATE_HZ))
        for source, place in zip(sources, places, strict=True):
            response = impulse_response(event.room, place, microphone, rng)
            heard += scipy.signal.fftconvolve(source, response)[: len(heard)]
        delays = tuple(1e3 * travel_time_s(place, microphone) for place in places)
        signal = _through(recorder, heard, event.duration_s / 2, rng)
        truth = Truth(recorder.start_s * 1e3, recorder.drift_ppm, delays)
        name = f"cam{index}"
        recordings.append(SceneRecording(name, recorder.camera_id or name, signal, truth))
    return tuple(recordings)


def _through(recorder: Recorder, heard: Signal, middle_s: float, rng: Rng) -> np.ndarray:
    """The recorder's file; where it is mostly silent, the event's middle is in what it heard."""
    signal = devices.sample_clock(
        heard,
        start_s=recorder.start_s,
        duration_s=recorder.duration_s,
        drift_ppm=recorder.drift_ppm,
    )
    level = np.sqrt(np.mean(signal**2)) + 1e-9
    signal = devices.microphone_colour(signal / level, rng)
    if recorder.silent_share:
        keep = int(len(signal) * (1 - recorder.silent_share))
        middle = int((middle_s - recorder.start_s) * RATE_HZ)
        low, high = max(0, middle - keep + 1), min(middle, len(signal) - keep)
        first = rng.integers(low, max(low, high) + 1)
        gate = np.full(len(signal), 1e-3)
        gate[first : first + keep] = 1
        signal *= gate
    noise = material.pink_noise(len(signal) / RATE_HZ + 0.01, rng)[: len(signal)]
    signal += noise * 10 ** (-recorder.snr_db / 20)
    if recorder.own_hum:
        signal += recorder.own_hum * material.hum(len(signal) / RATE_HZ + 0.01, rng)[: len(signal)]
    if recorder.automatic_gain:
        signal = devices.automatic_gain(signal)
    if recorder.clipped_share:
        signal = devices.clip(signal, share=recorder.clipped_share)
    if recorder.telephone:
        signal = devices.telephone(signal)
    signal = signal * recorder.gain / (np.max(np.abs(signal)) + 1e-9) * 3
    signal = np.clip(signal, -1, 1)
    if recorder.codec:
        signal = devices.codec_round_trip(signal, recorder.codec)
    if recorder.inverted:
        signal = -signal
    return signal.astype(np.float32)


def _recorders(
    rng: Rng, *, count: int, event_s: float, shortest_s: float = 25.0, drift: float = 30.0, **how
) -> tuple[Recorder, ...]:
    """`count` recorders that all hold the middle of the event."""
    recorders = []
    for _ in range(count):
        start = rng.uniform(0, max(0.0, (event_s - shortest_s) / 2))
        stop = rng.uniform((event_s + shortest_s) / 2, event_s)
        settings = {key: value() if callable(value) else value for key, value in how.items()}
        recorders.append(
            Recorder(start, stop - start, drift_ppm=rng.uniform(-drift, drift), **settings)
        )
    return tuple(recorders)


def _room(rng: Rng, shortest_rt60_s: float = 0.2, longest_rt60_s: float = 0.7) -> Room:
    size = (rng.uniform(4, 9), rng.uniform(3, 7), rng.uniform(2.5, 3.5))
    return Room(size, rng.uniform(shortest_rt60_s, longest_rt60_s))


def _patterned(family: str, length: float, rng: Rng) -> tuple[Recorder, ...]:
    """Recorders whose overlap is what the family is about."""
    match family:
        case "short_overlap" | "barely_overlapping":
            overlap = rng.uniform(6, 15) if family == "short_overlap" else rng.uniform(1, 5)
            first = Recorder(0, length / 2 + overlap / 2, drift_ppm=rng.uniform(-30, 30))
            start = length / 2 - overlap / 2
            second = Recorder(start, length - start, drift_ppm=rng.uniform(-30, 30))
            return (first, second)
        case "short_clip":
            clip_s = rng.uniform(3, 8)
            start = rng.uniform(0, length - clip_s)
            return (Recorder(0, length), Recorder(start, clip_s))
        case "chain":
            third = length / 3
            return tuple(
                Recorder(third * i * 0.75, third * 1.3, drift_ppm=rng.uniform(-30, 30))
                for i in range(3)
            )
        case "clips_of_a_camera":
            cut = length * rng.uniform(0.4, 0.6)
            return (
                Recorder(0, length),
                Recorder(2, cut - 4, drift_ppm=20, camera_id="b"),
                Recorder(cut + 2, length - cut - 4, drift_ppm=20, camera_id="b"),
            )
        case _:
            raise ValueError(f"no family {family!r}")


PLACINGS = {"close": Placing.CLOSE, "anywhere": Placing.ANYWHERE}


def _event_for(family: str, rng: Rng) -> Event:
    length = rng.uniform(60, 120)
    count = int(rng.integers(2, 5))
    room = _room(rng)
    settings: dict[str, object] = {}
    extra: dict[str, Any] = {"placing": PLACINGS.get(family, Placing.AROUND)}
    drift = 30.0
    match family:
        case "plain" | "close" | "anywhere":
            pass
        case "reverberant":
            room = _room(rng, 0.8, 1.5)
        case "noisy":
            settings["snr_db"] = lambda: rng.uniform(-5, 5)
        case "buried":
            settings["snr_db"] = lambda: rng.uniform(-20, -5)
        case "noisy_reverberant":
            room = _room(rng, 0.6, 1.2)
            settings["snr_db"] = lambda: rng.uniform(-3, 8)
        case "phones":
            settings |= {
                "snr_db": lambda: rng.uniform(5, 25),
                "automatic_gain": lambda: bool(rng.random() < 0.5),
                "clipped_share": lambda: float(rng.choice([0, 0.02, 0.1])),
                "telephone": lambda: bool(rng.random() < 0.4),
                "inverted": lambda: bool(rng.random() < 0.4),
                "codec": lambda: str(rng.choice(["", "aac", "mp3", "opus"])),
            }
        case "drift":
            drift = 200.0
            length = rng.uniform(120, 240)
        case "music":
            extra["music_level"] = 1.0
        case "loop_and_voice":
            extra["loop_level"] = 0.7
        case "hum":
            settings["own_hum"] = lambda: rng.uniform(0.3, 1.5)
        case "mostly_silent":
            recorders = _recorders(rng, count=count, event_s=length)
            silent = replace(recorders[-1], silent_share=float(rng.choice([0.6, 0.8])))
            return Event(room, length, recorders=(*recorders[:-1], silent))
        case _:
            return Event(room, length, recorders=_patterned(family, length, rng))
    recorders = _recorders(rng, count=count, event_s=length, drift=drift, **settings)
    return Event(room, length, recorders=recorders, **extra)


POSSIBLE = (
    "plain",
    "close",
    "anywhere",
    "reverberant",
    "noisy",
    "noisy_reverberant",
    "phones",
    "drift",
    "music",
    "loop_and_voice",
    "hum",
    "mostly_silent",
    "short_overlap",
    "short_clip",
    "chain",
    "clips_of_a_camera",
)
# There is a right answer, but perhaps nothing that tells it: here confidence must know.
BORDERLINE = ("buried", "barely_overlapping")
IMPOSSIBLE = (
    "unrelated",
    "unrelated_hum",
    "only_loops",
    "only_tones",
    "only_hum",
    "only_noise",
    "silence",
    "same_jingle",
    "same_intro",
)


def make_scene(family: str, seed: int, voices: Sequence[Path] = ()) -> Scene:
    """The scene of one family and seed."""
    names = sorted((*POSSIBLE, *BORDERLINE, *IMPOSSIBLE))
    rng = np.random.default_rng([seed, names.index(family)])
    if family not in IMPOSSIBLE:
        return Scene(family, seed, record(_event_for(family, rng), rng, voices))
    return Scene(family, seed, _impossible(family, rng, voices))


def _impossible(family: str, rng: Rng, voices: Sequence[Path]) -> tuple[SceneRecording, ...]:
    if family == "only_loops":
        event = Event(
            _room(rng),
            60,
            placing=Placing.ANYWHERE,
            voice_level=0.0,
            loop_level=1.0,
            recorders=_recorders(rng, count=2, event_s=60, drift=5),
        )
        return tuple(_without_truth(recording) for recording in record(event, rng, voices))
    jingle = material.music(rng.uniform(8, 40) if family == "same_intro" else 3, rng)
    recordings = []
    for index in range(2):
        length = rng.uniform(60, 360) if family == "same_intro" else rng.uniform(25, 70)
        n = int(length * RATE_HZ)
        match family:
            case "unrelated" | "unrelated_hum" | "same_jingle" | "same_intro":
                event = Event(_room(rng), length, recorders=(Recorder(0, length),))
                samples = record(event, rng, voices)[0].samples.astype(np.float64)
                if family == "unrelated_hum":
                    samples += 0.2 * material.hum(length, rng)[:n]
                if family == "same_jingle":
                    at = rng.integers(0, n - len(jingle))
                    samples[at : at + len(jingle)] += 0.3 * jingle
                if family == "same_intro":
                    samples[: len(jingle)] = 0.3 * jingle
            case "only_tones":
                samples = 0.3 * material.tone(length, rng)
            case "only_hum":
                samples = 0.2 * material.hum(length, rng)
            case "only_noise":
                samples = 0.1 * material.pink_noise(length, rng)
            case "silence":
                samples = np.zeros(n) if index else 0.1 * material.pink_noise(length, rng)
            case _:
                raise ValueError(f"no family {family!r}")
        if family != "silence":
            samples = samples[:n] + 1e-3 * rng.standard_normal(len(samples[:n]))
        name = f"cam{index}"
        recordings.append(SceneRecording(name, name, samples.astype(np.float32), None))
    return tuple(recordings)


def _without_truth(recording: SceneRecording) -> SceneRecording:
    return SceneRecording(recording.asset_id, recording.camera_id, recording.samples, None)
