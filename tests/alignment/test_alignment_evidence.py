"""What decides: timecode, sound, both, neither; and sound that repeats itself."""

import numpy as np
import pytest
from multicam_server.domain.alignment import AlignMethod, AlignStatus, AlignStrategy
from multicam_server.domain.analysis import FoundTimecode, TimecodeSource
from multicam_server.domain.media import FrameRate, Timecode

PAL = FrameRate(25, 1)


def container(seconds: float) -> tuple[FoundTimecode, ...]:
    label = f"10:00:{int(seconds):02d}:{round(seconds % 1 * 25):02d}"
    time_of_day_ms = 36_000_000 + round(seconds * 25) * 40
    return (FoundTimecode(Timecode(label, PAL), TimecodeSource.CONTAINER, time_of_day_ms),)


def test_timecode_alone_places_recordings_without_common_sound(
    event, make_babble, record, as_recording, aligned
):
    other = record(make_babble(40.0, 5), duration_s=30)
    session = aligned(
        as_recording("a", record(event, duration_s=30), timecodes=container(2.0)),
        as_recording("b", other, start_timecode=Timecode("10:00:09:05", PAL)),
    )
    track = session["b"]
    assert (track.status, track.method) == (AlignStatus.ALIGNED, AlignMethod.TIMECODE)
    assert track.offset_ms == pytest.approx(7_200.0, abs=1e-6)
    assert "request" in track.reason
    assert "b: timecode" in session.alignment.inputs_used


def test_sound_refines_timecode_within_its_frame(event, record, as_recording, aligned):
    track = aligned(
        as_recording("a", record(event, duration_s=40), timecodes=container(0.0)),
        as_recording("b", record(event, start_s=5.013, duration_s=30), timecodes=container(5.0)),
    )["b"]
    assert track.method is AlignMethod.TIMECODE
    assert track.offset_ms == pytest.approx(5_013.0, abs=0.1)
    assert "refined by sound" in track.reason


def test_confident_sound_beats_a_wrong_clock(event, record, as_recording, aligned):
    session = aligned(
        as_recording("a", record(event, duration_s=40), timecodes=container(0.0)),
        as_recording("b", record(event, start_s=5, duration_s=30), timecodes=container(9.0)),
    )
    assert session["b"].method is AlignMethod.AUDIO_CROSS_CORRELATION
    assert session["b"].offset_ms == pytest.approx(5_000.0, abs=0.1)
    assert any("contradicts" in warning for warning in session.alignment.warnings)


@pytest.mark.parametrize("strategy", [AlignStrategy.TIMECODE, AlignStrategy.AUDIO])
def test_strategy_forces_one(event, record, as_recording, aligned, strategy):
    session = aligned(
        as_recording("a", record(event, duration_s=40), timecodes=container(0.0)),
        as_recording("b", record(event, start_s=5, duration_s=30), timecodes=container(9.0)),
        strategy=strategy,
    )
    expected = 9_000.0 if strategy is AlignStrategy.TIMECODE else 5_000.0
    assert session["b"].offset_ms == pytest.approx(expected, abs=0.1)
    assert session.alignment.strategy is strategy
    assert session.alignment.warnings == ()


def test_timecode_across_midnight(event, record, as_recording, aligned):
    session = aligned(
        as_recording("a", record(event, duration_s=5), start_timecode=Timecode("23:59:58:00", PAL)),
        as_recording(
            "b",
            record(event, start_s=60, duration_s=5),
            start_timecode=Timecode("00:00:03:00", PAL),
        ),
    )
    assert session["b"].offset_ms == pytest.approx(5_000.0, abs=1e-6)


def test_loops_are_ambiguous_and_told_as_such(make_babble, record, as_recording, aligned):
    loop = np.tile(make_babble(3.0, 11), 30)
    track = aligned(
        as_recording("a", record(loop, duration_s=60)),
        as_recording("b", record(loop, start_s=12, duration_s=40, seed=2)),
    )["b"]
    assert track.status is AlignStatus.AMBIGUOUS
    assert track.confidence < 0.5
    apart = [abs(other.offset_ms - track.offset_ms) for other in track.alternatives]
    assert len(apart) >= 2
    assert all(abs(distance / 3_000 - round(distance / 3_000)) < 0.01 for distance in apart)


PROMPTS_S = (2.0, 3.0, 4.0, 6.0, 12.0, 18.0)


def played(prompts, seed, duration_s):
    """The same prompts again and again, in an order of its own, with pauses."""
    rng = np.random.default_rng(seed)
    parts = []
    while sum(map(len, parts)) < duration_s * 16_000:
        parts += [prompts[rng.integers(len(prompts))], np.zeros(int(rng.uniform(3e3, 2e4)))]
    return np.concatenate(parts)


@pytest.mark.parametrize("seed", [1, 4, 22])
def test_played_prompts_in_another_order_place_nothing(
    make_babble, record, as_recording, aligned, seed
):
    """One copy of a prompt lies upon another, and may fill most of what is common."""
    prompts = [make_babble(length, 30 + n) for n, length in enumerate(PROMPTS_S)]
    track = aligned(
        as_recording("a", record(played(prompts, seed, 60), duration_s=60)),
        as_recording("b", record(played(prompts, seed + 100, 60), duration_s=60, seed=2)),
    )["b"]
    assert track.status is not AlignStatus.ALIGNED
    assert track.confidence < 0.9


def test_played_prompts_that_both_heard_place_them(make_babble, record, as_recording, aligned):
    prompts = [make_babble(length, 30 + n) for n, length in enumerate(PROMPTS_S)]
    event = played(prompts, 7, 80)
    track = aligned(
        as_recording("a", record(event, duration_s=60, noise=0.03)),
        as_recording("b", record(event, start_s=9.5, duration_s=60, noise=0.03, seed=2)),
    )["b"]
    assert track.status is AlignStatus.ALIGNED
    assert track.offset_ms == pytest.approx(9_500.0, abs=0.1)


@pytest.mark.parametrize("kind", ["tone", "hum", "noise"])
def test_steady_sound_places_nothing(as_recording, aligned, kind):
    rng = np.random.default_rng(3)
    time = np.arange(30 * 16_000) / 16_000
    common = {
        "tone": 0.3 * np.sin(2 * np.pi * 1_000 * time),
        "hum": sum(0.1 / k * np.sin(2 * np.pi * 50 * k * time) for k in range(1, 8)),
        "noise": 0 * time,
    }[kind]
    recordings = [
        as_recording(name, (common + 0.01 * rng.standard_normal(len(time))).astype(np.float32))
        for name in "ab"
    ]
    track = aligned(*recordings)["b"]
    assert track.status is not AlignStatus.ALIGNED
    assert track.confidence < 0.5


def test_ltc_channel_is_used_and_kept_out_of_the_programme(
    event, record, as_recording, aligned, encode_ltc
):
    sound = [record(event, duration_s=30), record(event, start_s=4, duration_s=20)]
    ltc = [encode_ltc(7_200.0, 30.0, 16_000, PAL), encode_ltc(7_204.0, 20.0, 16_000, PAL)]
    session = aligned(
        *(
            as_recording(name, np.stack([voice, 0.2 * code[: len(voice)].astype(np.float32)]))
            for name, voice, code in zip("ab", sound, ltc, strict=True)
        )
    )
    track = session["b"]
    assert track.method is AlignMethod.LTC
    assert track.offset_ms == pytest.approx(4_000.0, abs=0.1)
    assert track.source_channels == (0,)
