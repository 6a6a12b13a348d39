"""Throughput and latency of every RPC with one request, from 1 to 64 clients.

    python -m benchmarks.service.load [--seconds 3] [--clients 1 4 16 64] [--ghz]

Beside an empty gRPC echo on the same machine in the same run. Align is asked for cold (the
answer is not looked up) and cached. The clients are processes of this program, each with a
connection and threads of its own; with --ghz, ghz calls instead (`go install
github.com/bojand/ghz/cmd/ghz@v0.120.0`). Calls that were refused for want of a place are
counted apart, and their times left out.
"""

import argparse
import json
import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import numpy as np
from google.protobuf.message import Message
from multicam.v1 import align_pb2, focus_pb2, highlights_pb2

from .rpc_overhead import ECHO_SERVER, METADATA, idle_request, server, small_request

SERVICE = "multicam.v1.MediaAnalysisService"
CLIENT_PROCESSES = 4
ECHO = "/echo/Echo"
GHZ = "ghz"


@dataclass(frozen=True)
class Measured:
    """Calls a second, median and 99th percentile in milliseconds, and how many were refused."""

    rate: float
    median_ms: float
    tail_ms: float
    refused: int


def align(*, cold: bool) -> align_pb2.AlignRequest:
    """Two recordings of eight seconds at 8 kHz, half a second apart."""
    sound = np.random.default_rng(5).normal(0, 0.2, 64_000).astype(np.float32)
    request = align_pb2.AlignRequest(base_asset_id="a")
    request.options.bypass_cache = cold
    for name, start in (("a", 0), ("b", 4_000)):
        asset = request.tracks.add().asset
        asset.asset_id, asset.waveform.sample_rate_hz = name, 8_000
        asset.waveform.samples.extend(sound[start:])
    return request


def requests() -> Mapping[str, tuple[str, Message]]:
    """What is asked, by the name of its row: the method and the request."""
    cut = small_request()
    picked = highlights_pb2.HighlightsRequest(session_id="bench", tracks=cut.tracks)
    focus = focus_pb2.FocusRequest(asset_id="a", in_ms=0, out_ms=10_000, target_aspect_ratio="9:16")
    focus.source_width, focus.source_height = 1_920, 1_080
    for number in range(20):
        frame = focus.artifacts.visual_meta.frames.add(timestamp_ms=500.0 * number)
        frame.subjects.add(label="face", bbox_x=0.02 * number, bbox_width=0.1, bbox_height=0.2)
    return {
        "no work": ("ProbeMedia", idle_request()),
        "Align cold": ("Align", align(cold=True)),
        "Align cached": ("Align", align(cold=False)),
        "AutoCut": ("AutoCut", cut),
        "Highlights": ("Highlights", picked),
        "Focus": ("Focus", focus),
    }


@dataclass(frozen=True)
class Task:
    """What one process of clients does: `threads` of them call for so many seconds."""

    address: str
    path: str
    body: bytes
    threads: int
    seconds: float


def client(task: Task, done: Any) -> None:
    """One process of clients; puts the times of its calls and how many were refused."""
    took: list[float] = []
    refused: list[int] = []

    def call_on(channel: grpc.Channel) -> None:
        call = channel.unary_unary(task.path)
        end_s = time.perf_counter() + task.seconds
        while (begun_s := time.perf_counter()) < end_s:
            try:
                call(task.body, metadata=METADATA)
                took.append(time.perf_counter() - begun_s)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
                    raise
                refused.append(1)

    with grpc.insecure_channel(task.address) as channel:
        running = [threading.Thread(target=call_on, args=(channel,)) for _ in range(task.threads)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
    done.put((took, len(refused)))


def by_processes(address: str, path: str, body: bytes, clients: int, seconds: float) -> Measured:
    """Calls with Python's clients."""
    context = multiprocessing.get_context("spawn")
    done = context.SimpleQueue()
    shares = [
        clients // CLIENT_PROCESSES + (number < clients % CLIENT_PROCESSES)
        for number in range(CLIENT_PROCESSES)
    ]
    processes = [
        context.Process(target=client, args=(Task(address, path, body, share, seconds), done))
        for share in shares
        if share
    ]
    for process in processes:
        process.start()
    results = [done.get() for _ in processes]
    for process in processes:
        process.join()
    took_ms = np.concatenate([took for took, _ in results]) * 1e3
    refused = sum(count for _, count in results)
    return Measured(
        len(took_ms) / seconds,
        float(np.median(took_ms)),
        float(np.percentile(took_ms, 99)),
        refused,
    )


def by_ghz(address: str, path: str, body: bytes, clients: int, seconds: float) -> Measured:
    """Calls with ghz, which finds the method by reflection."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        command = [
            *(GHZ, "--insecure", "--format", "json", "--binary-file", file.name),
            *("--call", path.removeprefix("/"), "--metadata", json.dumps(dict(METADATA))),
            *("--concurrency", str(clients), "--connections", str(min(clients, 4))),
            *("--duration", f"{seconds}s", "--duration-stop", "wait", address),
        ]
        told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    codes = told["statusCodeDistribution"]
    answered_ms = [one["latency"] * 1e-6 for one in told["details"] if one["status"] == "OK"]
    return Measured(
        codes.get("OK", 0) / seconds,
        float(np.median(answered_ms)),
        float(np.percentile(answered_ms, 99)),
        codes.get("ResourceExhausted", 0),
    )


def row(name: str, clients: int, found: Measured) -> str:
    return (
        f"{name:13} {clients:7} {found.rate:9.0f} {found.median_ms:9.2f} {found.tail_ms:9.2f}"
        f" {found.refused:8}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="per row")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--ghz", action="store_true", help="call with ghz")
    told = parser.parse_args()
    if told.ghz and shutil.which(GHZ) is None:
        raise SystemExit("--ghz: ghz is not on the PATH; see this program's head for the way to it")
    measure: Callable[..., Measured] = by_ghz if told.ghz else by_processes
    with (
        tempfile.TemporaryDirectory() as folder,
        server([sys.executable, "-c", ECHO_SERVER, "4"]) as echo_address,
        server(
            [
                *(sys.executable, "-m", "multicam_server", "--listen", "127.0.0.1:0"),
                *("--cache-dir", str(Path(folder, "cache")), "--log-level", "error"),
                *("--tenant-share", "100"),
            ]
        ) as address,
    ):
        print("call          clients   calls/s    p50 ms    p99 ms  refused")
        for clients in told.clients:
            if not told.ghz:  # the echo has no reflection, which ghz asks for
                found = by_processes(echo_address, ECHO, b"x" * 100, clients, told.seconds)
                print(row("echo", clients, found))
            for name, (method, request) in requests().items():
                body = request.SerializeToString()
                found = measure(address, f"/{SERVICE}/{method}", body, clients, told.seconds)
                print(row(name, clients, found), flush=True)


if __name__ == "__main__":
    main()
