"""Throws mutated requests and media files at workers, and tells what they do not bear.

    python tests/robustness/fuzzing.py messages --count 1000 --seed 1
    python tests/robustness/fuzzing.py media --count 100 --seed 1 [--only INDEX]

An input follows from seed and index alone. What is refused by a fault is borne; a worker
that dies, runs for longer than HANG_S or raises anything else is a finding, and so are
numbers in a reply that are none, and growth of this process. Prints one JSON object.
"""

import argparse
import json
import math
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    media_pb2,
    probe_pb2,
)
from multicam_server.domain.faults import DeadlinePassed, Fault, WorkerDied
from multicam_server.media.library import TenantFolders
from multicam_server.retention import Bounds
from multicam_server.workers import Pool, UnforeseenFault, WorkerLimits, WorkerSetup

TENANT = "t_fuzz"
HANG_S = 60.0
KINDS: dict[str, type[Message]] = {
    "Align": align_pb2.AlignRequest,
    "AutoCut": auto_cut_pb2.AutoCutRequest,
    "Highlights": highlights_pb2.HighlightsRequest,
    "Focus": focus_pb2.FocusRequest,
    "ProbeMedia": probe_pb2.ProbeMediaRequest,
    "Analyze": analyze_pb2.AnalyzeRequest,
}
REPLIES: dict[str, type[Message]] = {
    "Align": align_pb2.AlignResponse,
    "AutoCut": auto_cut_pb2.AutoCutResponse,
    "Highlights": highlights_pb2.HighlightsResponse,
    "Focus": focus_pb2.FocusResponse,
    "ProbeMedia": probe_pb2.ProbeMediaResponse,
    "Analyze": analyze_pb2.AnalyzeResponse,
}
ODD_NUMBERS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-300, 1e300, -1e300, 8.64e7, 8.64e8, 3.0e7)
ODD_NUMBERS += (math.nan, math.inf, -math.inf, 1 / 3, 2.0**53, -5e-324)
ODD_WHOLES = (0, 1, -1, 2, 7, 255, 30_000, 1001, 2**31 - 1, -(2**31))
ODD_TEXTS = ("", "a", "b", "cam_a", "9:16", "16:9", "1:0", "0:0", "é" * 40, "\x00", "x" * 300)
ODD_TEXTS += ("10:00:00:00", "10:00:00;02", "99:99:99:99", "../../etc/passwd", "file:///a.wav")
FORMATS = ("wav", "mp4", "mkv", "mov", "flac")
RATE_HZ = 16_000
SECONDS = 2


class Patient:
    """Waits for a job until it counts as hanging."""

    def __init__(self) -> None:
        self._ends_at_s = time.monotonic() + HANG_S

    def ended(self, asset_ids: tuple[str, ...]) -> Fault | None:
        return None if time.monotonic() < self._ends_at_s else DeadlinePassed(HANG_S, asset_ids)


def odd_value(field: FieldDescriptor, chance: random.Random) -> Any:
    """A value of a scalar field: mostly plausible, sometimes at the edge of its type."""
    if field.cpp_type in (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT):
        if chance.random() < 0.5:
            return chance.choice((chance.uniform(0, 1), chance.uniform(-1e3, 6e4)))
        return chance.choice(ODD_NUMBERS)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return chance.choice(ODD_TEXTS)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return chance.random() < 0.5
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return chance.choice((*field.enum_type.values_by_number, 99))
    return chance.choice(ODD_WHOLES)


def fill(message: Message, chance: random.Random, depth: int = 0) -> None:
    """Sets some fields of a message, those of inner messages, too."""
    for field in message.DESCRIPTOR.fields:
        if chance.random() < (0.3 if depth else 0.15):
            continue
        inner = field.message_type is not None
        if field.is_repeated:
            values = getattr(message, field.name)
            for _ in range(chance.choice((0, 1, 2, 2, 3, 6))):
                if inner:
                    fill(values.add(), chance, depth + 1)
                elif field.cpp_type == FieldDescriptor.CPPTYPE_FLOAT:
                    values.extend(np.float32(chance.gauss(0, 0.3)) for _ in range(4_000))
                else:
                    values.append(odd_value(field, chance))
        elif inner:
            fill(getattr(message, field.name), chance, depth + 1)
        else:
            try:
                setattr(message, field.name, odd_value(field, chance))
            except ValueError:
                continue  # out of the field's range: no message can hold it


