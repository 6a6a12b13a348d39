"""What went wrong, told to a person: which field, what would be right, what to do."""

import re
from collections.abc import Sequence

from .. import errors
from ..errors import FieldViolation, MulticamError


class UsageError(Exception):
    """The command line, or a file it names, is wrong. `str(error)` says how to put it right."""


# The first entry whose class fits. What the service's own message says already is not here.
_REMEDIES: tuple[tuple[type[MulticamError], str], ...] = (
    (errors.ShuttingDown, "try again in a moment"),
    (errors.Overloaded, "try again in a moment"),
    (
        errors.Unavailable,
        "check that multicam-server listens at {server}; --tls if it encrypts",
    ),
    (errors.DeadlineExceeded, "allow more time with --timeout SECONDS"),
    (errors.TenantInvalid, "name another tenant with --tenant"),
    (errors.EnvInvalid, "name another environment with --env"),
    (
        errors.Unauthenticated,
        "set --tenant, --env, and MULTICAM_TOKEN if the service asks for it",
    ),
    (errors.MediaForbidden, "name a file by its local path to have it uploaded"),
    (errors.MediaUnreadable, "check that the file plays to its end, or convert it"),
    (errors.UploadTooLarge, "put the file into a media root of the server and name it file:///..."),
    (errors.Unimplemented, "update the server: it is older than this client"),
    (errors.Internal, "the server's log tells more under the request id"),
)
_INDEXED = re.compile(r"^(?:tracks|assets)\[(\d+)\]")


def explain(error: MulticamError, *, server: str | None, names: Sequence[str]) -> str:
    """A failed call in a few lines; `names` are the assets in the request's order."""
    kind = " ".join(part for part in (error.code.name, error.reason) if part)
    lines = [f"multicam: the service refused ({kind})"]
    if error.field_violations:
        lines += [f"  {_violation(violation, names)}" for violation in error.field_violations]
    else:
        lines.append(f"  {error.message}")
    remedy = next((text for kind, text in _REMEDIES if isinstance(error, kind)), None)
    if remedy is not None:
        lines.append(f"  remedy: {remedy.format(server=server or 'the address')}")
    if error.request_id:
        lines.append(f"  request id: {error.request_id}")
    return "\n".join(lines)


def _violation(violation: FieldViolation, names: Sequence[str]) -> str:
    """One broken rule, with the name of the asset that its path counts."""
    indexed = _INDEXED.match(violation.field)
    name = ""
    if indexed and int(indexed[1]) < len(names):
        name = f" ({names[int(indexed[1])]})"
    return f"{violation.field}{name}: {violation.description}"
