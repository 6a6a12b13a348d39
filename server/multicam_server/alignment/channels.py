"""Which channels of a recording carry programme sound, and their mix."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..domain.media import Samples

# Below this RMS (-86 dBFS, under the dither of 16 bits) a channel is dead.
DEAD_RMS = 5e-5
# A channel this much weaker than the strongest adds only its noise (-30 dB).
WEAK_RATIO = 10 ** (-30 / 20)
# Correlation beyond which two channels count as one signal, perhaps inverted.
SAME_SIGNAL_CORRELATION = 0.3


@dataclass(frozen=True, eq=False)
class Mix:
    """Programme sound: mono float32 of shape (n,), and the channels it was made of."""

    samples: Samples
    source_channels: tuple[int, ...]


def mix_programme(channels: Samples, *, leave_out: frozenset[int] = frozenset()) -> Mix:
    """Mean of the live channels, each turned to the polarity of the strongest.

    Args:
        channels: float32 of shape (c, n).
        leave_out: channels that carry no programme (timecode).

    An empty `source_channels` and silence mean that no channel carries sound.
    """
    used, signs = choose_programme(channels, leave_out=leave_out)
    if not used:
        return Mix(np.zeros(channels.shape[1], dtype=np.float32), ())
    return Mix(mix(channels if len(used) == len(channels) else channels[list(used)], signs), used)


def choose_programme(
    channels: Samples, *, leave_out: frozenset[int] = frozenset()
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which channels carry sound, and +1 or -1 that turns each to the strongest's polarity."""
    levels = _levels(channels)
    levels[sorted(leave_out)] = 0.0
    loudest = float(levels.max(initial=0.0))
    if loudest < DEAD_RMS:
        return (), ()
    threshold = max(DEAD_RMS, loudest * WEAK_RATIO)
    used = tuple(int(index) for index in np.flatnonzero(levels >= threshold))
    if len(used) == 1:
        return used, (1,)
    reference = channels[int(np.argmax(levels))]
    signs = []
    for index in used:
        similarity = float(np.dot(reference, channels[index])) / max(
            float(np.linalg.norm(reference)) * float(np.linalg.norm(channels[index])), 1e-30
        )
        signs.append(-1 if similarity < -SAME_SIGNAL_CORRELATION else 1)
    return used, tuple(signs)


def mix(channels: Samples, signs: Sequence[int]) -> Samples:
    """Mean of channels of shape (c, n), each turned by its sign: float32 of shape (n,)."""
    if len(signs) == 1:
        only: Samples = channels[0]
        return only
    mono = np.zeros(channels.shape[1], dtype=np.float32)
    for row, sign in zip(channels, signs, strict=True):
        mono += row * np.float32(sign)
    mono /= np.float32(len(signs))
    return mono


def _levels(channels: Samples) -> npt.NDArray[np.float64]:
    """RMS of each channel without its mean (a DC offset is no sound)."""
    if channels.shape[1] == 0:
        return np.zeros(channels.shape[0])
    mean = channels.mean(axis=1, dtype=np.float64)
    power = np.array([float(np.dot(row, row)) for row in channels]) / channels.shape[1]
    levels: npt.NDArray[np.float64] = np.sqrt(np.maximum(power - mean**2, 0.0))
    return levels
