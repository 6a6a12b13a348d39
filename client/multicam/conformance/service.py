"""The service under test: through the typed client, and as bytes for calls that are wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import grpc

from ..calls import SERVICE, Metadata, channel_credentials, channel_options
from ..client import Client
from ..config import ClientConfig, TlsConfig
from ..errors import ErrorReport
from ..status_details import read_failure

RPCS = tuple(SERVICE.methods_by_name)
RAW_TIMEOUT_S = 30.0
"""For calls that are refused or small; the checks' real work goes through the typed client."""


@dataclass(frozen=True)
class Answer:
    """How a call of raw bytes ended. `refusal` is None where the service accepted it."""

    refusal: ErrorReport | None
    initial_metadata: Mapping[str, str]


class Service:
    """One deployment, as one tenant in one environment sees it.

    Args:
        target: Where it is, as gRPC names it.
        tenant_id: A tenant for the checks; a few small uploads are made in its name.
        env: One of the deployment's environments.
        tls: Encrypts the connection. None: plain text.
        token: Sent as a bearer token.
        timeout_s: Longest wait for each answer; None: the contract's.
    """

    def __init__(
        self,
        target: str,
        *,
        tenant_id: str,
        env: str,
        tls: TlsConfig | None = None,
        token: str | None = None,
        timeout_s: float | None = None,
    ) -> None:
        self.tenant_id = tenant_id
        self.env = env
        self._token = token
        options = channel_options(ClientConfig().channel_options(), tls)
        self._channel = (
            grpc.insecure_channel(target, options)
            if tls is None
            else grpc.secure_channel(target, channel_credentials(tls), options)
        )
        self.client = Client.from_channel(
            self._channel, tenant_id=tenant_id, env=env, token=token, timeout_s=timeout_s
        )

    def of_another_tenant(self) -> Client:
        """A client with the same credentials that claims to be someone else."""
        return Client.from_channel(
            self._channel,
            tenant_id=f"{self.tenant_id}_other",
            env=self.env,
            token=self._token,
        )

    def identity(self) -> Metadata:
        """The metadata of a well-formed call."""
        token = () if self._token is None else (("authorization", f"Bearer {self._token}"),)
        return (("x-tenant-id", self.tenant_id), ("x-env", self.env), *token)

    def call(self, rpc: str, requests: Iterable[bytes], metadata: Metadata) -> Answer:
        """Makes a call with these bytes, whatever they are, and waits for its end."""
        # gRPC's wire form is one for all kinds of call: a stream of messages each way.
        method = self._channel.stream_stream(f"/{SERVICE.full_name}/{rpc}")  # type: ignore[var-annotated]
        running = method(iter(requests), metadata=metadata, timeout=RAW_TIMEOUT_S)
        refusal = None
        try:
            for _ in running:
                pass
        except grpc.RpcError as error:
            refusal = read_failure(error, "")
        told = {str(key): str(value) for key, value in running.initial_metadata() or ()}
        return Answer(refusal, told)

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
