"""Long recordings placed by pieces: as exact as by everything, and whole where in doubt."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from multicam_server.alignment import KnownSound, Recording, align
from multicam_server.alignment.heard import blocks_at_analysis_rate, to_analysis_rate
from multicam_server.domain.alignment import Alignment, AlignOptions, AlignStatus
from multicam_server.domain.media import FrameRate, Sound

RATE_HZ = 16_000
MINUTES = 60


class CountedSound:
    """A sound that is held, read like a file, and how much of it was."""

    def __init__(self, samples: np.ndarray) -> None:
        self._samples = np.atleast_2d(samples)
        self.sample_rate_hz = float(RATE_HZ)
        self.channel_count = len(self._samples)
        self.start_ms = 0.0
        self.end_ms = self._samples.shape[1] / RATE_HZ * 1e3
        self.cut_short = ""
        self.notes: tuple[str, ...] = ()
        self.read_s = 0.0

    def read(
        self, start_ms: float, end_ms: float, *, channels: Sequence[int] | None = None
    ) -> Sound:
        first, last = (max(0, round(ms * RATE_HZ / 1e3)) for ms in (start_ms, end_ms))
        found = self._samples[:, first : max(first, last)]
        self.read_s += found.shape[1] / RATE_HZ
        picked = found if channels is None else found[list(channels)]
        return Sound(self.sample_rate_hz, picked, start_ms=first / RATE_HZ * 1e3)

    def read_windows(
        self, windows: Sequence[tuple[float, float]], *, channels: Sequence[int] | None = None
    ) -> list[Sound]:
        return [self.read(start, end, channels=channels) for start, end in windows]

    def blocks(self, seconds: float, *, channels: Sequence[int] | None = None) -> Iterator[Sound]:
        step = seconds * 1e3
        for start in np.arange(0, self.end_ms, step):
            yield self.read(float(start), float(start + step), channels=channels)

    def read_all(self, *, channels: Sequence[int] | None = None) -> Sound:
        return self.read(0, self.end_ms, channels=channels)


@pytest.fixture(scope="session")
def long_event() -> np.ndarray:
    """Seventeen minutes of syllables whose lengths, pitches and colours never repeat."""
    rng = np.random.default_rng(11)
    out = np.zeros(17 * MINUTES * RATE_HZ, dtype=np.float32)
    position = 0
    while position < len(out) - RATE_HZ:
        length = int(rng.uniform(0.06, 0.35) * RATE_HZ)
        phase = np.arange(length) / RATE_HZ
        voice = sum(
            np.sin(2 * np.pi * rng.uniform(150, 3_400) * phase + rng.uniform(0, 6))
            for _ in range(6)
        )
        noise = rng.standard_normal(length) * rng.uniform(0, 1.5)
        out[position : position + length] += np.hanning(length) * (voice + noise)
        position += length + int(rng.uniform(0.0, 0.3) * RATE_HZ)
    return 0.1 * out


@pytest.fixture(scope="session")
def hear(long_event: np.ndarray) -> Callable[..., np.ndarray]:
    """What a recorder hears from `start_s` on, its clock `drift_ppm` fast."""

    def heard(start_s: float, minutes: float, drift_ppm: float = 0.0, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        at = start_s * RATE_HZ + np.arange(int(minutes * MINUTES * RATE_HZ)) / (
            1 + drift_ppm * 1e-6
        )
        sound = np.interp(at, np.arange(len(long_event)), long_event)
        return (sound + 0.002 * rng.standard_normal(len(at))).astype(np.float32)

    return heard


def placed(*recordings: Recording, base: str = "a", **options: object) -> Alignment:
    chosen = AlignOptions(**options)  # type: ignore[arg-type]
    return align(recordings, base_asset_id=base, options=chosen)


def by_piece(asset_id: str, samples: np.ndarray, known: KnownSound | None = None) -> Recording:
    return Recording(asset_id, "", CountedSound(samples), known=known)


def whole(asset_id: str, samples: np.ndarray) -> Recording:
    return Recording(asset_id, "", Sound(RATE_HZ, np.atleast_2d(samples)))


def read_s(recording: Recording) -> float:
    assert isinstance(recording.sound, CountedSound)
    return recording.sound.read_s


def test_a_long_pair_is_placed_by_pieces_as_exactly_as_by_everything(hear):
    a, b = hear(0.0, 11), hear(41.25, 11, 40.0, seed=1)
    pieces = [by_piece("a", a), by_piece("b", b)]
    sparse = placed(*pieces).tracks[1]
    dense = placed(whole("a", a), whole("b", b)).tracks[1]
    assert sparse.status is AlignStatus.ALIGNED
    assert sparse.offset_ms == pytest.approx(41_250.0, abs=0.2)
    assert sparse.drift_ppm == pytest.approx(40.0, abs=0.5)
    assert sparse.offset_ms == pytest.approx(dense.offset_ms, abs=0.2)
    assert read_s(pieces[0]) < 12 * MINUTES
    assert read_s(pieces[1]) < 0.25 * 11 * MINUTES


def test_the_order_and_what_is_known_change_nothing(hear):
    a, b, c = hear(3.0, 12), hear(0.0, 12, -20.0, seed=1), hear(30.5, 11, 5.0, seed=2)
    known = {name: KnownSound() for name in "abc"}
    one = placed(*(by_piece(n, s, known[n]) for n, s in zip("abc", (a, b, c), strict=True)))
    other = placed(*(by_piece(n, s) for n, s in zip("cba", (c, b, a), strict=True)))
    assert {t.asset_id: t for t in one.tracks} == {t.asset_id: t for t in other.tracks}
    remembered = {name: KnownSound.unpack(known[name].pack()) for name in "abc"}
    again = [by_piece(n, s, remembered[n]) for n, s in zip("abc", (a, b, c), strict=True)]
    assert placed(*again) == one
    assert [read_s(recording) for recording in again] == [0.0, 0.0, 0.0]
    assert not any(sound.grown for sound in remembered.values())


def test_an_added_camera_that_becomes_the_hub_has_little_of_the_others_read(hear):
    known = {name: KnownSound() for name in "abc"}
    a, b = hear(41.0, 11), hear(60.5, 11, 5.0, seed=1)
    placed(by_piece("a", a, known["a"]), by_piece("b", b, known["b"]))
    longest = by_piece("c", hear(0.0, 13, seed=2), known["c"])
    others = [by_piece("a", a, known["a"]), by_piece("b", b, known["b"])]
    tracks = placed(*others, longest).tracks
    assert tracks[1].offset_ms == pytest.approx(19_500.0, abs=0.2)
    assert tracks[2].offset_ms == pytest.approx(-41_000.0, abs=0.2)
    assert max(read_s(one) for one in others) < 0.2 * 11 * MINUTES


def test_a_chain_of_long_recordings_is_compared_as_a_whole(hear):
    chain = [
        by_piece("a", hear(0.0, 10.2)),
        by_piece("b", hear(205.0, 10.2, seed=1)),
        by_piece("c", hear(400.0, 10.2, seed=2)),
    ]
    tracks = placed(*chain).tracks
    assert tracks[1].offset_ms == pytest.approx(205_000.0, abs=0.2)
    assert tracks[2].offset_ms == pytest.approx(400_000.0, abs=0.4)


def test_unrelated_long_recordings_are_not_placed(hear, long_event):
    other = np.random.default_rng(5).permutation(long_event.reshape(-1, 1_000)).ravel()
    tracks = placed(
        by_piece("a", hear(0.0, 10)), by_piece("b", other[: 10 * MINUTES * RATE_HZ])
    ).tracks
    assert tracks[1].status is AlignStatus.UNALIGNED
    assert tracks[1].offset_ms is None


@pytest.mark.parametrize("lost_at_min", [8.0, 10.6])
def test_lost_samples_are_told_as_when_everything_is_compared(hear, lost_at_min):
    a, b = hear(0.0, 11.2), hear(2.0, 11.2, seed=1)
    cut = int(lost_at_min * MINUTES * RATE_HZ)
    short = np.concatenate([b[:cut], b[cut + 8_000 :]])
    sparse = placed(by_piece("a", a), by_piece("b", short))
    dense = placed(whole("a", a), whole("b", short))
    assert sparse.warnings == dense.warnings
    assert sparse.tracks[1].offset_ms == pytest.approx(dense.tracks[1].offset_ms, abs=0.2)


def test_a_programme_that_repeats_is_compared_as_a_whole(hear):
    """The hub's block has the sound of two places of the other recording."""
    once = hear(0.0, 5.5)
    twice = np.concatenate([once, once])
    noise = 0.002 * np.random.default_rng(3).standard_normal((2, len(twice)))
    a, b = (twice + noise).astype(np.float32)
    pieces = [by_piece("a", a), by_piece("b", b)]
    found = placed(*pieces)
    assert min(read_s(one) for one in pieces) > 11 * MINUTES
    assert found == placed(by_piece("a", a), by_piece("b", b), min_confidence=0.9)


