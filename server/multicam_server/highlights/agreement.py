"""How far the session's own evidence bears each component out.

Loudness, sureness, pictures, reactions and words are independent witnesses of one
thing: how much a moment matters. In a model with one common factor (Spearman 1904) a
witness that knows about the factor agrees with the others, and one that does not is
noise, whatever its default weight. So each component's values are scaled by how well
they agree, over the session's moments, with the sum of the others: from half for none
to one and a half for full agreement. Few moments tell little; then all stay as they are.
"""

from dataclasses import replace

import numpy as np

from ..domain.artifacts import Flags
from ..domain.media import Floats
from .scoring import Worth
from .weights import COMPONENTS, EMPHASIS, FACE, MOTION, REACTION, SPEECH, SUBJECT, TRANSCRIPT

# Components that are one witness: the same detections of the same person.
_WITNESSES = ((SPEECH,), (EMPHASIS,), (SUBJECT, FACE), (MOTION,), (REACTION,), (TRANSCRIPT,))
# The scale without any agreement; full agreement adds 1.
_LEAST_SCALE = 0.5
# So many moments tell as much as the assumption that nothing needs scaling.
_MOMENTS_OF_DOUBT = 20.0


def scaled_by_agreement(worth: Worth, weights: Floats, over: Flags) -> Worth:
    """The worth with each component's values scaled.

    `over` marks the moments to compare, shape (n,): the spoken ones, since pictures
    alone have too few witnesses. Position is no witness and stays.
    """
    scale = _scales(worth, weights, over)
    return replace(worth, heard=worth.heard * scale, seen=worth.seen * scale)


def _scales(worth: Worth, weights: Floats, over: Flags) -> Floats:
    """One factor per component, shape (8,)."""
    scale = np.ones(len(COMPONENTS))
    moments = np.flatnonzero(over)
    if moments.size == 0:
        return scale
    seen = worth.seen[:, moments]
    best = np.argmax(seen @ weights, axis=0)
    values = (worth.heard[moments] + seen[best, np.arange(moments.size)]) * weights
    values -= values.mean(axis=0)
    witness = np.stack([values[:, list(columns)].sum(axis=1) for columns in _WITNESSES], axis=1)
    together = witness.sum(axis=1)
    belief = moments.size / (moments.size + _MOMENTS_OF_DOUBT)
    for columns, own in zip(_WITNESSES, witness.T, strict=True):
        others = together - own
        spread = float(np.sqrt((own @ own) * (others @ others)))
        if spread > 1e-12:
            agreement = min(max(float(own @ others) / spread, 0.0), 1.0)
            scale[list(columns)] = 1.0 + belief * (_LEAST_SCALE + agreement - 1.0)
    return scale
