"""One tool over a folder of sessions: its answers, and what they take.

    python tools.py TOOL FOLDER

FOLDER holds a folder for each session, of mono WAV files in order of name. For each
session one line of JSON is printed: an [offset_ms, score, sure, drift_ppm] for every file
but the first, and the seconds taken, of CPU with those of child processes. The last line
tells the peak memory in MB. Runs in whatever environment has the tool, so it imports
nothing of this project before it is asked for it.
"""

import json
import math
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path

# An offset in ms (None: not placed), a score, whether the tool means it, a drift in ppm.
Said = tuple[float | None, float, bool, float | None]
Tool = Callable[[Sequence[Path]], list[Said]]

NOT_PLACED: Said = (None, 0.0, False, None)
# "One with a score greater than ten is likely to be correct": audio-offset-finder's README.
OFFSET_FINDER_SURE = 10.0


def multicam() -> Tool:
    """This project, from the files on, with nothing remembered."""
    from multicam_server import jobs  # noqa: PLC0415
    from multicam_server.domain.alignment import (  # noqa: PLC0415
        AlignRequest,
        AlignStatus,
        AlignTrack,
    )
    from multicam_server.domain.media import Asset  # noqa: PLC0415

    class Nothing:
        """Remembers nothing."""

        def get(self, *_: object) -> None: ...
        def put(self, *_: object) -> None: ...
        def recall(self, *_: object) -> None: ...
        def keep(self, *_: object) -> None: ...

    def tool(paths: Sequence[Path]) -> list[Said]:
        tracks = tuple(AlignTrack(Asset(path.name, uri=str(path))) for path in paths)
        request = AlignRequest("bench", paths[0].name, tracks)
        placed = jobs.align(
            request, lambda asset: Path(asset.uri or ""), Nothing(), tenant_id="t_bench"
        )
        return [
            (one.offset_ms, one.confidence, one.status is AlignStatus.ALIGNED, one.drift_ppm)
            for one in placed.alignment.tracks[1:]
        ]

    return tool


def gcc_phat() -> Tool:
    """The textbook: one phase transform of the whole files."""
    return _whole_files(phase_only=True)


def correlation() -> Tool:
    """Plain correlation of the whole files by the fast Fourier transform."""
    return _whole_files(phase_only=False)


def _whole_files(*, phase_only: bool) -> Tool:
    import numpy as np  # noqa: PLC0415
    import scipy.fft  # noqa: PLC0415
    import scipy.io.wavfile  # noqa: PLC0415

    def one(path: Path, base: Path) -> Said:
        rate, first = scipy.io.wavfile.read(base)
        _, second = scipy.io.wavfile.read(path)
        size = scipy.fft.next_fast_len(len(first) + len(second), real=True)
        product = scipy.fft.rfft(first.astype(np.float32), size)
        product *= np.conj(scipy.fft.rfft(second.astype(np.float32), size))
        if phase_only:
            product /= np.abs(product) + np.float32(1e-12)
        heights = np.abs(scipy.fft.irfft(product, size))
        lag = int(np.argmax(heights))
        score = float(heights[lag] / (heights.std() + 1e-12))
        return (lag - (size if lag > len(first) else 0)) / rate * 1e3, score, True, None

    return lambda paths: [one(path, paths[0]) for path in paths[1:]]


def audio_offset_finder() -> Tool:
    from audio_offset_finder.audio_offset_finder import (  # noqa: PLC0415
        find_offset_between_files,
    )

    def one(path: Path, base: Path) -> Said:
        found = find_offset_between_files(str(base), str(path))
        score = float(found["standard_score"])
        if math.isnan(score):  # silence
            return NOT_PLACED
        return float(found["time_offset"]) * 1e3, score, score > OFFSET_FINDER_SURE, None

    return lambda paths: [_unless_it_fails(one, path, paths[0]) for path in paths[1:]]