def test_whoever_asks_for_more_certainty_has_everything_compared(hear):
    a, b = hear(0.0, 10.2), hear(4.0, 10.2, seed=1)
    pieces = [by_piece("a", a), by_piece("b", b)]
    found = placed(*pieces, min_confidence=1.0).tracks[1]
    assert min(read_s(one) for one in pieces) > 10.2 * MINUTES
    assert found.status is AlignStatus.AMBIGUOUS
    assert found.offset_ms == pytest.approx(4_000.0, abs=0.2)


def test_ltc_of_a_long_recording_is_read_from_its_probes(hear, encode_ltc):
    ltc = np.zeros(int(10.2 * MINUTES * RATE_HZ), dtype=np.float32)
    ltc[: 20 * RATE_HZ] = 0.3 * encode_ltc(36_000.0, 20.0, RATE_HZ, FrameRate(25, 1))
    known = KnownSound()
    both = by_piece("a", np.stack([hear(0.0, 10.2), ltc]), known)
    found = placed(both, by_piece("b", hear(5.0, 10.2, seed=1)))
    assert known.facts is not None
    assert known.facts.ltc is not None
    assert known.facts.ltc.time_of_day_ms == pytest.approx(36_000_000.0, abs=1.0)
    assert "a: timecode" in found.inputs_used
    assert found.tracks[0].source_channels == (0,)
    assert found.tracks[1].offset_ms == pytest.approx(5_000.0, abs=0.2)


