"""Every page and action of the life of a credential: asked for by who sees it, with the answer that it should get."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.crowd import as_csv, rows_for
from tests.web.test_assign import typed
from tests.web.test_request_keys import GOOD

from benchmarks import people
from benchmarks.people import Someone
from llaves.cli.demo_people import PASSWORD
from llaves.credentials.agenda import waits_for_removal
from llaves.credentials.lifecycle import WAITING, Kind, Standing
from llaves.credentials.models import BulkUpload, Credential, Request

BULK_LINES = 5000
RETURN = {"reason": "lider-tecnico", "fields_to_mend": ["lead_phone"], "note": "No contesta."}
REASON = {"reason": "El valor pegado era el de otro ambiente."}


def _nothing() -> None:
    return


@dataclass(frozen=True)
class Scene:
    """A page or an action; `act` gives back what was answered."""

    name: str
    act: Callable[[], bytes]
    prepare: Callable[[], object] = _nothing
    has_floor: bool = True


def scenes() -> Iterator[Scene]:
    """All of them, in the order of the table."""
    yield from _of_the_public()
    yield from _of_delegates()
    official = people.official()
    yield from _of_the_list(official)
    yield from _of_a_request(official)
    yield from _of_a_provider(official)
    yield from _of_time(official)
    yield from _of_many(official)


def _get(client: Client, address: str, status: int = HTTPStatus.OK) -> Callable[[], bytes]:
    return lambda: _content(client.get(address), status, address)


def _post(
    client: Client, address: str, values: Mapping[str, Any], status: int = HTTPStatus.FOUND
) -> Callable[[], bytes]:
    return lambda: _content(client.post(address, values), status, address)


def _content(answer: Any, status: int, address: str) -> bytes:
    assert answer.status_code == status, (address, answer.status_code)  # noqa: S101 - else nothing is measured
    return b"".join(answer) if answer.streaming else answer.content


def _of_the_public() -> Iterator[Scene]:
    for name in ("public:home", "login", "public:register_delegate"):
        yield Scene(f"público: {name.split(':')[-1]}", _get(Client(), reverse(name)))


def _of_delegates() -> Iterator[Scene]:
    new, waits, returned, keeper = (
        people.newcomer(), people.who_waits(), people.whose_was_returned(), people.with_keys(),
    )  # fmt: skip
    yield Scene("delegado: paso 1", _get(new.browser, reverse("delegate:request")))
    yield Scene("delegado: guardar borrador", _post(new.browser, reverse("delegate:save_draft"), GOOD))
    yield Scene("delegado: SOLICITAR", _post(new.browser, reverse("delegate:request"), GOOD))
    yield Scene("delegado: inicio, en espera", _get(waits.browser, reverse("delegate:start")))
    yield Scene("delegado: paso 2, en espera", _get(waits.browser, reverse("delegate:keys")))
    yield Scene("delegado: retirar", _post(waits.browser, reverse("delegate:withdraw"), {}))
    yield Scene("delegado: corregir, formulario", _get(returned.browser, reverse("delegate:mend")))
    yield Scene("delegado: corregir", _post(returned.browser, reverse("delegate:mend"), GOOD))
    yield from _of_a_keeper(keeper)


def _of_a_keeper(keeper: Someone) -> Iterator[Scene]:
    at, valid = keeper.browser, Credential.objects.filter(provider=keeper.provider, standing=Standing.VALID.value)
    one = valid.filter(overlap_ends_on=None).first()
    assert one  # noqa: S101 - the people of the bench have keys
    reveal, download = (reverse(f"delegate:{page}", args=[one.id]) for page in ("reveal", "download"))
    yield Scene("delegado: inicio, con llaves", _get(at, reverse("delegate:start")))
    yield Scene("delegado: paso 2, con llaves", _get(at, reverse("delegate:keys")))
    yield Scene("delegado: renovar, formulario", _get(at, reverse("delegate:renew")))
    yield Scene("delegado: renovar", _post(at, reverse("delegate:renew"), GOOD))
    yield Scene("delegado: reponer", _post(at, reverse("delegate:replace"), GOOD))
    yield Scene("delegado: mostrar, formulario", _get(at, reveal))
    yield Scene("delegado: mostrar *", _post(at, reveal, {"password": PASSWORD}, HTTPStatus.OK))
    yield Scene("delegado: descargar *", _post(at, download, {"password": PASSWORD, "form": "env"}, HTTPStatus.OK))
    yield Scene("delegado: vistas", _get(at, reverse("delegate:looks")))
    yield Scene("delegado: calendario", _get(at, reverse("delegate:calendar")))
    yield Scene("delegado: crear calendario", _post(at, reverse("delegate:calendar"), {}))
    yield Scene("calendario .ics", _get(Client(), people.with_calendar(keeper)))
    yield Scene("delegado: qué sigue", _get(at, reverse("delegate:what_next")))
    yield Scene("mi cuenta", _get(at, reverse("account:overview")))


def _of_the_list(official: Client) -> Iterator[Scene]:
    waiting = Request.objects.filter(state=WAITING.value)
    departments = waiting.values_list("provider__code").annotate()
    common, rare = _ends([code[:2] for (code,) in departments.values_list("provider__code")])
    middle = waiting.order_by("requested_at", "id")[waiting.count() // 2]
    last = waiting.order_by("-requested_at", "-id")[min(25, waiting.count() - 1)]
    queries = {
        "": "",
        "a la mitad": _after(middle),
        "al final": _after(last),
        "«hospital»": "q=hospital",
        "«los»": "q=los",
        "un NIT": f"q={middle.provider.organization.nit}",
        "un código": f"q={middle.provider.code}",
        "nada que hallar": "q=zzzz",
        "departamento frecuente": f"department={common}",
        "departamento raro": f"department={rare}",
        "profesionales": "provider_class=2",
        "transporte": "provider_class=3",
        "renovación": f"kind={Kind.RENEWAL.value}",
        "reposición": f"kind={Kind.REPLACEMENT.value}",
        "15 días o más": "waited=15",
        "todo a la vez": f"q=los&department={common}&provider_class=1&kind={Kind.RENEWAL.value}&waited=5",
    }
    for name, query in queries.items():
        yield Scene(f"pendientes: {name or 'lista'}", _get(official, f"{reverse('official:pending')}?{query}"))


def _ends(values: list[str]) -> tuple[str, str]:
    by_number = sorted(set(values), key=lambda value: (-values.count(value), value))
    return by_number[0], by_number[-1]


def _after(request: Request) -> str:
    return f"desde={request.requested_at.isoformat().replace('+', '%2B')}&tras={request.id}"


def _of_a_request(official: Client) -> Iterator[Scene]:
    asked = Request.objects.filter(state=WAITING.value, claimed_at=None)
    first = asked.filter(kind=Kind.FIRST.value).order_by("requested_at")[0]
    again = (
        asked.filter(kind=Kind.RENEWAL.value, provider__credentials__ended_at=None)
        .order_by("requested_at")
        .distinct()[0]
    )
    done = Credential.objects.filter(standing=Standing.VALID.value, overlap_ends_on=None).order_by("id")[0]
    correct = reverse("official:correct", args=[done.request_id, done.environment.code])
    mended = {name: value for name, value in typed().items() if name.startswith(done.environment.code)}
    yield Scene("solicitud: abrir", _post(official, reverse("official:claim", args=[first.id]), {}))
    yield Scene("solicitud: asignar, formulario", _get(official, reverse("official:assign", args=[first.id])))
    yield Scene("solicitud: ASIGNAR", _post(official, reverse("official:assign", args=[first.id]), typed()))
    yield Scene("solicitud: asignar renovación", _post(official, reverse("official:assign", args=[again.id]), typed()))
    yield Scene("solicitud: registro", _get(official, reverse("official:assigned", args=[done.request_id])))
    yield Scene("solicitud: devolver, formulario", _get(official, reverse("official:send_back", args=[first.id])))
    yield Scene("solicitud: devolver", _post(official, reverse("official:send_back", args=[first.id]), RETURN))
    yield Scene("llaves: corregir, formulario", _get(official, correct))
    yield Scene("llaves: corregir", _post(official, correct, mended | REASON))


def _of_a_provider(official: Client) -> Iterator[Scene]:
    usual = people.with_keys().provider
    valid = Credential.objects.filter(provider=usual, standing=Standing.VALID.value)
    chosen = {"credentials": [str(one.id) for one in valid], **REASON}
    find = reverse("official:find")
    for name, text in (
        ("lista", ""),
        ("«hospital»", "hospital"),
        ("un NIT", usual.organization.nit),
        ("un código", usual.code),
    ):
        yield Scene(f"prestadores: {name}", _get(official, f"{find}?q={text}"))
    yield Scene("prestador", _get(official, reverse("official:provider", args=[usual.code])))
    yield Scene("prestador: revocar, formulario", _get(official, reverse("official:revoke", args=[usual.code])))
    yield Scene("prestador: revocar", _post(official, reverse("official:revoke", args=[usual.code]), chosen))


def _of_time(official: Client) -> Iterator[Scene]:
    removals = Credential.objects.filter(waits_for_removal()).order_by("ended_at", "id")
    half = removals[removals.count() // 2]
    assert half.ended_at  # noqa: S101 - it was replaced
    place = f"desde={half.ended_at.isoformat().replace('+', '%2B')}&tras={half.id}"
    yield Scene("funcionario: inicio", _get(official, reverse("official:start")))
    yield Scene("vencimientos", _get(official, reverse("official:expiries")))
    yield Scene("por retirar", _get(official, reverse("official:removals")))
    yield Scene("por retirar: a la mitad", _get(official, f"{reverse('official:removals')}?{place}"))
    yield Scene("por retirar: marcar", _post(official, reverse("official:tick_off", args=[half.id]), {}))
    yield Scene("avisos", _get(official, reverse("official:undelivered")))


def _of_many(official: Client) -> Iterator[Scene]:
    codes = (
        Request.objects.filter(state=WAITING.value).order_by("requested_at").values_list("provider__code", flat=True)
    )
    rows = rows_for(codes[: BULK_LINES // 3 + 1], timezone.localdate())[: BULK_LINES // 3 * 3]
    content = as_csv(rows)

    def upload() -> bytes:
        file = SimpleUploadedFile("llaves.csv", content, "text/csv")
        return _content(official.post(reverse("official:bulk_upload"), {"file": file}), HTTPStatus.FOUND, "upload")

    def confirm() -> bytes:
        kept = BulkUpload.objects.filter(confirmed_at=None).latest("uploaded_at")
        return _post(official, reverse("official:bulk_check", args=[kept.id]), {})()

    def check() -> bytes:
        kept = BulkUpload.objects.filter(confirmed_at=None).latest("uploaded_at")
        return _get(official, reverse("official:bulk_check", args=[kept.id]))()

    number = f"{len(rows):,}".replace(",", ".")
    yield Scene("varias: formulario", _get(official, reverse("official:bulk_upload")))
    yield Scene("varias: plantilla CSV", _get(official, reverse("official:bulk_blank_csv")), has_floor=False)
    yield Scene(f"varias: subir {number} líneas", upload, has_floor=False)
    yield Scene("varias: revisar", check, upload)
    yield Scene("varias: CONFIRMAR", confirm, upload, has_floor=False)
    for form in ("csv", "xlsx"):
        export = _post(official, reverse("official:export"), {"form": form}, HTTPStatus.OK)
        yield Scene(f"pendientes: exportar {form}", export, has_floor=False)
