"""A file's sound that is opened when something is read of it that is not known yet."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Self

from ..alignment import KnownSound
from ..domain.media import Sound
from ..media.reader import SoundReader, open_sound
from ..telemetry.tally import here


class LazySound:
    """A `SoundSource` of one file; what `known` tells of it needs no open file.

    Closed by `with`. For one thread at a time. Raises the faults of `open_sound` when it
    opens.
    """

    def __init__(self, path: Path, asset_id: str, known: KnownSound) -> None:
        self._path = path
        self._asset_id = asset_id
        self._known = known
        self._opened: SoundReader | None = None
        # Threads of the alignment read, which know nothing of what is measured.
        self._place = here()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def sample_rate_hz(self) -> float:
        """Rate of what is read."""
        return self._reader().sample_rate_hz

    @property
    def channel_count(self) -> int:
        """Channels of all of the asset's audio streams."""
        return self._reader().channel_count

    @property
    def start_ms(self) -> float:
        """Time of the first sample."""
        facts = self._known.facts
        return self._reader().start_ms if facts is None else facts.start_ms

    @property
    def end_ms(self) -> float:
        """Time of the end, to within a codec frame."""
        facts = self._known.facts
        return self._reader().end_ms if facts is None else facts.end_ms

    @property
    def cut_short(self) -> str:
        """Why the sound ends early, as far as is known, or nothing."""
        facts = self._known.facts
        told = facts.cut_short if facts is not None else ""
        return told or (self._reader().cut_short if self._must_ask else "")

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd about how it is read, as far as is known."""
        facts = self._known.facts
        told = facts.notes if facts is not None else ()
        return tuple(sorted({*told, *(self._reader().notes if self._must_ask else ())}))

    def read(
        self, start_ms: float, end_ms: float, *, channels: Sequence[int] | None = None
    ) -> Sound:
        """The sound from `start_ms` up to `end_ms`."""
        with self._decoding():
            return self._told(self._reader().read(start_ms, end_ms, channels=channels))

    def read_windows(
        self, windows: Sequence[tuple[float, float]], *, channels: Sequence[int] | None = None
    ) -> list[Sound]:
        """The sound of each (start_ms, end_ms), in the order given."""
        with self._decoding():
            sounds = self._reader().read_windows(windows, channels=channels)
            return [self._told(sound) for sound in sounds]

    def blocks(self, seconds: float, *, channels: Sequence[int] | None = None) -> Iterator[Sound]:
        """All of the sound in order, in blocks of `seconds`."""
        with self._decoding():
            blocks = self._reader().blocks(seconds, channels=channels)
        while True:
            with self._decoding():
                block = next(blocks, None)
                if block is None:
                    return
                self._told(block)
            yield block

    def read_all(self, *, channels: Sequence[int] | None = None) -> Sound:
        """All of the sound at once."""
        with self._decoding():
            return self._told(self._reader().read_all(channels=channels))

    def _decoding(self) -> AbstractContextManager[None]:
        """Measures what is read from whichever thread it is."""
        return self._place.stage("decode")

    def _told(self, sound: Sound) -> Sound:
        self._place.count("decoded_seconds", amount=sound.duration_ms / 1e3)
        return sound

    @property
    def _must_ask(self) -> bool:
        """Whether the file itself may know more than what is known of it."""
        return self._opened is not None or self._known.facts is None

    def _reader(self) -> SoundReader:
        if self._opened is None:
            self._opened = open_sound(self._path, self._asset_id)
        return self._opened
