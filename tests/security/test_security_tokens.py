"""Tokens: what holds, and everything that does not."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multicam_server.domain.faults import CredentialsInvalid
from multicam_server.security.reloading import UnusableFile
from multicam_server.security.tokens import TokenRules, TokenVerifier

ISSUER, AUDIENCE = "https://issuer.test", "multicam"
LEEWAY_S = 30
RULES = TokenRules(ISSUER, AUDIENCE, LEEWAY_S, "tenants", "envs")


@pytest.fixture
def verifier(folder: Any, issuer: Any) -> TokenVerifier:
    return TokenVerifier(folder.write("jwks.json", issuer.jwks()), RULES)


def why(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(CredentialsInvalid) as refused:
        verifier.credential(token)
    # The caller learns nothing of what was wrong.
    assert str(refused.value) == "the call's credentials are not valid"
    return refused.value.why


def b64(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_token_of_each_algorithm_holds(verifier: Any, issuer: Any, algorithm: str) -> None:
    credential = verifier.credential(issuer.token(algorithm))
    assert credential.subject == "someone"
    assert credential.is_for_tenant("t_a")
    assert credential.is_for_environment("dev")
    assert not credential.is_for_tenant("t_b")
    assert not credential.is_for_environment("prod")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_signature_with_another_key_of_the_same_id_does_not_hold(
    verifier: Any, stranger: Any, algorithm: str
) -> None:
    assert why(verifier, stranger.token(algorithm)) == "its signature does not hold"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": -LEEWAY_S - 5}, "it has expired"),
        ({"nbf": LEEWAY_S + 30}, "it is not valid yet"),
        ({"iat": LEEWAY_S + 30}, "it is not valid yet"),
        ({"aud": "another"}, "it is for another audience"),
        ({"aud": []}, "it lacks a claim that is required"),
        ({"aud": ["another", "third"]}, "it is for another audience"),
        ({"iss": "https://issuer.test.evil.example"}, "it is from another issuer"),
        ({"iss": "https://issuer.test/"}, "it is from another issuer"),
        ({"exp": None}, "it lacks a claim that is required"),
        ({"aud": None}, "it lacks a claim that is required"),
        ({"iss": None}, "it lacks a claim that is required"),
        ({"exp": "soon"}, "it is malformed"),
        ({"nbf": "later"}, "it is malformed"),
    ],
    ids=str,
)
def test_claims_that_do_not_hold(
    verifier: Any, issuer: Any, changes: dict[str, Any], reason: str
) -> None:
    now = int(time.time())
    timed = {
        key: now + value if isinstance(value, int) else value for key, value in changes.items()
    }
    for algorithm in ("RS256", "ES256", "EdDSA"):
        assert why(verifier, issuer.token(algorithm, **timed)) == reason


def test_clocks_may_differ_by_the_leeway(verifier: Any, issuer: Any) -> None:
    now = int(time.time())
    verifier.credential(issuer.token(exp=now - LEEWAY_S + 10))
    verifier.credential(issuer.token(nbf=now + LEEWAY_S - 10))
    verifier.credential(issuer.token(iat=now + LEEWAY_S - 10))


def test_one_of_several_audiences_is_enough(verifier: Any, issuer: Any) -> None:
    verifier.credential(issuer.token(aud=["another", AUDIENCE]))


def test_no_signature_is_none(verifier: Any, issuer: Any) -> None:
    _, claims, signature = issuer.token().split(".")
    for algorithm in ("none", "None", "NONE", "nOnE"):
        for kid in ({}, {"kid": "RS256"}):
            header = b64({"alg": algorithm, "typ": "JWT", **kid})
            for end in ("", signature):
                assert why(verifier, f"{header}.{claims}.{end}")


def test_an_hmac_with_a_public_key_is_no_signature(verifier: Any, issuer: Any) -> None:
    """The classic confusion: the public key, known to all, taken for a shared secret."""
    import hashlib
    import hmac

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    claims = issuer.token().split(".")[1]
    for kid in issuer.keys:
        key = issuer.keys[kid][1].public_key()
        secrets = [
            key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            json.dumps(issuer.public(kid)).encode(),
            issuer.jwks(),
        ]
        for secret in secrets:
            signed = f"{b64({'alg': 'HS256', 'kid': kid})}.{claims}"
            mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
            reason = why(verifier, f"{signed}.{b64(mac)}")
            assert reason == "it asks for another algorithm than its key's"


def test_a_key_is_for_its_own_algorithm_only(verifier: Any, issuer: Any) -> None:
    key = issuer.keys["RS256"][1]
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 60}
    for algorithm in ("RS384", "RS512", "PS256"):
        token = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "RS256"})
        assert why(verifier, token) == "it asks for another algorithm than its key's"


def test_a_key_that_is_not_named_or_not_known(verifier: Any, issuer: Any) -> None:
    algorithm, key = issuer.keys["ES256"]
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 60}
    for headers in (None, {"kid": "unknown"}, {"kid": ""}, {"kid": "RS256\0"}):
        token = jwt.encode(claims, key, algorithm=algorithm, headers=headers)
        assert why(verifier, token) == "it names no key of the key file"


def test_a_key_in_the_token_is_not_used(verifier: Any, issuer: Any, stranger: Any) -> None:
    algorithm, key = stranger.keys["ES256"]
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 60, "tenants": ["t_a"]}
    for headers in (
        {"jwk": stranger.public("ES256")},
        {"jwk": stranger.public("ES256"), "kid": "ES256"},
        {"jku": "https://issuer.test/jwks", "kid": "ES256"},
        {"x5u": "https://issuer.test/x5u", "kid": "ES256"},
    ):
        assert why(verifier, jwt.encode(claims, key, algorithm=algorithm, headers=headers))


def test_extensions_that_must_be_understood_are_not(verifier: Any, issuer: Any) -> None:
    algorithm, key = issuer.keys["ES256"]
    claims = {"iss": ISSUER, "aud": AUDIENCE, "exp": time.time() + 60}
    headers = {"kid": "ES256", "crit": ["b64"], "b64": True}
    token = jwt.encode(claims, key, algorithm=algorithm, headers=headers)
    assert why(verifier, token)


def test_one_changed_character_anywhere_is_noticed(verifier: Any, issuer: Any) -> None:
    token = issuer.token("ES256")
    for at in range(0, len(token), 7):
        changed = "A" if token[at] != "A" else "B"
        assert why(verifier, token[:at] + changed + token[at + 1 :])


@settings(deadline=None, derandomize=True, max_examples=150)
@given(text=st.one_of(st.text(max_size=80), st.from_regex(r"[\w-]*\.[\w-]*\.[\w-]*")))
def test_no_text_is_a_token(quick_verifier: Any, text: str) -> None:
    assert why(quick_verifier, text)


@pytest.fixture(scope="session")
def quick_verifier(tmp_path_factory: pytest.TempPathFactory, issuer: Any) -> TokenVerifier:
    path = tmp_path_factory.mktemp("jwks") / "jwks.json"
    path.write_bytes(issuer.jwks())
    return TokenVerifier(path, RULES)


HOSTILE = {
    "deep header": lambda: b64(b"[" * 4_000),
    "header of a list": lambda: b64([]),
    "header of a number": lambda: b64(b"1e999"),
    "numbers for words": lambda: b64({"alg": 1, "kid": 2}),
    "key id of a list": lambda: b64({"alg": "RS256", "kid": ["RS256"]}),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_headers_are_refused(quick_verifier: Any, issuer: Any, name: str) -> None:
    _, claims, signature = issuer.token().split(".")
    assert why(quick_verifier, f"{HOSTILE[name]()}.{claims}.{signature}")


def test_long_tokens_are_not_even_looked_at(verifier: Any, issuer: Any) -> None:
    assert why(verifier, issuer.token(more="x" * 8192)) == "it is too long"


@pytest.mark.parametrize(
    ("told", "tenants"),
    [
        ("t_a", {"t_a"}),
        (["t_a", "t_b"], {"t_a", "t_b"}),
        ([], set()),
        (None, set()),
        ({"t_a": True}, set()),
        (["t_a", 7, None, ["t_b"]], {"t_a"}),
        (True, set()),
        ("*", set()),
        (["*", "t_a"], {"t_a"}),
    ],
)
def test_the_claim_of_tenants(verifier: Any, issuer: Any, told: Any, tenants: set[str]) -> None:
    credential = verifier.credential(issuer.token(tenants=told))
    assert credential.tenants == tenants
    assert not credential.is_for_tenant("t_other")


def test_the_claims_may_have_other_names(folder: Any, issuer: Any) -> None:
    names = ("https://example.org/tenants", "https://example.org/stages")
    rules = TokenRules(ISSUER, AUDIENCE, 0, *names)
    verifier = TokenVerifier(folder.write("jwks.json", issuer.jwks()), rules)
    token = issuer.token(**{names[0]: "t_x", names[1]: ["prod"]})
    credential = verifier.credential(token)
    assert (credential.tenants, credential.environments) == ({"t_x"}, {"prod"})


def test_renewed_keys_are_used_and_old_ones_no_more(
    folder: Any, issuer: Any, stranger: Any
) -> None:
    path = folder.write("jwks.json", issuer.jwks("RS256"))
    verifier = TokenVerifier(path, RULES)
    verifier.credential(issuer.token("RS256"))
    assert why(verifier, issuer.token("ES256")) == "it names no key of the key file"
    folder.write("jwks.json", stranger.jwks("ES256"))
    verifier.credential(stranger.token("ES256"))
    assert why(verifier, issuer.token("RS256")) == "it names no key of the key file"


def test_broken_keys_leave_the_old_ones(
    folder: Any, issuer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    changes = []
    path = folder.write("jwks.json", issuer.jwks())
    verifier = TokenVerifier(
        path, RULES, count=lambda what, *, taken: changes.append((what, taken))
    )
    for broken in (b"", b"{", b"{}", b'{"keys": []}', b"null", b"[" * 100_000):
        folder.write("jwks.json", broken)
        for _ in range(3):
            verifier.credential(issuer.token())
    path.unlink()
    verifier.credential(issuer.token())
    assert changes == [("token keys", False)] * 7
    told = [line for line in caplog.records if line.name.endswith("reloading")]
    assert len(told) == 7  # once a change, not once a call
    folder.write("jwks.json", issuer.jwks("ES256"))
    verifier.credential(issuer.token("ES256"))
    assert changes[-1] == ("token keys", True)


def refused(folder: Any, content: bytes) -> str:
    with pytest.raises(UnusableFile) as caught:
        TokenVerifier(folder.write("jwks.json", content), RULES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_set_of_keys(folder: Any, issuer: Any) -> None:
    def altered(**changes: Any) -> bytes:
        entry = {**issuer.public("RS256"), **changes}
        told = {key: value for key, value in entry.items() if value is not None}
        return json.dumps({"keys": [told]}).encode()

    private = jwt.get_algorithm_by_name("ES256").to_jwk(issuer.keys["ES256"][1], as_dict=True)
    secret = {"kty": "oct", "k": "c2VjcmV0", "kid": "HS256", "alg": "HS256"}
    small: Callable[..., bytes] = lambda: json.dumps(  # noqa: E731
        {"keys": [{"kty": "RSA", "kid": "a", "n": b64(b"\xc1" * 128), "e": "AQAB"}]}
    ).encode()
    assert "no JSON" in refused(folder, b"{")
    assert "no JSON" in refused(folder, b"\xff\xfe")
    assert "no JSON Web Key Set" in refused(folder, b"[]")
    assert "no JSON Web Key Set" in refused(folder, b'{"keys": ["a"]}')
    assert "no key with an id" in refused(folder, b'{"keys": []}')
    assert "no key with an id" in refused(folder, json.dumps({"keys": [secret]}).encode())
    assert "no key with an id" in refused(folder, altered(kid=None))
    assert "no key with an id" in refused(folder, altered(use="enc"))
    assert "no key with an id" in refused(folder, altered(alg="RS512"))
    assert "no key with an id" in refused(folder, altered(alg="HS256"))
    assert "cannot be read" in refused(folder, altered(n="!"))
    assert "less than 2048 bits" in refused(folder, small())
    twice = [issuer.public("RS256"), issuer.public("RS256")]
    assert "two keys" in refused(folder, json.dumps({"keys": twice}).encode())
    told = refused(folder, json.dumps({"keys": [{**private, "kid": "a"}]}).encode())
    assert "private key" in told
    assert private["d"] not in told


def test_keys_for_other_purposes_are_passed_over(folder: Any, issuer: Any) -> None:
    entries = [
        {**issuer.public("RS256"), "kid": "enc", "use": "enc"},
        {"kty": "EC", "crv": "P-521", "kid": "p521", "x": "AA", "y": "AA"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "new", "kid": "future"},
        issuer.public("EdDSA"),
    ]
    path = folder.write("jwks.json", json.dumps({"keys": entries}).encode())
    TokenVerifier(path, RULES).credential(issuer.token("EdDSA"))
