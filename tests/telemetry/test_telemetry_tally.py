"""Tallies: what work measures of itself, across threads and processes."""

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from multicam_server.telemetry import tally
from multicam_server.telemetry.tally import (
    MAX_STAGES,
    NO_PARENT,
    Stage,
    Tally,
    carried,
    collecting,
    count,
    here,
    include,
    stage,
)


def tree(collected: Tally) -> list[tuple[str, int]]:
    return [(one.name, one.parent) for one in collected.stages]


def test_stages_know_what_they_were_part_of() -> None:
    with collecting() as collected:
        with stage("a"):
            with stage("b"):
                pass
            with stage("c"):
                pass
        with stage("d"):
            pass
    assert tree(collected) == [("a", NO_PARENT), ("b", 0), ("c", 0), ("d", NO_PARENT)]
    outer, inner = collected.stages[0], collected.stages[1]
    assert outer.begun_ns <= inner.begun_ns
    assert inner.ended_ns <= outer.ended_ns
    assert set(collected.seconds) == {"a", "b", "c", "d"}


def test_where_nobody_collects_nothing_is_kept() -> None:
    with stage("a"):
        count("n")
    assert here().tally is None


def test_a_stage_that_raises_has_failed_and_ended() -> None:
    with collecting() as collected, pytest.raises(ValueError, match="x"), stage("a"):
        raise ValueError("x")
    (only,) = collected.stages
    assert only.failed
    assert only.ended_ns
    with collecting() as after, stage("b"):
        pass
    assert tree(after) == [("b", NO_PARENT)]


def test_amounts_add_up_by_name_and_labels() -> None:
    with collecting() as collected:
        count("cache", "notes", "hit")
        count("cache", "notes", "hit")
        count("cache", "notes", "miss")
        count("seconds", amount=1.5)
    assert collected.amounts == {
        ("cache", "notes", "hit"): 2,
        ("cache", "notes", "miss"): 1,
        ("seconds",): 1.5,
    }


def test_threads_measure_only_what_is_carried_to_them() -> None:
    def work(_: int) -> None:
        with stage("work"):
            count("n")

    with collecting() as collected, ThreadPoolExecutor(4) as pool:
        with stage("outer"):
            list(pool.map(carried(work), range(20)))
        list(pool.map(work, range(20)))
    assert tree(collected) == [("outer", NO_PARENT), *[("work", 0)] * 20]
    assert collected.amounts == {("n",): 20}


def test_two_pieces_of_work_at_a_time_are_kept_apart() -> None:
    both = threading.Barrier(2)

    def work(name: str) -> Tally:
        with collecting() as collected, stage(name):
            both.wait(10)
            count(name)
        return collected

    with ThreadPoolExecutor(2) as pool:
        for name, collected in zip("ab", pool.map(work, "ab"), strict=True):
            assert tree(collected) == [(name, NO_PARENT)]
            assert collected.amounts == {(name,): 1}


def test_a_tally_travels_and_is_included() -> None:
    with collecting() as elsewhere, stage("x"), stage("y"):
        count("n")
    sent: Tally = pickle.loads(pickle.dumps(elsewhere))
    with collecting() as collected:
        with stage("a"):
            include(sent)
        include(sent)
    assert tree(collected) == [("a", NO_PARENT), ("x", 0), ("y", 1), ("x", NO_PARENT), ("y", 3)]
    assert collected.amounts == {("n",): 2}
    assert collected.seconds["x"] == 2 * elsewhere.seconds["x"]


@pytest.mark.parametrize("parent", [-7, 1, 2, 10**9])
def test_a_broken_tally_becomes_a_tree(parent: int) -> None:
    broken = Tally([Stage("x", 0, parent), Stage("y", 0, parent)])
    with collecting() as collected, stage("a"):
        include(broken)
    for index, one in enumerate(collected.stages):
        assert one.parent < index


def test_there_is_an_end_to_stages_but_not_to_their_time() -> None:
    with collecting() as collected:
        for _ in range(MAX_STAGES + 50):
            with stage("a"), stage("b"):
                count("n")
        full = Tally()
        full.include(collected, NO_PARENT)
        full.include(collected, NO_PARENT)
    assert len(collected.stages) == len(full.stages) == MAX_STAGES
    assert collected.amounts[("n",)] == MAX_STAGES + 50
    assert full.seconds["a"] == 2 * collected.seconds["a"]


def test_a_context_of_its_own_is_collected_to_its_end() -> None:
    from contextvars import Context

    def call() -> Tally:
        collected = tally.collect()
        with stage("a"):
            pass
        return collected

    assert tree(Context().run(call)) == [("a", NO_PARENT)]
    assert here().tally is None
