"""Whole milliseconds: no gap, no overlap, nothing negative, in sync within half a millisecond."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from multicam.engines.rounding import (
    AssetClock,
    cut,
    last_whole_ms,
    unstretched,
    whole_ms,
)
from multicam.engines.sequences import Camera, programme_clips
from multicam.v1 import auto_cut_pb2, sequence_pb2

HALF_MS = 0.5 + 1e-6
SETTINGS = settings(deadline=None, derandomize=True, max_examples=150)

clocks = st.builds(
    AssetClock,
    offset_ms=st.floats(-100_000, 100_000),
    drift_ppm=st.one_of(st.just(0.0), st.floats(-200, 200)),
    duration_ms=st.floats(5_000, 4_000_000),
)


def errors_ms(clock, start, end, made):
    """Distance of a cut's ends from the exact ones, within what the asset has."""

    def inside(time):
        return min(max(time, 0.0), clock.duration_ms)

    return (
        abs(made.in_ms - inside(clock.asset_ms(start))),
        abs(made.out_ms - inside(clock.asset_ms(end))),
    )


@SETTINGS
@given(clocks, st.data())
def test_a_cut_is_in_sync_at_every_moment(clock, data):
    first, last = round(clock.session_ms(0.0)), last_whole_ms(clock)
    start = data.draw(st.integers(first, last - 1))
    end = data.draw(st.integers(start + 1, last))
    made = cut(clock, start, end)
    assume(made is not None)
    assert 0 <= made.in_ms < made.out_ms <= clock.duration_ms + 1e-6
    assert (made.out_ms - made.in_ms) / made.speed == pytest.approx(end - start, rel=1e-12)
    assert max(errors_ms(clock, start, end, made)) <= HALF_MS
    if clock.drift_ppm == 0.0 and 0 < clock.asset_ms(start) - 1 < clock.duration_ms - 1:
        assert made.in_ms == int(made.in_ms)


@SETTINGS
@given(clocks, st.data())
def test_pieces_at_speed_one_are_in_sync_and_end_to_end(clock, data):
    first, last = round(clock.session_ms(0.0)) + 1, last_whole_ms(clock) - 1
    start = data.draw(st.integers(first, last - 1))
    end = data.draw(st.integers(start + 1, min(last, start + 600_000)))
    at = start
    for in_ms, out_ms in unstretched(clock, start, end):
        length = out_ms - in_ms
        assert length == pytest.approx(round(length), abs=1e-6)
        assert in_ms >= 0.0
        assert out_ms <= clock.duration_ms + 1e-6
        assert abs(in_ms - clock.asset_ms(at)) <= 1.0
        assert abs(out_ms - clock.asset_ms(at + length)) <= 1.0
        inside = in_ms > 0.0 and out_ms < clock.duration_ms
        if inside:
            assert abs(in_ms - clock.asset_ms(at)) <= HALF_MS
            assert abs(out_ms - clock.asset_ms(at + length)) <= HALF_MS
        at += round(length)
    assert at == end


def reply(clocks_by_name, bounds, names):
    """What AutoCut returns: exact times, without gap."""
    track = sequence_pb2.SequenceTrack(kind=sequence_pb2.TRACK_KIND_VIDEO)
    for (start, end), name in zip(pairwise(bounds), names, strict=False):
        clock = clocks_by_name[name]
        track.clips.add(
            asset_id=name,
            start_ms_on_timeline=start,
            in_ms=clock.asset_ms(start),
            out_ms=clock.asset_ms(end),
            speed=clock.rate,
        )
    return auto_cut_pb2.AutoCutResponse(sequence=sequence_pb2.Sequence(tracks=[track]))


@SETTINGS
@given(
    st.lists(st.floats(200, 9_000), min_size=2, max_size=40),
    st.floats(-5_000, -1),
    st.floats(-200, 200),
    st.floats(0, 1),
)
def test_a_programme_has_no_gap_no_overlap_and_stays_in_sync(lengths, offset, drift, tail):
    bounds = [0.0]
    for length in lengths:
        bounds.append(bounds[-1] + length)
    assets = {
        "a": AssetClock(0.0, 0.0, bounds[-1] + tail),
        "b": AssetClock(offset, drift, 0.0),
    }
    assets["b"] = AssetClock(offset, drift, assets["b"].asset_ms(bounds[-1] + 10 * tail))
    names = ["ab"[place % 2] for place in range(len(lengths))]
    cameras = [Camera({"asset_id": name}, {}, clock, None) for name, clock in assets.items()]
    clips = programme_clips(reply(assets, bounds, names), cameras, "s", 0)

    assert [clip.asset_id for clip in clips] == names
    at = 0
    for clip in clips:
        made, clock = clip.cut, assets[clip.asset_id]
        assert clip.start_ms == at
        assert isinstance(clip.start_ms, int)
        assert 0 <= made.in_ms < made.out_ms <= clock.duration_ms + 1e-6
        assert (made.out_ms - made.in_ms) / made.speed == pytest.approx(clip.length_ms, rel=1e-12)
        assert max(errors_ms(clock, at, at + clip.length_ms, made)) <= HALF_MS
        at += clip.length_ms
    assert bounds[-1] - 2.5 <= at <= bounds[-1] + 0.5


@SETTINGS
@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=50))
def test_keyframe_times_rise(times):
    rounded = whole_ms(sorted(times))
    assert all(later > earlier for earlier, later in pairwise(rounded))
    assert rounded[0] == round(min(times))


def test_an_asset_without_the_moment_gives_no_cut():
    ended = AssetClock(-10_000.0, 0.0, 4_000.0)
    assert cut(ended, 0, last_whole_ms(ended)) is None


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(0.0, (0, 10_000)), (3_217.4, (0, 10_000)), (-1_500.0, (1_500, 10_000))],
)
def test_whole_milliseconds_at_speed_one_where_nothing_drifts(offset, expected):
    clock = AssetClock(offset, 0.0, 10_000.0)
    made = cut(clock, max(0, round(offset)), last_whole_ms(clock))
    assert (made.in_ms, made.out_ms, made.speed) == (*expected, 1.0)
    assert isinstance(made.in_ms, int)
