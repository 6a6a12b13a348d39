"""What accompanies a call, whichever client makes it: deadline, request id, metadata."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import grpc

from .config import CallerIdentity, ChannelOptions, TlsConfig
from .errors import Cancelled, ErrorReport, MulticamError, error_from
from .service_config import shipped_service_config
from .status_details import read_failure
from .trace_context import trace_metadata
from .v1.media_analysis_service_pb2 import DESCRIPTOR

SERVICE = DESCRIPTOR.services_by_name["MediaAnalysisService"]

Token = str | Callable[[], str]
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class CallOptions:
    """What accompanies one call."""

    timeout_s: float
    request_id: str
    metadata: Metadata

    def failure(self, error: grpc.RpcError) -> MulticamError:
        """The exception for a failure of this call."""
        return error_from(read_failure(error, self.request_id))

    def cancelled(self, message: str) -> Cancelled:
        """The exception for this call when it ended on this side."""
        report = ErrorReport(grpc.StatusCode.CANCELLED, message, request_id=self.request_id)
        return Cancelled(report)


@dataclass(frozen=True)
class CallDefaults:
    """What all calls of one client have in common."""

    identity: CallerIdentity
    timeout_s: float | None

    def options(
        self, method: str, timeout_s: float | None, request_id: str | None, token: str | None
    ) -> CallOptions:
        """Deadline, request id and metadata of one call."""
        if timeout_s is None:
            timeout_s = self.timeout_s
        if timeout_s is None:
            timeout_s = shipped_service_config().timeout_s(SERVICE.full_name, method)
        request_id = request_id or uuid.uuid4().hex
        metadata = (*self.identity.metadata(), ("x-request-id", request_id), *trace_metadata())
        if token is not None:
            metadata = (*metadata, ("authorization", f"Bearer {token}"))
        return CallOptions(timeout_s, request_id, metadata)


def channel_credentials(tls: TlsConfig) -> grpc.ChannelCredentials:
    """gRPC's form of what `tls` says about certificates."""
    return grpc.ssl_channel_credentials(
        root_certificates=tls.root_certificates_pem,
        private_key=tls.client_key_pem,
        certificate_chain=tls.client_certificate_pem,
    )


def channel_options(config_options: ChannelOptions, tls: TlsConfig | None) -> ChannelOptions:
    """All options of a channel that a client opens for itself."""
    options = config_options + shipped_service_config().channel_options()
    return options if tls is None else options + tls.channel_options()
