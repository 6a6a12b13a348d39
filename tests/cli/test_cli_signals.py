"""Ending signals that come at a bad moment."""

import signal
import threading

import pytest
from multicam.cli.signals import held_back


@pytest.fixture
def ended():
    """What reaches the handler that stood before."""
    numbers = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: numbers.append(number))
    yield numbers
    signal.signal(signal.SIGTERM, before)


def test_a_signal_waits_for_the_blocks_end(ended):
    with held_back():
        signal.raise_signal(signal.SIGTERM)
        assert ended == []
    assert ended == [signal.SIGTERM]


def test_an_interrupt_is_raised_after_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt), held_back():  # noqa: PT012
        signal.raise_signal(signal.SIGINT)
        done.append(True)
    assert done


def test_a_second_signal_does_not_wait(ended):
    with held_back():
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert ended == [signal.SIGTERM]


def test_the_handlers_are_put_back(ended):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with pytest.raises(ValueError, match="broken"), held_back():
        raise ValueError("broken")
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_other_threads_are_left_alone(ended):
    thread = threading.Thread(target=lambda: held_back().__enter__())
    thread.start()
    thread.join()
    assert ended == []
