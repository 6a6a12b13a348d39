"""A voice detector without a model: an adaptive energy gate.

On the long-term spectral divergence (Ramirez et al., "Efficient voice activity
detection algorithms using long-term speech information", Speech Communication 42,
2004): each band of the voice is compared with its own noise floor, which follows the
recording. It hears level, not meaning: what is loud, in the voice's bands and comes
and goes is taken for speech.
"""

import numpy as np
from scipy.fft import rfft
from scipy.ndimage import uniform_filter1d

from ..domain.artifacts import Flags, Indices
from ..domain.media import Floats, Samples
from .voice import HOP_MS, MIN_GAP_MS, MIN_SPEECH_MS, Voiced

WINDOW_MS = 25.0
"""About two periods of the lowest voice, short against a syllable."""

BAND_EDGES_HZ = (120.0, 300.0, 500.0, 800.0, 1200.0, 1800.0, 2600.0, 3600.0, 5000.0)
"""About two critical bands each; below lies hum and wind, above little voice."""

FLOOR_WINDOW_MS = 12_000.0
"""Over so long a stretch even a fluent speaker is silent for a tenth of the time."""

FLOOR_STEP_MS = 1_000.0
"""Noise that changes within a second is no floor."""

FLOOR_QUANTILE = 0.1
"""What a band stays under in the pauses, of which there are that many at least."""

DYNAMIC_RANGE_DB = 42.0
"""A floor further below the loud parts than this is silence and room, not noise
that speech has to rise above; the faintest sounds of speech lie some 35 dB below."""

LOUD_QUANTILE = 0.95
"""The loud parts of a band, without its clicks."""

DIVERGENCE_SMOOTHING_HOPS = 5
"""Steadied over 50 ms: a fourth of a syllable."""

START_DB, STAY_DB = 3.5, 1.7
"""Speech starts over the one and goes on over the other (hysteresis)."""

SURE_DB = 12.0
"""Mean divergence over the threshold at which an event is as good as certain."""

ABSOLUTE_GATE_DBFS = -75.0
"""Under this nothing is speech: the noise of a 16-bit recorder with its gain down."""


class EnergyGate:
    """Finds speech by how its bands stand over their noise floors."""

    name = "an energy gate"

    def find(self, samples: Samples, sample_rate_hz: float) -> Voiced:
        """Speech in one channel; sounds shorter than a hop give none."""
        hop = max(1, round(sample_rate_hz * HOP_MS * 1e-3))
        hop_ms = hop / sample_rate_hz * 1e3
        divergence = _divergence_db(_band_power(samples, sample_rate_hz, hop), hop_ms)
        starts, ends = _events(divergence, hop_ms)
        sure = [_confidence(divergence[a:b]) for a, b in zip(starts, ends, strict=True)]
        return Voiced(
            np.asarray(starts * hop_ms, dtype=np.float64),
            np.asarray(ends * hop_ms, dtype=np.float64),
            np.array(sure, dtype=np.float64),
        )


def _band_power(samples: Samples, sample_rate_hz: float, hop: int) -> Floats:
    """Power per hop and band, shape (hops, bands); hop `i` starts at sample `i * hop`.

    The window stands centred on its hop; outside of the sound there is silence.
    """
    size = max(2, round(sample_rate_hz * WINDOW_MS * 1e-3))
    hops = len(samples) // hop
    edges = [edge for edge in BAND_EDGES_HZ if edge < sample_rate_hz / 2.0]
    bins = np.unique(np.ceil(np.array(edges) * size / sample_rate_hz).astype(np.int64))
    if len(bins) < 2:
        bins = np.array([0, size // 2])
    lead = (size - hop) // 2
    padded = np.pad(samples, (max(lead, 0), size))
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][:hops]
    taper = np.hanning(size + 2)[1:-1].astype(np.float32)
    power = np.empty((hops, len(bins) - 1))
    block = 8_192
    for first in range(0, hops, block):
        spectrum = rfft(windows[first : first + block] * taper, axis=1)
        energy = spectrum.real**2 + spectrum.imag**2
        power[first : first + block] = np.add.reduceat(energy[:, : bins[-1]], bins[:-1], axis=1)
    return power / (size * float(np.sum(taper**2)))


def _divergence_db(bands: Floats, hop_ms: float) -> Floats:
    """How far the voice's bands stand over their noise floors in dB; shape (hops,)."""
    if not len(bands):
        return np.empty(0)
    loud = np.quantile(bands, LOUD_QUANTILE, axis=0)
    silence = 10.0 ** (ABSOLUTE_GATE_DBFS / 10.0) / bands.shape[1]
    least = np.maximum(loud * 10.0 ** (-DYNAMIC_RANGE_DB / 10.0), silence)
    smooth = uniform_filter1d(bands, DIVERGENCE_SMOOTHING_HOPS, axis=0, mode="nearest")
    ratio = smooth / np.maximum(_noise_floor(smooth, hop_ms), least)
    return np.asarray(10.0 * np.log10(np.maximum(np.mean(ratio, axis=1), 1e-3)))


def _noise_floor(bands: Floats, hop_ms: float) -> Floats:
    """Each band's low quantile over a sliding stretch, shape of `bands`."""
    step = round(FLOOR_STEP_MS / hop_ms)
    half = round(FLOOR_WINDOW_MS / hop_ms / 2.0)
    centres = range(0, len(bands) + step, step)
    quantiles = np.array(
        [
            np.quantile(bands[max(0, min(c, len(bands)) - half) : c + half], FLOOR_QUANTILE, axis=0)
            for c in centres
        ]
    )
    hops = np.arange(len(bands))
    return np.column_stack([np.interp(hops, centres, column) for column in quantiles.T])


def _events(divergence: Floats, hop_ms: float) -> tuple[Indices, Indices]:
    """First and one past the last hop of each stretch of speech."""
    starts, ends = _runs(divergence > STAY_DB)
    sure = np.array(
        [divergence[a:b].max() > START_DB for a, b in zip(starts, ends, strict=True)], dtype=bool
    )
    starts, ends = starts[sure], ends[sure]
    if len(starts):
        apart = starts[1:] - ends[:-1] >= MIN_GAP_MS / hop_ms
        starts, ends = starts[np.r_[True, apart]], ends[np.r_[apart, True]]
    long_enough = ends - starts >= MIN_SPEECH_MS / hop_ms
    return starts[long_enough], ends[long_enough]


def _runs(flags: Flags) -> tuple[Indices, Indices]:
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    return edges[::2], edges[1::2]


def _confidence(divergence: Floats) -> float:
    """From how clearly an event stands over the floor; 0.5 at the threshold."""
    excess = float(np.mean(divergence)) - STAY_DB
    return float(np.clip(0.5 + 0.5 * excess / SURE_DB, 0.0, 1.0))
