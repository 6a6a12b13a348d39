"""The RPCs: what computes is handed to a worker as bytes, uploads are received here."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import grpc
from multicam.v1 import media_analysis_service_pb2, upload_pb2

from . import wire
from .interceptors import caller, patience
from .media.uploads import UploadStore
from .workers import Pool

SERVICE = media_analysis_service_pb2.DESCRIPTOR.services_by_name["MediaAnalysisService"]

UPLOAD = "UploadMedia"
"""The one method that computes nothing: it stores what comes."""


class MediaAnalysisServicer:
    """Answers `multicam.v1.MediaAnalysisService`.

    Nothing is caught here: `interceptors.faults` turns a fault into the call's
    status.
    """

    def __init__(self, pool: Pool, uploads: UploadStore) -> None:
        self._pool = pool
        self._uploads = uploads

    def handler(self) -> grpc.GenericRpcHandler:
        """The service for `grpc.Server.add_generic_rpc_handlers`.

        The generated function would have gRPC parse every request here; a worker does
        that, and this process only passes bytes on.
        """
        handlers = {
            method.name: self._upload_handler()
            if method.name == UPLOAD
            else self._worker_handler(method.name, streamed=method.server_streaming)
            for method in SERVICE.methods
        }
        return grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)

    def _worker_handler(self, method: str, *, streamed: bool) -> Any:
        if streamed:
            return grpc.unary_stream_rpc_method_handler(partial(self._stream, method))
        return grpc.unary_unary_rpc_method_handler(partial(self._single, method))

    def _upload_handler(self) -> Any:
        return grpc.stream_unary_rpc_method_handler(
            self._upload,
            request_deserializer=upload_pb2.UploadMediaRequest.FromString,
            response_serializer=upload_pb2.UploadMediaResponse.SerializeToString,
        )

    def _stream(self, method: str, body: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
        tenant_id = caller(context).tenant_id
        return self._pool.run(method, body, patience.of_call(), tenant_id=tenant_id)

    def _single(self, method: str, body: bytes, context: grpc.ServicerContext) -> bytes:
        (reply,) = self._stream(method, body, context)
        return reply

    def _upload(
        self,
        request_iterator: Iterable[upload_pb2.UploadMediaRequest],
        context: grpc.ServicerContext,
    ) -> upload_pb2.UploadMediaResponse:
        header, chunks = wire.read_upload(request_iterator)
        upload = self._uploads.receive(
            caller(context).tenant_id,
            chunks,
            size_bytes=header.size_bytes,
            sha256=header.sha256,
        )
        return wire.write_upload(upload)
