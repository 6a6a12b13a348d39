"""Sound sent as samples keeps its time at whatever rate it comes."""

from collections.abc import Callable

import numpy as np
import pytest
from multicam_server.domain.media import Waveform
from multicam_server.media.waveform import waveform_sound


def click(rate: float, at_s: float, seconds: float = 8.0) -> Waveform:
    times = np.arange(round(seconds * rate)) / rate
    pulse = np.exp(-0.5 * ((times - at_s) / 0.0005) ** 2)
    return Waveform(sample_rate_hz=rate, samples=pulse.astype(np.float32))


@pytest.mark.parametrize("rate", [44_100.0, 48_000.0, 96_000.0, 192_000.0, 16_001.0, 22_050.0])
def test_higher_rates_come_down_to_16_khz(click_time: Callable[..., float], rate: float) -> None:
    sound = waveform_sound(click(rate, 5.4321))
    assert sound.sample_rate_hz == 16_000.0
    assert sound.channels.shape == (1, pytest.approx(8 * 16_000, abs=1))
    assert sound.start_ms == 0.0
    assert click_time(sound.channels[0], sound.sample_rate_hz) == pytest.approx(5.4321, abs=2e-6)


@pytest.mark.parametrize("rate", [47_999.6, 48_000.4, 16_000.3])
def test_a_rate_between_whole_numbers_is_kept_exactly(
    click_time: Callable[..., float], rate: float
) -> None:
    sound = waveform_sound(click(rate, 7.0))
    assert sound.sample_rate_hz == pytest.approx(16_000, rel=1e-4)
    assert sound.sample_rate_hz != 16_000
    assert click_time(sound.channels[0], sound.sample_rate_hz) == pytest.approx(7.0, abs=2e-6)


@pytest.mark.parametrize("rate", [16_000.0, 8_000.0, 11_025.0, 1_000.5])
def test_lower_rates_are_kept_as_they_are(rate: float) -> None:
    waveform = click(rate, 1.0)
    sound = waveform_sound(waveform)
    assert sound.sample_rate_hz == rate
    assert np.array_equal(sound.channels[0], waveform.samples)


def test_one_sample_is_sound() -> None:
    sound = waveform_sound(Waveform(48_000.0, np.ones(1, dtype=np.float32)))
    assert sound.channels.tolist() == [[1.0]]
    assert sound.sample_rate_hz == 48_000.0