def mend(message: Message, chance: random.Random) -> None:
    """Makes a message likelier to pass the rules, so that what lies behind them is reached."""
    descriptor = message.DESCRIPTOR.fields_by_name
    for name, value in (
        ("asset_id", f"cam_{chance.randrange(4)}"),
        ("duration_ms", chance.uniform(100, 60_000)),
        ("target_aspect_ratio", chance.choice(("9:16", "1:1", "4:5"))),
        ("numerator", chance.choice((25, 30_000))),
        ("denominator", chance.choice((1, 1_001))),
        ("sample_rate_hz", chance.choice((8_000.0, 16_000.0))),
        ("source_width", 1_920),
        ("source_height", 1_080),
        ("out_ms", chance.uniform(1_000, 30_000)),
    ):
        if name in descriptor and chance.random() < 0.8:
            setattr(message, name, value)
    for field, value in message.ListFields():
        if field.message_type is not None:
            for inner in value if field.is_repeated else (value,):
                mend(inner, chance)


def mutated(content: bytes, chance: random.Random, most: int = 12) -> bytes:
    """The bytes with a few of them flipped, replaced, cut out, repeated or cut off."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, most)):
        if not changed:
            break
        at = chance.randrange(len(changed))
        length = min(chance.choice((1, 2, 4, 8, 64, 1_024)), len(changed) - at)
        match chance.randrange(6):
            case 0 | 1:
                changed[at] ^= 1 << chance.randrange(8)
            case 2:
                changed[at : at + length] = chance.randbytes(length)
            case 3:
                del changed[at : at + length]
            case 4:
                changed[at:at] = changed[at : at + length]
            case 5 if chance.random() < 0.3:
                del changed[at:]
    return bytes(changed)


def artifacts(told: Message, chance: random.Random) -> None:
    """A few turns of speech, beats and frames, in order or not."""
    timeline = told.audio_semantic_timeline
    for turn in range(chance.randint(1, 8)):
        start_ms = turn * 2_500 + chance.uniform(0, 800)
        timeline.events.add(
            kind=chance.choice((1, 1, 1, 2, 3)),
            start_ms=start_ms,
            end_ms=start_ms + chance.uniform(0, 2_500),
            speaker_id=chance.choice(("s1", "s2", "")),
            loudness_lufs=chance.uniform(-40, -15),
            confidence=chance.random(),
        )
    for frame in range(chance.randint(0, 20)):
        found = told.visual_meta.frames.add(timestamp_ms=500 * frame, motion_score=chance.random())
        for subject in range(chance.randint(0, 2)):
            found.subjects.add(
                track_id=f"p{subject}",
                label="face",
                confidence=chance.random(),
                bbox_x=chance.uniform(0, 0.7),
                bbox_y=chance.uniform(0, 0.7),
                bbox_width=0.2,
                bbox_height=0.2,
            )


def waveform(asset: Message, chance: random.Random, number: int) -> None:
    asset.asset_id = f"cam_{number}"
    asset.waveform.sample_rate_hz = 1_000
    sound = np.random.default_rng(chance.randrange(3)).normal(0, 0.2, 6_000)
    asset.waveform.samples.extend(sound[700 * number :].astype(np.float32))


def valid(method: str, chance: random.Random) -> Message:
    """A request that is right."""
    request: Any = KINDS[method]()
    cameras = range(chance.randint(2, 3))
    match method:
        case "Focus":
            request.asset_id, request.target_aspect_ratio = "cam_0", "9:16"
            request.in_ms, request.out_ms = 0, chance.uniform(1_000, 15_000)
            request.source_width, request.source_height = 1_920, 1_080
            artifacts(request.artifacts, chance)
        case "ProbeMedia":
            for number in cameras:
                waveform(request.assets.add(), chance, number)
        case "Align" | "Analyze":
            for number in cameras:
                track = request.tracks.add()
                waveform(track.asset, chance, number)
                if method == "Analyze":
                    artifacts(track.artifacts, chance)
        case _:
            for number in cameras:
                track = request.tracks.add(
                    asset_id=f"cam_{number}",
                    duration_ms=chance.uniform(5_000, 30_000),
                    offset_ms=chance.uniform(-500, 2_000),
                )
                artifacts(track.artifacts, chance)
    return request


def poke(message: Message, chance: random.Random) -> None:
    """Changes one thing somewhere in a message."""
    fields = list(message.DESCRIPTOR.fields)
    set_inner = [field for field, _ in message.ListFields() if field.message_type is not None]
    if set_inner and chance.random() < 0.75:
        field = chance.choice(set_inner)
        value = getattr(message, field.name)
        if not field.is_repeated:
            poke(value, chance)
            return
        match chance.randrange(8):
            case 0:
                del value[chance.randrange(len(value))]
            case 1:
                value.add().CopyFrom(chance.choice(value))
            case _:
                poke(chance.choice(value), chance)
        return
    scalars = [field for field in fields if field.message_type is None and not field.is_repeated]
    if not scalars:
        return
    field = chance.choice(scalars)
    if chance.random() < 0.2:
        message.ClearField(field.name)
        return
    try:
        setattr(message, field.name, odd_value(field, chance))
    except ValueError:
        return  # out of the field's range: no message can hold it


def message(index: int, seed: int) -> tuple[str, bytes]:
    """A method and the bytes of a request for it: changed a little, at random, or broken."""
    chance = random.Random(f"{seed}/message/{index}")
    method = chance.choice(tuple(KINDS))
    if chance.random() < 0.7:
        request = valid(method, chance)
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            poke(request, chance)
    else:
        request = KINDS[method]()
        fill(request, chance)
        mend(request, chance)
    body = request.SerializeToString()
    return method, mutated(body, chance) if chance.random() < 0.2 else body


def write_media(path: Path) -> None:
    """Two seconds of two sine waves, with a picture where the container takes one."""
    with av.open(path, "w") as container:
        pictures = path.suffix in (".mp4", ".mkv", ".mov")
        codec = {"wav": "pcm_s16le", "flac": "flac"}.get(path.suffix[1:], "aac")
        sound = container.add_stream(codec, rate=RATE_HZ, layout="stereo")
        video = None
        if pictures:
            video = container.add_stream("mpeg4", rate=25)
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
            for number in range(25 * SECONDS):
                plane = np.full((48, 64, 3), 5 * number % 255, dtype=np.uint8)
                container.mux(video.encode(av.VideoFrame.from_ndarray(plane, format="rgb24")))
        times_s = np.arange(RATE_HZ * SECONDS) / RATE_HZ
        samples = np.stack([np.sin(tone * times_s) for tone in (2_000, 3_000)]) * 0.3
        form = "fltp" if codec == "aac" else "s16"
        if form == "s16":
            samples = (samples.T.reshape(1, -1) * 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(
            samples.astype(np.float32 if form == "fltp" else np.int16), format=form, layout="stereo"
        )
        frame.sample_rate, frame.pts = RATE_HZ, 0
        resampler = av.AudioResampler(format=sound.format, layout="stereo", rate=RATE_HZ)
        fifo = av.AudioFifo()
        for part in resampler.resample(frame):
            fifo.write(part)
        while (part := fifo.read(1_024, partial=True)) is not None:
            container.mux(sound.encode(part))
        for stream in (sound, video):
            if stream is not None:
                container.mux(stream.encode(None))


def not_finite(reply: Message, path: str = "") -> Iterator[str]:
    """The paths of all numbers in a reply that are none."""
    for field, value in reply.ListFields():
        here = f"{path}.{field.name}"
        for one in value if field.is_repeated else (value,):
            if field.message_type is not None:
                yield from not_finite(one, here)
            elif isinstance(one, float) and not math.isfinite(one):
                yield here


class Files:
    """Mutated media files in the tenant's folder, one at a time."""

    def __init__(self, root: Path) -> None:
        self._folder = root / TENANT
        self._folder.mkdir()
        self._whole = {}
        for name in FORMATS:
            path = self._folder / f"whole.{name}"
            write_media(path)
            self._whole[name] = path.read_bytes()

    def request(self, index: int, seed: int) -> tuple[str, bytes]:
        """A method, and the bytes of a request that names a mutated file."""
        chance = random.Random(f"{seed}/media/{index}")
        name = chance.choice(FORMATS)
        path = self._folder / f"mutated.{name}"
        path.write_bytes(mutated(self._whole[name], chance, most=40))
        if chance.random() < 0.5:
            asset = media_pb2.Asset(asset_id="a", uri=path.name)
            return "ProbeMedia", probe_pb2.ProbeMediaRequest(assets=[asset]).SerializeToString()
        if chance.random() < 0.5:
            cut = auto_cut_pb2.AutoCutRequest()
            for asset_id, uri in (("a", f"whole.{name}"), ("b", path.name)):
                track = cut.tracks.add(asset_id=asset_id, offset_ms=0)
                track.asset.asset_id, track.asset.uri = asset_id, uri
            return "AutoCut", cut.SerializeToString()
        align = align_pb2.AlignRequest(base_asset_id="a")
        align.options.bypass_cache = True
        for asset_id, uri in (("a", f"whole.{name}"), ("b", path.name)):
            align.tracks.add(asset=media_pb2.Asset(asset_id=asset_id, uri=uri))
        return "Align", align.SerializeToString()


