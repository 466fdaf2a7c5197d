"""Microsoft's `msgraph-sdk` does with applications, secrets and principals what the portal does."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.contract.place import SCOPE, Place

pytest.importorskip("msgraph", reason="script/test installs Microsoft's clients")

import httpx
import msgraph_core
from azure.core.exceptions import ClientAuthenticationError
from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.applications.item.add_password.add_password_post_request_body import (
    AddPasswordPostRequestBody,
)
from msgraph.generated.applications.item.remove_password.remove_password_post_request_body import (
    RemovePasswordPostRequestBody,
)
from msgraph.generated.models.application import Application
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.graph_request_adapter import options

Use = Callable[[Any], Awaitable[Any]]


class Graph:
    """The client, made anew for each question: an event loop ends with its answer."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.made: list[str] = []

    def __call__(self, use: Use) -> Any:
        return asyncio.run(self._use(use))

    async def _use(self, use: Use) -> Any:
        place = self.place
        context = ssl.create_default_context(cafile=place.ca_file)
        own = {
            "authority": place.authority,
            "disable_instance_discovery": bool(place.emulated),
            "connection_verify": place.verify,
        }
        async with (
            ClientSecretCredential(place.tenant_id, place.client_id, place.secret, **own) as credential,
            aclosing(httpx.AsyncHTTPTransport(verify=context)) as transport,  # its middleware forgets to
            httpx.AsyncClient(transport=transport, trust_env=False, timeout=30) as client,
        ):
            host = httpx.URL(place.graph).host
            provider = AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE], allowed_hosts=[host])
            factory = msgraph_core.GraphClientFactory
            adapter = GraphRequestAdapter(
                provider, client=factory.create_with_default_middleware(client=client, options=options)
            )
            adapter.base_url = place.graph
            return await use(GraphServiceClient(request_adapter=adapter))

    def create(self, name: str, **more: Any) -> Any:
        """Make an application that is gone at the end of the test."""
        unique = f"llaves-{self.place.mark}-{name}"
        wish = Application(
            display_name=f"Contrato {self.place.mark} {name}",
            sign_in_audience="AzureADMyOrg",
            unique_name=unique,
            tags=[f"llaves:contrato:{self.place.mark}"],
            **more,
        )
        made = self(lambda graph: graph.applications.post(wish))
        self.made.append(made.id)
        return made

    def remove_all(self) -> None:
        for object_id in self.made:
            with ExitStack() as stack:
                stack.enter_context(_unless_gone())
                self(lambda graph, each=object_id: graph.applications.by_application_id(each).delete())
            with ExitStack() as stack:
                stack.enter_context(_unless_gone())
                self(lambda graph, each=object_id: graph.directory.deleted_items.by_directory_object_id(each).delete())


class _unless_gone:  # noqa: N801 - reads as a word
    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        return isinstance(error, ODataError) and error.response_status_code == 404


@pytest.fixture
def graph(place: Place) -> Iterator[Graph]:
    graph = Graph(place)
    yield graph
    if not place.emulated:
        graph.remove_all()


def secret_for_a_month() -> PasswordCredential:
    return PasswordCredential(display_name="contrato", end_date_time=datetime.now(UTC) + timedelta(days=30))


def item(graph: Any, object_id: str) -> Any:
    return graph.applications.by_application_id(object_id)


def sign_in(place: Place, app_id: str, secret: str) -> str:
    own = {
        "authority": place.authority,
        "disable_instance_discovery": bool(place.emulated),
        "connection_verify": place.verify,
    }

    async def token() -> str:
        async with ClientSecretCredential(place.tenant_id, app_id, secret, **own) as credential:
            return str((await credential.get_token(SCOPE)).token)

    return asyncio.run(token())


def refusal(error: ODataError) -> tuple[int | None, str | None]:
    assert error.error
    return error.response_status_code, error.error.code


