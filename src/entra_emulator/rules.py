"""What a tenant allows, and how slowly one part of it learns what another has done. All of it can be set by control."""

from dataclasses import dataclass


@dataclass
class Rules:
    """Limits and delays; durations are seconds of the tenant's clock."""

    quota: int = 300_000
    """How many objects it may hold, those in the bin included."""
    other_objects: int = 0
    """Users and groups, which count and are not simulated."""
    quota_per_principal: int | None = None
    """How many objects one principal may have created; 250 where the tenant applies it to applications."""
    longest_secret: float | None = None
    """The tenant's policy on the life of a new secret."""
    secrets_are_allowed: bool = True
    principal_delay: float = 0.0
    """Until a new application can be given a principal."""
    password_delay: float = 0.0
    """Until a new application can be given a further secret: 404 before."""
    secret_delay: float = 0.0
    """Until a new secret is taken at the token endpoint: 7000215 before."""
    sign_in_delay: float = 0.0
    """Until a new application is known to the token endpoint: 700016 before."""
    principal_sign_in_delay: float = 0.0
    """Until a new principal is known to the token endpoint: 7000229 before."""
    read_delay: float = 0.0
    """Until a new object can be read: 404 before."""
    knows_secrets_that_begin_with: str = ""
    """For a demo with more pairs than one wants to seed: an unknown application that shows such a secret has it."""
    flapping: float = 0.0
    """The share of reads that miss an object which was written lately."""
    flapping_for: float = 30.0
    """How long ago lately is."""
