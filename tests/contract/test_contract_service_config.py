import json
import re

import pytest

SERVICE = "multicam.v1.MediaAnalysisService"
DURATION = re.compile(r"^\d+(\.\d+)?s$")


@pytest.fixture(scope="module")
def config(root):
    path = root / "protos" / "multicam" / "v1" / "multicam_grpc_service_config.json"
    return json.loads(path.read_text("utf-8"))


@pytest.fixture(scope="module")
def methods(contract):
    return {
        method.name
        for file in contract.file
        for service in file.service
        for method in service.method
    }


def test_it_names_real_methods_only_and_each_once(config, methods):
    names = [
        (name["service"], name.get("method"))
        for entry in config["methodConfig"]
        for name in entry["name"]
    ]
    assert {service for service, _ in names} == {SERVICE}
    assert {method for _, method in names if method} <= methods
    assert len(set(names)) == len(names)


def test_it_covers_every_method(config, methods):
    covered = {name.get("method") for entry in config["methodConfig"] for name in entry["name"]}
    assert None in covered or covered >= methods


def test_every_method_has_a_timeout(config):
    assert all(DURATION.match(entry["timeout"]) for entry in config["methodConfig"])


def test_only_unavailable_is_retried(config):
    for entry in config["methodConfig"]:
        policy = entry["retryPolicy"]
        assert policy["retryableStatusCodes"] == ["UNAVAILABLE"]
        assert 2 <= policy["maxAttempts"] <= 5  # gRPC caps it at 5
        assert DURATION.match(policy["initialBackoff"])
        assert DURATION.match(policy["maxBackoff"])
        assert policy["backoffMultiplier"] >= 1


def test_grpc_itself_accepts_it(config):
    """An unusable service config fails every call at once with UNAVAILABLE and says why."""
    import grpc

    options = [("grpc.service_config", json.dumps(config))]
    with grpc.insecure_channel("unix:/nonexistent/multicam.sock", options=options) as channel:
        call = channel.unary_unary(f"/{SERVICE}/AutoCut")
        with pytest.raises(grpc.RpcError) as refused:
            call(b"", timeout=0.2)
    assert "service config" not in refused.value.details().lower()
