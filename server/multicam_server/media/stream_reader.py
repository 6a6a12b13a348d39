"""Windows of one audio stream, by the quickest way that is exact for it.

- Sought: the container is entered before each window. Each packet's timestamp must name
  its place in the count of samples to within the container's rounding.
- Skimmed: packets are read from the start and counted; those of the windows are decoded.
- Kept: everything is decoded once, into a temporary file.

A stream that turns out to be unfit for one way is read by the next.
"""

import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from enum import Enum
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet

from ..domain.media import Samples
from .clock import decode_packet
from .container import explain, open_media, picture_stream, read_only, short_name
from .decode import MAX_SOUND_BYTES
from .frame_clock import BrokenClock, FrameClock
from .stream_facts import StreamFacts
from .stream_sound import StreamSound
from .stream_window import OffGrid, StreamWindow

# How far before the place that is asked for the container is entered, in turn, until a
# packet is found that does not begin too late.
_STEPS_BACK_S = (Fraction(0), Fraction(1), Fraction(10), Fraction(60))

# Windows near the start are read from there.
_HEAD_S = 2

# Kept sound is moved to the file in pieces of this many samples (60 s at 16 kHz).
_PIECE_SAMPLES = 960_000

_MICROSECONDS = 1_000_000

Packets = Iterator["Packet[AudioStream]"]
Window = tuple[int, int]
# A packet's place in input samples, how many it yields at most, and the packet.
Placed = tuple[int, int, "Packet[AudioStream]"]


class Way(Enum):
    """How a stream is read."""

    SOUGHT = "sought"
    SKIMMED = "skimmed"
    KEPT = "kept"


def first_way(facts: StreamFacts) -> Way:
    """The quickest way that may be exact for the stream."""
    if facts.can_seek:
        return Way.SOUGHT
    return Way.SKIMMED if facts.can_skim else Way.KEPT


class StreamReader:
    """Reads windows of one stream at `rate_out` hertz. For one thread at a time.

    `stopped_by` says in words what ended the reading before the stream's end.
    """

    def __init__(self, path: Path, asset_id: str, facts: StreamFacts, rate_out: int) -> None:
        self.facts = facts
        self.way = first_way(facts)
        self.stopped_by = ""
        self._path = path
        self._asset_id = asset_id
        self._rate_out = rate_out
        self._open = ExitStack()
        self._container: InputContainer | None = None
        self._kept: KeptSound | None = None

    def close(self) -> None:
        """Closes the file and forgets what was kept."""
        self._open.close()
        self._container = None
        self._kept = None

    def windows(
        self, wanted: Sequence[Window], *, channels: Sequence[int] | None = None
    ) -> Iterator[Samples]:
        """The samples of each window, in order; windows are sorted by their first sample.

        A window is the output samples from its first up to its last, counted from the
        stream's first. The result is of shape (c, n), shorter where the stream ends.
        `channels` picks among the stream's own.
        """
        done = 0
        while done < len(wanted):
            try:
                for samples in self._by_way(wanted[done:], channels):
                    yield samples
                    done += 1
            except OffGrid:
                self._change_way()

    def sought(self, wanted: Window, *, channels: Sequence[int] | None = None) -> Samples:
        """The samples of one window, sought or from near the start. Raises OffGrid."""
        window = self._window(wanted, channels)
        if window.decode_from < self._head():
            (samples,) = self._from_start([wanted], channels, self._stamped)
            return samples
        at_end = True
        for position, samples_in, packet in self._stamped(self._enter(window.decode_from)):
            if position >= window.decode_to:
                at_end = False
                break
            if window.wants(position, samples_in):
                window.decode(packet.stream, packet, position)
        return window.finish(at_end=at_end)

    def _by_way(
        self, wanted: Sequence[Window], channels: Sequence[int] | None
    ) -> Iterator[Samples]:
        if self.way is Way.KEPT:
            if self._kept is None:
                self._kept = KeptSound(self._path, self._asset_id, self.facts, self._rate_out)
                self._open.callback(self._kept.close)
                self.stopped_by = self._kept.stopped_by
            for first, last in wanted:
                yield self._kept.read(first, last, channels)
        elif self.way is Way.SKIMMED:
            yield from self._from_start(wanted, channels, self._counted)
        else:
            near = [w for w in wanted if self._window(w, None).decode_from < self._head()]
            if near:
                yield from self._from_start(near, channels, self._stamped)
            for window in wanted[len(near) :]:
                yield self.sought(window, channels=channels)

    def _change_way(self) -> None:
        skim = self.way is Way.SOUGHT and self.facts.can_skim
        self.way = Way.SKIMMED if skim else Way.KEPT

    def _window(self, window: Window, channels: Sequence[int] | None) -> StreamWindow:
        first, last = window
        return StreamWindow(self.facts, first, last, rate_out=self._rate_out, channels=channels)

    def _head(self) -> int:
        return self.facts.first_samples + _HEAD_S * self.facts.sample_rate_hz

    def _from_start(
        self,
        wanted: Sequence[Window],
        channels: Sequence[int] | None,
        place: Callable[[Packets], Iterator[Placed]],
    ) -> Iterator[Samples]:
        """The windows in one pass; only packets that a window needs are decoded."""
        waiting = deque(self._window(window, channels) for window in wanted)
        active: deque[StreamWindow] = deque()
        with ExitStack() as opened:
            # A file that is open already was entered somewhere; one opened now is kept.
            keep = self._open if self._container is None else opened
            container = keep.enter_context(open_media(self._path, self._asset_id))
            self._container = self._container or container
            stream = _sound(container, self.facts)
            read_only(container, [stream])
            packets = _packets(container, stream)
            lead = (
                (0, self.facts.first_samples, packet)
                for packet in islice(packets, self.facts.lead_packets)
            )
            for position, samples, packet in chain(lead, place(self._to_the_end(packets))):
                while waiting and waiting[0].decode_from < position + samples:
                    active.append(waiting.popleft())
                for window in active:
                    if window.wants(position, samples):
                        window.decode(stream, packet, position)
                while active and position >= active[0].decode_to:
                    yield active.popleft().finish(at_end=False)
                if not active and not waiting:
                    return
        for window in chain(active, waiting):
            yield window.finish(at_end=True)

    def _counted(self, packets: Packets) -> Iterator[Placed]:
        """Places by the count of packets, as decoding everything would."""
        facts = self.facts
        clock = FrameClock(facts.sample_rate_hz, facts.tick, facts.first_pts)
        clock.place(facts.first_pts, facts.first_samples)
        samples = facts.frame_samples
        assert samples is not None
        try:
            for packet in packets:
                yield clock.place(packet.pts, samples), samples, packet
        except BrokenClock as error:
            self.stopped_by = str(error)

    def _stamped(self, packets: Packets) -> Iterator[Placed]:
        """Places by timestamps. Raises OffGrid."""
        for packet in packets:
            position = None if packet.pts is None else self.facts.position(packet.pts)
            if position is None:
                raise OffGrid
            yield position, self.facts.samples_in(packet), packet

    def _to_the_end(self, packets: Packets) -> Packets:
        """The packets up to where the file cannot be read on."""
        try:
            yield from packets
        except FFmpegError as error:
            self.stopped_by = f"reading stopped: {explain(error)}"

    def _enter(self, position: int) -> Packets:
        """The packets from one at or before `position` on. Raises OffGrid."""
        if self._container is None:
            self._container = self._open.enter_context(open_media(self._path, self._asset_id))
        container = self._container
        stream = _sound(container, self.facts)
        read_only(container, [stream])
        for step_s in _STEPS_BACK_S:
            target = max(0, position - int(step_s * self.facts.sample_rate_hz))
            found = self._first_after_seek(container, stream, target)
            if found is None:
                continue
            first, packets = found
            first_position = self.facts.position(first.pts or 0)
            if first_position is None:
                raise OffGrid
            if first_position <= position:
                return self._to_the_end(chain([first], packets))
        raise OffGrid

    def _first_after_seek(
        self, container: InputContainer, stream: AudioStream, position: int
    ) -> "tuple[Packet[AudioStream], Packets] | None":
        """The first packet after a seek to `position`, and those that follow it."""
        facts = self.facts
        try:
            if _lists_pictures_only(container):
                time = facts.start + Fraction(position, facts.sample_rate_hz)
                container.seek(int(time * _MICROSECONDS))
            else:
                container.seek(facts.pts_at(position), stream=stream)
            packets = _packets(container, stream)
            first = next(packets, None)
        except FFmpegError:
            return None
        return None if first is None or first.pts is None else (first, packets)


