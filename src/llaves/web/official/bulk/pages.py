"""«Asignar varias»: template, upload, check, confirmation and report."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from llaves.credentials import blanks, bulk_assigning
from llaves.credentials.bulk import MOST_LINES
from llaves.credentials.bulk_assigning import AlreadyConfirmed, UploadGone
from llaves.credentials.proofs import progress_of
from llaves.credentials.queries import catalogue, find_upload, longest_waiting
from llaves.identity.actors import account_of
from llaves.identity.roles import Permission
from llaves.web.forms import INVALID, answer_form, posted
from llaves.web.guards import acting, needs
from llaves.web.official.bulk.forms import UploadForm
from llaves.web.standing import Shown

if TYPE_CHECKING:
    from llaves.credentials.models import BulkUpload

PAGE_LENGTH = 90
MOST_SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@needs(Permission.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Everything is checked; nothing is assigned yet."""
    body_length = request.META.get("CONTENT_LENGTH") or ""
    form = UploadForm(posted(request), request.FILES or None, body_length=body_length)
    if not form.is_valid():
        return answer_form(request, "official/bulk_upload.html", form, {"most": MOST_LINES})
    checked = bulk_assigning.check_upload(table=form.cleaned_data["file"], **acting(request))
    if checked.faults:
        return _faulty(request, checked)
    return redirect("official:bulk_check", upload_id=checked.id)


@needs(Permission.ASSIGN)
@require_safe
def blank_csv(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return _download(blanks.as_csv(longest_waiting(lines=MOST_LINES), catalogue()), "llaves.csv", "text/csv")


@needs(Permission.ASSIGN)
@require_safe
def blank_xlsx(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's signature
    return _download(blanks.as_xlsx(longest_waiting(lines=MOST_LINES), catalogue()), "llaves.xlsx", XLSX)


@needs(Permission.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """What would be assigned, and to whom; when it is sent, it is."""
    if request.method == "POST":
        return _confirm(request, upload_id)
    found = _own(request, upload_id)
    if found is None:
        return _gone(request)
    if found.confirmed_at:
        return redirect("official:bulk_report", upload_id=upload_id)
    if found.faults:
        return _faulty(request, found)
    page = Paginator(found.lines, PAGE_LENGTH).get_page(request.GET.get("pagina"))
    return render(request, "official/bulk_check.html", {"upload": found, "page": page})


def _confirm(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    try:
        faults = bulk_assigning.confirm(upload_id=upload_id, **acting(request))
    except UploadGone:
        return _gone(request)
    except AlreadyConfirmed:
        faults = ()
    if faults:
        context = {"faults": faults[:MOST_SHOWN], "count": len(faults), "was_confirmed": True}
        return render(request, "official/bulk_faults.html", context, status=409)
    return redirect("official:bulk_report", upload_id=upload_id)


@needs(Permission.ASSIGN)
@require_POST
def discard(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    bulk_assigning.discard(upload_id=upload_id, **acting(request))
    return redirect("official:bulk_upload")


@needs(Permission.ASSIGN)
@require_safe
def faults(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Everything that is wrong with a file, to mend it by."""
    found = _own(request, upload_id)
    if found is None:
        return _gone(request)
    rows = [(fault["line"], fault["code"], fault["column"], fault["text"]) for fault in found.faults]
    return _table(("Línea", "Código de habilitación", "Columna", "Qué corregir"), rows, "errores.csv")


@needs(Permission.ASSIGN)
@require_safe
def report(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    found = _own(request, upload_id)
    if found is None or found.confirmed_at is None:
        return _gone(request)
    page = Paginator(list(found.providers.values()), PAGE_LENGTH).get_page(request.GET.get("pagina"))
    progress, today = progress_of(found), timezone.localdate()
    failing = [Shown(credential, today) for credential in progress.some_failing] if progress else []
    context = {"upload": found, "page": page, "progress": progress, "failing": failing}
    return render(request, "official/bulk_report.html", context)


@needs(Permission.ASSIGN)
@require_safe
def report_csv(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    found = _own(request, upload_id)
    if found is None or found.confirmed_at is None:
        return _gone(request)
    titles = ("Línea", "Código de habilitación", "Prestador", "Ambiente", "ClientID", "Fecha de expiración")
    keys = ("line", "code", "provider", "environment", "client_id", "expires_on")
    return _table(titles, [[line[key] for key in keys] for line in found.lines], "registro.csv")


def _own(request: HttpRequest, upload_id: UUID) -> "BulkUpload | None":
    return find_upload(account_of(request), upload_id, at=timezone.now())


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "official/bulk_gone.html", status=404)


def _faulty(request: HttpRequest, checked: "BulkUpload") -> HttpResponse:
    context = {"upload": checked, "faults": checked.faults[:MOST_SHOWN], "count": len(checked.faults)}
    return render(request, "official/bulk_faults.html", context, status=INVALID)


def _table(titles: Sequence[str], rows: Iterable[Sequence[object]], name: str) -> HttpResponse:
    return _download(blanks.written([titles, *rows]), name, "text/csv")


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=f"{kind}; charset=utf-8" if kind == "text/csv" else kind, headers=headers)
