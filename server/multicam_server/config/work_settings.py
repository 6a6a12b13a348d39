"""The settings of the work: how much is taken on, how long it may take, what is kept."""

import argparse
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .settings import Setting, whole
from .work_values import (
    DAY_S,
    GIB,
    HOUR_S,
    MIB,
    CacheConfig,
    LimitsConfig,
    UploadConfig,
    WorkConfig,
)

MIN_MESSAGE_BYTES = 2 * MIB
"""A message must hold an upload's longest chunk, 1 MiB."""

MAX_MESSAGE_BYTES = 2 * GIB - 1
"""Protobuf's own limit."""

MAX_STORED_BYTES = 1024 * GIB
"""Above the largest camera file; catches a slip of the hand."""

MIN_MEMORY_BYTES = 1 * GIB
"""A worker without work has 0.4 GiB of addresses, nearly all of it libraries."""

MAX_COUNT = 1024


def seconds(lowest: float, highest: float) -> Callable[[str], float]:
    """A parser of seconds within bounds."""

    def parse(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = math.nan
        if not lowest <= found <= highest:
            raise ValueError(f"must be a number of seconds from {lowest:g} to {highest:g}")
        return found

    return parse


MESSAGE_BYTES = Setting(
    "--max-message-bytes",
    "MULTICAM_MAX_MESSAGE_BYTES",
    "BYTES",
    "longest message in either direction, after decompression",
    f"{LimitsConfig.max_message_bytes}",
    whole(MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES),
)
WORKERS = Setting(
    "--workers",
    "MULTICAM_WORKERS",
    "COUNT",
    "single-request calls that work at a time, each in a process of its own",
    "one per core, at least 2",
    whole(1, MAX_COUNT),
)
MAX_WAITING = Setting(
    "--max-waiting",
    "MULTICAM_MAX_WAITING",
    "COUNT",
    "further single-request calls that may wait; more are refused",
    f"{LimitsConfig.max_waiting}",
    whole(0, MAX_COUNT),
)
MAX_STREAMS = Setting(
    "--max-streams",
    "MULTICAM_MAX_STREAMS",
    "COUNT",
    "Analyze and UploadMedia calls at a time; more are refused",
    "two per core, at least 4",
    whole(1, MAX_COUNT),
)
TENANT_SHARE = Setting(
    "--tenant-share",
    "MULTICAM_TENANT_SHARE",
    "PERCENT",
    "part of all calls and of all streams that one tenant may have at a time",
    f"{LimitsConfig.tenant_share}",
    whole(1, 100),
)
DEFAULT_DEADLINE = Setting(
    "--default-deadline-s",
    "MULTICAM_DEFAULT_DEADLINE_S",
    "SECONDS",
    "how long a call may take that sets no deadline",
    f"{WorkConfig.default_deadline_s:g}",
    seconds(1, DAY_S),
)
WORKER_CPU = Setting(
    "--worker-cpu-s",
    "MULTICAM_WORKER_CPU_S",
    "SECONDS",
    "processor time that one request may take, on all cores together",
    f"{WorkConfig.cpu_s:g}",
    seconds(1, 100 * HOUR_S),
)
WORKER_MEMORY = Setting(
    "--worker-memory-bytes",
    "MULTICAM_WORKER_MEMORY_BYTES",
    "BYTES",
    "address space that one request may take",
    f"{WorkConfig.memory_bytes}",
    whole(MIN_MEMORY_BYTES, MAX_STORED_BYTES),
)
UPLOAD_BYTES = Setting(
    "--max-upload-bytes",
    "MULTICAM_MAX_UPLOAD_BYTES",
    "BYTES",
    "longest upload",
    f"{UploadConfig.limit_bytes}",
    whole(1, MAX_STORED_BYTES),
)
TENANT_UPLOAD_BYTES = Setting(
    "--tenant-upload-bytes",
    "MULTICAM_TENANT_UPLOAD_BYTES",
    "BYTES",
    "uploads kept of one tenant; beyond it the least recently used go",
    f"{UploadConfig.tenant_bytes}",
    whole(1, 1024 * MAX_STORED_BYTES),
)
UPLOAD_KEEP = Setting(
    "--upload-keep-s",
    "MULTICAM_UPLOAD_KEEP_S",
    "SECONDS",
    "how long an upload is kept that nobody uses",
    f"{UploadConfig.keep_s:.0f}",
    seconds(60, 3650 * DAY_S),
)
UPLOAD_IDLE = Setting(
    "--upload-idle-s",
    "MULTICAM_UPLOAD_IDLE_S",
    "SECONDS",
    "how long an upload may stand still",
    f"{UploadConfig.idle_s:g}",
    seconds(1, HOUR_S),
)
CACHE_BYTES = Setting(
    "--cache-bytes",
    "MULTICAM_CACHE_BYTES",
    "BYTES",
    "what is remembered of all tenants; beyond it the least recently used goes",
    f"{CacheConfig.limit_bytes}",
    whole(MIB, 1024 * MAX_STORED_BYTES),
)
CACHE_KEEP = Setting(
    "--cache-keep-s",
    "MULTICAM_CACHE_KEEP_S",
    "SECONDS",
    "how long something is remembered that nobody asks for",
    f"{CacheConfig.keep_s:.0f}",
    seconds(60, 3650 * DAY_S),
)

WORK_SETTINGS: tuple[Setting[Any], ...] = (
    MESSAGE_BYTES,
    WORKERS,
    MAX_WAITING,
    MAX_STREAMS,
    TENANT_SHARE,
    DEFAULT_DEADLINE,
    WORKER_CPU,
    WORKER_MEMORY,
    UPLOAD_BYTES,
    TENANT_UPLOAD_BYTES,
    UPLOAD_KEEP,
    UPLOAD_IDLE,
    CACHE_BYTES,
    CACHE_KEEP,
)


def read_limits(flags: argparse.Namespace, environ: Mapping[str, str]) -> LimitsConfig:
    """How much is taken on at a time."""
    default = LimitsConfig()
    return LimitsConfig(
        max_message_bytes=MESSAGE_BYTES.value(flags, environ, default.max_message_bytes),
        workers=WORKERS.value(flags, environ, default.workers),
        max_waiting=MAX_WAITING.value(flags, environ, default.max_waiting),
        max_streams=MAX_STREAMS.value(flags, environ, default.max_streams),
        tenant_share=TENANT_SHARE.value(flags, environ, default.tenant_share),
    )


def read_work(flags: argparse.Namespace, environ: Mapping[str, str]) -> WorkConfig:
    """How much one request may take."""
    default = WorkConfig()
    return WorkConfig(
        default_deadline_s=DEFAULT_DEADLINE.value(flags, environ, default.default_deadline_s),
        cpu_s=WORKER_CPU.value(flags, environ, default.cpu_s),
        memory_bytes=WORKER_MEMORY.value(flags, environ, default.memory_bytes),
    )


def read_uploads(flags: argparse.Namespace, environ: Mapping[str, str]) -> UploadConfig:
    """Which uploads are taken and kept."""
    default = UploadConfig()
    return UploadConfig(
        limit_bytes=UPLOAD_BYTES.value(flags, environ, default.limit_bytes),
        tenant_bytes=TENANT_UPLOAD_BYTES.value(flags, environ, default.tenant_bytes),
        keep_s=UPLOAD_KEEP.value(flags, environ, default.keep_s),
        idle_s=UPLOAD_IDLE.value(flags, environ, default.idle_s),
    )


def read_cache(folder: Path, flags: argparse.Namespace, environ: Mapping[str, str]) -> CacheConfig:
    """What is remembered in `folder`."""
    default = CacheConfig(folder)
    return CacheConfig(
        folder,
        limit_bytes=CACHE_BYTES.value(flags, environ, default.limit_bytes),
        keep_s=CACHE_KEEP.value(flags, environ, default.keep_s),
    )
