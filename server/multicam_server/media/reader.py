"""The sound of a file by the window: only what is asked for is read and decoded."""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import numpy as np
from av.error import FFmpegError

from ..domain.faults import MediaUnreadable, MediaWithoutAudio
from ..domain.media import Samples, Sound
from .clock import reference_time
from .container import explain, is_cut_riff, open_media, picture_stream, sound_streams
from .decode import MAX_SOUND_BYTES, SAMPLE_RATE_HZ
from .sound_end import find_end
from .stream_facts import StreamFacts, look_at
from .stream_reader import StreamReader, Way, first_way
from .stream_window import OffGrid

# The last block reaches this far beyond the stated end, which is that of a codec frame
# or of an edit list, to have all that is decoded.
_BEYOND_END_S = 1

# Blocks of `read_all`: long enough that entering the file costs nothing beside decoding.
_BLOCK_S = 60.0

# Every thread opens the file for itself, which takes an index of some megabytes: worth it
# from so much sound on.
_LEAST_THREADED_S = 120

_BYTES_PER_SAMPLE = 4

_NOTES = {
    Way.SKIMMED: "its sound is not sought but counted from its start",
    Way.KEPT: "its sound is decoded from its start to its end, and kept",
}

# Output samples of the common grid: the first, and the one after the last.
Window = tuple[int, int]


@dataclass(frozen=True)
class _Stream:
    """One audio stream's place in the sound; `facts` None: it has no sound."""

    facts: StreamFacts | None
    channels: int
    first_channel: int
    first_sample: int

    def window(self, window: Window) -> Window:
        """The window in samples from this stream's first."""
        return window[0] - self.first_sample, window[1] - self.first_sample


