"""Silero VAD: a small recurrent network, run by onnxruntime from its model's file.

Better in noise than the energy gate, slower, and an extra: `multicam[vad]`, and a model
that `config.vad_model` finds.
"""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from scipy.signal import resample_poly

from .conversation import Voiced
from .conversation.voice import MIN_GAP_MS, MIN_SPEECH_MS
from .domain.artifacts import Flags, Indices
from .domain.media import Floats, Samples

RATE_HZ = 16_000
WINDOW, CONTEXT = 512, 64
"""Samples that one probability is of, and how many before them the model looks at."""

WINDOWS_AT_ONCE = 1_024
"""Half a minute: enough to keep the calls cheap, little enough to need no memory."""

STATE_SHAPE = (1, 1, 128)

START, STAY = 0.5, 0.35
"""Probability over which speech starts, and over which it goes on: Silero's defaults."""

MOST_DENOMINATOR = 1_000
"""Odd sampling rates are resampled by the nearest ratio up to this: off by under 1 ppm."""


class SileroVoice:
    """A voice detector with its model in a file, which is loaded when first needed.

    The model is the one that takes many windows at a time (`silero_vad_16k_sequence`).

    Computes on one thread, so that the same sound gives the same bits.
    """

    name = "Silero VAD"

    def __init__(self, model: Path) -> None:
        self._model = model
        self._session: Any = None

    def find(self, samples: Samples, sample_rate_hz: float) -> Voiced:
        """Speech in one channel of any rate, to within half a window of 32 ms."""
        ratio = Fraction(RATE_HZ / sample_rate_hz).limit_denominator(MOST_DENOMINATOR)
        if ratio != 1:
            samples = resample_poly(samples, ratio.numerator, ratio.denominator)
        chance = self.probabilities(np.asarray(samples, dtype=np.float32))
        return _stretches(chance, WINDOW / float(ratio) / sample_rate_hz * 1e3)

    def probabilities(self, samples: Samples) -> Floats:
        """Probability of speech in each window of 512 samples at 16 kHz; (windows,).

        A last window that is not full is filled with silence.
        """
        session = self._loaded()
        count = -(-len(samples) // WINDOW)
        padded = np.zeros(CONTEXT + max(count, 1) * WINDOW, dtype=np.float32)
        padded[CONTEXT : CONTEXT + len(samples)] = samples
        windows = np.lib.stride_tricks.sliding_window_view(padded, CONTEXT + WINDOW)[::WINDOW]
        hidden = cell = np.zeros(STATE_SHAPE, dtype=np.float32)
        chance = np.empty(count)
        for first in range(0, count, WINDOWS_AT_ONCE):
            block = np.ascontiguousarray(windows[first : first + WINDOWS_AT_ONCE])
            chance[first : first + len(block)], hidden, cell = session.run(
                None, {"input": block, "h": hidden, "c": cell}
            )
        return chance

    def _loaded(self) -> Any:
        if self._session is None:
            import onnxruntime  # noqa: PLC0415 - optional, and only workers that listen need it

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            self._session = onnxruntime.InferenceSession(
                self._model, sess_options=options, providers=["CPUExecutionProvider"]
            )
        return self._session


def _stretches(chance: Floats, window_ms: float) -> Voiced:
    """Speech from probabilities: hysteresis, then short gaps bridged and clicks left out."""
    starts, ends = _runs(chance > STAY)
    sure = np.array([chance[a:b].max() > START for a, b in zip(starts, ends, strict=True)], bool)
    starts, ends = starts[sure], ends[sure]
    if len(starts):
        apart = (starts[1:] - ends[:-1]) * window_ms >= MIN_GAP_MS
        starts, ends = starts[np.r_[True, apart]], ends[np.r_[apart, True]]
    long_enough = (ends - starts) * window_ms >= MIN_SPEECH_MS
    starts, ends = starts[long_enough], ends[long_enough]
    mean = [float(np.mean(chance[a:b])) for a, b in zip(starts, ends, strict=True)]
    return Voiced(starts * window_ms, ends * window_ms, np.array(mean, dtype=np.float64))


def _runs(flags: Flags) -> tuple[Indices, Indices]:
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return edges[::2], edges[1::2]
