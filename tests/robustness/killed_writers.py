"""Kills writers of the cache and of uploads at random instants, and looks at what they left.

    python killed_writers.py FOLDER KILLS SEED

Prints one JSON object: how many entries were found whole, and what was found otherwise.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from multicam_server.cache import ResultStore
from multicam_server.media.uploads import UploadStore

TENANT = "t_killed"
SIZES = (1, 4_096, 70_000, 2_000_000)
LONGEST_LIFE_S = 0.03


def content(number: int) -> bytes:
    """What entry `number` holds: its own hash tells whether it is whole."""
    block = hashlib.sha256(str(number).encode()).digest()
    size = SIZES[number % len(SIZES)]
    return (block * (size // len(block) + 1))[:size]


def write_for_ever(folder: Path, first: int) -> None:
    answers = ResultStore(folder / "answers")
    uploads = UploadStore(folder / "uploads", limit_bytes=1 << 30)
    for number in count(first):
        answers.put(TENANT, f"entry-{number % 50}", number.to_bytes(8, "big") + content(number))
        bytes_ = content(number)
        uploads.receive(TENANT, (bytes_[at : at + 65_536] for at in range(0, len(bytes_), 65_536)))


def look(folder: Path) -> dict[str, int]:
    """Reads everything as a server that starts would."""
    found = {"answers": 0, "uploads": 0, "broken answers": 0, "broken uploads": 0, "left": 0}
    answers = ResultStore(folder / "answers")
    for path in (folder / "answers" / TENANT).glob("entry-*"):
        value = answers.get(TENANT, path.name)
        whole = value is not None and value[8:] == content(int.from_bytes(value[:8], "big"))
        found["answers" if whole else "broken answers"] += 1
    UploadStore(folder / "uploads", limit_bytes=1 << 30)
    for path in (folder / "uploads" / TENANT).glob("*"):
        whole = hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        found["uploads" if whole else "broken uploads"] += 1
    found["left"] = len(list((folder / "uploads" / ".incoming").iterdir()))
    return found


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    total = dict.fromkeys(look_keys := look_at_first(folder), 0)
    for kill in range(kills):
        writer = os.fork()
        if writer == 0:
            write_for_ever(folder, first=kill * 1_000)
        time.sleep(chance.uniform(0.001, LONGEST_LIFE_S))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        found = look(folder)
        total = {key: total[key] + found[key] for key in look_keys}
    print(json.dumps(total))


def look_at_first(folder: Path) -> tuple[str, ...]:
    for name in ("answers", "uploads"):
        (folder / name / TENANT).mkdir(parents=True)
    return tuple(look(folder))


main()
