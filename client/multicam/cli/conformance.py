"""`multicam conformance`: checks a running service against the contract."""

import argparse

from .. import conformance
from ..conformance import CHECKS, Outcome, Service
from .connection import named_service
from .failures import UsageError
from .progress import Progress
from .tables import Column, Table, print_report
from .wording import count

EXIT_BREACH = 1


def run(options: argparse.Namespace) -> int | None:
    """Prints one row per promise, then what was found instead; 1 when one is broken."""
    if options.server is None:
        raise UsageError("conformance checks a running service; name it with --server HOST:PORT")
    remote = named_service(options)
    outcomes = []
    with (
        Progress("checking the contract") as shown,
        Service(
            remote.target,
            tenant_id=remote.tenant_id,
            env=remote.env,
            tls=remote.tls,
            token=remote.token() if callable(remote.token) else remote.token,
            timeout_s=remote.timeout_s,
        ) as service,
    ):
        for outcome in conformance.run(service):
            outcomes.append(outcome)
            shown.update(len(outcomes) / len(CHECKS), outcome.check.promise)
    breaches = [outcome for outcome in outcomes if outcome.breach]
    print_report([_table(outcomes)], [_told(outcome) for outcome in breaches])
    return EXIT_BREACH if breaches else None


def _table(outcomes: list[Outcome]) -> Table:
    kept = sum(not outcome.breach for outcome in outcomes)
    return Table(
        f"{kept} of {count(len(outcomes), 'promise')} kept",
        (Column("area"), Column("promise"), Column("kept"), Column("seconds", right=True)),
        tuple(
            (
                outcome.check.area,
                outcome.check.promise,
                "NO" if outcome.breach else "yes",
                f"{outcome.took_s:.2f}",
            )
            for outcome in outcomes
        ),
    )


def _told(outcome: Outcome) -> str:
    return f"{outcome.check.name}: {outcome.breach}"