def test_an_application_with_its_secret_and_its_principal_signs_in(graph: Graph, place: Place) -> None:
    made = graph.create("entra", password_credentials=[secret_for_a_month()])
    secret = made.password_credentials[0]
    assert secret.secret_text
    assert secret.hint == secret.secret_text[:3]
    principal = place.eventually(
        lambda: graph(lambda client: client.service_principals.post(ServicePrincipal(app_id=made.app_id))), ODataError
    )
    assert principal.app_id == made.app_id
    assert place.eventually(lambda: sign_in(place, made.app_id, secret.secret_text), ClientAuthenticationError)


def test_without_a_principal_it_does_not_sign_in(graph: Graph, place: Place) -> None:
    made = graph.create("solo", password_credentials=[secret_for_a_month()])
    with pytest.raises(ClientAuthenticationError, match=r"AADSTS(7000229|700016)"):
        sign_in(place, made.app_id, made.password_credentials[0].secret_text)


def test_a_secret_is_added_shown_once_and_taken_away(graph: Graph, place: Place) -> None:
    made = graph.create("claves")
    body = AddPasswordPostRequestBody(password_credential=secret_for_a_month())
    added = place.eventually(lambda: graph(lambda client: item(client, made.id).add_password.post(body)), ODataError)
    assert isinstance(added.key_id, UUID)
    assert added.secret_text

    def known() -> list[Any]:
        found = graph(lambda client: item(client, made.id).get()).password_credentials
        return [(each.key_id, each.secret_text) for each in found]

    def is_there() -> None:
        assert known() == [(added.key_id, None)]

    def is_gone() -> None:
        assert known() == []

    place.eventually(is_there, AssertionError)
    away = RemovePasswordPostRequestBody(key_id=added.key_id)
    graph(lambda client: item(client, made.id).remove_password.post(away))
    place.eventually(is_gone, AssertionError)
    with pytest.raises(ODataError, match="No password credential found with keyId"):
        graph(lambda client: item(client, made.id).remove_password.post(away))


def test_n16_a_unique_name_is_taken_once_and_found_by(graph: Graph, place: Place) -> None:
    made = graph.create("unica")
    with pytest.raises(ODataError, match="same value for property uniqueName already exists") as error:
        graph.create("unica")
    assert refusal(error.value) == (400, "Request_BadRequest")
    unique = f"llaves-{place.mark}-unica"
    found = place.eventually(
        lambda: graph(lambda client: client.applications_with_unique_name(unique).get()), ODataError
    )
    assert found.id == made.id


def test_an_upsert_makes_what_is_missing_and_changes_what_is_there(graph: Graph, place: Place) -> None:
    unique = f"llaves-{place.mark}-upsert"
    prefer: RequestConfiguration[Any] = RequestConfiguration()
    prefer.headers.add("Prefer", "create-if-missing")
    wish = Application(display_name=f"Contrato {place.mark}", sign_in_audience="AzureADMyOrg")

    def upsert() -> Any:
        return graph(lambda client: client.applications_with_unique_name(unique).patch(wish, prefer))

    first = upsert()
    graph.made.append(first.id)
    assert first.unique_name == unique
    wish.display_name = "Otro nombre"
    assert place.eventually(upsert, ODataError) is None


def test_a_list_is_filtered_and_comes_in_pages(graph: Graph, place: Place) -> None:
    for number in range(3):
        graph.create(f"lista-{number}")
    query = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(
        filter=f"startswith(displayName,'Contrato {place.mark} lista')", select=["id", "appId", "displayName"], top=2
    )

    async def pages(client: Any) -> list[Any]:
        page = await client.applications.get(RequestConfiguration(query_parameters=query))
        found = list(page.value)
        while page.odata_next_link:
            page = await client.applications.with_url(page.odata_next_link).get()
            found += page.value
        return found

    def all_three() -> None:
        found = graph(pages)
        assert sorted(each.display_name[-1] for each in found) == ["0", "1", "2"]
        assert all(each.app_id and each.tags is None for each in found)

    place.eventually(all_three, AssertionError)


