"""What a job measured of itself as JSON: a worker collects it, the server includes it."""

from collections.abc import Mapping
from typing import Any

from ..telemetry import tally


def pack(collected: tally.Tally) -> dict[str, Any]:
    """A tally as JSON."""
    return {
        "stages": [
            [one.name, one.begun_ns, one.parent, one.ended_ns, one.failed]
            for one in collected.stages
        ],
        "seconds": collected.seconds,
        "amounts": [[key, amount] for key, amount in collected.amounts.items()],
    }


def include(told: Mapping[str, Any]) -> None:
    """Takes over a packed tally as part of what is measured here."""
    tally.include(
        tally.Tally(
            stages=[tally.Stage(*one) for one in told["stages"]],
            seconds=told["seconds"],
            amounts={tuple(key): amount for key, amount in told["amounts"]},
        )
    )
