"""Many recordings: only promising pairs are compared in detail, and nothing is missed by it."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.alignment import session
from multicam_server.alignment.screening import (
    BRIDGES,
    FEW_RECORDINGS,
    PARTNERS,
    bridges,
    first_pairs,
)
from multicam_server.domain.alignment import AlignStatus

NAMES = [f"{number:02}" for number in range(32)]


def scored(count: int, seed: int) -> dict[tuple[str, str], float]:
    scores = np.random.default_rng(seed).uniform(2, 9, count * count)
    return {
        pair: float(score)
        for pair, score in zip(combinations(NAMES[:count], 2), scores, strict=False)
    }


def test_few_recordings_are_compared_all_with_all():
    scores = scored(FEW_RECORDINGS, 1)
    assert first_pairs(scores) == sorted(scores)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(count=st.integers(FEW_RECORDINGS + 1, 32), seed=st.integers(0, 100))
def test_pairs_grow_with_recordings_and_do_not_depend_on_order(count, seed):
    scores = scored(count, seed)
    chosen = first_pairs(scores)
    assert len(chosen) <= PARTNERS * count
    for name in NAMES[:count]:
        best = max((pair for pair in scores if name in pair), key=lambda pair: scores[pair])
        assert best in chosen
    turned = dict(reversed(scores.items()))
    assert first_pairs(turned) == chosen
    assert bridges(turned, chosen[:5]) == bridges(scores, reversed(chosen[:5]))


def test_groups_that_are_apart_meet_through_their_best_pairs():
    scores = {(a, b): 5.5 for a in NAMES[:5] for b in NAMES[5:10]} | {("00", "07"): 6.0}
    joined = [*combinations(NAMES[:5], 2), *combinations(NAMES[5:10], 2)]
    found = bridges(scores | dict.fromkeys(joined, 9.0), joined)
    assert len(found) == BRIDGES
    assert ("00", "07") in found
    assert bridges(scores, [*joined, ("04", "05")]) == []
    assert bridges(dict.fromkeys(scores, 4.0), joined) == []


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The pairs that were compared in detail."""
    pairs: list[tuple[str, str]] = []
    really = session.compare

    def counting(a, b, **options):
        pairs.append((a.asset_id, b.asset_id))
        return really(a, b, **options)

    monkeypatch.setattr(session, "compare", counting)
    return pairs


def test_a_chain_of_twelve_is_placed_by_its_neighbours(
    make_babble, record, as_recording, aligned, compared
):
    event = make_babble(120.0, 7)
    starts = {NAMES[number]: 8.5 * number for number in range(12)}
    clips = [
        as_recording(name, record(event, start_s=start, duration_s=18.0, seed=number))
        for number, (name, start) in enumerate(starts.items())
    ]
    placed = aligned(*clips, base="00")
    for name, start in starts.items():
        assert placed[name].status in {AlignStatus.ALIGNED, AlignStatus.BASE}, name
        assert placed[name].offset_ms == pytest.approx(1e3 * start, abs=2.0)
    assert len(compared) <= PARTNERS * len(starts) < len(starts) * (len(starts) - 1) / 2
