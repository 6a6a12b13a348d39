"""Frames of one format to float samples on the grid of another rate.

The grid is the stream's: output sample k lies at input sample k * rate_in / rate_out,
wherever in the stream a resampler begins. So sound that is read by the window equals
sound that is read from the start.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.error import ArgumentError
from av.error import BlockingIOError as NothingYet
from av.error import EOFError as AtEnd
from av.filter import Graph

from ..domain.media import Samples

# Input is handed over in frames and resampled this many samples at a time: asking after
# each frame for output takes longer than resampling.
_BATCH_SAMPLES = 32_768

# Output frames. Large ones take fewer steps in Python.
_OUTPUT_FRAME_SAMPLES = 16_384

# libswresample's filter reaches this many samples of the lower of both rates to each side.
_FILTER_REACH = 16


def grid_ratio(rate_in: int, rate_out: int) -> tuple[int, int]:
    """Input and output samples between two instants that lie on both grids."""
    ratio = Fraction(rate_in, rate_out)
    return ratio.numerator, ratio.denominator


def filter_reach(rate_in: int, rate_out: int) -> int:
    """Input samples to each side that an output sample depends on; with some to spare."""
    return 2 * _FILTER_REACH * max(1, -(-rate_in // rate_out))


class OtherFormat(Exception):
    """A frame differs in rate, sample format or layout from those before it."""


class GridResampler:
    """Resamples frames that follow each other, the first of which lies at `position`.

    `first_sample` is the place of the first output sample on the output's grid.
    `channels` picks and orders channels; None keeps all. The output starts at the
    input's first sample: libswresample compensates its filter's delay.
    """

    def __init__(
        self,
        first: AudioFrame,
        rate_out: int,
        *,
        position: int = 0,
        channels: Sequence[int] | None = None,
    ) -> None:
        step_in, step_out = grid_ratio(first.sample_rate, rate_out)
        self.first_sample = position // step_in * step_out
        self._waiting = 0
        self._graph = Graph()
        self._source = self._graph.add_abuffer(
            sample_rate=first.sample_rate,
            format=first.format.name,
            layout=first.layout.name,
            time_base=Fraction(1, first.sample_rate),
        )
        filters = []
        if channels is not None:
            picked = "|".join(f"c{k}=c{channel}" for k, channel in enumerate(channels))
            filters.append(("pan", f"{len(channels)}c|{picked}"))
        if position % step_in:
            filters.append(("adelay", f"delays={position % step_in}S:all=1"))
        filters += [
            ("aresample", f"{rate_out}"),
            # Packed: PyAV counts planes wrongly where planar sound has 8 channels or more.
            ("aformat", "sample_fmts=flt"),
            ("asetnsamples", f"n={_OUTPUT_FRAME_SAMPLES}:p=0"),
        ]
        last = self._source
        for name, arguments in filters:
            following = self._graph.add(name, arguments)
            last.link_to(following)
            last = following
        self._sink = self._graph.add("abuffersink")
        last.link_to(self._sink)
        self._graph.configure()

    def feed(self, frame: AudioFrame) -> Iterable[Samples]:
        """Takes the next frame; gives out samples of shape (n, c) now and then.

        Raises OtherFormat where the frame is not in the format of the first.
        """
        try:
            self._source.push(frame)
        except ArgumentError as error:
            raise OtherFormat from error
        self._waiting += frame.samples
        if self._waiting < _BATCH_SAMPLES:
            return ()
        self._waiting = 0
        return self._pull()

    def flush(self) -> Iterable[Samples]:
        """The rest, once all frames were fed."""
        self._source.push(None)
        return self._pull()

    def _pull(self) -> Iterator[Samples]:
        while True:
            try:
                output = self._sink.pull()
            except (NothingYet, AtEnd):
                return
            assert isinstance(output, AudioFrame)
            yield output.to_ndarray().reshape(output.samples, -1).astype(np.float32, copy=False)
