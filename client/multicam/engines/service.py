"""Calls to the multicam service for one caller; whatever fails is a ValueError."""

from dataclasses import dataclass

from ..config import CallerIdentity
from ..uploads import UploadSource
from ..v1.align_pb2 import AlignRequest, AlignResponse
from ..v1.auto_cut_pb2 import AutoCutRequest, AutoCutResponse
from ..v1.focus_pb2 import FocusRequest, FocusResponse
from ..v1.highlights_pb2 import HighlightsRequest, HighlightsResponse
from ..v1.probe_pb2 import ProbeMediaRequest, ProbeMediaResponse
from ..v1.upload_pb2 import UploadMediaResponse
from .failures import told_as_value_error
from .identity import Caller
from .ports import AnalysisClient


@dataclass(frozen=True)
class Service:
    """The service, asked on behalf of `identity`. Every method raises EngineError."""

    client: AnalysisClient
    identity: CallerIdentity
    request_id: str | None

    @classmethod
    def for_caller(
        cls,
        client: AnalysisClient,
        caller: Caller,
        *,
        project_id: str | None = None,
    ) -> "Service":
        """The client's connection for whoever asks."""
        identity = caller.identity(getattr(client, "identity", None), project_id=project_id)
        # Asked of the class: a mock answers to every name, and is to be called itself.
        acts = hasattr(type(client), "acting_for")
        return cls(client.acting_for(identity) if acts else client, identity, caller.request_id)

    @classmethod
    def of_client(cls, client: AnalysisClient) -> "Service":
        """The client's connection on its own behalf."""
        return cls(client, client.identity, None)

    def align(self, request: AlignRequest) -> AlignResponse:
        """Places recordings on one clock."""
        with told_as_value_error("Alignment"):
            return self.client.align(request, request_id=self.request_id)

    def auto_cut(self, request: AutoCutRequest) -> AutoCutResponse:
        """Cuts a programme."""
        with told_as_value_error("Auto-cut"):
            return self.client.auto_cut(request, request_id=self.request_id)

    def highlights(self, request: HighlightsRequest) -> HighlightsResponse:
        """Picks the best moments."""
        with told_as_value_error("Highlights"):
            return self.client.highlights(request, request_id=self.request_id)

    def focus(self, request: FocusRequest) -> FocusResponse:
        """Reframes a clip."""
        with told_as_value_error("Focus"):
            return self.client.focus(request, request_id=self.request_id)

    def probe_media(self, request: ProbeMediaRequest) -> ProbeMediaResponse:
        """Tells what media files are."""
        with told_as_value_error("Probing media"):
            return self.client.probe_media(request, request_id=self.request_id)

    def upload_media(self, source: UploadSource) -> UploadMediaResponse:
        """Sends a file."""
        with told_as_value_error("Sending media"):
            return self.client.upload_media(source, request_id=self.request_id)