def run(
    pool: Pool, inputs: Callable[[int, int], tuple[str, bytes]], indices: range, seed: int
) -> tuple[Counter[str], list[dict[str, Any]]]:
    """What became of the inputs, and what was not borne."""
    ends: Counter[str] = Counter()
    findings: list[dict[str, Any]] = []
    for index in indices:
        method, body = inputs(index, seed)
        try:
            for reply in pool.run(method, body, Patient(), tenant_id=TENANT):
                for path in not_finite(REPLIES[method].FromString(reply)):
                    findings.append({"index": index, "method": method, "what": f"{path} is none"})
            ends["answered"] += 1
        except (WorkerDied, DeadlinePassed, UnforeseenFault) as error:
            ends[type(error).__name__] += 1
            findings.append({"index": index, "method": method, "what": str(error)[-1_500:]})
        except Fault as fault:
            ends[type(fault).__name__] += 1
    return ends, findings


def resident_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("messages", "media"))
    parser.add_argument("--count", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        inputs = message if told.kind == "messages" else Files(root).request
        setup = WorkerSetup(
            media=TenantFolders((root,)),
            working_folder=root,
            answers_folder=root / "answers",
            answers_bounds=Bounds(1 << 30, 3_600),
            limits=WorkerLimits(memory_bytes=4 << 30, cpu_s=HANG_S),
        )
        pool = Pool(setup, ready=2)
        pool.start()
        indices = range(told.count) if told.only is None else range(told.only, told.only + 1)
        first = indices[: max(1, len(indices) // 4)]
        ends, findings = run(pool, inputs, first, told.seed)
        before = resident_mib()
        more_ends, more_findings = run(pool, inputs, indices[len(first) :], told.seed)
        pool.close()
        found = {
            "ends": dict(sorted((ends + more_ends).items())),
            "findings": findings + more_findings,
            "grown_mib": round(resident_mib() - before, 1),
        }
    json.dump(found, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
