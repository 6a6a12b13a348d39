"""Names of certificates, and the operator's list of whom they are for."""

import json
from typing import Any

import pytest
from multicam_server.domain.faults import CredentialsInvalid, CredentialsMissing
from multicam_server.security.names import CertificateNames, names_of
from multicam_server.security.reloading import UnusableFile

EDITOR = {"tenants": ["t_a", "t_b"], "envs": ["dev"]}
GATEWAY = {"tenants": ["*"], "envs": ["*"]}


def known(folder: Any, **names: Any) -> CertificateNames:
    return CertificateNames(folder.write("names.json", json.dumps(names).encode()))


def test_a_certificate_is_for_what_its_names_are_for(folder: Any) -> None:
    names = known(folder, **{"URI:spiffe://x/editor": EDITOR, "DNS:gateway.x": GATEWAY})
    credential = names.credential({"peer_uri": [b"spiffe://x/editor"], "peer_dns": [b"other"]})
    assert credential.subject == "URI:spiffe://x/editor"
    assert credential.is_for_tenant("t_b")
    assert not credential.is_for_tenant("t_c")
    assert not credential.is_for_environment("prod")
    both = names.credential({"peer_uri": [b"spiffe://x/editor"], "peer_dns": [b"gateway.x"]})
    assert both.is_for_tenant("t_c")
    assert both.is_for_environment("prod")


def test_kinds_of_names_are_kept_apart(folder: Any) -> None:
    names = known(folder, **{"DNS:a.x": EDITOR, "CN:a": EDITOR})
    for context in (
        {"peer_uri": [b"a.x"]},
        {"peer_uri": [b"DNS:a.x"]},
        {"x509_common_name": [b"a.x"]},
        {"x509_common_name": [b"DNS:a.x"]},
        {"peer_dns": [b"a"]},
        {"peer_email": [b"a"], "x509_subject_alternative_name": [b"a"]},
        {"peer_dns": [b"A.X\0"]},
    ):
        with pytest.raises((CredentialsInvalid, CredentialsMissing)):
            names.credential(context)


def test_the_common_name_counts_only_where_there_is_no_other() -> None:
    assert names_of({"x509_common_name": [b"a"]}) == ["CN:a"]
    assert names_of({"x509_common_name": [b"a"], "peer_dns": [b"b"]}) == ["DNS:b"]
    address = {"x509_common_name": [b"a"], "x509_subject_alternative_name": [b"10.0.0.1"]}
    assert names_of(address) == []
    assert names_of({}) == []


def test_no_certificate_and_an_unknown_one(folder: Any) -> None:
    names = known(folder, **{"DNS:a.x": EDITOR})
    with pytest.raises(CredentialsMissing):
        names.credential({"transport_security_type": [b"ssl"]})
    with pytest.raises(CredentialsInvalid) as refused:
        names.credential({"peer_dns": [b"b.x"]})
    assert "b.x" not in str(refused.value)


def test_a_changed_list_is_used_and_a_broken_one_is_not(folder: Any) -> None:
    names = known(folder, **{"DNS:a.x": EDITOR})
    folder.write("names.json", b"{")
    assert names.credential({"peer_dns": [b"a.x"]}).is_for_tenant("t_a")
    folder.write("names.json", json.dumps({"DNS:a.x": {**EDITOR, "tenants": []}}).encode())
    assert not names.credential({"peer_dns": [b"a.x"]}).is_for_tenant("t_a")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"a.x": {"tenants": [], "envs": []}}',
        '{"DNS:": {"tenants": [], "envs": []}}',
        '{"EMAIL:a": {"tenants": [], "envs": []}}',
        '{"DNS:a": []}',
        '{"DNS:a": {"tenants": []}}',
        '{"DNS:a": {"tenants": [], "envs": [], "more": 1}}',
        '{"DNS:a": {"tenants": "t_a", "envs": []}}',
        '{"DNS:a": {"tenants": [1], "envs": []}}',
        '{"DNS:a": {"tenants": [""], "envs": []}}',
    ],
)
def test_what_is_no_list_of_names(folder: Any, content: str) -> None:
    with pytest.raises(UnusableFile) as refused:
        CertificateNames(folder.write("names.json", content.encode()))
    assert "\n" not in str(refused.value)
