"""A window of one stream: decoded by a decoder of its own, put on the output's grid."""

from collections.abc import Iterable, Sequence

import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.error import InvalidDataError
from av.packet import Packet

from ..domain.media import Samples
from .frame_clock import RESYNC_S
from .resample import GridResampler, OtherFormat, filter_reach, grid_ratio
from .stream_facts import StreamFacts, new_decoder


class OffGrid(Exception):
    """A packet is not where its timestamp, or the count of packets, says that it is."""


class StreamWindow:
    """Collects the output samples `first` to `last` of a stream, counted from its first.

    Takes packets (or frames) with their places in input samples, in the file's order.
    Which ones are decoded depends on the window alone, so that its samples do too.
    """

    def __init__(
        self,
        facts: StreamFacts,
        first: int,
        last: int,
        *,
        rate_out: int,
        channels: Sequence[int] | None = None,
    ) -> None:
        step_in, step_out = grid_ratio(facts.sample_rate_hz, rate_out)
        reach = filter_reach(facts.sample_rate_hz, rate_out)
        self._facts = facts
        self._rate_out = rate_out
        self._channels = channels
        self._first = first
        self._last = last
        self._feed_from = first * step_in // step_out - reach
        self.decode_from = self._feed_from - facts.preroll_samples
        self.decode_to = -(-last * step_in // step_out) + reach
        self._rounding = int(RESYNC_S * facts.sample_rate_hz)
        self._decoder: AudioCodecContext | None = None
        self._resampler: GridResampler | None = None
        self._next = 0
        self._written = first
        self._at = first
        self._samples: Samples | None = None

    def wants(self, position: int, samples: int) -> bool:
        """Whether sound at this place is needed, if only to prepare the decoder."""
        return position + samples > self.decode_from and position < self.decode_to

    def decode(self, stream: AudioStream, packet: "Packet[AudioStream]", position: int) -> None:
        """Decodes the packet, whose first sample lies at `position`. Raises OffGrid."""
        if self._decoder is None:
            self._decoder = new_decoder(stream)
        expected = self._facts.frame_samples
        try:
            frames = self._decoder.decode(packet)
        except InvalidDataError:
            return  # a damaged packet is silence, as it is for players
        for frame in frames:
            samples = frame.samples
            if expected is not None and samples > expected:
                raise OffGrid
            if position + samples > self._feed_from and position < self.decode_to:
                self._feed(frame, position, samples)
            position += samples

    def _feed(self, frame: AudioFrame, position: int, samples: int) -> None:
        if self._resampler is None or position != self._next:
            if self._resampler is not None and abs(position - self._next) <= self._rounding:
                raise OffGrid
            if frame.sample_rate != self._facts.sample_rate_hz:
                raise OffGrid
            self._flush()
            self._resampler = GridResampler(
                frame, self._rate_out, position=position, channels=self._channels
            )
            self._at = self._resampler.first_sample
        self._next = position + samples
        try:
            self._write(self._resampler.feed(frame))
        except OtherFormat as error:
            raise OffGrid from error

    def finish(self, *, at_end: bool) -> Samples:
        """The window's samples, of shape (c, n); shorter where the stream ended in it."""
        self._flush()
        end = self._written if at_end else self._last
        return self._room()[:, : end - self._first]

    def _room(self) -> Samples:
        """The window's array; made when it is first needed, since windows may wait long."""
        if self._samples is None:
            count = self._facts.channels if self._channels is None else len(self._channels)
            self._samples = np.zeros((count, self._last - self._first), dtype=np.float32)
        return self._samples

    def _flush(self) -> None:
        if self._resampler is not None:
            self._write(self._resampler.flush())
        self._resampler = None

    def _write(self, outputs: Iterable[Samples]) -> None:
        """Copies what lies in the window; of an overlap, what came first stays."""
        for samples in outputs:
            begin = max(self._written, self._at)
            end = min(self._last, self._at + len(samples))
            if begin < end:
                part = samples[begin - self._at : end - self._at]
                room = self._room()
                count = min(part.shape[1], len(room))
                room[:count, begin - self._first : end - self._first] = part[:, :count].T
                self._written = end
            self._at += len(samples)
