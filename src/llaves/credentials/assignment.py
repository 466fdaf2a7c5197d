"""What every assignment has in common, be it of one request or of thousands at once."""

from collections.abc import Iterable
from uuid import UUID

from llaves.audit.events import Subject
from llaves.credentials.models import Environment, Request
from llaves.notifications.letters import About
from llaves.providers.models import Provider
from llaves.vault.envelope import CREDENTIAL, Binding

CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a place, not a secret
SUBSCRIPTION_KEY = "subscription_key"


def binding_of(provider: Provider, environment: Environment, credential_id: UUID, content: str) -> Binding:
    """Where a credential's secret belongs: to no other provider, environment, credential or field."""
    names = {"provider": provider.code, "environment": environment.code, "credential": str(credential_id)}
    return Binding(CREDENTIAL, {**names, "content": content})


def subject_of(provider: Provider) -> Subject:
    return Subject(nit=provider.organization.nit, provider=provider.code)


def about_assignment(request: Request, environments: Iterable[str]) -> About:
    """What the delegate is told of keys that are there now."""
    delegate = request.requested_by
    return {
        "name": delegate.person.name,
        "login": delegate.login,
        "provider": request.provider.label,
        "state": request.state_label,
        "environments": ", ".join(sorted(environments)),
    }
