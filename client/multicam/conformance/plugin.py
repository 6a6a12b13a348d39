"""A pytest plugin: the suite as one parametrised fixture.

    pytest -p multicam.conformance.plugin \\
        --multicam-server HOST:PORT --multicam-tenant T --multicam-env E

    def test_the_service_keeps_the_contract(multicam_check):
        multicam_check()

Without --multicam-server, tests that ask for `multicam_check` fail: a contract
that is not checked is not kept.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ..config import TlsConfig
from .service import Service
from .suite import CHECKS

TOKEN_VARIABLE = "MULTICAM_TOKEN"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that say which deployment is checked."""
    group = parser.getgroup("multicam", "conformance of a multicam service")
    group.addoption("--multicam-server", metavar="HOST:PORT", help="the service to check")
    group.addoption("--multicam-tenant", metavar="T", help="a tenant for the checks")
    group.addoption("--multicam-env", metavar="E", help="one of the deployment's environments")
    group.addoption("--multicam-ca", metavar="FILE", help="root certificates (PEM); implies TLS")


@pytest.fixture(scope="session")
def multicam_service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """The deployment that the options name; MULTICAM_TOKEN is sent as a bearer token."""
    options = request.config.option
    for name in ("server", "tenant", "env"):
        if not getattr(options, f"multicam_{name}"):
            pytest.fail(f"name the service to check: --multicam-{name} is missing")
    ca = options.multicam_ca
    with Service(
        options.multicam_server,
        tenant_id=options.multicam_tenant,
        env=options.multicam_env,
        tls=TlsConfig(root_certificates_pem=Path(ca).read_bytes()) if ca else None,
        token=os.environ.get(TOKEN_VARIABLE) or None,
    ) as service:
        yield service


@pytest.fixture(params=CHECKS, ids=lambda check: check.name)
def multicam_check(request: pytest.FixtureRequest, multicam_service: Service) -> Callable[[], None]:
    """One check after the other; calling it raises `Breach` where a promise is broken."""
    return partial(request.param.verify, multicam_service)
