"""LTC against an encoder written from the standard, in all its forms and damaged."""

import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest
import scipy.signal
from multicam_server.alignment.ltc import Ltc, decode_ltc
from multicam_server.domain.media import FrameRate
from multicam_server.domain.timecode import parse_timecode

FILM, CINEMA, PAL = FrameRate(24_000, 1_001), FrameRate(24, 1), FrameRate(25, 1)
NTSC, THIRTY = FrameRate(30_000, 1_001), FrameRate(30, 1)


def error_ms(ltc: Ltc | None, start_s: float) -> float:
    assert ltc is not None
    return abs(ltc.start_s - start_s) * 1e3


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 192_000])
@pytest.mark.parametrize(
    ("rate", "drop"),
    [(FILM, False), (CINEMA, False), (PAL, False), (NTSC, True), (NTSC, False), (THIRTY, False)],
)
def test_rates(encode_ltc, rate_hz, rate, drop):
    start = 36_123.0137
    ltc = decode_ltc(0.3 * encode_ltc(start, 3.0, rate_hz, rate, drop=drop), rate_hz)
    assert error_ms(ltc, start) < 0.2
    assert (ltc.frame_rate, ltc.drop_frame) == (rate, drop)
    assert ltc.user_bits == (1, 2, 3, 4, 5, 6, 7, 8)


def with_noise(signal, rate_hz, rng):
    return signal + 10 ** (-3 / 20) * np.std(signal) * rng.standard_normal(len(signal))


def with_drop_outs(signal, rate_hz, rng):
    gate = np.ones(len(signal))
    for start in (0.7, 2.2, 3.9):
        gate[int(start * rate_hz) : int((start + 0.35) * rate_hz)] = 0
    return signal * gate + 1e-3 * rng.standard_normal(len(signal))


def high_passed(signal, rate_hz, rng):
    return scipy.signal.lfilter(*scipy.signal.butter(1, 800, "high", fs=rate_hz), signal)


def low_passed(signal, rate_hz, rng):
    return scipy.signal.lfilter(*scipy.signal.butter(1, 2_500, fs=rate_hz), signal)


DAMAGE = {
    "level": lambda s, hz, rng: s * 10 ** (-50 / 20) + 1e-4 * rng.standard_normal(len(s)),
    "noise": with_noise,
    "hum": lambda s, hz, rng: s + 3 * np.sin(2 * np.pi * 50 * np.arange(len(s)) / hz),
    "inverted": lambda s, hz, rng: -s,
    "high-pass": high_passed,
    "low-pass": low_passed,
    "clipping": lambda s, hz, rng: np.clip(5 * s + 0.3 * rng.standard_normal(len(s)), -0.5, 0.5),
    "drop-outs": with_drop_outs,
}


@pytest.mark.parametrize("rate_hz", [8_000, 48_000])
@pytest.mark.parametrize("how", DAMAGE)
def test_damage(encode_ltc, rate_hz, how):
    start = 3_600.0 * 17 + 0.021
    signal = encode_ltc(start, 6.0, rate_hz, PAL)
    ltc = decode_ltc(DAMAGE[how](signal, rate_hz, np.random.default_rng(5)), rate_hz)
    # A filter that is not linear in phase delays the code itself.
    assert error_ms(ltc, start) < (0.3 if how not in {"high-pass", "low-pass"} else 0.5)
    assert ltc.frame_rate == PAL


def test_midnight(encode_ltc):
    ltc = decode_ltc(encode_ltc(86_398.0, 5.0, 16_000, PAL), 16_000)
    assert error_ms(ltc, 86_398.0) < 0.2
    assert ltc.label == "23:59:58:00"


def test_clock_drift_is_not_taken_for_another_rate(encode_ltc):
    ltc = decode_ltc(encode_ltc(1_000.0, 8.0, 16_000, CINEMA, drift_ppm=200), 16_000)
    assert ltc.frame_rate == CINEMA
    assert ltc.speed == pytest.approx(1 / (1 + 200e-6), abs=2e-5)
    assert error_ms(ltc, 1_000.0) < 0.2


def test_backwards(encode_ltc):
    signal = encode_ltc(500.0, 4.0, 16_000, PAL)
    ltc = decode_ltc(signal[::-1], 16_000)
    assert ltc.speed == pytest.approx(-1, abs=1e-4)
    assert error_ms(ltc, 504.0) < 0.2


def test_starts_late_in_the_recording(encode_ltc):
    signal = encode_ltc(500.0, 6.0, 16_000, PAL)
    late = np.concatenate([np.zeros(25 * 16_000), signal])
    assert error_ms(decode_ltc(late, 16_000), 475.0) < 0.2


def test_nothing_else_is_taken_for_ltc(event):
    rng = np.random.default_rng(1)
    time = np.arange(20 * 16_000) / 16_000
    square = np.sign(np.sin(2 * np.pi * 1_000 * time))
    for signal in (event[: 20 * 16_000], rng.standard_normal(320_000), square, 0 * time):
        assert decode_ltc(signal, 16_000) is None
    assert decode_ltc(np.zeros(0, dtype=np.float32), 16_000) is None


ENCODER = r"""
#include <ltc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
int main(int count, char **given) {
    double rate = atof(given[1]), frames = atof(given[2]);
    SMPTETimecode start;
    memset(&start, 0, sizeof start);
    start.hours = 10; start.secs = 59; start.frame = 20;
    LTCEncoder *encoder = ltc_encoder_create(
        rate, frames, frames == 25 ? LTC_TV_625_50 : LTC_TV_525_60, 0);
    ltc_encoder_set_timecode(encoder, &start);
    for (int i = 0; i < 100; i++) {
        ltcsnd_sample_t *buffer;
        ltc_encoder_encode_frame(encoder);
        int length = ltc_encoder_get_bufferptr(encoder, &buffer, 1);
        fwrite(buffer, 1, length, stdout);
        ltc_encoder_inc_timecode(encoder);
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def libltc(tmp_path_factory):
    """Debian's libltc, an encoder that is not ours."""
    compiler = shutil.which("cc")
    folder = tmp_path_factory.mktemp("libltc")
    (folder / "encode.c").write_text(ENCODER)
    build = [str(compiler), "encode.c", "-o", "encode", "-lltc", "-lm"]
    built = compiler and subprocess.run(build, cwd=folder, capture_output=True, check=False)
    if not built or built.returncode:
        pytest.skip("needs a C compiler and libltc's headers (Debian: libltc-dev)")
    return folder / "encode"


@pytest.mark.parametrize("rate_hz", [16_000])
@pytest.mark.parametrize("rate", [FILM, CINEMA, PAL, NTSC, THIRTY])
def test_against_libltc(libltc, rate_hz, rate):
    command = [str(libltc), str(rate_hz), repr(float(rate.fraction))]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    ltc = decode_ltc((np.frombuffer(raw, np.uint8).astype(np.float32) - 128) / 128, rate_hz)
    # libltc counts 30000/1001 as drop frame.
    label = "10:00:59;20" if rate == NTSC else "10:00:59:20"
    assert (ltc.frame_rate, ltc.label) == (rate, label)
    assert error_ms(ltc, float(parse_timecode(label, rate))) < 0.2


def test_label_names_the_frame_that_has_started(encode_ltc):
    ltc = decode_ltc(
        encode_ltc(float(Fraction(1_001, 30_000) * 1_800) + 0.02, 3.0, 16_000, NTSC, drop=True),
        16_000,
    )
    assert ltc.label == "00:01:00;02"
