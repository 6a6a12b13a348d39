"""A growing run of samples that is never held twice."""

from collections import deque

import numpy as np
import numpy.typing as npt

from ..domain.media import Samples

# Samples per block: 65 s at 16 kHz, 4 MiB per channel. An allocation of this size is
# given back to the system as soon as it is freed.
_BLOCK = 1 << 20


class SampleBlocks:
    """Collects samples of `channels` channels in blocks, to be moved out once."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._blocks: deque[Samples] = deque()
        self._free = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def append(self, samples: npt.NDArray[np.float32]) -> None:
        """Adds samples of shape (n, c); with another c, channels are cut or left silent."""
        channels = min(samples.shape[1], self._channels)
        done = 0
        while done < samples.shape[0]:
            room = self._room()[:channels]
            count = min(room.shape[1], samples.shape[0] - done)
            room[:, :count] = samples[done : done + count, :channels].T
            done += count
            self._advance(count)

    def append_silence(self, count: int) -> None:
        """Adds `count` samples of zeros."""
        while count > 0:
            step = min(self._room().shape[1], count)
            self._advance(step)
            count -= step

    def move_to(self, target: Samples) -> None:
        """Fills `target` of shape (c, len) and empties itself, block by block."""
        start = 0
        while self._blocks:
            block = self._blocks.popleft()
            count = min(_BLOCK, self._length - start)
            target[:, start : start + count] = block[:, :count]
            start += count
        self._free = 0
        self._length = 0

    def _room(self) -> Samples:
        """The unused, zeroed part of the last block."""
        if self._free == 0:
            self._blocks.append(np.zeros((self._channels, _BLOCK), dtype=np.float32))
            self._free = _BLOCK
        return self._blocks[-1][:, _BLOCK - self._free :]

    def _advance(self, count: int) -> None:
        self._free -= count
        self._length += count
