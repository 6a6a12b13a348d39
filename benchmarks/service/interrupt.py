"""How soon work stops that nobody waits for, and how soon the next worker is there.

    python -m benchmarks.service.interrupt [--rounds 20]

A server of its own aligns recordings of noise, which takes longer than anybody waits.
Each round cancels the call, lets its deadline pass or kills the worker, and measures when
the worker is gone and when the next call is answered. Absolute times are the machine's.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
import wave
from pathlib import Path

import grpc
import numpy as np
from multicam.v1 import align_pb2
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceStub

from .rpc_overhead import METADATA, server, small_request

BUSY_TICKS = 20
DEADLINE_S = 1.0

RECORDINGS = 16


def write_noise(folder: Path) -> None:
    """Unrelated recordings of ten minutes."""
    folder.mkdir()
    for number in range(RECORDINGS):
        noise = np.random.default_rng(number).standard_normal(8_000 * 600) * 3_000
        with wave.open(str(folder / f"noise_{number}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(noise.astype("<i2").tobytes())


def long_request() -> align_pb2.AlignRequest:
    request = align_pb2.AlignRequest(base_asset_id="noise_0")
    request.options.bypass_cache = True
    for number in range(RECORDINGS):
        asset = request.tracks.add().asset
        asset.asset_id, asset.uri = f"noise_{number}", f"noise_{number}.wav"
    return request


def workers() -> set[int]:
    """The workers of this program's one server."""
    found = {os.getpid()}
    for _ in range(3):  # server, nursery, workers
        found = {
            int(child)
            for parent in found
            for path in Path(f"/proc/{parent}/task").glob("*/children")
            for child in path.read_text().split()
        }
    return found


def ticks(process_id: int) -> int:
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def busy_worker(before: dict[int, int]) -> int:
    while True:
        time.sleep(0.01)
        for worker in workers():
            if ticks(worker) - before.setdefault(worker, 0) > BUSY_TICKS:
                return worker


def gone_after_s(worker: int, begun_s: float) -> float:
    while Path(f"/proc/{worker}").exists():
        time.sleep(0.000_5)
    return time.perf_counter() - begun_s


def one_round(stub: MediaAnalysisServiceStub, how: str) -> tuple[float, float]:
    """Seconds until the worker is gone, and of the next call."""
    before = {worker: ticks(worker) for worker in workers()}
    begun_s = time.perf_counter()
    call = stub.Align.future(
        long_request(), metadata=METADATA, timeout=DEADLINE_S if how == "deadline" else None
    )
    worker = busy_worker(before)
    match how:
        case "cancel":
            begun_s = time.perf_counter()
            call.cancel()
        case "deadline":
            begun_s += DEADLINE_S
        case "crash":
            begun_s = time.perf_counter()
            os.kill(worker, signal.SIGSEGV)
    stopped_s = gone_after_s(worker, begun_s)
    begun_s = time.perf_counter()
    stub.AutoCut(small_request(), metadata=METADATA)
    return stopped_s, time.perf_counter() - begun_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        media, cache = Path(folder, "media"), Path(folder, "cache")
        media.mkdir()
        write_noise(media / "t_bench")
        command = [
            *(sys.executable, "-m", "multicam_server", "--listen", "127.0.0.1:0"),
            *("--media-root", str(media), "--cache-dir", str(cache), "--log-level", "error"),
        ]
        with server(command) as address, grpc.insecure_channel(address) as channel:
            stub = MediaAnalysisServiceStub(channel)
            for _ in range(4):
                stub.AutoCut(small_request(), metadata=METADATA)
            print("ended by     worker gone: p50, worst ms     next call: p50, worst ms")
            for how in ("cancel", "deadline", "crash"):
                stopped, answered = np.array([one_round(stub, how) for _ in range(rounds)]).T * 1e3
                print(
                    f"{how:10} {np.median(stopped):14.0f} {stopped.max():9.0f}"
                    f" {np.median(answered):20.1f} {answered.max():9.1f}"
                )


if __name__ == "__main__":
    main()
