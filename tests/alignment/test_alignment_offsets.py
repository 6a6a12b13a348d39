"""Offsets and drift of clean recordings: exact, signed right, independent of everything else."""

import numpy as np
import pytest
from multicam_server.alignment import Recording
from multicam_server.domain.alignment import AlignMethod, AlignStatus
from multicam_server.domain.media import Clock


def test_positive_offset_means_starts_later(event, record, as_recording, aligned):
    session = aligned(
        as_recording("a", record(event, duration_s=60)),
        as_recording("b", record(event, start_s=3.217, duration_s=50, drift_ppm=8, seed=1)),
    )
    track = session["b"]
    assert track.status is AlignStatus.ALIGNED
    assert track.method is AlignMethod.AUDIO_CROSS_CORRELATION
    assert track.offset_ms == pytest.approx(3217.0, abs=0.1)
    assert track.drift_ppm == pytest.approx(8.0, abs=1.0)
    assert track.drift_ppm_error is not None
    assert track.drift_ppm_error < 1.5
    assert track.confidence > 0.95
    assert track.source_channels == (0,)
    assert session["a"].status is AlignStatus.BASE


@pytest.mark.parametrize("drift_ppm", [-200.0, -45.0, 120.0])
def test_large_drift(event, record, as_recording, aligned, drift_ppm):
    track = aligned(
        as_recording("a", record(event, start_s=5, duration_s=90)),
        as_recording("b", record(event, start_s=1, duration_s=110, drift_ppm=drift_ppm, seed=1)),
    )["b"]
    assert track.drift_ppm == pytest.approx(drift_ppm, abs=2.0)
    assert track.offset_ms == pytest.approx(-4000.0 * (1 + 0), abs=0.5)


def test_mixed_sample_rates(event, record, as_recording, aligned):
    session = aligned(
        as_recording("a", record(event, duration_s=60, rate_hz=48_000), rate_hz=48_000),
        as_recording(
            "b", record(event, start_s=2.5, duration_s=40, rate_hz=44_100), rate_hz=44_100
        ),
        as_recording("c", record(event, start_s=7.25, duration_s=40, rate_hz=8_000), rate_hz=8_000),
        as_recording("d", record(event, start_s=4, duration_s=50, rate_hz=1_000), rate_hz=1_000),
    )
    assert session["b"].offset_ms == pytest.approx(2500.0, abs=0.1)
    assert session["c"].offset_ms == pytest.approx(7250.0, abs=0.1)
    assert session["d"].offset_ms == pytest.approx(4000.0, abs=1.0)


def test_sound_that_starts_after_the_picture(event, record, as_recording, aligned):
    track = aligned(
        as_recording("a", record(event, duration_s=40), start_ms=21.333),
        as_recording("b", record(event, start_s=3, duration_s=30), start_ms=-40.0),
    )["b"]
    assert track.offset_ms == pytest.approx(3000 + 21.333 + 40.0, abs=0.1)


def test_chain_without_common_sound_of_its_ends(event, record, as_recording, aligned):
    session = aligned(
        as_recording("a", record(event, start_s=0, duration_s=50, drift_ppm=5)),
        as_recording("b", record(event, start_s=30, duration_s=50, drift_ppm=-9, seed=1)),
        as_recording("c", record(event, start_s=65, duration_s=50, drift_ppm=14, seed=2)),
    )
    assert session["b"].offset_ms == pytest.approx(30_000 * (1 + 5e-6), abs=0.5)
    assert session["c"].offset_ms == pytest.approx(65_000 * (1 + 5e-6), abs=1.0)
    assert session["c"].status is AlignStatus.ALIGNED


def test_result_is_the_same_in_any_order_and_for_any_base(event, record, as_recording, aligned):
    recordings = [
        as_recording("a", record(event, start_s=2, duration_s=60, drift_ppm=20)),
        as_recording("b", record(event, start_s=0, duration_s=70, drift_ppm=-10, seed=1)),
        as_recording("c", record(event, start_s=9, duration_s=30, seed=2)),
    ]
    one = aligned(*recordings, base="a")
    other = aligned(*reversed(recordings), base="a")
    assert [other[name] for name in "abc"] == [one[name] for name in "abc"]
    from_b = aligned(*recordings, base="b")
    base = from_b["a"]
    back = Clock(base.offset_ms, base.drift_ppm)
    there = Clock(one["c"].offset_ms, one["c"].drift_ppm)
    here = Clock(from_b["c"].offset_ms, from_b["c"].drift_ppm)
    for t in (10_000.0, 50_000.0):
        assert here.to_asset_ms(t) == pytest.approx(
            there.to_asset_ms(back.to_asset_ms(t)), abs=1e-6
        )


def test_inverted_polarity(event, record, as_recording, aligned):
    track = aligned(
        as_recording("a", record(event, duration_s=40)),
        as_recording("b", -record(event, start_s=6, duration_s=30, seed=1)),
    )["b"]
    assert track.offset_ms == pytest.approx(6000.0, abs=0.1)
    assert "polarity" in track.reason


def test_unrelated_silent_and_soundless_recordings_are_never_placed(
    event, make_babble, record, as_recording, aligned
):
    session = aligned(
        as_recording("a", record(event, duration_s=60)),
        as_recording("b", record(make_babble(60.0, 99), duration_s=60)),
        as_recording("c", np.zeros((2, 160_000), dtype=np.float32)),
        Recording("d", "", None),
        as_recording("e", record(event, duration_s=0.1)),
    )
    for name in "bcde":
        assert session[name].status in (AlignStatus.UNALIGNED, AlignStatus.AMBIGUOUS)
        assert session[name].confidence < 0.5
        assert session[name].reason
    for name in "cde":
        assert session[name].offset_ms is None
        assert session[name].confidence == pytest.approx(0.0)


