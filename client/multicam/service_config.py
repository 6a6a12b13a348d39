"""The gRPC service config that ships with the contract: deadlines and retries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from .config import ChannelOptions

RETRY_BUFFER_BYTES = 64 * 1024 * 1024
"""Requests up to this size, the longest that a server takes by default, are kept for another
try while they are on their way. gRPC's own 256 KiB would leave out most artifacts."""

_FILE = "multicam_grpc_service_config.json"


@dataclass(frozen=True)
class ServiceConfig:
    """What the file says, split by who carries it out.

    The client sets each method's timeout as the call's deadline. The channel
    gets the rest, without the timeouts: gRPC would take the shorter of the two,
    so that a caller could not wait longer, and its own timer ends up to a second
    early (github.com/grpc/grpc/issues/34547).
    """

    timeouts_s: Mapping[tuple[str, str], float]
    retry_policy_json: str

    def timeout_s(self, service: str, method: str) -> float:
        """The method's timeout, else the service's. Raises KeyError without either."""
        named = self.timeouts_s.get((service, method))
        return self.timeouts_s[service, ""] if named is None else named

    def channel_options(self) -> ChannelOptions:
        """gRPC channel options of this concern."""
        return (
            ("grpc.enable_retries", 1),
            ("grpc.service_config", self.retry_policy_json),
            ("grpc.per_rpc_retry_buffer_size", RETRY_BUFFER_BYTES),
        )


@cache
def shipped_service_config() -> ServiceConfig:
    """The service config of this version of the contract."""
    text = resources.files("multicam.v1").joinpath(_FILE).read_text(encoding="utf-8")
    return parse_service_config(json.loads(text))


def parse_service_config(document: Mapping[str, Any]) -> ServiceConfig:
    """Splits a service config (grpc/service_config.proto in JSON)."""
    timeouts_s = {
        (name["service"], name.get("method", "")): _seconds(config["timeout"])
        for config in document["methodConfig"]
        for name in config["name"]
    }
    without_timeouts = [
        {key: value for key, value in config.items() if key != "timeout"}
        for config in document["methodConfig"]
    ]
    channel = {**document, "methodConfig": without_timeouts}
    return ServiceConfig(timeouts_s=timeouts_s, retry_policy_json=json.dumps(channel))


def _seconds(duration: str) -> float:
    """A protobuf JSON duration ("60s", "0.5s") in seconds."""
    return float(duration.removesuffix("s"))