@dataclass(frozen=True)
class _Pick:
    """The channels wanted of one stream, and the rows that they go to."""

    stream: int
    channels: tuple[int, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class _Part:
    """What one stream has of a window: from its sample `first` on, silence before."""

    first: int
    samples: Samples

    @property
    def end(self) -> int:
        return self.first + int(self.samples.shape[1])

    @classmethod
    def none(cls, channels: int) -> Self:
        """Nothing, of a stream without sound."""
        return cls(0, np.zeros((channels, 0), dtype=np.float32))

    @classmethod
    def silent(cls, window: Window, channels: int) -> Self:
        """A window before a stream's start."""
        return cls(window[1] - window[0], np.zeros((channels, 0), dtype=np.float32))


class SoundReader:
    """A `SoundSource` of one file; made by `open_sound`, closed by `with` or `close`.

    For one thread at a time. Up to `threads` threads of its own work on one call; what
    is read does not depend on their number, nor on the reads before.
    """

    def __init__(self, path: Path, asset_id: str, *, threads: int) -> None:
        self._path = path
        self._asset_id = asset_id
        self._threads = threads
        with open_media(path, asset_id) as container:
            sounds = sound_streams(container)
            if not sounds:
                if container.streams.audio:
                    raise MediaUnreadable(asset_id, "there is no decoder for its sound")
                raise MediaWithoutAudio(asset_id)
            looked_at = look_at(container, sounds)
            channel_counts = [sound.channels for sound in sounds]
            has_picture = picture_stream(container) is not None
        reference = reference_time(path, asset_id) if has_picture else None
        starts = [facts.start for facts in looked_at if facts is not None]
        if not starts:
            raise MediaUnreadable(asset_id, "none of its sound can be decoded")
        self._start = min(starts)
        self._reference = self._start if reference is None else reference
        self._streams: list[_Stream] = []
        for facts, channels in zip(looked_at, channel_counts, strict=True):
            place = (facts.start if facts is not None else self._start) - self._start
            first_sample = round(place * SAMPLE_RATE_HZ)
            self._streams.append(_Stream(facts, channels, self.channel_count, first_sample))
        self._ways = [
            first_way(stream.facts) if stream.facts is not None else None
            for stream in self._streams
        ]
        self._stopped_by = ""
        self._end: tuple[Fraction, str] | None = None
        self._own: dict[int, StreamReader] = {}
        self._spare: SimpleQueue[dict[int, StreamReader]] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file. Iterators of `blocks` end before this."""
        opened = [self._own]
        while not self._spare.empty():
            opened.append(self._spare.get())
        for readers in opened:
            for reader in readers.values():
                reader.close()
            readers.clear()

    @property
    def sample_rate_hz(self) -> float:
        """16 kHz."""
        return float(SAMPLE_RATE_HZ)

    @property
    def channel_count(self) -> int:
        """Channels of all audio streams, counted as in `decode_sound`."""
        return sum(stream.channels for stream in self._streams)

    @property
    def start_ms(self) -> float:
        """The time of the first sample from the file's reference point."""
        return float((self._start - self._reference) * 1_000)

    @property
    def end_ms(self) -> float:
        """The time of the end; the first time, reads a few packets, or all of some files."""
        return float((self._end_and_shortness()[0] - self._reference) * 1_000)

    @property
    def cut_short(self) -> str:
        """Why the sound ends early, as far as is known, or nothing."""
        return self._stopped_by or self._end_and_shortness()[1]

    @property
    def notes(self) -> tuple[str, ...]:
        """How the sound is read where it cannot be sought."""
        return tuple(sorted({_NOTES[way] for way in self._ways if way in _NOTES}))

    def read(
        self, start_ms: float, end_ms: float, *, channels: Sequence[int] | None = None
    ) -> Sound:
        """The sound from `start_ms` up to `end_ms`. Raises MediaUnreadable."""
        (sound,) = self.read_windows([(start_ms, end_ms)], channels=channels)
        return sound

    def read_windows(
        self, windows: Sequence[tuple[float, float]], *, channels: Sequence[int] | None = None
    ) -> list[Sound]:
        """The sound of each (start_ms, end_ms). Raises MediaUnreadable."""
        asked = [(self._sample_at(start), self._sample_at(end)) for start, end in windows]
        asked = [(first, max(first, last)) for first, last in asked]
        in_order = sorted(set(asked))
        picks = self._picks(channels)
        found = dict(zip(in_order, self._read(in_order, picks), strict=True))
        return [self._sound(window[0], found[window]) for window in asked]

    def blocks(self, seconds: float, *, channels: Sequence[int] | None = None) -> Iterator[Sound]:
        """All of the sound in order. Raises MediaUnreadable."""
        windows = self._tiles(max(1, round(seconds * SAMPLE_RATE_HZ)))
        picks = self._picks(channels)
        for (first, last), samples in zip(windows, self._read(windows, picks), strict=True):
            if samples.shape[1]:
                yield self._sound(first, samples)
            if samples.shape[1] < last - first:
                return

    def read_all(self, *, channels: Sequence[int] | None = None) -> Sound:
        """All of the sound at once. Raises MediaUnreadable.

        Cut, and said so, at the size that `decode_sound` holds.
        """
        count = self.channel_count if channels is None else len(channels)
        most = MAX_SOUND_BYTES // _BYTES_PER_SAMPLE // max(1, count)
        parts: list[Samples] = []
        length = 0
        for block in self.blocks(_BLOCK_S, channels=channels):
            parts.append(block.channels)
            length += block.channels.shape[1]
            if length > most:
                limit = most // SAMPLE_RATE_HZ
                self._stopped_by = f"its sound is longer than the {limit} s that are held of it"
                break
        samples = np.empty((count, length), dtype=np.float32)
        parts.reverse()
        done = 0
        while parts:  # each is given back as soon as it is copied
            part = parts.pop()
            samples[:, done : done + part.shape[1]] = part
            done += part.shape[1]
        return self._sound(0, samples)

    def _sample_at(self, time_ms: float) -> int:
        return max(0, round((time_ms - self.start_ms) * SAMPLE_RATE_HZ / 1e3))

    def _sound(self, first: int, samples: Samples) -> Sound:
        since_start = Fraction(first, SAMPLE_RATE_HZ)
        return Sound(
            sample_rate_hz=self.sample_rate_hz,
            channels=samples,
            start_ms=float((self._start + since_start - self._reference) * 1_000),
            cut_short=self.cut_short,
        )

    def _tiles(self, length: int) -> list[Window]:
        end = self._end_and_shortness()[0] - self._start + _BEYOND_END_S
        total = math.ceil(end * SAMPLE_RATE_HZ)
        return [(first, min(first + length, total)) for first in range(0, total, length)]

    def _picks(self, channels: Sequence[int] | None) -> list[_Pick]:
        wanted = range(self.channel_count) if channels is None else channels
        picks = []
        for number, stream in enumerate(self._streams):
            own = range(stream.first_channel, stream.first_channel + stream.channels)
            rows = tuple(row for row, channel in enumerate(wanted) if channel in own)
            if rows:
                picked = tuple(wanted[row] - stream.first_channel for row in rows)
                picks.append(_Pick(number, picked, rows))
        return picks

    def _read(self, windows: Sequence[Window], picks: Sequence[_Pick]) -> Iterator[Samples]:
        """The windows' samples in order, by several threads where all can be sought."""
        done = 0
        try:
            total = sum(last - first for first, last in windows)
            much = len(windows) > 1 and total >= _LEAST_THREADED_S * SAMPLE_RATE_HZ
            if self._threads > 1 and much and self._all_sought(picks):
                for samples in self._by_threads(windows, picks):
                    yield samples
                    done += 1
        except OffGrid:
            pass  # the reader that reads in turn finds another way
        if done < len(windows):
            yield from self._in_turn(windows[done:], picks)

    def _all_sought(self, picks: Sequence[_Pick]) -> bool:
        return all(self._ways[pick.stream] in {Way.SOUGHT, None} for pick in picks)

    def _in_turn(self, windows: Sequence[Window], picks: Sequence[_Pick]) -> Iterator[Samples]:
        readers = self._readers(self._own, picks)
        parts = [self._stream_parts(readers, windows, pick) for pick in picks]
        try:
            for window, *found in zip(windows, *parts, strict=True):
                yield _side_by_side(found, picks, window[1] - window[0])
        except FFmpegError as error:
            raise MediaUnreadable(self._asset_id, explain(error)) from error
        finally:
            for number, reader in readers.items():
                self._ways[number] = reader.way
                self._stopped_by = self._stopped_by or reader.stopped_by

    def _stream_parts(
        self, readers: dict[int, StreamReader], windows: Sequence[Window], pick: _Pick
    ) -> Iterator[_Part]:
        stream = self._streams[pick.stream]
        own = [stream.window(window) for window in windows]
        reader = readers.get(pick.stream)
        if reader is None:
            yield from (_Part.none(len(pick.rows)) for _ in own)
            return
        to_read = [window for window in own if window[1] > 0]
        found = reader.windows(
            [(max(0, first), last) for first, last in to_read], channels=pick.channels
        )
        for window in own:
            if window[1] > 0:
                yield _Part(max(0, -window[0]), next(found))
            else:
                yield _Part.silent(window, len(pick.rows))

    def _by_threads(self, windows: Sequence[Window], picks: Sequence[_Pick]) -> Iterator[Samples]:
        """Raises OffGrid, at the window that is the first to be off."""
        ahead: deque[Future[Samples]] = deque()
        waiting = deque(windows)
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                while ahead or waiting:
                    while waiting and len(ahead) <= self._threads:
                        ahead.append(pool.submit(self._seek_one, waiting.popleft(), picks))
                    yield ahead.popleft().result()
            finally:
                for future in ahead:
                    future.cancel()

    def _seek_one(self, window: Window, picks: Sequence[_Pick]) -> Samples:
        try:
            spare = self._spare.get_nowait()
        except Empty:
            spare = {}
        try:
            readers = self._readers(spare, picks)
            parts = []
            for pick in picks:
                first, last = self._streams[pick.stream].window(window)
                if pick.stream not in readers:
                    parts.append(_Part.none(len(pick.rows)))
                elif last <= 0:
                    parts.append(_Part.silent((first, last), len(pick.rows)))
                else:
                    samples = readers[pick.stream].sought(
                        (max(0, first), last), channels=pick.channels
                    )
                    parts.append(_Part(max(0, -first), samples))
        except FFmpegError as error:
            raise MediaUnreadable(self._asset_id, explain(error)) from error
        finally:
            for reader in spare.values():
                self._stopped_by = self._stopped_by or reader.stopped_by
            self._spare.put(spare)
        return _side_by_side(parts, picks, window[1] - window[0])

    def _readers(
        self, opened: dict[int, StreamReader], picks: Sequence[_Pick]
    ) -> dict[int, StreamReader]:
        """Those of `opened` that are needed, the missing ones made."""
        for pick in picks:
            facts = self._streams[pick.stream].facts
            if facts is not None and pick.stream not in opened:
                opened[pick.stream] = StreamReader(
                    self._path, self._asset_id, facts, SAMPLE_RATE_HZ
                )
        return {pick.stream: opened[pick.stream] for pick in picks if pick.stream in opened}

    def _end_and_shortness(self) -> tuple[Fraction, str]:
        """When the last stream ends, in the container's seconds, and why if it is cut short."""
        if self._end is None:
            end, cut_short = self._start, ""
            for stream in self._streams:
                if stream.facts is None:
                    continue
                found, stated = find_end(self._path, self._asset_id, stream.facts.index)
                start = stream.facts.start
                end = max(end, found if found is not None else start)
                if stated is not None and found is not None and not cut_short:
                    cut_short = (
                        f"its sound ends after {float(found - start):.3f} s "
                        f"of {float(stated - start):.3f} s"
                    )
            if not cut_short and is_cut_riff(self._path, self._asset_id):
                cut_short = "the file is shorter than its header states"
            self._end = (end, cut_short)
        return self._end


def open_sound(path: Path, asset_id: str, *, threads: int = 2) -> SoundReader:
    """Opens the file at the resolved `path` for reading its sound by the window.

    Decodes the first frames only. `threads` work on one call. Raises MediaUnreadable and
    MediaWithoutAudio as `decode_sound` does; so does reading.
    """
    return SoundReader(path, asset_id, threads=threads)


def _side_by_side(parts: Sequence[_Part], picks: Sequence[_Pick], length: int) -> Samples:
    """The streams' parts of a window of `length` samples as one array, silence between."""
    end = max((part.end for part in parts), default=0)
    samples = np.zeros((sum(len(pick.rows) for pick in picks), min(end, length)), dtype=np.float32)
    for part, pick in zip(parts, picks, strict=True):
        samples[list(pick.rows), part.first : part.end] = part.samples
    return samples
