from django.urls import path

from llaves.credentials.lifecycle import Kind
from llaves.web.delegate import pages, proving_pages, time_pages

app_name = "delegate"
urlpatterns = [
    path("", pages.start, name="start"),
    path("prestador/", pages.choose_provider, name="choose_provider"),
    path("calendario/", time_pages.calendar, name="calendar"),
    path("vistas/", time_pages.looks, name="looks"),
    path("inscripcion-token/", pages.token, name="token"),
    path("inscripcion-token/solicitud/", pages.request_keys, {"kind": Kind.FIRST}, name="request"),
    path("inscripcion-token/renovacion/", pages.request_keys, {"kind": Kind.RENEWAL}, name="renew"),
    path("inscripcion-token/reposicion/", pages.request_keys, {"kind": Kind.REPLACEMENT}, name="replace"),
    path("inscripcion-token/borrador/", pages.save_draft, name="save_draft"),
    path("inscripcion-token/correccion/", pages.mend, name="mend"),
    path("inscripcion-token/retiro/", pages.withdraw, name="withdraw"),
    path("inscripcion-token/llaves/", pages.keys, name="keys"),
    path("inscripcion-token/llaves/<uuid:credential_id>/mostrar/", pages.reveal, name="reveal"),
    path("inscripcion-token/llaves/<uuid:credential_id>/descargar/", pages.download, name="download"),
    path("inscripcion-token/llaves/<uuid:credential_id>/probar/", proving_pages.try_own, name="try_own"),
    path("que-sigue/", pages.what_next, name="what_next"),
]