def test_pinned_track_wins_and_carries_others(event, record, as_recording, aligned):
    session = aligned(
        as_recording("a", record(event, duration_s=30)),
        as_recording("b", record(event, start_s=60, duration_s=50), pinned_offset_ms=60_000.0),
        as_recording("c", record(event, start_s=75, duration_s=30, seed=3)),
    )
    assert session["b"].status is AlignStatus.PINNED
    assert session["b"].offset_ms == 60_000.0
    assert session["b"].method is AlignMethod.MANUAL
    assert session["c"].offset_ms == pytest.approx(75_000.0, abs=0.1)
    assert session["c"].status is AlignStatus.ALIGNED


def test_clips_of_one_camera_are_not_compared(event, record, as_recording, aligned):
    samples = record(event, start_s=20, duration_s=30)
    session = aligned(
        as_recording("a", record(event, duration_s=15), camera_id="one"),
        as_recording("b", samples, camera_id="two"),
        as_recording("c", samples, camera_id="two"),
    )
    assert session["b"].status is AlignStatus.UNALIGNED
    assert session["c"].status is AlignStatus.UNALIGNED


def test_largest_offset_is_honoured(event, record, as_recording, aligned):
    recordings = (
        as_recording("a", record(event, duration_s=60)),
        as_recording("b", record(event, start_s=20, duration_s=30)),
    )
    assert aligned(*recordings, max_offset_ms=25_000.0)["b"].status is AlignStatus.ALIGNED
    assert aligned(*recordings, max_offset_ms=15_000.0)["b"].status is not AlignStatus.ALIGNED


def test_least_confidence_is_honoured(event, record, as_recording, aligned):
    track = aligned(
        as_recording("a", record(event, duration_s=60)),
        as_recording("b", record(event, start_s=20, duration_s=30)),
        min_confidence=1.0,
    )["b"]
    assert track.status is AlignStatus.AMBIGUOUS
    assert track.offset_ms == pytest.approx(20_000.0, abs=0.1)


@pytest.mark.parametrize(
    "mistake", [(1000 / 1001, "NTSC"), (160 / 147, "48 kHz sound labelled 44.1 kHz")]
)
def test_wrong_rates_are_recognised_and_named(event, record, as_recording, aligned, mistake):
    ratio, cause = mistake
    ppm = (ratio - 1) * 1e6
    session = aligned(
        as_recording("a", record(event, duration_s=70)),
        as_recording("b", record(event, start_s=10, duration_s=50, drift_ppm=ppm, seed=1)),
    )
    assert session["b"].status is AlignStatus.ALIGNED
    assert session["b"].offset_ms == pytest.approx(10_000.0, abs=0.5)
    assert session["b"].drift_ppm == pytest.approx(ppm, abs=3.0)
    assert any(cause in warning for warning in session.alignment.warnings)


def test_dropped_samples_are_found_and_told(event, record, as_recording, aligned):
    whole = record(event, start_s=5, duration_s=90, seed=1)
    dropped = np.concatenate([whole[: 60 * 16_000], whole[60 * 16_000 + 1_280 :]])
    session = aligned(as_recording("a", record(event, duration_s=110)), as_recording("b", dropped))
    assert session["b"].offset_ms == pytest.approx(5_000.0, abs=0.2)
    warning = next(one for one in session.alignment.warnings if "missing" in one)
    assert "'b'" in warning
    assert 79 <= int(warning.split("about ")[1].split(" ms")[0]) <= 81
    assert 50 <= int(warning.split("near ")[1].split(" s")[0]) <= 70


def test_pinned_track_wins_over_all_sound(event, record, as_recording, aligned):
    recordings = [
        as_recording(name, record(event, start_s=start, duration_s=40, seed=start))
        for name, start in (("a", 0), ("b", 3), ("c", 5), ("d", 8))
    ]
    pinned = as_recording("e", record(event, start_s=10, duration_s=30), pinned_offset_ms=12_345.0)
    session = aligned(*recordings, pinned)
    assert session["e"].offset_ms == 12_345.0
    assert session["e"].confidence == 1.0
    assert session["c"].offset_ms is not None
    assert any("'e'" in warning for warning in session.alignment.warnings)


@pytest.mark.parametrize("rate_hz", [11_025.5, 22_050.0])
def test_odd_sample_rates(event, record, as_recording, aligned, rate_hz):
    samples = record(event, start_s=2.5, duration_s=40, rate_hz=rate_hz)
    track = aligned(
        as_recording("a", record(event, duration_s=60)),
        as_recording("b", samples, rate_hz=rate_hz),
    )["b"]
    assert track.offset_ms == pytest.approx(2_500.0, abs=0.1)
    assert track.drift_ppm == pytest.approx(0.0, abs=2.0)


def test_clip_of_three_seconds_in_two_minutes(event, record, as_recording, aligned):
    track = aligned(
        as_recording("a", record(event, duration_s=119)),
        as_recording("b", record(event, start_s=71.234, duration_s=3, seed=4)),
    )["b"]
    assert track.offset_ms == pytest.approx(71_234.0, abs=0.1)
    assert track.status is AlignStatus.ALIGNED