class KeptSound:
    """A whole stream's sound in a temporary file without a name."""

    def __init__(self, path: Path, asset_id: str, facts: StreamFacts, rate_out: int) -> None:
        self.stopped_by = ""
        self._channels = facts.channels
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        sound = StreamSound(facts.channels, rate_out)
        most = MAX_SOUND_BYTES // (facts.channels * np.dtype(np.float32).itemsize)
        with open_media(path, asset_id) as container:
            stream = _sound(container, facts)
            read_only(container, [stream])
            try:
                for packet in container.demux([stream]):
                    for frame in decode_packet(packet):
                        if isinstance(frame, AudioFrame):
                            sound.feed(frame)
                    if sound.held >= _PIECE_SAMPLES:
                        self._move(sound)
                    if len(sound) > most:
                        limit = most // rate_out
                        self.stopped_by = f"its sound is longer than the {limit} s that are held"
                        break
            except FFmpegError as error:
                self.stopped_by = f"reading stopped: {explain(error)}"
            except BrokenClock as error:
                self.stopped_by = str(error)
        sound.finish()
        self._move(sound)
        self._length = len(sound)

    def close(self) -> None:
        """Gives the file's space back."""
        self._file.close()

    def read(self, first: int, last: int, channels: Sequence[int] | None) -> Samples:
        """Samples `first` up to `last`, of shape (c, n); shorter where the sound ends."""
        count = max(0, min(last, self._length) - first)
        row_bytes = self._channels * np.dtype(np.float32).itemsize
        self._file.seek(first * row_bytes)
        rows = np.frombuffer(self._file.read(count * row_bytes), dtype=np.float32)
        samples = rows.reshape(count, self._channels).T
        return np.ascontiguousarray(samples if channels is None else samples[list(channels)])

    def _move(self, sound: StreamSound) -> None:
        piece = np.empty((self._channels, sound.held), dtype=np.float32)
        sound.move_to(piece)
        self._file.write(np.ascontiguousarray(piece.T).data)


def _sound(container: InputContainer, facts: StreamFacts) -> AudioStream:
    stream = container.streams[facts.index]
    assert isinstance(stream, AudioStream)
    return stream


def _packets(container: InputContainer, stream: AudioStream) -> Packets:
    """The stream's packets, without the empty one that ends a file."""
    return (packet for packet in container.demux(stream) if packet.size)


def _lists_pictures_only(container: InputContainer) -> bool:
    """Whether the sound is found by way of the picture: Matroska's index has no sound then.

    libavformat would read up to the place.
    """
    return short_name(container) == "matroska" and picture_stream(container) is not None
