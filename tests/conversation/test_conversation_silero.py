"""Silero VAD as the voice detector: the real model, alone and behind a running server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from multicam import Client
from multicam.v1.auto_cut_pb2 import AutoCutRequest
from multicam_server.app import Server
from multicam_server.config import (
    CacheConfig,
    ConfigError,
    ListenConfig,
    ServerConfig,
    VoiceConfig,
    read,
)
from multicam_server.config.vad_model import MODEL, find_model
from multicam_server.conversation import Voiced, measure_timeline
from multicam_server.domain.media import Sound
from multicam_server.silero import RATE_HZ, WINDOW, SileroVoice
from scipy.signal import resample_poly

from examples.two_camera_interview import sound as interview_sound
from examples.two_camera_interview.interview import sentences

ROOT = Path(__file__).resolve().parents[2]
WHEEL = "silero-vad==6.2.3"

pytestmark = pytest.mark.environments


@pytest.fixture(scope="session")
def model() -> Path:
    """The model of the installed wheel, or of one that is fetched once under `.cache/`."""
    installed = find_model()
    if installed is not None:
        return installed
    folder = ROOT / ".cache" / "silero"
    if not (folder / "silero_vad" / "data" / MODEL).is_file():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*install, "--target", str(folder), WHEEL], check=True)
    return folder / "silero_vad" / "data" / MODEL


@pytest.fixture(scope="session")
def voices() -> tuple[np.ndarray, np.ndarray]:
    """Two voices in turn at 16 kHz, and when anybody truly speaks a word, per 10 ms."""
    seconds = int(max(sentence.end_s for sentence in sentences())) + 2
    sound = np.zeros(seconds * interview_sound.SAMPLE_RATE_HZ)
    for speaker in {sentence.speaker for sentence in sentences()}:
        sound += interview_sound.spoken(speaker, len(sound))
    truth = np.zeros(seconds * 100, dtype=bool)
    for sentence in sentences():
        truth[round(sentence.start_s * 100) : round(sentence.end_s * 100)] = True
    return resample_poly(sound, RATE_HZ, interview_sound.SAMPLE_RATE_HZ), truth


def noisy(sound: np.ndarray, truth: np.ndarray, snr_db: float) -> np.ndarray:
    power = np.mean(sound[np.repeat(truth, RATE_HZ // 100)] ** 2) / 10 ** (snr_db / 10)
    noise = np.random.default_rng(3).standard_normal(len(sound)) * np.sqrt(power)
    return np.asarray(sound + noise, dtype=np.float32)


def flags(voiced: Voiced, length: int) -> np.ndarray:
    found = np.zeros(length, dtype=bool)
    for start, end in zip(voiced.start_ms, voiced.end_ms, strict=True):
        found[round(start / 10) : round(end / 10)] = True
    return found


@pytest.mark.parametrize(("snr_db", "precision", "recall"), [(10.0, 0.9, 0.9), (0.0, 0.9, 0.9)])
def test_finds_speech_in_noise(
    model: Path,
    voices: tuple[np.ndarray, np.ndarray],
    snr_db: float,
    precision: float,
    recall: float,
) -> None:
    sound, truth = voices
    found = flags(SileroVoice(model).find(noisy(sound, truth, snr_db), RATE_HZ), len(truth))
    assert np.count_nonzero(found & truth) >= precision * np.count_nonzero(found)
    assert np.count_nonzero(found & truth) >= recall * np.count_nonzero(truth)


def test_the_same_sound_gives_the_same_bits_whatever_was_heard_before(
    model: Path, voices: tuple[np.ndarray, np.ndarray]
) -> None:
    sound = voices[0].astype(np.float32)
    used = SileroVoice(model)
    used.find(sound[::-1].copy(), RATE_HZ)
    for again, fresh in zip(
        used.find(sound, RATE_HZ), SileroVoice(model).find(sound, RATE_HZ), strict=True
    ):
        assert again.tobytes() == fresh.tobytes()


def test_blocks_make_no_difference(
    model: Path,
    voices: tuple[np.ndarray, np.ndarray],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = voices[0][: 20 * RATE_HZ].astype(np.float32)
    whole = SileroVoice(model).probabilities(sound)
    monkeypatch.setattr("multicam_server.silero.WINDOWS_AT_ONCE", 7)
    np.testing.assert_allclose(SileroVoice(model).probabilities(sound), whole, atol=1e-5)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_any_sampling_rate_gives_the_same_moments(
    model: Path, voices: tuple[np.ndarray, np.ndarray], rate_hz: int
) -> None:
    sound, truth = voices
    there = flags(SileroVoice(model).find(sound, RATE_HZ), len(truth))
    resampled = resample_poly(sound, rate_hz, RATE_HZ)
    assert np.mean(flags(SileroVoice(model).find(resampled, rate_hz), len(truth)) == there) > 0.95


@pytest.mark.parametrize("samples", [0, 1, WINDOW, 16_000])
def test_silence_gives_no_events(model: Path, samples: int) -> None:
    silent = Sound(RATE_HZ, np.zeros((1, samples), dtype=np.float32))
    timeline = measure_timeline(silent, SileroVoice(model))
    assert len(timeline.events) == 0
    assert timeline.measured_by == "Silero VAD"


@contextmanager
def server(folder: Path, voice: VoiceConfig) -> Iterator[str]:
    started = Server(ServerConfig(CacheConfig(folder / "cache"), ListenConfig(port=0), voice=voice))
    started.start()
    try:
        yield started.address
    finally:
        started.drain(0)


def test_a_server_hears_through_it_and_says_so(
    model: Path, voices: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    request = AutoCutRequest(session_id="heard")
    for name, gain in (("a", 1.0), ("b", 0.3)):
        track = request.tracks.add(asset_id=name)
        track.asset.asset_id = name
        track.asset.waveform.sample_rate_hz = RATE_HZ
        track.asset.waveform.samples.extend((voices[0][: 20 * RATE_HZ] * gain).tolist())
    told = {}
    for name, config in (("gate", VoiceConfig()), ("silero", VoiceConfig(model))):
        with (
            server(tmp_path / name, config) as address,
            Client(address, tenant_id="t_test", env="dev") as client,
        ):
            told[name] = client.auto_cut(request).meta.fallbacks
    measured = "a: no audio_semantic_timeline; speech and loudness were measured from its sound by"
    assert f"{measured} an energy gate" in told["gate"]
    assert f"{measured} Silero VAD" in told["silero"]


def test_the_setting_finds_the_wheels_model(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(model.parents[2]))
    here = ["--cache-dir", str(tmp_path / "cache")]
    assert read([*here, "--vad-model", "silero"], {}).voice.model == model
    assert read([*here], {"MULTICAM_VAD_MODEL": str(model)}).voice.model == model
    assert read(here, {}).voice.model is None


def test_what_the_setting_lacks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [path for path in sys.path if "silero" not in path])
    if find_model() is None:
        with pytest.raises(ConfigError, match="is not installed: pip install --no-deps"):
            read(["--vad-model", "silero"], {})
    with pytest.raises(ConfigError, match="must be a file"):
        read(["--vad-model", str(tmp_path / "none.onnx")], {})
