"""Throws mutated bytes at the reading and checking of requests, without the work behind.

    python tests/robustness/fuzzing_reading.py --count 1000000 --seed 1

In this process, thousands a second: message bytes are parsed, read into domain values
and checked. Any exception but a fault is a finding. Prints one JSON object.
"""

import argparse
import json
import random
import resource
import sys
import traceback
from collections import Counter
from typing import Any

from fuzzing import KINDS, message, mutated
from google.protobuf.message import DecodeError
from multicam_server import validation, wire
from multicam_server.domain.faults import Fault

READ_AND_CHECK: dict[str, tuple[Any, Any]] = {
    "Align": (wire.read_align, validation.check_align),
    "AutoCut": (wire.read_auto_cut, validation.check_auto_cut),
    "Highlights": (wire.read_highlights, validation.check_highlights),
    "Focus": (wire.read_focus, validation.check_focus),
    "ProbeMedia": (wire.read_probe, validation.check_probe),
    "Analyze": (wire.read_analyze, validation.check_analyze),
}
MUTATIONS_OF_ONE_SET = 200
MESSAGES_OF_ONE_SET = 20
LONGEST_BYTES = 20_000


def end_of(method: str, body: bytes) -> str:
    """What becomes of the bytes of a request."""
    read, check = READ_AND_CHECK[method]
    try:
        check(read(KINDS[method].FromString(body)))
    except DecodeError:
        return "no message"
    except Fault as fault:
        return type(fault).__name__
    return "passed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    chance = random.Random(f"{told.seed}/reading")
    ends: Counter[str] = Counter()
    findings = []
    before_kib = 0
    for index in range(told.count):
        if index % MUTATIONS_OF_ONE_SET == 0:
            one_set = [message(index + number, told.seed) for number in range(MESSAGES_OF_ONE_SET)]
        method, body = chance.choice(one_set)
        if len(body) < LONGEST_BYTES and chance.random() < 0.9:
            body = mutated(body, chance)
        try:
            ends[end_of(method, body)] += 1
        except Exception:
            what = traceback.format_exc()[-1_500:]
            findings.append({"index": index, "method": method, "body": body.hex(), "what": what})
        if index == told.count // 4:
            before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib
    found = {"ends": dict(sorted(ends.items())), "findings": findings}
    json.dump({**found, "grown_mib": round(grown_kib / 1_024, 1)}, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
