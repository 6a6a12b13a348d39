"""Speech activity on synthetic voices whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.conversation import measure_timeline
from multicam_server.domain.artifacts import AudioEventKind, AudioSemanticTimeline
from multicam_server.domain.media import Sound

RATE_HZ = 16_000


def voice(seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A glottal pulse train through two moving formants, in syllables at about 5 Hz."""
    n = int(seconds * RATE_HZ)
    t = np.arange(n) / RATE_HZ
    pitch = 120.0 * (1.0 + 0.1 * np.sin(2 * np.pi * 0.7 * t + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    first = 500.0 + 200.0 * np.sin(2 * np.pi * 2.3 * t + rng.uniform(0, 6))
    sound = np.zeros(n)
    for harmonic in range(1, 25):
        distance = np.minimum(
            np.abs(harmonic * pitch - first), np.abs(harmonic * pitch - 3 * first)
        )
        sound += np.sin(harmonic * phase) / harmonic**0.5 / (1.0 + (distance / 150.0) ** 2)
    syllables = 0.15 + 0.85 * np.abs(np.sin(np.pi * 2.5 * t + rng.uniform(0, 3)))
    return np.asarray(0.1 * sound * syllables)


def scene(seed: int, seconds: float = 60.0) -> tuple[np.ndarray, np.ndarray]:
    """Sound of shape (n,) and its truth: who speaks at each sample."""
    rng = np.random.default_rng(seed)
    sound, truth = np.zeros(int(seconds * RATE_HZ)), np.zeros(int(seconds * RATE_HZ), dtype=bool)
    at = rng.uniform(0.3, 1.5)
    while at < seconds - 5.0:
        long = rng.uniform(0.6, 4.0)
        first = int(at * RATE_HZ)
        spoken = voice(long, rng)
        sound[first : first + len(spoken)] += spoken
        truth[first : first + len(spoken)] = True
        at += long + rng.uniform(0.4, 2.0)
    return sound, truth


def heard(timeline: AudioSemanticTimeline, samples: int, start_ms: float = 0.0) -> np.ndarray:
    flags = np.zeros(samples, dtype=bool)
    for start, end in zip(timeline.events.start_ms, timeline.events.end_ms, strict=True):
        first = max(0, int((start - start_ms) * RATE_HZ / 1e3))
        flags[first : int((end - start_ms) * RATE_HZ / 1e3)] = True
    return flags


def with_noise(sound: np.ndarray, truth: np.ndarray, snr_db: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(len(sound))
    power = np.mean(sound[truth] ** 2) / 10 ** (snr_db / 10)
    return np.asarray(sound + noise * np.sqrt(power))


@pytest.mark.parametrize(
    ("snr_db", "precision", "recall"), [(60.0, 0.94, 0.99), (10.0, 0.94, 0.95), (0.0, 0.94, 0.88)]
)
@pytest.mark.parametrize("seed", [11, 12])
def test_finds_the_speech(snr_db: float, precision: float, recall: float, seed: int) -> None:
    sound, truth = scene(seed)
    noisy = with_noise(sound, truth, snr_db, seed + 100)
    found = heard(measure_timeline(Sound(RATE_HZ, noisy[None].astype(np.float32))), len(truth))
    hits = np.count_nonzero(found & truth)
    assert hits / np.count_nonzero(found) >= precision
    assert hits / np.count_nonzero(truth) >= recall


def test_says_that_it_was_measured_and_stands_in_order() -> None:
    sound, _ = scene(13)
    timeline = measure_timeline(Sound(RATE_HZ, sound[None].astype(np.float32)))
    events = timeline.events
    assert timeline.from_audio
    assert len(events) > 3
    assert set(events.kind.tolist()) == {AudioEventKind.SPEECH}
    assert set(events.speaker_id) == {""}
    assert np.all(events.start_ms[1:] >= events.end_ms[:-1])
    assert np.all((events.confidence >= 0) & (events.confidence <= 1))


@pytest.mark.parametrize("rate_hz", [8_000.0, 16_000.0, 44_100.0, 48_000.0])
def test_loudness_of_a_sine_is_that_of_the_standard(rate_hz: float) -> None:
    """BS.1770: 997 Hz at -20 dBFS in one channel is -23.0 LUFS (within 0.1 LU)."""
    t = np.arange(int(rate_hz * 12)) / rate_hz
    tone = 0.1 * np.sin(2 * np.pi * 997.0 * t) * ((t > 3) & (t < 6))
    events = measure_timeline(Sound(rate_hz, tone[None].astype(np.float32))).events
    assert len(events) == 1
    assert events.loudness_lufs[0] == pytest.approx(-23.0, abs=0.35)


def test_a_level_change_is_a_loudness_change() -> None:
    sound, _ = scene(14, 30.0)
    loud = measure_timeline(Sound(RATE_HZ, sound[None].astype(np.float32))).events
    soft = measure_timeline(Sound(RATE_HZ, (sound * 0.25)[None].astype(np.float32))).events
    assert len(loud) == len(soft)
    np.testing.assert_allclose(loud.loudness_lufs - soft.loudness_lufs, 12.04, atol=0.1)


def test_timecode_and_hiss_on_other_channels_are_not_speech() -> None:
    sound, truth = scene(15)
    t = np.arange(len(sound)) / RATE_HZ
    timecode = 0.5 * np.sign(np.sin(2 * np.pi * 1_200.0 * t))
    hiss = 0.2 * np.random.default_rng(1).standard_normal(len(sound))
    channels = np.stack([timecode, sound, hiss]).astype(np.float32)
    found = heard(measure_timeline(Sound(RATE_HZ, channels)), len(truth))
    assert np.mean(found == truth) > 0.95


def test_the_sounds_own_start_is_kept() -> None:
    sound, truth = scene(16, 20.0)
    timeline = measure_timeline(Sound(RATE_HZ, sound[None].astype(np.float32), start_ms=-500.0))
    assert timeline.duration_ms == pytest.approx(19_500.0)
    assert np.mean(heard(timeline, len(truth), -500.0) == truth) > 0.95


@pytest.mark.parametrize("samples", [0, 1, 50, 160, 4_000, 160_000])
def test_silence_gives_no_events(samples: int) -> None:
    timeline = measure_timeline(Sound(RATE_HZ, np.zeros((1, samples), dtype=np.float32)))
    assert len(timeline.events) == 0
    assert timeline.duration_ms == pytest.approx(samples / RATE_HZ * 1e3)


def test_steady_noise_is_mostly_not_speech() -> None:
    noise = np.random.default_rng(3).standard_normal((1, 60 * RATE_HZ)).astype(np.float32) * 0.1
    events = measure_timeline(Sound(RATE_HZ, noise)).events
    assert np.sum(events.end_ms - events.start_ms) < 600.0


@settings(deadline=None, derandomize=True, max_examples=25)
@given(
    seed=st.integers(0, 1000),
    samples=st.integers(0, 30_000),
    rate_hz=st.sampled_from([8_000.0, 11_025.0, 16_000.0, 48_000.0]),
    channels=st.integers(1, 3),
)
def test_any_sound_gives_finite_events_inside_it(
    seed: int, samples: int, rate_hz: float, channels: int
) -> None:
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal((channels, samples)) * rng.uniform(0, 1, samples) ** 8
    timeline = measure_timeline(Sound(rate_hz, sound.astype(np.float32)))
    events = timeline.events
    assert np.all(np.isfinite(events.loudness_lufs))
    assert np.all(events.loudness_lufs >= -120.0)
    assert np.all(events.end_ms > events.start_ms)
    assert np.all((events.start_ms >= 0.0) & (events.end_ms <= timeline.duration_ms + 1e-6))
