"""The RPCs. Each reads, checks, runs and writes; what they do stands elsewhere."""

from collections.abc import Iterable, Iterator
from functools import partial

import grpc
from multicam.v1 import (
    align_pb2,
    analyze_pb2,
    auto_cut_pb2,
    focus_pb2,
    highlights_pb2,
    probe_pb2,
    upload_pb2,
)

from . import jobs, validation, wire
from .interceptors.identity import caller
from .media.library import MediaLibrary
from .media.uploads import UploadStore


class MediaAnalysisServicer:
    """Answers `multicam.v1.MediaAnalysisService`.

    Nothing is caught here: `interceptors.faults` turns a fault into the call's
    status.
    """

    def __init__(
        self, media: MediaLibrary, uploads: UploadStore, alignments: jobs.AlignmentMemory
    ) -> None:
        self._media = media
        self._uploads = uploads
        self._alignments = alignments

    def Align(
        self, request: align_pb2.AlignRequest, context: grpc.ServicerContext
    ) -> align_pb2.AlignResponse:
        """Places the recordings of one event on one clock."""
        asked = wire.read_align(request)
        validation.check_align(asked)
        tenant_id = caller(context).tenant_id
        placed = jobs.align(asked, self._opener(tenant_id), self._alignments, tenant_id=tenant_id)
        return wire.write_align(placed, session_id=asked.session_id)

    def AutoCut(
        self, request: auto_cut_pb2.AutoCutRequest, context: grpc.ServicerContext
    ) -> auto_cut_pb2.AutoCutResponse:
        """Cuts a programme from placed recordings."""
        asked = wire.read_auto_cut(request)
        validation.check_auto_cut(asked)
        cut = jobs.auto_cut(asked, self._opener(caller(context).tenant_id))
        return wire.write_auto_cut(cut)

    def Highlights(
        self, request: highlights_pb2.HighlightsRequest, context: grpc.ServicerContext
    ) -> highlights_pb2.HighlightsResponse:
        """Picks the best moments within a target duration."""
        asked = wire.read_highlights(request)
        validation.check_highlights(asked)
        picked = jobs.highlights(asked, self._opener(caller(context).tenant_id))
        return wire.write_highlights(picked)

    def Focus(
        self, request: focus_pb2.FocusRequest, context: grpc.ServicerContext
    ) -> focus_pb2.FocusResponse:
        """Reframes one clip to another shape."""
        asked = wire.read_focus(request)
        validation.check_focus(asked)
        return wire.write_focus(jobs.focus(asked))

    def ProbeMedia(
        self, request: probe_pb2.ProbeMediaRequest, context: grpc.ServicerContext
    ) -> probe_pb2.ProbeMediaResponse:
        """Tells what media files are, and their timecodes."""
        asked = wire.read_probe(request)
        validation.check_probe(asked)
        media = jobs.probe_media(asked, self._opener(caller(context).tenant_id))
        return wire.write_probe(media)

    def Analyze(
        self, request: analyze_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> Iterator[analyze_pb2.AnalyzeResponse]:
        """Aligns, cuts, highlights and reframes: progress, then the result."""
        asked = wire.read_analyze(request)
        validation.check_analyze(asked)
        tenant_id = caller(context).tenant_id
        for event in jobs.analyze(
            asked, self._opener(tenant_id), self._alignments, tenant_id=tenant_id
        ):
            yield wire.write_event(event, session_id=asked.session_id)

    def UploadMedia(
        self,
        request_iterator: Iterable[upload_pb2.UploadMediaRequest],
        context: grpc.ServicerContext,
    ) -> upload_pb2.UploadMediaResponse:
        """Takes a file that the server cannot reach by itself."""
        header, chunks = wire.read_upload(request_iterator)
        upload = self._uploads.receive(
            caller(context).tenant_id,
            chunks,
            size_bytes=header.size_bytes,
            sha256=header.sha256,
        )
        return wire.write_upload(upload)

    def _opener(self, tenant_id: str) -> jobs.OpenPath:
        return partial(self._media.open_path, tenant_id)