def test_an_application_is_switched_off_and_on(graph: Graph, place: Place) -> None:
    made = graph.create("apagada")
    for wanted in (True, False):
        change = Application(is_disabled=wanted)
        place.eventually(lambda each=change: graph(lambda client: item(client, made.id).patch(each)), ODataError)

        def is_so(*, expected: bool = wanted) -> None:
            select = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(select=["isDisabled"])
            found = graph(lambda client: item(client, made.id).get(RequestConfiguration(query_parameters=select)))
            assert found.is_disabled is expected

        place.eventually(is_so, AssertionError)


def test_n18_what_is_deleted_waits_in_the_bin_until_it_is_restored_or_purged(graph: Graph, place: Place) -> None:
    made = graph.create("papelera")
    place.eventually(lambda: graph(lambda client: item(client, made.id).delete()), ODataError)

    def in_bin(client: Any) -> Any:
        return client.directory.deleted_items.by_directory_object_id(made.id)

    restored = place.eventually(lambda: graph(lambda client: in_bin(client).restore.post()), ODataError)
    assert isinstance(restored, Application)
    assert restored.id == made.id
    place.eventually(lambda: graph(lambda client: item(client, made.id).delete()), ODataError)

    async def listed(client: Any) -> list[str]:
        return [each.id for each in (await client.directory.deleted_items.graph_application.get()).value]

    def is_listed() -> None:
        assert made.id in graph(listed)

    place.eventually(is_listed, AssertionError)
    graph(lambda client: in_bin(client).delete())
    with pytest.raises(ODataError) as error:
        graph(lambda client: in_bin(client).get())
    assert refusal(error.value) == (404, "Request_ResourceNotFound")


def test_a_refusal_names_itself_and_the_request(graph: Graph) -> None:
    nowhere = "00000000-1111-4222-8333-444444444444"
    with pytest.raises(ODataError) as error:
        graph(lambda client: item(client, nowhere).get())
    assert refusal(error.value) == (404, "Request_ResourceNotFound")
    assert error.value.error
    assert error.value.error.inner_error
    assert error.value.error.inner_error.request_id


@pytest.mark.emulator_only
def test_a_busy_graph_is_asked_again_after_the_pause_it_asks_for(graph: Graph, place: Place) -> None:
    assert place.emulated
    place.emulated.goes_wrong({"kind": "throttled", "on": "create-application", "times": 1, "retry_after": 1})
    graph.create("espera")
    counters = place.emulated.log()["counters"]
    assert (counters["create-application 429"], counters["create-application 201"]) == (1, 1)


@pytest.mark.emulator_only
def test_what_was_made_by_hand_is_not_the_provisioners(graph: Graph, place: Place) -> None:
    assert place.emulated
    pair = place.emulated.seed()
    with pytest.raises(ODataError) as error:
        graph(lambda client: item(client, pair.id).add_password.post(AddPasswordPostRequestBody()))
    assert refusal(error.value) == (403, "Authorization_RequestDenied")


@pytest.mark.emulator_only
def test_a_client_is_given_a_role_at_the_service(graph: Graph, place: Place) -> None:
    from msgraph.generated.models.app_role_assignment import AppRoleAssignment  # noqa: PLC0415

    assert place.emulated
    role = "11111111-1111-4111-8111-111111111111"
    service = place.emulated.seed(identifier_uris=["api://ihce"], app_roles=[{"id": role, "value": "IHCE.Use"}])
    pair = place.emulated.seed()
    grant = AppRoleAssignment(
        principal_id=UUID(pair.principal_id), resource_id=UUID(service.principal_id), app_role_id=UUID(role)
    )

    def give() -> Any:
        return graph(
            lambda client: client.service_principals.by_service_principal_id(
                service.principal_id
            ).app_role_assigned_to.post(grant)
        )

    made = give()
    assert str(made.app_role_id) == role
    with pytest.raises(ODataError, match="already exists"):
        give()
