"""When somebody speaks in a recording, and how loud, measured from its own sound."""

import numpy as np
from scipy.fft import rfft

from ..domain.artifacts import AudioEventKind, AudioEvents, AudioSemanticTimeline, Beats
from ..domain.media import Floats, Samples, Sound
from .energy_gate import EnergyGate
from .loudness import integrated_lufs, weighted_energy
from .voice import HOP_MS, Voiced, VoiceDetector

SYLLABLE_RATES_HZ = (2.0, 8.0)
"""Modulation of speech peaks at about 4 Hz (Scheirer and Slaney, ICASSP 1997)."""


def measure_timeline(sound: Sound, voice: VoiceDetector | None = None) -> AudioSemanticTimeline:
    """Measure speech, its loudness and a confidence from one asset's sound.

    Of several channels the one with the most speech-like power is used, so that
    timecode or music on another channel is not taken for speech. `voice` finds the
    speech, by default an energy gate. Events are in the asset's time, in order,
    without speaker ids; they may start before 0 when the sound does. Silence and
    sounds shorter than a window give no events.
    """
    voice = voice or EnergyGate()
    samples = _speech_channel(sound)
    voiced = voice.find(samples, sound.sample_rate_hz)
    return AudioSemanticTimeline(
        artifact_id="",
        duration_ms=max(0.0, sound.start_ms + sound.duration_ms),
        events=AudioEvents(
            kind=np.full(len(voiced.start_ms), AudioEventKind.SPEECH, dtype=np.int64),
            start_ms=sound.start_ms + voiced.start_ms,
            end_ms=sound.start_ms + voiced.end_ms,
            speaker_id=("",) * len(voiced.start_ms),
            loudness_lufs=_loudness_lufs(samples, sound.sample_rate_hz, voiced),
            confidence=voiced.confidence,
            transcription=("",) * len(voiced.start_ms),
        ),
        beats=Beats(
            time_ms=np.empty(0),
            bar_index=np.empty(0, dtype=np.int64),
            beat_index=np.empty(0, dtype=np.int64),
            subdivision=np.empty(0, dtype=np.int64),
        ),
        from_audio=True,
        measured_by=voice.name,
    )


def _loudness_lufs(samples: Samples, sample_rate_hz: float, voiced: Voiced) -> Floats:
    """Integrated loudness of each stretch of speech, shape (n,)."""
    hop = max(1, round(sample_rate_hz * HOP_MS * 1e-3))
    hop_ms = hop / sample_rate_hz * 1e3
    energy = weighted_energy(samples, sample_rate_hz, hop)
    first = np.rint(voiced.start_ms / hop_ms).astype(np.int64)
    last = np.rint(voiced.end_ms / hop_ms).astype(np.int64)
    levels = [integrated_lufs(energy[a:b], hop_ms) for a, b in zip(first, last, strict=True)]
    return np.array(levels, dtype=np.float64)


def _speech_channel(sound: Sound) -> Samples:
    """The channel whose envelope holds the most power at the rate of syllables."""
    powers = [0.0]
    if len(sound.channels) > 1:
        powers = [_syllable_power(channel, sound.sample_rate_hz) for channel in sound.channels]
    best: Samples = sound.channels[int(np.argmax(powers))]
    return best


def _syllable_power(samples: Samples, sample_rate_hz: float) -> float:
    """Power of the envelope between 2 and 8 Hz: loudness times speech-likeness."""
    hop = max(1, round(sample_rate_hz * HOP_MS * 1e-3))
    hops = len(samples) // hop
    envelope = np.sqrt(weighted_energy(samples[: hops * hop], sample_rate_hz, hop))
    segment = round(4_000.0 / HOP_MS)
    if hops < segment:
        envelope = np.pad(envelope, (0, segment - hops))
    segments = envelope[: len(envelope) // segment * segment].reshape(-1, segment)
    spectrum = np.abs(rfft((segments - segments.mean(1, keepdims=True)) * np.hanning(segment)))
    rates = np.arange(spectrum.shape[1]) / (segment * HOP_MS * 1e-3)
    syllables = (rates >= SYLLABLE_RATES_HZ[0]) & (rates <= SYLLABLE_RATES_HZ[1])
    return float(np.mean(spectrum[:, syllables] ** 2))
