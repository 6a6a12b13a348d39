"""The score's components and their default weights.

A score is the sum of `value * weight` over the components, always all of them and
always in the order of `COMPONENTS`, which is the order of the contract's
`HighlightWeights`. A value of 0 is neutral: usual for this session, or unknown.
"""

from dataclasses import fields

import numpy as np

from ..domain.highlights import HighlightWeights
from ..domain.media import Floats

DEFAULT_WEIGHTS = HighlightWeights(
    speech=1.0,
    emphasis=0.6,
    subject=0.4,
    face=0.3,
    motion=0.2,
    reaction=0.4,
    transcript=0.5,
    position=0.1,
)

COMPONENTS = tuple(field.name for field in fields(HighlightWeights))
SPEECH, EMPHASIS, SUBJECT, FACE, MOTION, REACTION, TRANSCRIPT, POSITION = range(len(COMPONENTS))


def applied_weights(requested: HighlightWeights) -> HighlightWeights:
    """The requested weights, with the defaults where none was given."""
    values: dict[str, float] = {}
    for name in COMPONENTS:
        given = getattr(requested, name)
        values[name] = float(getattr(DEFAULT_WEIGHTS, name) if given is None else given)
    return HighlightWeights(**values)


def as_vector(weights: HighlightWeights) -> Floats:
    """Applied weights as a vector of shape (8,), in the order of `COMPONENTS`."""
    return np.array([getattr(weights, name) for name in COMPONENTS], dtype=np.float64)
