"""The back end of today's service: its sign, its conventions, its silence about failures."""

import logging
import socket

import pytest
from multicam import Client
from multicam.engines import AlignBackend, SourceSettings


@pytest.fixture
def backend(client):
    return lambda **options: AlignBackend(client, sources=SourceSettings(), **options)


@pytest.fixture
def recordings(room):
    """Two recordings of one room; the second starts 1.5 s later."""
    return str(room("master", 0.5, 12.0)), str(room("angle", 2.0, 12.0))


def test_positive_means_that_the_angle_starts_later(backend, recordings):
    master, angle = recordings
    offset_ms, confidence = backend().calculate_offset(master, angle)
    assert abs(offset_ms - 1_500.0) < 1.0
    assert 0.9 < confidence <= 1.0


def test_both_orders_of_call(backend, recordings):
    master, angle = recordings
    offset_ms, _ = backend().calculate_offset(
        angle_audio_path=angle, master_audio_path=master, max_duration=300
    )
    swapped_ms, _ = backend().calculate_offset(angle, master)
    assert offset_ms == pytest.approx(1_500.0, abs=1.0)
    assert swapped_ms == pytest.approx(-offset_ms, abs=0.1)


def test_older_conventions(backend, recordings):
    assert backend(bare_offset=True).calculate_offset(*recordings) == pytest.approx(1_500, abs=1)
    offset_ms, _ = backend(legacy_sign=True).calculate_offset(*recordings)
    assert offset_ms == pytest.approx(-1_500, abs=1)


def test_a_search_up_to_what_is_heard(backend, recordings):
    assert backend().calculate_offset(*recordings, max_duration=1) == (0.0, 0.0)


def test_no_signal_is_logged(backend, recordings, room, caplog):
    stranger = room("stranger", 0.0, 10.0, seed=5)
    with caplog.at_level(logging.WARNING, "multicam.engines"):
        assert backend().calculate_offset(recordings[0], str(stranger)) == (0.0, 0.0)
    assert "stranger" in caplog.text


@pytest.mark.parametrize("angle", ["/nowhere/angle.wav", None, "gs://bucket/angle.wav", 7])
def test_it_never_raises(backend, recordings, caplog, angle):
    with caplog.at_level(logging.ERROR, "multicam.engines"):
        assert backend().calculate_offset(recordings[0], angle) == (0.0, 0.0)
        assert backend(bare_offset=True).calculate_offset(recordings[0], angle) == 0.0
    assert "no offset" in caplog.text


def test_a_service_that_is_down(recordings, caplog):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{unused.getsockname()[1]}"
    with Client(target, tenant_id="t_x", env="dev", timeout_s=20.0) as client:
        backend = AlignBackend(client, sources=SourceSettings())
        assert backend.calculate_offset(*recordings) == (0.0, 0.0)
    assert "cannot be reached" in caplog.text
