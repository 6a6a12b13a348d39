"""Who the caller is by its certificate: the operator's list of names and tenants.

    {
      "URI:spiffe://example.org/editor": {"tenants": ["t_acme"], "envs": ["prod", "staging"]},
      "DNS:gateway.example.org": {"tenants": ["*"], "envs": ["*"]}
    }

A certificate's names are the URIs and DNS names of its subject alternative name; only one
that has none is known by its common name ("CN:...", RFC 6125, section 6.4.4).
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..domain.faults import CredentialsInvalid, CredentialsMissing
from .credential import EVERY, Credential
from .reloading import ReloadCount, Reloading, UnusableFile, not_counted, read_bytes

MAX_LIST_BYTES = 16 << 20
"""A hundred thousand certificates."""

KINDS = ("URI", "DNS", "CN")

AuthContext = Mapping[str, Iterable[bytes]]


class CertificateNames:
    """The list of names, read again when its file changes.

    Raises:
        UnusableFile: the file cannot be read, or is no such list.
    """

    def __init__(self, path: Path, *, count: ReloadCount = not_counted) -> None:
        self._known = Reloading("certificate names", [path], lambda: _load(path), count=count)

    def credential(self, auth_context: AuthContext) -> Credential:
        """What the certificate of a connection is for: all that its names are for.

        Args:
            auth_context: as `grpc.ServicerContext.auth_context` tells it.

        Raises:
            CredentialsMissing: the connection has no certificate.
            CredentialsInvalid: none of its names is in the list.
        """
        names = names_of(auth_context)
        if not names:
            raise CredentialsMissing
        known = self._known.current()
        found = [known[name] for name in names if name in known]
        if not found:
            raise CredentialsInvalid("none of the certificate's names is in the list")
        return Credential(
            found[0].subject,
            frozenset().union(*(one.tenants for one in found)),
            frozenset().union(*(one.environments for one in found)),
        )


def names_of(auth_context: AuthContext) -> list[str]:
    """A certificate's names, each led by its kind: "URI:...", "DNS:...", else "CN:..."."""

    def values(key: str) -> list[str]:
        return [value.decode("utf-8", "replace") for value in auth_context.get(key, ())]

    names = [f"URI:{value}" for value in values("peer_uri")]
    names += [f"DNS:{value}" for value in values("peer_dns")]
    if not names and not values("x509_subject_alternative_name"):
        names = [f"CN:{value}" for value in values("x509_common_name")]
    return names


def _load(path: Path) -> dict[str, Credential]:
    content = read_bytes(path, limit=MAX_LIST_BYTES)
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnusableFile(path, "is no JSON") from error
    if not isinstance(told, dict) or not told:
        raise UnusableFile(path, 'must be a JSON object of names, as {"DNS:a.example": {...}}')
    return {name: _entry(path, name, entry) for name, entry in told.items()}


def _entry(path: Path, name: str, entry: object) -> Credential:
    kind, _, value = name.partition(":")
    if kind not in KINDS or not value:
        raise UnusableFile(path, f"names {name!r}: must begin with {', '.join(KINDS)} and a colon")
    if not isinstance(entry, dict) or set(entry) != {"tenants", "envs"}:
        raise UnusableFile(path, f"must give {name!r} exactly tenants and envs")
    return Credential(name, _words(path, name, entry, "tenants"), _words(path, name, entry, "envs"))


def _words(path: Path, name: str, entry: Mapping[str, object], key: str) -> frozenset[str]:
    words = entry[key]
    if not isinstance(words, list) or not all(isinstance(w, str) and w for w in words):
        raise UnusableFile(
            path, f"must give {name!r} a list of words for {key}; {EVERY!r} stands for all"
        )
    return frozenset(words)
