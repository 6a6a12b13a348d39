"""Timecode: labels and real time, against counting frame by frame."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.media import FrameRate
from multicam_server.domain.timecode import (
    format_timecode,
    frames_per_day,
    nominal_rate,
    parse_frames,
    parse_timecode,
)

FILM = FrameRate(24_000, 1_001)
NTSC = FrameRate(30_000, 1_001)
NTSC_DOUBLE = FrameRate(60_000, 1_001)
WHOLE = [FrameRate(rate, 1) for rate in (24, 25, 30, 48, 50, 60)]
NON_DROP = [*WHOLE, FILM, NTSC, NTSC_DOUBLE, FrameRate(25, 2), FrameRate(120, 1), FrameRate(1, 1)]
DROP = [NTSC, NTSC_DOUBLE]
COUNTERS = [*((rate, False) for rate in NON_DROP), *((rate, True) for rate in DROP)]


@pytest.mark.parametrize(
    ("value", "rate", "seconds"),
    [
        ("00:00:00:00", FrameRate(25, 1), Fraction(0)),
        ("10:00:00:00", FrameRate(25, 1), Fraction(36_000)),
        ("10:00:00:12", FrameRate(25, 1), Fraction(36_000) + Fraction(12, 25)),
        ("01:00:00:00", FILM, Fraction(3_600) * Fraction(1_001, 1_000)),
        ("01:00:00:00", NTSC, Fraction(36_036, 10)),
        # An hour of drop frame is 107,892 frames: 3.6 ms short of an hour of the clock.
        ("01:00:00;00", NTSC, Fraction(107_892 * 1_001, 30_000)),
        ("01:00:00;00", NTSC_DOUBLE, Fraction(107_892 * 1_001, 30_000)),
        ("00:01:00;02", NTSC, Fraction(1_800 * 1_001, 30_000)),
        ("00:01:00;04", NTSC_DOUBLE, Fraction(3_600 * 1_001, 60_000)),
        ("00:10:00;00", NTSC, Fraction(17_982 * 1_001, 30_000)),
        ("00:00:01:119", FrameRate(120, 1), Fraction(239, 120)),
    ],
)
def test_known_labels(value: str, rate: FrameRate, seconds: Fraction) -> None:
    assert parse_timecode(value, rate) == seconds
    assert format_timecode(seconds, rate, drop_frame=";" in value) == value


def test_days_have_the_standards_lengths() -> None:
    assert frames_per_day(FrameRate(25, 1), drop_frame=False) == 2_160_000
    assert frames_per_day(NTSC, drop_frame=False) == 2_592_000
    assert frames_per_day(NTSC, drop_frame=True) == 2_589_408
    assert frames_per_day(NTSC_DOUBLE, drop_frame=True) == 2 * 2_589_408
    day = parse_timecode("23:59:59;29", NTSC) + Fraction(1_001, 30_000)
    assert Fraction(86_400) - day == Fraction(864, 10_000)


@pytest.mark.parametrize(("rate", "drop_frame"), COUNTERS)
def test_labels_count_frame_by_frame_without_gap_or_repeat(
    rate: FrameRate, drop_frame: bool
) -> None:
    minutes = 11 if drop_frame else 2
    frames = range(nominal_rate(rate) * 60 * minutes)
    labels = [format_timecode(n / rate.fraction, rate, drop_frame=drop_frame) for n in frames]
    assert len(set(labels)) == len(labels)
    assert labels == sorted(labels)
    assert [parse_frames(label, rate) for label in labels] == list(frames)


@pytest.mark.parametrize("rate", DROP)
def test_drop_frame_skips_exactly_the_first_labels_of_nine_minutes_in_ten(
    rate: FrameRate,
) -> None:
    dropped = nominal_rate(rate) // 15
    for minute in range(60):
        for frame in range(nominal_rate(rate)):
            label = f"23:{minute:02d}:00;{frame:02d}"
            if minute % 10 and frame < dropped:
                with pytest.raises(ValueError, match="skips"):
                    parse_timecode(label, rate)
            else:
                parse_timecode(label, rate)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    counter=st.sampled_from(COUNTERS),
    position=st.fractions(min_value=0, max_value=Fraction(999_999, 1_000_000)),
)
def test_format_and_parse_are_inverse_all_day(
    counter: tuple[FrameRate, bool], position: Fraction
) -> None:
    rate, drop_frame = counter
    frame = int(position * frames_per_day(rate, drop_frame=drop_frame))
    label = format_timecode(frame / rate.fraction, rate, drop_frame=drop_frame)
    assert parse_frames(label, rate) == frame
    assert parse_timecode(label, rate) == frame / rate.fraction


@pytest.mark.parametrize(("rate", "drop_frame"), COUNTERS)
def test_labels_go_round_at_midnight(rate: FrameRate, drop_frame: bool) -> None:
    frame = 1 / rate.fraction
    day = frames_per_day(rate, drop_frame=drop_frame) * frame
    first = format_timecode(Fraction(0), rate, drop_frame=drop_frame)
    last = format_timecode(-frame, rate, drop_frame=drop_frame)
    assert format_timecode(day, rate, drop_frame=drop_frame) == first
    assert format_timecode(day - frame, rate, drop_frame=drop_frame) == last
    assert last.startswith("23:59:59")


def test_two_digits_are_enough_at_high_rates() -> None:
    assert parse_timecode("00:00:00:07", FrameRate(240, 1)) == Fraction(7, 240)


def test_times_between_frames_take_the_nearest_frame() -> None:
    rate = FrameRate(25, 1)
    assert format_timecode(Fraction(39, 1_000), rate, drop_frame=False) == "00:00:00:01"
    assert format_timecode(Fraction(19, 1_000), rate, drop_frame=False) == "00:00:00:00"
    assert format_timecode(Fraction(20, 1_000), rate, drop_frame=False) == "00:00:00:01"
    assert format_timecode(Fraction(60, 1_000), rate, drop_frame=False) == "00:00:00:02"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "10:00:00",
        "1:00:00:00",
        "10:00:00:0",
        "10:00:00.00",
        "10;00;00;00",
        "10:00:00:00 ",
        "10:00:00:00\n",
        "-1:00:00:00",
        "+1:00:00:00",
        "10:00:00:0000",
        "\u0661\u0660:00:00:00",  # Arabic-Indic digits are digits to str.isdigit()
    ],
)
def test_other_spellings_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="HH:MM:SS:FF"):
        parse_timecode(value, FrameRate(25, 1))


@pytest.mark.parametrize(
    ("value", "rate", "complaint"),
    [
        ("24:00:00:00", FrameRate(25, 1), "hours"),
        ("00:60:00:00", FrameRate(25, 1), "minutes"),
        ("00:00:60:00", FrameRate(25, 1), "seconds"),
        ("00:00:00:25", FrameRate(25, 1), "frames go from 00 to 24, not 25"),
        ("00:00:00:24", FILM, "00 to 23"),
        ("00:00:00:30", NTSC, "00 to 29"),
        ("00:00:00:000", FrameRate(25, 1), "two digits"),
        ("00:00:00;00", FrameRate(25, 1), "drop frame exists"),
        ("00:00:00;00", FILM, "drop frame exists"),
        ("00:00:00;00", FrameRate(30, 1), "drop frame exists"),
        ("00:00:00:00", FrameRate(0, 1), "positive"),
        ("00:00:00:00", FrameRate(25, 0), "positive"),
        ("00:00:00:00", FrameRate(1, 3), "below one"),
    ],
)
def test_labels_that_no_counter_shows_are_refused(
    value: str, rate: FrameRate, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_timecode(value, rate)


def test_formatting_refuses_drop_frame_where_it_does_not_exist() -> None:
    with pytest.raises(ValueError, match="drop frame exists"):
        format_timecode(Fraction(0), FrameRate(24, 1), drop_frame=True)
