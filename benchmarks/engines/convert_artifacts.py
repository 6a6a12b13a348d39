"""How long the adapter takes to turn a detector's frames into messages, against a floor.

    python -m benchmarks.engines.convert_artifacts

The floor is protobuf alone: sound dicts, known to be sound, handed to it as they are.
What the adapter adds is looking at every value. Processor time, so that other work on
the machine counts less; each figure is the median of the rounds.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from multicam.engines import conversion
from multicam.v1 import artifacts_pb2

INTERVAL_MS = 500.0
SUBJECTS = 2


def subject(number: int) -> dict[str, Any]:
    return {
        "track_id": f"person-{number}",
        "label": "face",
        "confidence": 0.93,
        "bbox_x": 0.2 + 0.3 * number,
        "bbox_y": 0.25,
        "bbox_width": 0.125,
        "bbox_height": 0.3,
    }


def plain(count: int) -> list[dict[str, Any]]:
    """Frames exactly as the contract has them."""
    return [
        {
            "timestamp_ms": INTERVAL_MS * number,
            "subjects": [subject(one) for one in range(SUBJECTS)],
            "primary_subject_center_x": 0.3,
            "primary_subject_center_y": 0.4,
            "shot_boundary": number % 50 == 0,
            "motion_score": 0.2,
        }
        for number in range(count)
    ]


def forms(count: int) -> dict[str, list[Any]]:
    """The frames in the forms in which stores have them."""
    frames = plain(count)
    older = [{**one, "primary_subject_movement": 0.2, "motion_score": None} for one in frames]
    regions = [{"label": "face", "x": 0.2, "y": 0.2, "w": 0.1, "h": 0.3}] * SUBJECTS
    bare = ("timestamp_ms", "shot_boundary", "motion_score")
    return {
        "as the contract has them": frames,
        "with unknown keys": [
            {**one, "mood": 1, "subjects": [{**face, "meta": {}} for face in one["subjects"]]}
            for one in frames
        ],
        "older key names": older,
        "regions for subjects": [
            {**{key: one[key] for key in bare}, "regions": regions} for one in frames
        ],
        "every value flawed": [{**one, "motion_score": "?"} for one in frames],
    }


def median_ms(task: Callable[[], object], rounds: int) -> float:
    """Processor time of a task in ms."""
    times = []
    for _ in range(rounds):
        started = time.process_time()
        task()
        times.append(time.process_time() - started)
    return statistics.median(times) * 1e3


def convert(frames: list[Any]) -> artifacts_pb2.VisualMeta:
    return conversion.visual_meta({"frames": frames}, "visual", conversion.Notes("visual"))


def main(count: int, rounds: int) -> None:
    sound = plain(count)
    floor = median_ms(lambda: artifacts_pb2.VisualMeta(frames=sound), rounds)
    text = json.dumps({"frames": sound})
    print(f"{count} frames of {SUBJECTS} subjects, median of {rounds} rounds")
    print(f"{'':28}{'ms':>8}{'to floor':>10}")
    print(f"{'floor: protobuf alone':28}{floor:8.1f}{1:10.1f}")
    print(f"{'json.loads, for comparison':28}{median_ms(lambda: json.loads(text), rounds):8.1f}")
    for name, frames in forms(count).items():
        took = median_ms(lambda frames=frames: convert(frames), rounds)  # type: ignore[misc]
        print(f"{name:28}{took:8.1f}{took / floor:10.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time the adapter's conversion of artifacts.")
    parser.add_argument("--frames", type=int, default=7_200)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    main(arguments.frames, arguments.rounds)
