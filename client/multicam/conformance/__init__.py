"""Checks a running service against the contract, with material of its own.

    multicam conformance --server HOST:PORT --tenant t_probe --env dev

Each check makes calls and states one promise of the contract. Nothing is left
behind but a few small uploads, which the service forgets like any other. In a
test suite:

    pytest -p multicam.conformance.plugin --multicam-server HOST:PORT ...

    def test_the_service_keeps_the_contract(multicam_check):
        multicam_check()
"""

from .checks import Breach, Check
from .service import Service
from .suite import CHECKS, Outcome, run

__all__ = ["CHECKS", "Breach", "Check", "Outcome", "Service", "run"]
