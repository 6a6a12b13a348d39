"""Witnesses that agree are believed; one that is noise loses its say."""

import numpy as np
import pytest
from multicam_server.domain.media import Floats
from multicam_server.highlights.agreement import scaled_by_agreement
from multicam_server.highlights.scoring import Worth
from multicam_server.highlights.weights import (
    DEFAULT_WEIGHTS,
    EMPHASIS,
    FACE,
    MOTION,
    POSITION,
    SPEECH,
    SUBJECT,
    as_vector,
)

WEIGHTS = as_vector(DEFAULT_WEIGHTS)


def _worth(moments: int, cameras: int = 2) -> Worth:
    return Worth(
        heard=np.zeros((moments, len(WEIGHTS))),
        seen=np.zeros((cameras, moments, len(WEIGHTS))),
        preference=np.zeros((cameras, moments)),
    )


def _session(moments: int, noise: dict[int, float], *, seed: int = 1) -> tuple[Worth, Floats]:
    """Components that tell of one importance, each with this standard deviation of noise."""
    random = np.random.default_rng(seed)
    importance: Floats = random.normal(0.0, 1.0, moments)
    worth = _worth(moments)
    for component, sigma in noise.items():
        worth.heard[:, component] = 0.3 * (importance + random.normal(0.0, sigma, moments))
    return worth, importance


def _scale(worth: Worth, component: int) -> float:
    scaled = scaled_by_agreement(worth, np.ones(len(worth.heard), dtype=np.bool_))
    at = int(np.argmax(np.abs(worth.heard[:, component])))
    return float(scaled.heard[at, component] / worth.heard[at, component])


def test_the_score_of_scaled_values_tells_more() -> None:
    worth, importance = _session(200, {SPEECH: 2.0, EMPHASIS: 0.4, MOTION: 0.5})
    scaled = scaled_by_agreement(worth, np.ones(200, dtype=np.bool_))
    before = np.corrcoef(worth.heard @ WEIGHTS, importance)[0, 1]
    after = np.corrcoef(scaled.heard @ WEIGHTS, importance)[0, 1]
    assert before < 0.8
    assert after > 0.93


def test_a_detector_that_is_noise_loses_its_say() -> None:
    worth, _ = _session(300, {SPEECH: 0.4, EMPHASIS: 0.4, MOTION: 30.0})
    worth.heard[:, MOTION] /= 30.0
    assert _scale(worth, MOTION) < 0.3
    assert _scale(worth, EMPHASIS) > 0.8


def test_of_two_the_better_one_is_told_by_what_lasts() -> None:
    """Importance drifts, noise does not: that tells which of two witnesses is noisier."""
    random = np.random.default_rng(5)
    drift = np.zeros(300)
    for at in range(1, 300):
        drift[at] = 0.9 * drift[at - 1] + 0.44 * random.normal()
    worth = _worth(300)
    for component, sigma in ((SPEECH, 1.0), (EMPHASIS, 0.3)):
        worth.heard[:, component] = 0.3 * (drift + random.normal(0.0, sigma, 300))
    ratio = _scale(worth, SPEECH) * WEIGHTS[SPEECH] / (_scale(worth, EMPHASIS) * WEIGHTS[EMPHASIS])
    assert ratio < 0.35


def test_few_moments_change_little() -> None:
    for moments in (1, 2, 4):
        worth, _ = _session(moments, {SPEECH: 1.0, EMPHASIS: 1.0, MOTION: 1.0})
        belief = moments / (moments + 5.0)
        for component in (SPEECH, EMPHASIS, MOTION):
            assert 1.0 - belief <= _scale(worth, component) <= 1.0 + 3.0 * belief + 1e-9


def test_what_does_not_vary_and_the_position_stay_as_they_are() -> None:
    worth, _ = _session(50, {EMPHASIS: 0.5, MOTION: 0.5})
    worth.heard[:, SPEECH] = 0.5
    worth.heard[:, POSITION] = 1.0
    assert _scale(worth, SPEECH) == 1.0
    assert _scale(worth, POSITION) == 1.0


def test_one_witness_alone_keeps_its_weight() -> None:
    worth, _ = _session(50, {EMPHASIS: 0.5})
    assert _scale(worth, EMPHASIS) == pytest.approx(1.0, abs=1e-5)


def test_no_moments_and_nothing_known_change_nothing() -> None:
    for worth, over in ((_worth(0), []), (_worth(3), [True] * 3), (_worth(3), [False] * 3)):
        scaled = scaled_by_agreement(worth, np.array(over, dtype=np.bool_))
        assert np.array_equal(scaled.heard, worth.heard)
        assert np.array_equal(scaled.seen, worth.seen)


def test_subject_and_face_are_one_witness() -> None:
    worth, importance = _session(100, {EMPHASIS: 0.5})
    worth.seen[1, :, SUBJECT] = importance
    worth.seen[1, :, FACE] = importance
    scaled = scaled_by_agreement(worth, np.ones(100, dtype=np.bool_))
    assert scaled.seen[1, :, SUBJECT] == pytest.approx(scaled.seen[1, :, FACE])