def test_short_recordings_are_read_whole_once(hear):
    known = KnownSound()
    first = by_piece("b", hear(7.5, 2, seed=1), known)
    assert placed(by_piece("a", hear(0.0, 3)), first).tracks[1].offset_ms == pytest.approx(
        7_500.0, abs=0.2
    )
    assert read_s(first) == pytest.approx(120.0)
    again = by_piece("b", hear(7.5, 2, seed=1), known)
    placed(by_piece("a", hear(0.0, 3)), again)
    assert read_s(again) == 0.0


def test_what_another_version_packed_is_not_known():
    assert KnownSound.unpack(b"").facts is None
    assert KnownSound.unpack(KnownSound().pack().replace(b"sound-", b"other-")).facts is None


@pytest.mark.parametrize("rate_hz", [16_000.0, 44_100.0, 8_000.0, 11_025.5])
def test_sound_in_blocks_becomes_the_same_samples(rate_hz):
    sound = np.random.default_rng(1).standard_normal(50_003).astype(np.float32)
    at_once, exact_hz = to_analysis_rate(sound, rate_hz)
    blocks = np.split(sound, [700, 20_000, 20_001])
    assert np.array_equal(
        np.concatenate([*blocks_at_analysis_rate(iter(blocks), rate_hz)]), at_once
    )
    assert len(at_once) == pytest.approx(len(sound) / rate_hz * exact_hz, abs=1)
