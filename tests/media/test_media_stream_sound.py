"""One stream's timestamps: jitter is ignored, gaps and overlaps are honoured."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.media.frame_clock import BrokenClock
from multicam_server.media.samples import SampleBlocks
from multicam_server.media.stream_sound import StreamSound

RATE = 16_000
FRAME = 1_600  # 100 ms


def frame(
    samples: np.ndarray[Any, Any], pts: int | None, rate: int = RATE, layout: str = "mono"
) -> av.AudioFrame:
    channels = av.AudioLayout(layout).nb_channels
    packed = np.repeat(samples.astype(np.float32), channels)[np.newaxis, :]
    result = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
    result.sample_rate = rate
    result.time_base = Fraction(1, RATE)
    result.pts = pts
    return result


def collect(frames: Iterable[av.AudioFrame], channels: int = 1) -> np.ndarray[Any, Any]:
    sound = StreamSound(channels, RATE)
    for each in frames:
        sound.feed(each)
    sound.finish()
    result = np.full((channels, len(sound)), np.nan, dtype=np.float32)
    sound.move_to(result)
    return result


def ramp(first: int, count: int = FRAME) -> np.ndarray[Any, Any]:
    """Samples that tell their place: sample n is n / 2**20."""
    return (first + np.arange(count)) / 2**20


def test_frames_follow_each_other() -> None:
    joined = collect(frame(ramp(n * FRAME), 500 + n * FRAME) for n in range(10))
    assert np.array_equal(joined[0], ramp(0, 10 * FRAME).astype(np.float32))


@settings(deadline=None, derandomize=True, max_examples=30)
@given(jitter=st.lists(st.integers(-80, 80), min_size=2, max_size=20))
def test_jitter_of_up_to_5_ms_moves_nothing(jitter: list[int]) -> None:
    offsets = [0, *(j - jitter[0] if abs(j - jitter[0]) <= 80 else 0 for j in jitter[1:])]
    frames = [frame(ramp(n * FRAME), n * FRAME + offset) for n, offset in enumerate(offsets)]
    joined = collect(frames)
    assert np.array_equal(joined[0], ramp(0, len(offsets) * FRAME).astype(np.float32))


@pytest.mark.parametrize("gap", [81, 200, FRAME, 3 * FRAME + 7])
def test_a_gap_becomes_silence(gap: int) -> None:
    frames = [frame(ramp(0), 0), frame(ramp(FRAME + gap), FRAME + gap)]
    joined = collect(frames)[0]
    expected = ramp(0, 2 * FRAME + gap).astype(np.float32)
    expected[FRAME : FRAME + gap] = 0
    assert np.array_equal(joined, expected)


@pytest.mark.parametrize("overlap", [81, 200, FRAME, FRAME + 200])
def test_an_overlap_is_cut_from_what_comes_later(overlap: int) -> None:
    later = 2 * FRAME - overlap
    frames = [frame(ramp(0), 0), frame(ramp(FRAME), FRAME), frame(ramp(later, 3 * FRAME), later)]
    joined = collect(frames)[0]
    assert np.array_equal(joined, ramp(0, later + 3 * FRAME).astype(np.float32))


@settings(deadline=None, derandomize=True, max_examples=40)
@given(gaps=st.lists(st.integers(-FRAME, 4 * FRAME), min_size=1, max_size=12))
def test_every_sample_stays_at_its_time(gaps: list[int]) -> None:
    frames, at = [], 0
    for gap in [0, *gaps]:
        at = max(0, at + (gap if abs(gap) > 80 else 0))
        frames.append(frame(ramp(at), at))
        at += FRAME
    joined = collect(frames)[0]
    places = np.flatnonzero(joined)
    assert np.array_equal(joined[places], (places / 2**20).astype(np.float32))


def test_a_clock_that_drifts_from_its_samples_is_followed() -> None:
    """Timestamps 1 % slower than the samples: each 5 ms of difference is resynchronised."""
    pts = [round(n * FRAME * 1.01) for n in range(100)]
    joined = collect(frame(ramp(p), p) for p in pts)[0]
    places = np.flatnonzero(joined)
    error = np.abs(joined[places] * 2**20 - places)
    assert error.max() <= 81
    assert len(joined) == pytest.approx(pts[-1] + FRAME, abs=81)


@pytest.mark.parametrize("jump_s", [3_601, 10**9, -2, -(10**9)])
def test_a_broken_clock_is_not_believed(jump_s: int) -> None:
    sound = StreamSound(1, RATE)
    sound.feed(frame(ramp(0), 0))
    with pytest.raises(BrokenClock, match=r"jump by .* after 0\.100 s"):
        sound.feed(frame(ramp(0), FRAME + jump_s * RATE))
    sound.finish()
    assert len(sound) == FRAME


def test_frames_without_timestamps_follow_on() -> None:
    joined = collect([frame(ramp(0), 0), frame(ramp(FRAME), None), frame(ramp(2 * FRAME), None)])
    assert np.array_equal(joined[0], ramp(0, 3 * FRAME).astype(np.float32))
    assert collect([frame(ramp(0), None)]).shape == (1, FRAME)


def test_a_change_of_format_goes_on_in_time() -> None:
    tone = np.full(FRAME, 0.5)
    frames = [
        frame(tone, 0, layout="stereo"),
        frame(np.full(3 * FRAME, 0.25), FRAME, rate=3 * RATE, layout="stereo"),
        frame(tone, 2 * FRAME, layout="mono"),
        frame(tone, 3 * FRAME, layout="3 channels"),
    ]
    joined = collect(frames, channels=2)
    assert joined.shape == (2, 4 * FRAME)
    middle = FRAME // 2
    assert joined[:, middle::FRAME] == pytest.approx(
        np.array([[0.5, 0.25, 0.5, 0.5], [0.5, 0.25, 0.0, 0.5]]), abs=1e-3
    )


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    pieces=st.lists(st.integers(0, 3_000), max_size=12),
    silent=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_blocks_give_back_what_was_put_in(
    block_of_1000: int, pieces: list[int], silent: list[bool]
) -> None:
    blocks = SampleBlocks(2)
    expected = np.zeros((2, 0), dtype=np.float32)
    for length, quiet in zip(pieces, silent, strict=False):
        samples = np.arange(1, 2 * length + 1, dtype=np.float32).reshape(-1, 2)
        if quiet:
            samples[:] = 0
            blocks.append_silence(length)
        else:
            blocks.append(samples)
        expected = np.concatenate([expected, samples.T], axis=1)
    assert len(blocks) == expected.shape[1]
    target = np.full_like(expected, np.nan)
    blocks.move_to(target)
    assert np.array_equal(target, expected)
    assert len(blocks) == 0


@pytest.fixture(scope="module")
def block_of_1000() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("multicam_server.media.samples._BLOCK", 1_000)
        yield 1_000