def syncstart() -> Tool:
    """It names no score: whatever it answers it means."""
    import syncstart as module  # noqa: PLC0415

    del sys.argv[1:]  # it reads them, whoever calls

    switches = ("show", "video", "crop", "normalize", "denoise", "lowpass")
    options = {"begin": 0, "take": 36_000, "quiet": True, **dict.fromkeys(switches, False)}

    def one(path: Path, base: Path) -> Said:
        file, seconds = module.file_offset(in1=str(base), in2=str(path), **options)
        return (seconds if file == str(base) else -seconds) * 1e3, 1.0, True, None

    return lambda paths: [_unless_it_fails(one, path, paths[0]) for path in paths[1:]]


def audalign_fingerprints() -> Tool:
    import audalign  # noqa: PLC0415

    return _audalign(audalign, audalign.FingerprintRecognizer)


def audalign_correlation() -> Tool:
    import audalign  # noqa: PLC0415

    return _audalign(audalign, audalign.CorrelationRecognizer)


def audalign_spectrograms() -> Tool:
    import audalign  # noqa: PLC0415

    return _audalign(audalign, audalign.CorrelationSpectrogramRecognizer)


def _audalign(audalign: object, recognizer_of: Callable[[], object]) -> Tool:
    """It ranks matches from 1 to 10, names no limit, and leaves out what it does not match."""

    def tool(paths: Sequence[Path]) -> list[Said]:
        recognizer = recognizer_of()
        recognizer.config.multiprocessing = False  # type: ignore[attr-defined]
        try:
            found = audalign.align_files(  # type: ignore[attr-defined]
                *[str(path) for path in paths], recognizer=recognizer
            )
        except Exception as error:
            print(f"audalign failed: {error!r}", file=sys.stderr)
            found = None
        base = paths[0].name
        if not found or base not in found:
            return [NOT_PLACED for _ in paths[1:]]
        ranks = found["rankings"]["match_info"]

        def said(name: str) -> Said:
            if name not in found:
                return NOT_PLACED
            rank = ranks.get(base, {}).get(name, ranks.get(name, {}).get(base, 0))
            return (found[name] - found[base]) * 1e3, float(rank), True, None

        return [said(path.name) for path in paths[1:]]

    return tool


def decoding() -> Tool:
    """No alignment: what it takes to decode the files to 16 kHz mono."""
    import av  # noqa: PLC0415

    def tool(paths: Sequence[Path]) -> list[Said]:
        for path in paths:
            with av.open(str(path)) as container:
                resampler = av.AudioResampler("flt", "mono", 16_000, frame_size=16_384)
                for frame in container.decode(audio=0):
                    resampler.resample(frame)
        return [NOT_PLACED for _ in paths[1:]]

    return tool


def _unless_it_fails(one: Callable[[Path, Path], Said], path: Path, base: Path) -> Said:
    """An answer; a tool that gives up or breaks on a file places nothing."""
    try:
        return one(path, base)
    except (Exception, SystemExit) as error:
        print(f"failed on {path.name}: {error!r}", file=sys.stderr)
        return NOT_PLACED


TOOLS: dict[str, Callable[[], Tool]] = {
    "multicam": multicam,
    "audalign fingerprints": audalign_fingerprints,
    "audalign correlation": audalign_correlation,
    "audalign spectrograms": audalign_spectrograms,
    "audio-offset-finder": audio_offset_finder,
    "syncstart": syncstart,
    "GCC-PHAT": gcc_phat,
    "plain correlation": correlation,
    "decoding only": decoding,
}


def _cpu_s() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def _peak_mb() -> float:
    """Peak of resident memory since this program began.

    `ru_maxrss` would count the parent's, which a child holds until it executes.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(peak.split()[1]) / 1024


def main() -> None:
    name, folder = sys.argv[1:]
    told = sys.stdout
    with redirect_stdout(sys.stderr):  # some tools chat
        try:
            tool = TOOLS[name]()
        except ImportError as error:
            print(json.dumps({"missing": str(error)}), file=told)
            return
        for session in sorted(Path(folder).iterdir()):
            before, began = _cpu_s(), time.perf_counter()
            answers = tool(sorted(session.glob("*.wav")))
            took = {"cpu_s": _cpu_s() - before, "wall_s": time.perf_counter() - began}
            print(json.dumps({"session": session.name, "answers": answers, **took}), file=told)
    print(json.dumps({"peak_mb": _peak_mb()}), file=told)


if __name__ == "__main__":
    main()
