"""What a call costs: an empty echo, a call without work and a small AutoCut, in the same run.

    python -m benchmarks.service.rpc_overhead [--seconds 5]

Both servers run in processes of their own and are called by the same client code
over TCP on loopback. The echo has no interceptors, no protobuf and no work: it is
what gRPC itself costs here. The call without work is a ProbeMedia of eight samples that came with
it: what it takes more than the echo is what interceptors, admission and the way to a worker and
back cost. Absolute times are the machine's.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
import numpy as np
from multicam.v1 import auto_cut_pb2, media_pb2, probe_pb2
from multicam.v1.media_analysis_service_pb2_grpc import MediaAnalysisServiceStub

ECHO_SERVER = """
import sys, grpc
from concurrent.futures import ThreadPoolExecutor
server = grpc.server(ThreadPoolExecutor(int(sys.argv[1])))
echo = grpc.unary_unary_rpc_method_handler(lambda request, context: request)
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("echo", {"Echo": echo})])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(f"listening on 127.0.0.1:{port}", file=sys.stderr, flush=True)
server.wait_for_termination()
"""
METADATA = (("x-tenant-id", "t_bench"), ("x-env", "dev"))


def small_request() -> auto_cut_pb2.AutoCutRequest:
    """Two cameras, a minute, ten turns: what an editor sends while trying things out."""
    request = auto_cut_pb2.AutoCutRequest(session_id="bench")
    for camera in range(2):
        track = request.tracks.add(asset_id=f"cam_{camera}", duration_ms=60_000)
        for turn in range(10):
            start = 6_000.0 * turn
            track.artifacts.audio_semantic_timeline.events.add(
                kind="AUDIO_EVENT_KIND_SPEECH",
                start_ms=start + 300,
                end_ms=start + 5_500,
                speaker_id=f"spk_{turn % 2}",
                loudness_lufs=-20.0 if turn % 2 == camera else -30.0,
            )
    return request


def idle_request() -> probe_pb2.ProbeMediaRequest:
    """A call that is answered from what it brings."""
    waveform = media_pb2.Waveform(sample_rate_hz=1_000, samples=[0.5] * 8)
    asset = media_pb2.Asset(asset_id="a", waveform=waveform)
    return probe_pb2.ProbeMediaRequest(assets=[asset])


@contextmanager
def server(command: list[str]) -> Iterator[str]:
    """Runs a server until the block ends; yields its address."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if match := re.search(r"listening on (\S+)", line):
                threading.Thread(target=process.stderr.read, daemon=True).start()
                yield match[1]
                return
        raise SystemExit(f"{command[0]} did not start")
    finally:
        process.terminate()
        process.wait()


def measure(call: Callable[[], object], *, clients: int, seconds: float) -> tuple[float, ...]:
    """Calls per second, and the median and 99th percentile of a call in milliseconds."""
    deadline = time.perf_counter() + seconds

    def client(_: int) -> list[float]:
        took = []
        while (start := time.perf_counter()) < deadline:
            call()
            took.append(time.perf_counter() - start)
        return took

    with ThreadPoolExecutor(clients) as pool:
        took = np.concatenate(list(pool.map(client, range(clients)))) * 1e3
    return len(took) / seconds, float(np.median(took)), float(np.percentile(took, 99))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="per row")
    seconds = parser.parse_args().seconds
    request = small_request()
    payload = request.SerializeToString()
    idle = idle_request()
    with (
        tempfile.TemporaryDirectory() as folder,
        server([sys.executable, "-c", ECHO_SERVER, str(os.cpu_count())]) as echo_address,
        server(
            [
                *(sys.executable, "-m", "multicam_server", "--listen", "127.0.0.1:0"),
                *("--cache-dir", folder, "--log-level", "warning"),
            ]
        ) as address,
        grpc.insecure_channel(echo_address) as echo_channel,
        grpc.insecure_channel(address) as channel,
    ):
        echo = echo_channel.unary_unary("/echo/Echo")
        stub = MediaAnalysisServiceStub(channel)
        print("call       clients   calls/s   p50 ms   p99 ms  p50 - echo ms")
        for clients in (1, 4, 16):
            floor = 0.0
            for name, call in (
                ("echo", lambda: echo(payload)),
                ("no work", lambda: stub.ProbeMedia(idle, metadata=METADATA)),
                ("AutoCut", lambda: stub.AutoCut(request, metadata=METADATA)),
            ):
                measure(call, clients=clients, seconds=seconds / 5)
                rate, median, tail = measure(call, clients=clients, seconds=seconds)
                floor = floor or median
                print(
                    f"{name:10} {clients:7} {rate:9.0f} {median:8.2f} {tail:8.2f}"
                    f" {median - floor:14.2f}"
                )


if __name__ == "__main__":
    main()
