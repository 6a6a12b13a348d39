"""How much each component tells in this session, by how it agrees with the others.

Loudness, sureness, pictures, motion, reactions and words are independent witnesses of
one thing: how much a moment matters. That is a model with one common factor (Spearman
1904): witness k is `loading_k * importance + noise_k`, all of variance 1. The loadings
show in the correlations of the witnesses over the session's moments, and the best
linear estimate of importance gives each witness the weight `loading / noise variance`
(Thomson 1935). The model is fitted by EM (Rubin & Thayer 1982) to the correlations,
mixed with those that are usual, so that few moments change little.

Importance lasts for longer than a moment, and noise does not. What is said of a moment's
neighbours is therefore one more witness in the fit: with it two components are enough to
tell which of them is the better one. It has no weight in the estimate itself.

Each component's values are scaled by the weight found over the default weight.
"""

from dataclasses import replace

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .scoring import Worth
from .weights import (
    COMPONENTS,
    DEFAULT_WEIGHTS,
    EMPHASIS,
    FACE,
    MOTION,
    REACTION,
    SPEECH,
    SUBJECT,
    TRANSCRIPT,
    as_vector,
)

# Components that are one witness (the same detections of the same person), and the
# usual correlation of each witness with importance: more cautious than what generated
# sessions show, since real detectors are less alike.
_WITNESSES = ((SPEECH,), (EMPHASIS,), (SUBJECT, FACE), (MOTION,), (REACTION,), (TRANSCRIPT,))
_USUAL_LOADINGS = np.array([0.7, 0.8, 0.3, 0.6, 0.35, 0.35])
# And that of what is said of a moment's neighbours: about what generated sessions show.
_USUAL_LOADING_OF_NEIGHBOURS = 0.45
# The usual loadings count as much as so many of the session's moments.
_MOMENTS_OF_DOUBT = 20.0
# How much a witness varies is known half from so many moments; until then its weight
# stays near its default.
_MOMENTS_OF_SPREAD = 5.0
# No witness is believed entirely, whatever the correlations say.
_LEAST_NOISE = 0.05
# EM gains less than a thousandth of a weight after so many steps.
_EM_STEPS = 60
# A witness that does not vary over the session tells nothing of it.
_LEAST_SPREAD = 1e-6
# No component loses all of its say, none gets more than four times its own.
_LEAST_SCALE, _MOST_SCALE = 0.1, 4.0
# Scales are rounded, so that no processor's way of adding up shows in a result.
_DECIMALS = 6


def scaled_by_agreement(worth: Worth, over: Flags) -> Worth:
    """The worth with each component's values scaled by how much it tells.

    `over` marks the moments to compare, shape (n,). Position is no witness and stays.
    """
    scale = _scales(worth, over)
    return replace(worth, heard=worth.heard * scale, seen=worth.seen * scale)


def witnesses(worth: Worth, over: Flags) -> Floats:
    """What each witness says of the marked moments from their best cameras, shape (n, 6)."""
    default = as_vector(DEFAULT_WEIGHTS)
    seen = worth.seen[:, over]
    best = np.argmax(seen @ default, axis=0)
    said = (worth.heard[over] + seen[best, np.arange(len(best))]) * default
    return np.stack([said[:, list(columns)].sum(axis=1) for columns in _WITNESSES], axis=1)


def _scales(worth: Worth, over: Flags) -> Floats:
    """One factor per component, shape (8,); all 1 where nothing is told apart."""
    scale = np.ones(len(COMPONENTS))
    witness = witnesses(worth, over)
    if len(witness) == 0:
        return scale
    witness -= witness.mean(axis=0)
    spread = witness.std(axis=0)
    tells = np.flatnonzero(spread > _LEAST_SPREAD)
    if tells.size == 0:
        return scale
    witness = witness[:, tells]
    found = _factor_weights(witness / spread[tells], _USUAL_LOADINGS[tells]) / spread[tells]
    # The sum of all witnesses keeps its spread: what is common has no unit.
    found *= witness.sum(axis=1).std() / max(float((witness @ found).std()), _LEAST_SPREAD)
    found = np.clip(np.round(found, _DECIMALS), _LEAST_SCALE, _MOST_SCALE)
    belief = len(witness) / (len(witness) + _MOMENTS_OF_SPREAD)
    found = 1.0 + belief * (found - 1.0)
    for at, weight in zip(tells.tolist(), found.tolist(), strict=True):
        scale[list(_WITNESSES[at])] = weight
    return scale


def _factor_weights(witness: Floats, usual: Floats) -> Floats:
    """Weights of the best linear estimate of the common factor, shape (k,).

    `witness` has shape (n, k), in order of time, every column with mean 0 and variance 1;
    `usual` are the loadings expected beforehand.
    """
    moments, columns = witness.shape
    beside = _neighbours(witness @ usual)
    if beside.any():
        witness = np.column_stack([witness, beside])
        usual = np.append(usual, _USUAL_LOADING_OF_NEIGHBOURS)
    expected = np.outer(usual, usual)
    np.fill_diagonal(expected, 1.0)
    correlation = (witness.T @ witness + _MOMENTS_OF_DOUBT * expected) / (
        moments + _MOMENTS_OF_DOUBT
    )
    loading, noise = usual, 1.0 - usual**2
    for _ in range(_EM_STEPS):
        weight = _estimate(loading, noise)
        with_factor = correlation @ weight
        loading = np.maximum(with_factor / (1.0 - weight @ loading + weight @ with_factor), 0.0)
        noise = np.maximum(1.0 - loading * with_factor, _LEAST_NOISE)
    return _estimate(loading[:columns], noise[:columns])


def _neighbours(said: Floats) -> Floats:
    """What is said of the moments before and after each, with mean 0 and variance 1.

    All 0 where that does not vary.
    """
    beside = np.zeros_like(said)
    beside[1:] += said[:-1]
    beside[:-1] += said[1:]
    beside -= beside.mean()
    spread = float(beside.std())
    return beside / spread if spread > _LEAST_SPREAD else np.zeros_like(said)


def _estimate(loading: Floats, noise: Floats) -> Floats:
    """Regression of the factor on the witnesses (Thomson's factor scores)."""
    precision = loading / noise
    weight: Floats = precision / (1.0 + float(loading @ precision))
    return weight
