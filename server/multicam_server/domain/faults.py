"""Everything that can go wrong in a way the caller can act on.

A fault says what happened, in the domain's terms. `multicam_server.errors` is
the one table that turns a fault into a gRPC status.
"""

from dataclasses import dataclass


class Fault(Exception):
    """Base of all faults. `str(fault)` is a sentence for the caller."""


@dataclass(frozen=True)
class Violation:
    """One broken rule: the field's path in the request, and what would be right."""

    field: str
    description: str


class InvalidRequest(Fault):
    """The request breaks its rules; all of its violations at once."""

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        first = f"{violations[0].field}: {violations[0].description}"
        more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
        super().__init__(f"the request is not valid: {first}{more}")
        self.violations = violations


def not_a_message() -> InvalidRequest:
    """The fault of bytes that are not the method's message."""
    return InvalidRequest((Violation("request", "the bytes are not the method's request message"),))


class MissingMetadata(Fault):
    """A required metadata key is missing."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the call's metadata lacks {key}")
        self.key = key


class InvalidMetadata(Fault):
    """A metadata key's value is malformed; `expected` says what would be right."""

    def __init__(self, key: str, expected: str) -> None:
        super().__init__(f"the call's metadata has a malformed {key}: {expected}")
        self.key = key


class CredentialsMissing(Fault):
    """The call has no credentials, and the server asks for some."""

    def __init__(self) -> None:
        super().__init__("this server asks for a bearer token, and the call has none")


class CredentialsInvalid(Fault):
    """The call's credentials do not hold. `why` is for the server's log, never for the caller."""

    def __init__(self, why: str) -> None:
        super().__init__("the call's credentials are not valid")
        self.why = why


class TenantMismatch(Fault):
    """The credentials are not for the tenant or environment that the metadata names in `key`."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the call's credentials are not for what its {key} names")
        self.key = key


class AssetFault(Fault):
    """A fault of one asset, which it names."""

    def __init__(self, asset_id: str, message: str) -> None:
        super().__init__(message)
        self.asset_id = asset_id


class MediaForbidden(AssetFault):
    """The URI does not lead into the tenant's media. Never says whether a file exists."""

    def __init__(self, asset_id: str) -> None:
        super().__init__(
            asset_id,
            f"the uri of asset {asset_id!r} does not lead into this tenant's media; "
            "it must be a path or file:// URI inside <media root>/<tenant id>/",
        )


class MediaNotFound(AssetFault):
    """The tenant's media has no such file."""

    def __init__(self, asset_id: str, uri: str) -> None:
        super().__init__(asset_id, f"asset {asset_id!r}: there is no file at {uri!r}")
        self.uri = uri


class MediaUnreadable(AssetFault):
    """The file cannot be read as media; `why` in words."""

    def __init__(self, asset_id: str, why: str) -> None:
        super().__init__(asset_id, f"asset {asset_id!r} cannot be read as media: {why}")


class MediaWithoutAudio(AssetFault):
    """The file has neither sound nor timecode, so that it cannot be aligned."""

    def __init__(self, asset_id: str) -> None:
        super().__init__(
            asset_id,
            f"asset {asset_id!r} has no audio stream; aligning it needs sound, a timecode "
            "(start_timecode) or a pinned_offset_ms",
        )


class UploadNotFound(AssetFault):
    """The tenant has no such upload."""

    def __init__(self, asset_id: str, upload_id: str) -> None:
        super().__init__(
            asset_id,
            f"asset {asset_id!r}: this tenant has no upload {upload_id!r}; upload it again",
        )
        self.upload_id = upload_id


class UploadTooLarge(Fault):
    """An upload is longer than the server allows."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the upload is longer than this server's limit of {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class UploadInvalid(Fault):
    """An upload is not what its header announced, or comes in the wrong order."""


class ShuttingDown(Fault):
    """The server takes no new calls."""

    def __init__(self) -> None:
        super().__init__("the server is shutting down; try again, another one will answer")


class Overloaded(Fault):
    """The server already has as many calls of a kind as it takes.

    `kind` is "streams" or "calls"; `tenant_id` is empty where the limit is that of
    all tenants together.
    """

    def __init__(self, kind: str, limit: int, *, tenant_id: str = "") -> None:
        whose = f"the limit of {limit} {kind} of one tenant" if tenant_id else f"{limit} {kind}"
        super().__init__(f"the server already has {whose}; try again later")
        self.kind = kind
        self.limit = limit
        self.tenant_id = tenant_id


class WorkFault(Fault):
    """A request whose work was ended; `asset_ids` are those that were being read."""

    def __init__(self, message: str, asset_ids: tuple[str, ...]) -> None:
        read = f", while it read {', '.join(map(repr, asset_ids))}" if asset_ids else ""
        super().__init__(message + read)
        self.asset_ids = asset_ids


class WorkerDied(WorkFault):
    """The process that worked on the request died by itself; `how` in words."""

    def __init__(self, how: str, asset_ids: tuple[str, ...] = ()) -> None:
        super().__init__(f"the process that worked on this request {how}", asset_ids)


class WorkTooLarge(WorkFault):
    """The request needs more than one may take; `what` in words."""

    def __init__(self, what: str, asset_ids: tuple[str, ...] = ()) -> None:
        super().__init__(f"the work on this request took {what}", asset_ids)


class DeadlinePassed(WorkFault):
    """A call without a deadline has taken longer than the default."""

    def __init__(self, default_s: float, asset_ids: tuple[str, ...] = ()) -> None:
        super().__init__(
            "the call has no deadline, and the work on it took longer than this server's "
            f"{default_s:g} s",
            asset_ids,
        )


class UploadNotStored(Fault):
    """The disk does not take an upload."""

    def __init__(self) -> None:
        super().__init__("the server cannot store uploads at the moment; try again later")


class UploadStalled(Fault):
    """No part of an upload came for too long."""

    def __init__(self, idle_s: float) -> None:
        super().__init__(f"no part of the upload came for {idle_s:g} s")


class Cancelled(Fault):
    """The caller has gone or its deadline has passed; nobody waits for the answer."""
