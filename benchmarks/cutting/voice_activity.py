"""The energy gate beside Silero VAD: python -m benchmarks.cutting.voice_activity.

How much of what each finds is speech (precision), and how much of the speech it finds
(recall), per 10 ms, in the voices of the two-camera interview (eSpeak NG, whose word
times are known), clean and in noise; how much of somebody else's speech, 15 dB softer
than one's own, each takes for speech; and how many times faster than real time it is.

--speech DIR reads recorded utterances, one per file, instead. Where such a file holds
speech is then told by its own level, which must be free of noise.

--model FILE is Silero's, by default that of the installed wheel.
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from multicam_server.config.vad_model import find_model
from multicam_server.conversation.energy_gate import EnergyGate
from multicam_server.conversation.voice import HOP_MS, MIN_GAP_MS, VoiceDetector
from multicam_server.media.decode import decode_sound
from multicam_server.silero import RATE_HZ, SileroVoice
from scipy.ndimage import uniform_filter1d
from scipy.signal import resample_poly

from examples.two_camera_interview import sound as interview_sound
from examples.two_camera_interview.interview import sentences

HOP = round(RATE_HZ * HOP_MS * 1e-3)
SNRS_DB = (None, 10.0, 0.0)
BLEED_DB = -15.0
FILES = 150
SPEECH_OVER_DB = -35.0
"""A hop of a clean recording is speech down to so far under its loud parts."""


class Scene(NamedTuple):
    """`sound` (n,) at 16 kHz; `mine` and `others`, shape (hops,): who truly speaks."""

    sound: np.ndarray
    mine: np.ndarray
    others: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--model", type=Path, default=find_model())
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    detectors: list[VoiceDetector] = [EnergyGate()]
    if options.model is not None:
        detectors.append(SileroVoice(options.model))
    print(f"{'':28s}{'':16s}{'precision':>10s}{'recall':>10s}{'bleed':>10s}{'x real time':>12s}")
    for title, scene in scenes(options.speech, options.seed):
        for detector in detectors:
            started = time.process_time()
            found = heard(detector, scene)
            speed = len(scene.sound) / RATE_HZ / max(time.process_time() - started, 1e-3)
            hits = np.count_nonzero(found & scene.mine)
            alone = scene.others & ~scene.mine
            known = ~alone
            print(
                f"{title:28s}{detector.name:16s}"
                f"{hits / max(np.count_nonzero(found & known), 1):10.3f}"
                f"{hits / np.count_nonzero(scene.mine):10.3f}"
                + (f"{np.mean(found[alone]):10.3f}" if np.any(alone) else f"{'':10s}")
                + f"{speed:12.0f}",
                flush=True,
            )


def heard(detector: VoiceDetector, scene: Scene) -> np.ndarray:
    """Where a detector finds speech, shape (hops,)."""
    voiced = detector.find(scene.sound.astype(np.float32), RATE_HZ)
    flags = np.zeros(len(scene.mine), dtype=bool)
    for start, end in zip(voiced.start_ms, voiced.end_ms, strict=True):
        flags[round(start / HOP_MS) : round(end / HOP_MS)] = True
    return flags


def scenes(speech: Path | None, seed: int) -> Iterator[tuple[str, Scene]]:
    rng = np.random.default_rng(seed)
    voices = interview() if speech is None else recorded(speech, rng)
    everybody = np.sum([sound for sound, _ in voices], axis=0)
    anybody = np.any([spoken for _, spoken in voices], axis=0)
    power = np.mean(everybody[: len(anybody) * HOP].reshape(-1, HOP)[anybody] ** 2)
    for snr_db in SNRS_DB:
        noise = rng.standard_normal(len(everybody))
        gain = 0.0 if snr_db is None else np.sqrt(power / 10 ** (snr_db / 10.0))
        title = "clean" if snr_db is None else f"white noise at {snr_db:g} dB"
        yield title, Scene(everybody + gain * noise, anybody, np.zeros_like(anybody))
    (mine, my_words), (theirs, their_words) = voices
    room = rng.standard_normal(len(mine)) * np.sqrt(power) * 10 ** (-45.0 / 20.0)
    bled = mine + theirs * 10 ** (BLEED_DB / 20.0) + room
    yield f"another at {BLEED_DB:g} dB", Scene(bled, my_words, their_words)


def interview() -> list[tuple[np.ndarray, np.ndarray]]:
    """Each voice's sound at 16 kHz and when it speaks, shapes (n,) and (hops,)."""
    seconds = int(max(sentence.end_s for sentence in sentences())) + 2
    voices = []
    for speaker in sorted({sentence.speaker for sentence in sentences()}):
        sound = interview_sound.spoken(speaker, seconds * interview_sound.SAMPLE_RATE_HZ)
        words = np.zeros(seconds * RATE_HZ // HOP, dtype=bool)
        for sentence in sentences():
            if sentence.speaker == speaker:
                for _, start, end in sentence.words:
                    first, last = sentence.start_s + start, sentence.start_s + end
                    words[round(first * 1e3 / HOP_MS) : round(last * 1e3 / HOP_MS)] = True
        at_16_khz = resample_poly(sound, RATE_HZ, interview_sound.SAMPLE_RATE_HZ)
        voices.append((at_16_khz, bridged(words)))
    return voices


def recorded(folder: Path, rng: np.random.Generator) -> list[tuple[np.ndarray, np.ndarray]]:
    """Utterances of a folder in turn by two people, with silences between them."""
    files = sorted(path for path in folder.resolve().rglob("*.wav"))
    chosen = [files[i] for i in rng.permutation(len(files))]
    parts: list[list[np.ndarray]] = [[], []]
    used = 0
    for path in chosen:
        sound = decode_sound(path, path.stem)
        samples = resample_poly(sound.channels[0], RATE_HZ, round(sound.sample_rate_hz))
        if not RATE_HZ < len(samples) < 20 * RATE_HZ:
            continue
        silence = np.zeros(int(rng.uniform(0.4, 1.6) * RATE_HZ) // HOP * HOP)
        whole = np.concatenate([samples[: len(samples) // HOP * HOP], silence])
        parts[used % 2].append(whole)
        parts[(used + 1) % 2].append(np.zeros_like(whole))
        used += 1
        if used == FILES:
            break
    voices = [np.concatenate(own) for own in parts]
    return [(voice, bridged(loud(voice))) for voice in voices]


def loud(samples: np.ndarray) -> np.ndarray:
    """Hops of clean speech, by level."""
    power = np.mean(samples[: len(samples) // HOP * HOP].reshape(-1, HOP) ** 2, axis=1)
    steady = uniform_filter1d(power, 3)
    return np.asarray(steady > np.quantile(power[power > 0], 0.95) * 10 ** (SPEECH_OVER_DB / 10))


def bridged(flags: np.ndarray) -> np.ndarray:
    """Gaps that no detector should report are speech."""
    edges = np.flatnonzero(np.diff(np.r_[False, flags, False].astype(np.int8)))
    whole = flags.copy()
    for end, start in zip(edges[1:-1:2], edges[2::2], strict=True):
        if (start - end) * HOP_MS < MIN_GAP_MS:
            whole[end:start] = True
    return whole


if __name__ == "__main__":
    main()
