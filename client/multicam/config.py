"""How the client connects: one small dataclass per concern, units in the names."""

from dataclasses import dataclass, field

ChannelOptions = tuple[tuple[str, int | str], ...]


@dataclass(frozen=True)
class CallerIdentity:
    """Who calls; sent as metadata with every call and never inside a message.

    The client passes the values on as they are: what is well formed is the
    service's to decide.
    """

    tenant_id: str
    env: str
    user_id: str | None = None
    project_id: str | None = None
    trace_id: str | None = None

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The identity as call metadata, without what is not given."""
        pairs = (
            ("x-tenant-id", self.tenant_id),
            ("x-env", self.env),
            ("x-user-id", self.user_id),
            ("x-project-id", self.project_id),
            ("x-trace-id", self.trace_id),
        )
        return tuple((key, value) for key, value in pairs if value is not None)


@dataclass(frozen=True)
class TlsConfig:
    """Encryption, and optionally a client certificate (mutual TLS).

    `root_certificates_pem` None trusts gRPC's own roots. `server_name` is the
    name to expect in the server's certificate where it is not the target's host.
    """

    root_certificates_pem: bytes | None = None
    client_certificate_pem: bytes | None = None
    client_key_pem: bytes | None = field(default=None, repr=False)
    server_name: str | None = None

    def __post_init__(self) -> None:
        if (self.client_certificate_pem is None) != (self.client_key_pem is None):
            raise ValueError("client_certificate_pem and client_key_pem belong together")

    def channel_options(self) -> ChannelOptions:
        """gRPC channel options of this concern."""
        if self.server_name is None:
            return ()
        return (("grpc.ssl_target_name_override", self.server_name),)


@dataclass(frozen=True)
class KeepaliveConfig:
    """Pings that notice a dead connection while a long call waits for its answer.

    310 s lies above the 300 s that a gRPC server allows by default between pings
    (a more eager client is sent away with "too_many_pings") and below the 350 s
    after which common load balancers forget a silent connection.
    """

    ping_interval_s: float = 310.0
    ping_timeout_s: float = 20.0

    def channel_options(self) -> ChannelOptions:
        """gRPC channel options of this concern."""
        return (
            ("grpc.keepalive_time_ms", round(self.ping_interval_s * 1e3)),
            ("grpc.keepalive_timeout_ms", round(self.ping_timeout_s * 1e3)),
        )


@dataclass(frozen=True)
class MessageConfig:
    """Largest messages. None sets no limit.

    A request is limited by the server, which answers RESOURCE_EXHAUSTED, so that
    the client need not repeat the limit. A response of 64 MiB holds the focus
    paths of a day of clips; gRPC's default is 4 MiB.
    """

    max_request_bytes: int | None = None
    max_response_bytes: int | None = 64 * 2**20

    def channel_options(self) -> ChannelOptions:
        """gRPC channel options of this concern."""
        return (
            ("grpc.max_send_message_length", _limit(self.max_request_bytes)),
            ("grpc.max_receive_message_length", _limit(self.max_response_bytes)),
        )


@dataclass(frozen=True)
class UploadConfig:
    """How files are sent: 256 KiB a message is where throughput levels off."""

    chunk_bytes: int = 256 * 2**10

    def __post_init__(self) -> None:
        if not 1 <= self.chunk_bytes <= 2**20:
            raise ValueError(f"chunk_bytes is {self.chunk_bytes}; the contract allows 1 to 1 MiB")


@dataclass(frozen=True)
class ClientConfig:
    """Everything about a client that has a sensible default."""

    keepalive: KeepaliveConfig = field(default_factory=KeepaliveConfig)
    messages: MessageConfig = field(default_factory=MessageConfig)
    upload: UploadConfig = field(default_factory=UploadConfig)

    def channel_options(self) -> ChannelOptions:
        """gRPC channel options of all concerns."""
        return self.keepalive.channel_options() + self.messages.channel_options()


def _limit(size_bytes: int | None) -> int:
    """A limit as gRPC writes it: -1 is none."""
    return -1 if size_bytes is None else size_bytes
