"""Sound with known truth: a babble of syllables, and recorders with their own clocks."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest
import scipy.signal
from multicam_server.alignment import Recording, align
from multicam_server.domain.alignment import AlignedTrack, Alignment, AlignOptions
from multicam_server.domain.media import Samples, Sound
from multicam_server.domain.timecode import format_timecode, frames_per_day

EVENT_RATE_HZ = 16_000


@lru_cache(maxsize=8)
def babble(duration_s: float, seed: int) -> np.ndarray:
    """Syllables of noise and pulses through random resonances, with pauses; float64 (n,)."""
    rng = np.random.default_rng(seed)
    out = np.zeros(int(duration_s * EVENT_RATE_HZ))
    position = 0
    while position < len(out):
        length = int(rng.uniform(0.06, 0.3) * EVENT_RATE_HZ)
        pulses = (np.arange(length) % int(rng.uniform(60, 180)) == 0).astype(float)
        source = pulses + rng.uniform(0, 0.3) * rng.standard_normal(length)
        for _ in range(3):
            centre = rng.uniform(250, 3500)
            edges = [centre * 0.85, centre * 1.15]
            filters = scipy.signal.butter(1, edges, "bandpass", fs=EVENT_RATE_HZ, output="sos")
            source = source + 3 * scipy.signal.sosfilt(filters, source)
        syllable = source * np.hanning(length) * rng.uniform(0.3, 1.0)
        stop = min(len(out), position + length)
        out[position:stop] += syllable[: stop - position]
        position = stop + int(rng.uniform(0, 0.15) * EVENT_RATE_HZ)
        if rng.random() < 0.1:
            position += int(rng.uniform(0.3, 1.2) * EVENT_RATE_HZ)
    return 0.1 * out / np.std(out)


def recorded(
    event: np.ndarray,
    *,
    start_s: float = 0.0,
    duration_s: float,
    drift_ppm: float = 0.0,
    rate_hz: int = EVENT_RATE_HZ,
    noise: float = 0.003,
    seed: int = 0,
) -> Samples:
    """What a recorder hears that starts at `start_s` with a clock `drift_ppm` fast."""
    rng = np.random.default_rng(seed)
    speed = 1 + drift_ppm * 1e-6
    # Only what is heard, and enough around it for the filters to settle.
    first = max(0, int((start_s - 0.2) * EVENT_RATE_HZ))
    stop = int((start_s + duration_s / speed + 0.2) * EVENT_RATE_HZ)
    fine = scipy.signal.resample_poly(event[first:stop], 4, 1)
    at = (start_s + np.arange(int(duration_s * rate_hz)) / rate_hz / speed) * 4 * EVENT_RATE_HZ
    at -= 4 * first
    if rate_hz < EVENT_RATE_HZ:
        limit = scipy.signal.butter(8, 0.45 * rate_hz, fs=4 * EVENT_RATE_HZ, output="sos")
        fine = scipy.signal.sosfiltfilt(limit, fine)
    heard = np.interp(at, np.arange(len(fine)), fine, left=0.0, right=0.0)
    return (heard + noise * rng.standard_normal(len(heard))).astype(np.float32)


LTC_SYNC = [0, 0] + [1] * 12 + [0, 1]


def code_word(number, rate, drop, user_bits):
    label = format_timecode(number / rate.fraction, rate, drop_frame=drop)
    hours, minutes, seconds, frames = (int(part) for part in label.replace(";", ":").split(":"))
    word = [0] * 64
    fields = [(0, 4, frames % 10), (8, 2, frames // 10), (16, 4, seconds % 10)]
    fields += [(24, 3, seconds // 10), (32, 4, minutes % 10), (40, 3, minutes // 10)]
    fields += [(48, 4, hours % 10), (56, 2, hours // 10)]
    fields += [(4 + 8 * group, 4, value) for group, value in enumerate(user_bits)]
    for first, count, value in fields:
        for k in range(count):
            word[first + k] = value >> k & 1
    word[10] = int(drop)
    return word + LTC_SYNC


def encode(
    start_s,
    duration_s,
    rate_hz,
    rate,
    *,
    drop=False,
    drift_ppm=0.0,
    user_bits=(1, 2, 3, 4, 5, 6, 7, 8),
):
    """LTC whose real time at sample 0 is `start_s` from midnight, as ideal levels of +-1."""
    frame_s = float(1 / rate.fraction)
    first = int(np.floor(start_s / frame_s))
    count = int(duration_s / frame_s) + 3
    day = frames_per_day(rate, drop_frame=drop)
    half_bits = []
    level = 1
    for frame in range(first, first + count):
        for bit in code_word(frame % day, rate, drop, user_bits):
            level = -level
            half_bits.append(level)
            if bit:
                level = -level
            half_bits.append(level)
    fine = 8
    ltc_time = (
        start_s
        - first * frame_s
        + np.arange(int(duration_s * rate_hz * fine)) / (rate_hz * fine * (1 + drift_ppm * 1e-6))
    )
    signal = np.array(half_bits, dtype=float)[(ltc_time / frame_s * 160).astype(int)]
    return scipy.signal.resample_poly(signal, 1, fine)


@dataclass(frozen=True)
class Session:
    """An alignment, and its tracks by asset id."""

    alignment: Alignment

    def __getitem__(self, asset_id: str) -> AlignedTrack:
        return next(one for one in self.alignment.tracks if one.asset_id == asset_id)


@pytest.fixture(scope="session")
def event() -> np.ndarray:
    """Two minutes of babble."""
    return babble(120.0, 7)


@pytest.fixture(scope="session")
def encode_ltc() -> Callable[..., np.ndarray]:
    return encode


@pytest.fixture(scope="session")
def make_babble() -> Callable[[float, int], np.ndarray]:
    return babble


@pytest.fixture(scope="session")
def record() -> Callable[..., Samples]:
    return recorded


@pytest.fixture(scope="session")
def as_recording() -> Callable[..., Recording]:
    def make(
        asset_id: str, samples: Samples, *, rate_hz: float = EVENT_RATE_HZ, **known: object
    ) -> Recording:
        channels = samples if samples.ndim == 2 else samples[None, :]
        camera_id = known.pop("camera_id", "")
        start_ms = known.pop("start_ms", 0.0)
        return Recording(
            asset_id,
            str(camera_id),
            Sound(rate_hz, channels, start_ms=float(str(start_ms))),
            **known,  # type: ignore[arg-type]
        )

    return make


@pytest.fixture(scope="session")
def aligned() -> Callable[..., Session]:
    def run(*recordings: Recording, base: str = "a", **options: object) -> Session:
        chosen = AlignOptions(**options)  # type: ignore[arg-type]
        return Session(align(recordings, base_asset_id=base, options=chosen))

    return run
