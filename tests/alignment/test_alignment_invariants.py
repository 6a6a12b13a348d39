"""What changes no answer: base, order, gain, polarity; and what must not fool it."""

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.alignment.clock_fit import Carrier, assume_shift
from multicam_server.alignment.confidence import PairEvidence, probability
from multicam_server.alignment.graph import Link, place, solve
from multicam_server.domain.alignment import AlignStatus
from multicam_server.domain.media import Clock

STARTS_S = {"a": 0.0, "b": 2.25, "c": 5.5}
few = settings(deadline=None, derandomize=True, max_examples=6)


@pytest.fixture(scope="session")
def three(make_babble, record):
    """Three recordings of one event, 14 s each."""
    event = make_babble(25.0, 21)
    drifts = {"a": 12.0, "b": -8.0, "c": 0.0}
    return {
        name: record(event, start_s=start, duration_s=14, drift_ppm=drifts[name], seed=index)
        for index, (name, start) in enumerate(STARTS_S.items())
    }


@pytest.fixture(scope="session")
def usual(three, as_recording, aligned):
    """How they are placed against `a` as they are."""
    return aligned(*(as_recording(name, sound) for name, sound in three.items()))


@few
@given(order=st.permutations("abc"), base=st.sampled_from("abc"))
def test_order_changes_nothing_and_another_base_only_the_view(  # noqa: PLR0917
    three, usual, as_recording, aligned, order, base
):
    session = aligned(*(as_recording(name, three[name]) for name in order), base=base)
    seen_from_base = Clock(usual[base].offset_ms, usual[base].drift_ppm)
    for name in STARTS_S:
        there = Clock(usual[name].offset_ms, usual[name].drift_ppm)
        here = Clock(session[name].offset_ms, session[name].drift_ppm)
        for t_ms in (3_000.0, 9_000.0):
            expected = there.to_asset_ms(t_ms)
            assert here.to_asset_ms(seen_from_base.to_asset_ms(t_ms)) == pytest.approx(
                expected, abs=1e-6
            )
        if base == "a":
            assert session[name] == usual[name]


@few
@given(
    gain_db=st.floats(-30, 20),
    inverted=st.booleans(),
    offset=st.floats(-0.02, 0.02),
    which=st.sampled_from("abc"),
)
def test_gain_polarity_and_an_offset_of_the_level_change_nothing(  # noqa: PLR0917
    three, usual, as_recording, aligned, gain_db, inverted, offset, which
):
    factor = 10 ** (gain_db / 20) * (-1 if inverted else 1)
    sounds = three | {which: (three[which] * factor + offset).astype(np.float32)}
    session = aligned(*(as_recording(name, sound) for name, sound in sounds.items()))
    for name in "bc":
        assert session[name].status is AlignStatus.ALIGNED
        assert session[name].offset_ms == pytest.approx(usual[name].offset_ms, abs=0.02)


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_decent_sound_is_placed_far_below_a_millisecond(
    make_babble, record, as_recording, aligned, rate_hz
):
    event = make_babble(25.0, 22)
    track = aligned(
        as_recording("a", record(event, duration_s=20, noise=0.01)),
        as_recording(
            "b",
            record(event, start_s=4.321, duration_s=15, rate_hz=rate_hz, noise=0.01, seed=5),
            rate_hz=rate_hz,
        ),
    )["b"]
    assert track.offset_ms == pytest.approx(4_321.0, abs=0.05)


def room(rng: np.random.Generator, direct: float, reflection_ms: float) -> np.ndarray:
    """A response whose first reflection is louder than the direct sound, and its decay of 0.4 s."""
    rate = 16_000
    time = np.arange(int(0.4 * rate)) / rate
    response = 0.06 * rng.standard_normal(len(time)) * 10 ** (-3 * time / 0.4)
    response[: int(0.002 * rate)] = 0.0
    response[0] = direct
    response[int(reflection_ms * rate / 1e3)] += 1.5 * direct
    return response


def test_the_direct_sound_decides_although_a_reflection_is_louder(
    make_babble, record, as_recording, aligned
):
    rng = np.random.default_rng(5)
    event = make_babble(40.0, 23)
    far = scipy.signal.fftconvolve(event, room(rng, 0.8, 21.0))[: len(event)]
    track = aligned(
        as_recording("a", record(event, duration_s=30)),
        as_recording("b", record(far, start_s=6, duration_s=30, seed=1)),
    )["b"]
    assert track.offset_ms == pytest.approx(6_000.0, abs=0.2)


def test_an_intro_that_two_programmes_share_places_neither(
    make_babble, record, as_recording, aligned
):
    intro = make_babble(10.0, 31)
    programmes = [np.concatenate([intro, make_babble(25.0, seed)]) for seed in (32, 33)]
    track = aligned(
        as_recording("a", record(programmes[0], duration_s=34)),
        as_recording("b", record(programmes[1], start_s=1.5, duration_s=33, seed=1)),
    )["b"]
    assert track.status is not AlignStatus.ALIGNED
    assert track.confidence < 0.6


def link(first: str, second: str, shift_s: float, clarity: float) -> Link:
    fit = assume_shift(shift_s)
    known = {"at_error_s": 1e-5, "drift_error": 1e-6, "carrier": Carrier.WAVEFORM}
    return Link(first, second, type(fit)(**(vars(fit) | known | {"clarity": clarity})), 0.99)


def test_a_reflection_in_one_pair_gives_way_to_the_clear_pairs():
    links = [link("a", "b", 1.0, 12.0), link("b", "c", 2.0, 12.0), link("a", "c", 3.009, 5.0)]
    components, rejected = solve(("a", "b", "c"), links)
    assert not rejected
    assert place(components[0], "c", "a").offset_s == pytest.approx(3.0, abs=2e-4)


evidence = st.builds(
    PairEvidence,
    score=st.floats(0, 40),
    rival=st.floats(0, 1),
    support=st.floats(0, 1),
    waveform_score=st.floats(0, 100),
    clarity=st.floats(0, 30),
    waveform_support=st.floats(0, 1),
    overlap_s=st.floats(1, 4_000),
)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(one=evidence, other=evidence)
def test_more_evidence_of_every_kind_never_means_less_confidence(one, other):
    def strongest(name: str) -> float:
        choose = min if name == "rival" else max
        return choose(getattr(one, name), getattr(other, name))

    both = PairEvidence(**{name: strongest(name) for name in vars(one)})
    assert probability(both) >= max(probability(one), probability(other)) - 1e-12


@settings(deadline=None, derandomize=True, max_examples=200)
@given(found=evidence)
def test_what_chance_explains_is_never_confident(found):
    by_chance = PairEvidence(**(vars(found) | {"score": min(found.score, 4.0)}))
    by_chance = PairEvidence(**(vars(by_chance) | {"waveform_score": min(found.waveform_score, 6)}))
    by_chance = PairEvidence(**(vars(by_chance) | {"rival": max(found.rival, 0.8)}))
    assert probability(by_chance) < 0.5
