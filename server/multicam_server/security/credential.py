"""What a caller's credentials are for."""

from dataclasses import dataclass

EVERY = "*"
"""In a list of the operator's own file: every tenant, or every environment."""


@dataclass(frozen=True)
class Credential:
    """Whom credentials name, for the log, and for which tenants and environments they are."""

    subject: str
    tenants: frozenset[str]
    environments: frozenset[str]

    def is_for_tenant(self, tenant_id: str) -> bool:
        """Whether they are for a tenant."""
        return tenant_id in self.tenants or EVERY in self.tenants

    def is_for_environment(self, name: str) -> bool:
        """Whether they are for an environment."""
        return name in self.environments or EVERY in self.environments
