"""What a worker answers: the bytes of a request in, the bytes of its replies out.

Each method reads, checks, runs and writes; what they do stands elsewhere.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from google.protobuf.message import DecodeError, Message
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    probe_pb2,
)

from .. import jobs, validation, wire
from ..conversation import VoiceDetector
from ..domain.faults import not_a_message
from ..media.library import MediaLibrary

M = TypeVar("M", bound=Message)

PARSING_BYTES = 4
"""What parsing takes at most of memory per byte of a message: arrays double as they grow."""

Method = Callable[[bytes, str], Iterator[bytes]]
"""From a request's bytes and the calling tenant's id to the bytes of its replies."""


class Methods:
    """The methods of `multicam.v1.MediaAnalysisService` that compute, by their names."""

    def __init__(
        self,
        media: MediaLibrary,
        alignments: jobs.AlignmentMemory,
        voice: VoiceDetector | None = None,
    ) -> None:
        self._media = media
        self._voice = voice
        self._alignments = alignments
        self.by_name: Mapping[str, Method] = {
            "Align": self._align,
            "AutoCut": self._auto_cut,
            "Highlights": self._highlights,
            "Focus": self._focus,
            "ProbeMedia": self._probe_media,
            "Analyze": self._analyze,
        }

    def _align(self, body: bytes, tenant_id: str) -> Iterator[bytes]:
        asked = wire.read_align(_parsed(align_pb2.AlignRequest, body))
        validation.check_align(asked)
        placed = jobs.align(asked, self._opener(tenant_id), self._alignments, tenant_id=tenant_id)
        yield wire.write_align(placed, session_id=asked.session_id).SerializeToString()

    def _auto_cut(self, body: bytes, tenant_id: str) -> Iterator[bytes]:
        asked = wire.read_auto_cut(_parsed(auto_cut_pb2.AutoCutRequest, body))
        validation.check_auto_cut(asked)
        cut = jobs.auto_cut(asked, self._opener(tenant_id), self._voice)
        yield wire.write_auto_cut(cut).SerializeToString()

    def _highlights(self, body: bytes, tenant_id: str) -> Iterator[bytes]:
        asked = wire.read_highlights(_parsed(highlights_pb2.HighlightsRequest, body))
        validation.check_highlights(asked)
        picked = jobs.highlights(asked, self._opener(tenant_id), self._voice)
        yield wire.write_highlights(picked).SerializeToString()

    def _focus(self, body: bytes, tenant_id: str) -> Iterator[bytes]:
        asked = wire.read_focus(_parsed(focus_pb2.FocusRequest, body))
        validation.check_focus(asked)
        yield wire.write_focus(jobs.focus(asked)).SerializeToString()

    def _probe_media(self, body: bytes, tenant_id: str) -> Iterator[bytes]:
        asked = wire.read_probe(_parsed(probe_pb2.ProbeMediaRequest, body))
        validation.check_probe(asked)
        media = jobs.probe_media(asked, self._opener(tenant_id))
        yield wire.write_probe(media).SerializeToString()

    def _analyze(self, body: bytes, tenant_id: str) -> Iterator[bytes]:
        asked = wire.read_analyze(_parsed(analyze_pb2.AnalyzeRequest, body))
        validation.check_analyze(asked)
        events = jobs.analyze(
            asked,
            self._opener(tenant_id),
            self._alignments,
            tenant_id=tenant_id,
            voice=self._voice,
        )
        for event in events:
            yield wire.write_event(event, session_id=asked.session_id).SerializeToString()

    def _opener(self, tenant_id: str) -> jobs.OpenPath:
        return partial(self._media.open_path, tenant_id)


def _parsed(kind: type[M], body: bytes) -> M:
    """The message. Raises InvalidRequest, and MemoryError where there is no room for it."""
    try:
        return kind.FromString(body)
    except DecodeError as error:
        # protobuf tells want of memory like bytes that are wrong.
        bytearray(PARSING_BYTES * len(body))
        raise not_a_message() from error
