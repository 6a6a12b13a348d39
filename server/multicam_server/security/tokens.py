"""Who the caller is by its bearer token: a JWT signed with a key of a JWKS file.

Signatures are checked with the key's own algorithm, never with the one that the token
asks for (RFC 8725, section 3.1): RS256, ES256 or EdDSA with Ed25519. So "none" and an
HMAC under a public key have no way in. Needs the extra `multicam[jwt]`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from ..domain.faults import CredentialsInvalid
from .credential import EVERY, Credential
from .reloading import ReloadCount, Reloading, UnusableFile, not_counted, read_bytes

MAX_TOKEN_CHARACTERS = 8192
"""gRPC's own default for all metadata of a call together."""

MAX_JWKS_BYTES = 1 << 20
MIN_RSA_BITS = 2048
"""RFC 7518, section 3.3."""

MAX_SUBJECT_CHARACTERS = 128

# Key type and curve, as a JWK tells them (RFC 7518, RFC 8037), to the one algorithm.
ALGORITHMS = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}

# What the log says of each of PyJWT's refusals; the first that fits.
WHY: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "it has expired"),
    (jwt.ImmatureSignatureError, "it is not valid yet"),
    (jwt.InvalidAudienceError, "it is for another audience"),
    (jwt.InvalidIssuerError, "it is from another issuer"),
    (jwt.MissingRequiredClaimError, "it lacks a claim that is required"),
    (jwt.InvalidSignatureError, "its signature does not hold"),
)
MALFORMED = "it is malformed"


@dataclass(frozen=True)
class TokenRules:
    """What a token must say. Times are checked with `leeway_s` seconds to either side."""

    issuer: str
    audience: str
    leeway_s: float
    tenants_claim: str
    envs_claim: str


@dataclass(frozen=True)
class SigningKey:
    """A public key and the algorithm that it is for."""

    key: Any
    algorithm: str


class TokenVerifier:
    """Verifies tokens with the keys of a JWKS file, which is read again when it changes.

    Raises:
        UnusableFile: the file cannot be read, or has no key that can be used.
    """

    def __init__(self, jwks: Path, rules: TokenRules, *, count: ReloadCount = not_counted) -> None:
        self._rules = rules
        self._keys = Reloading("token keys", [jwks], lambda: _load(jwks), count=count)

    def credential(self, token: str) -> Credential:
        """What a token is for.

        Raises:
            CredentialsInvalid: it does not hold.
        """
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise CredentialsInvalid("it is too long")
        try:
            return self._verified(token)
        except jwt.PyJWTError as error:
            why = next((why for kind, why in WHY if isinstance(error, kind)), MALFORMED)
            raise CredentialsInvalid(why) from error
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            raise CredentialsInvalid(MALFORMED) from error  # what PyJWT lets through

    def _verified(self, token: str) -> Credential:
        key = self._key_of(jwt.get_unverified_header(token))
        rules = self._rules
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            audience=rules.audience,
            issuer=rules.issuer,
            leeway=rules.leeway_s,
            options={"require": ["exp", "iss", "aud"]},
        )
        return Credential(
            subject=_subject(claims),
            tenants=_words(claims, rules.tenants_claim),
            environments=_words(claims, rules.envs_claim),
        )

    def _key_of(self, header: Mapping[str, object]) -> SigningKey:
        if "crit" in header:
            raise CredentialsInvalid("it has extensions that must be understood")
        kid = header.get("kid")
        key = self._keys.current().get(kid) if isinstance(kid, str) else None
        if key is None:
            raise CredentialsInvalid("it names no key of the key file")
        if header.get("alg") != key.algorithm:
            raise CredentialsInvalid("it asks for another algorithm than its key's")
        return key


def _subject(claims: Mapping[str, object]) -> str:
    subject = claims.get("sub")
    return subject[:MAX_SUBJECT_CHARACTERS] if isinstance(subject, str) else ""


def _words(claims: Mapping[str, object], name: str) -> frozenset[str]:
    """A claim that is a word or a list of words; nothing else names anything.

    "*" is a word of the operator's own file only: an issuer that lets users choose their
    tenant's name must not be able to hand out all of them.
    """
    told = claims.get(name)
    words = [told] if isinstance(told, str) else told
    if not isinstance(words, list):
        return frozenset()
    return frozenset(word for word in words if isinstance(word, str) and word != EVERY)


def _load(path: Path) -> dict[str, SigningKey]:
    """The keys of a JWKS (RFC 7517) by their ids; keys for other purposes are passed over."""
    content = read_bytes(path, limit=MAX_JWKS_BYTES)
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnusableFile(path, "is no JSON") from error
    entries = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise UnusableFile(path, "is no JSON Web Key Set")
    keys: dict[str, SigningKey] = {}
    for entry in entries:
        algorithm = _algorithm(entry)
        kid = entry.get("kid")
        if algorithm is None or not isinstance(kid, str):
            continue
        if kid in keys:
            raise UnusableFile(path, f"has two keys with the id {kid!r}")
        keys[kid] = _signing_key(path, kid, entry, algorithm)
    if not keys:
        told_names = ", ".join(ALGORITHMS.values())
        raise UnusableFile(path, f"has no key with an id (kid) for any of {told_names}")
    return keys


def _algorithm(entry: Mapping[str, object]) -> str | None:
    """The algorithm that a key is for; None for those that are not for our signatures."""
    kind, curve = entry.get("kty"), entry.get("crv")
    if not isinstance(kind, str) or not isinstance(curve, str | None):
        return None
    algorithm = ALGORITHMS.get((kind, curve))
    if entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm:
        return None
    return algorithm


def _signing_key(path: Path, kid: str, entry: Mapping[str, object], algorithm: str) -> SigningKey:
    if "d" in entry:
        raise UnusableFile(path, f"holds the private key {kid!r}; only public keys belong there")
    try:
        key = jwt.PyJWK(dict(entry), algorithm).key
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise UnusableFile(path, f"has a key {kid!r} that cannot be read") from error
    if algorithm == "RS256" and key.key_size < MIN_RSA_BITS:
        raise UnusableFile(path, f"has an RSA key {kid!r} of less than {MIN_RSA_BITS} bits")
    return SigningKey(key, algorithm)
